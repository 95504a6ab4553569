"""`python -m gateway.cli.health`: is the gateway in this container ready; the standard library alone.

A container asks every few seconds, so this must not load the house as `landbridge` does.
"""

from __future__ import annotations

import os
import socket
import sys

PATIENCE = 5.0
"""Seconds until silence counts as no."""


def main() -> int:
    """Print what /health/ready says; 0 when it says 200, otherwise 1."""
    try:
        answer = _ask(int(os.environ.get("LANDBRIDGE_PORT", "8100")))
    except OSError as error:
        answer = str(error).encode()
    sys.stdout.buffer.write(answer.rpartition(b"\r\n\r\n")[2] + b"\n")
    return 0 if answer.startswith(b"HTTP/1.1 200 ") else 1


def _ask(port: int) -> bytes:
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as line:
        line.sendall(b"GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        with line.makefile("rb") as heard:
            return heard.read()


if __name__ == "__main__":
    sys.exit(main())
