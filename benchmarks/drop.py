"""Copying a delivery in while hashing it, against `openssl dgst -sha256` over the same file.

`python -m benchmarks.drop [FOLDER]`: FOLDER (default: the temporary one) is where both files lie. Each is
measured several times in turn and the best counts; exits 1 below the ratio that is promised.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from gateway.intake.digests import copy
from gateway.intake.folder import open_plain

OCTETS = 512 << 20
ROUNDS = 5
PROMISED = 0.6


def main(folder: Path | None = None) -> int:
    """Print both speeds in MB/s and their ratio."""
    openssl = shutil.which("openssl")
    if openssl is None:
        print("drop: openssl is not installed; nothing to compare with")
        return 0
    with tempfile.TemporaryDirectory(prefix="landbridge-drop-", dir=folder) as place:
        source = Path(place) / "delivery.zip"
        with source.open("wb") as file:
            block = bytes(range(256)) * 4096
            for _ in range(OCTETS // len(block)):
                file.write(block)
        ours, theirs = [], []
        for _ in range(ROUNDS):
            theirs.append(_openssl(openssl, source))
            ours.append(_copied(source, Path(place) / "copy"))
    speeds = [OCTETS / 1e6 / min(times) for times in (ours, theirs)]
    ratio = speeds[0] / speeds[1]
    ours_shown, theirs_shown = (f"{speed:,.0f} MB/s" for speed in speeds)
    print(f"drop: copy + SHA-256 {ours_shown}; openssl dgst {theirs_shown}; ratio {ratio:.2f}")
    return 0 if ratio >= PROMISED else 1


def _copied(source: Path, target: Path) -> float:
    target.unlink(missing_ok=True)
    start = time.perf_counter()
    with open_plain(source, source.parent) as file, target.open("xb", buffering=0) as copied:
        copy(file, copied)
    return time.perf_counter() - start


def _openssl(openssl: str, source: Path) -> float:
    start = time.perf_counter()
    subprocess.run([openssl, "dgst", "-sha256", str(source)], check=True, capture_output=True)  # noqa: S603  our own file
    return time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:2])))
