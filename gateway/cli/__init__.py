"""The command line: everything the API can do, for people at a terminal."""

from __future__ import annotations


def main() -> None:
    """Run `landbridge`."""
    from gateway.cli.commands import run

    run()
