"""`landbridge demo`."""

from __future__ import annotations

import asyncio

import typer

from gateway.cli.show import print_dossier
from gateway.cli.words import say


def demo() -> None:
    """Run the demo; its exit code says whether everything held."""
    from demo.run import run as play

    raise typer.Exit(asyncio.run(play(say, print_dossier)))
