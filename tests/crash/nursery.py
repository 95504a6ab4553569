"""Gateways by the dozen: one process that has imported everything forks a `landbridge` for each order.

Starting Python and importing the house costs seconds, a fork a few milliseconds; what runs in the child is
the command line from its first line on, in a process of its own that can be killed by its id.

`python -m tests.crash.nursery` reads one order a line, JSON: `argv`, `env`, `said` (a file for everything
printed), `alter` (names from tests.crash.alter, with an argument each). It writes the child's id on a line,
and its wait status on the next one once it is gone.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import httptools  # noqa: F401  uvicorn would import it in every child
import uvicorn.protocols.http.httptools_impl  # noqa: F401  and these
import uvloop  # noqa: F401

import gateway.app
import gateway.cli.account
import gateway.cli.consumer
import gateway.cli.serve  # noqa: F401
from adapters import kit_of
from adapters.manifest import load
from contracts.errors import LandbridgeError
from gateway import rules
from gateway.cli.commands import run
from tests.crash.alter import ALTERATIONS

# Each child finds what is read from YAML, by the text, as it stood at the fork.
rules.load_profiles = cache(rules.load_profiles)


def read_ahead(config: Path) -> None:
    """What the next child will read; what is wrong with it is the child's to say."""
    with suppress(LandbridgeError, OSError):
        rules.profile_named(config)
        for path in sorted(config.glob("agencies/*.yaml")):
            kit_of(load(path.read_text("utf-8"), path.name).connection.protocol)


def live(order: dict[str, Any]) -> None:
    """The child's life: `landbridge ARGV`, in the order's environment."""
    said = os.open(order["said"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for standard in (1, 2):
        os.dup2(said, standard)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.environ.update(order["env"])
    for name, argument in order["alter"]:
        ALTERATIONS[name](argument)
    sys.argv = ["landbridge", *order["argv"]]
    run()


def hatch(order: dict[str, Any]) -> int:
    """Fork a child for one order; gives its process id."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        live(order)
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def main() -> None:
    """One child at a time, until the orders end."""
    for line in sys.stdin:
        order = json.loads(line)
        read_ahead(Path(order["env"]["LANDBRIDGE_CONFIG"]))
        child = hatch(order)
        tell(child)
        tell(os.waitpid(child, 0)[1])


def tell(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
