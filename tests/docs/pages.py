"""What the tests read out of the documents: blocks that run, links, commands, settings, named tests."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted({*ROOT.glob("README*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "config").glob("*.md")})
READERS = ("vendor", "agency-admin", "auditor", "operator")

_BLOCK = re.compile(
    r"(?P<mark><!-- run -->\n)?^```(?P<lang>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)


class Block(NamedTuple):
    """One fenced block; `runs` when the page marks it so."""

    lang: str
    text: str
    runs: bool


def blocks(page: Path) -> list[Block]:
    found = _BLOCK.finditer(page.read_text("utf-8"))
    return [Block(each["lang"], each["text"], bool(each["mark"])) for each in found]


def prose(page: Path) -> str:
    """The page without its fenced blocks."""
    return _BLOCK.sub("", page.read_text("utf-8"))


def joined(block: Block) -> str:
    """A block of shell with continued lines in one."""
    return block.text.replace("\\\n", " ")


def shell_lines(page: Path) -> Iterator[str]:
    """Commands: every line of the page's sh blocks, continued ones joined, and every span in backticks."""
    for block in blocks(page):
        if block.lang == "sh":
            yield from joined(block).splitlines()
    yield from (span for span in re.findall(r"`([^`\n]+)`", prose(page)))


def links(page: Path) -> list[str]:
    """Targets within the repository, as they are written."""
    found = re.findall(r"\]\(([^)\s]+)\)", prose(page))
    return [target for target in found if "://" not in target]


def headings(page: Path) -> list[str]:
    return re.findall(r"^(#+ .*)$", prose(page), re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """What a link's fragment may name, as repositories' pages derive it from the headings."""
    plain = (re.sub(r"[^\w\- ]", "", heading.lstrip("# ").lower()) for heading in headings(page))
    return {words.strip().replace(" ", "-") for words in plain}
