"""The folder everything of an installation is below."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from contracts.errors import StoreUnavailable

if TYPE_CHECKING:
    from pathlib import Path


def make_home(home: Path) -> None:
    """The folder, with its name on the disk, and those of the folders above it. Raises StoreUnavailable.

    Otherwise everything in it could be synced and a power cut still take all of it: nothing leads there.
    """
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    for above in home.absolute().parents:
        try:
            folder = os.open(above, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            if error.errno == errno.EIO:
                raise StoreUnavailable from error
            # Not ours to read, or of a kind that has nothing to sync: so not made by us.
