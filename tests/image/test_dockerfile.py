"""The Dockerfile, read: what any builder can build, from digests alone."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LINES = [
    line
    for line in (ROOT / "Dockerfile").read_text("utf-8").replace("\\\n", " ").splitlines()
    if not line.startswith("#")
]


def test_it_asks_for_nothing_that_only_buildkit_has():
    only_buildkit = re.compile(r"--(mount|network|security|chmod|link|parents|exclude|checksum)\b|<<|^ADD ")
    assert [line for line in LINES if only_buildkit.search(line)] == []
    assert "# syntax" not in (ROOT / "Dockerfile").read_text("utf-8")


def test_what_is_installed_is_named_by_its_digest():
    installs = [each for line in LINES for each in line.split("&&") if re.search(r"pip\b.*\binstall ", each)]
    assert len(installs) == 3
    for each in installs:
        assert "--require-hashes" in each or "--no-index --no-deps" in each


def test_it_starts_as_nobody_without_a_shell():
    last = LINES[max(number for number, line in enumerate(LINES) if line.startswith("FROM ")) :]
    assert [line for line in last if line.startswith("USER ")] == ["USER 10001:10001"]
    for word in ("ENTRYPOINT", "CMD"):
        assert [line for line in last if re.match(rf"{word} \[", line)]
