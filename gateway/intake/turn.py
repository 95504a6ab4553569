"""Whose turn it is to sweep: of the processes that share drop folders, one at a time."""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class Turn:
    """A lock on a folder, which the kernel gives back when its holder ends, however it ends."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / ".sweeping"
        self._descriptor: int | None = None

    def take(self) -> bool:
        """Whether the turn is ours: now taken, or held already. Raises OSError."""
        if self._descriptor is not None:
            return True
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as refused:
            os.close(descriptor)
            if isinstance(refused, BlockingIOError):
                return False
            raise
        self._descriptor = descriptor
        return True

    def give_back(self) -> None:
        """Let others sweep."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
