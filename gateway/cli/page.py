"""A page for a dossier on a terminal: its width, its language, and the words and lines both pages share."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from rich.cells import cell_len
from rich.console import RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from contracts.catalogue import KINDS, Kind
from contracts.procedures import PROCEDURES
from gateway.cli.marks import RETRIEVAL, Mark
from gateway.cli.moments import clock_time
from gateway.cli.words import Lang, pick


class Page:
    """The page's width in columns, its language, and the instant ages are counted to."""

    def __init__(self, width: int, lang: Lang, now: datetime) -> None:
        self.width, self.lang, self.now = width, lang, now

    # ------------------------------------------------------------------ lines

    def signed(self) -> tuple[int, int]:
        """Columns for a status and for a seal: the sign, a space, the longest word."""
        return (8, 8) if self.lang == "zh" else (13, 10)

    def heading(self, words: str) -> RenderableType:
        """A section's heading across the page."""
        return Rule(Text(words, "bold cyan"), align="left", style="dim", characters="-")

    def line(self, mark: Mark, words: str) -> RenderableType:
        """A status and what it is about."""
        grid = Table.grid(padding=(0, 1, 0, 0))
        grid.add_column(width=self.signed()[0])
        grid.add_column(overflow="fold")
        grid.add_row(mark.text(self.lang), Text(words))
        return Padding(grid, (0, 0, 0, 1))

    def note(self, words: str, style: str) -> RenderableType:
        """What belongs to the line above."""
        indent = self.signed()[0] + 2
        return Padding(Text(words, style, overflow="fold"), (0, 0, 0, indent))

    def trouble(self, material: Mapping[str, Any]) -> str | None:
        """What failed, and how old the copy shown instead is; None where nothing did."""
        error, last = material.get("error"), material.get("last_good")
        if not error or error["type"] == "not-connected":
            return None
        since = self.since(last) if last else ""
        return f"{RETRIEVAL['unavailable'].sign} {error['type']}: {self.both(error['detail'])}{since}"

    # ------------------------------------------------------------------ words

    def say(self, zh: str, en: str) -> str:
        """One of the pair, in the page's language."""
        return pick(zh, en, self.lang)

    def both(self, pair: Mapping[str, str]) -> str:
        """The same of a pair that came with the dossier."""
        return clean(self.say(pair["zh"], pair["en"]))

    def both_of(self, kind: Kind) -> str:
        """A kind's name."""
        return self.say(kind.zh, kind.en)

    def procedure(self, slug: str) -> str:
        """A procedure's title."""
        known = PROCEDURES.get(slug)
        return self.say(known.title.zh, known.title.en) if known else clean(slug)

    def kinds(self, slugs: Iterable[str]) -> str:
        """Names of kinds, one after the other."""
        return self.say("、", ", ").join(self.both_of(KINDS[slug]) for slug in slugs)

    def from_whom(self, slug: str) -> str:
        """A kind, and who issues it."""
        kind = KINDS[slug]
        return self.say(f"{kind.zh}（{kind.issuer.zh}）", f"{kind.en} ({kind.issuer.en})")

    def issuer(self, kind: Kind) -> str:
        """The issuing office without what every office is called; in full where it is asked for something."""
        short = re.sub(r"（.*?）|、.*|主管部门|部门|机构", "", kind.issuer.zh)
        return self.say(short, kind.issuer.en.partition(",")[0])

    def scope(self, scope: Mapping[str, Any] | None) -> str:
        """What the dossier is about within the project."""
        named = [f"{name}: {'、'.join(values)}" for name, values in (scope or {}).items() if values]
        return clean("; ".join(named)) or self.say("整个项目", "the whole project")

    def moment(self, instant: str) -> str:
        """An instant at +08:00, to the second."""
        return clock_time(instant)

    def completeness(self, complete: bool, open_ones: int) -> Text:
        """Whether it is complete, or how much is open."""
        if complete:
            return Mark("▪", "齐备", "complete", "bold green").text(self.lang)
        missing = Mark("∅", f"未齐备，尚缺 {open_ones} 项", f"incomplete, {open_ones} open", "bold red")
        return missing.text(self.lang)

    def since(self, last: Mapping[str, Any]) -> str:
        """Which good copy is shown instead."""
        when, age = self.moment(last["retrieved_at"]), self.age(last)
        return self.say(
            f"；所示为 {when} 的有效副本（{age}前）", f"; shown is the good copy of {when} ({age} old)"
        )

    def age(self, taken: Mapping[str, Any]) -> str:
        """How long ago it was retrieved, in its largest unit."""
        past = max(self.now - datetime.fromisoformat(taken["retrieved_at"]), timedelta())
        seconds = int(past.total_seconds())
        for size, zh, en in ((86_400, "天", " d"), (3_600, "小时", " h"), (60, "分钟", " min")):
            if seconds >= size:
                return f"{seconds // size}{self.say(zh, en)}"
        return f"{seconds}{self.say('秒', ' s')}"


def seal_of(provenance: Mapping[str, Any]) -> str:
    """What checking the seal gave."""
    return str((provenance.get("seal") or {}).get("verified", "none"))


def project_name_of(materials: Iterable[Mapping[str, Any]]) -> str | None:
    """The project's name, as the first material has it."""
    names = (material.get("fields", {}).get("project_name") for material in materials)
    return next((clean(name) for name in names if name), None)


def compared_of(values: Mapping[str, Any]) -> str:
    """The values a check compared, in one line."""
    return "  ".join(f"{clean(name)}: {_value(value)}" for name, value in values.items())


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{clean(str(name))}: {_value(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_value(one) for one in value) + "]"
    return clean(str(value))


def clean(words: str) -> str:
    """Without control and formatting characters: an agency's text must not steer the reader's terminal."""
    return "".join(sign if unicodedata.category(sign)[0] != "C" else "�" for sign in words)


def cut(words: str, columns: int) -> str:
    """The words in so many columns at most; what does not fit gives way to two dots."""
    return words if cell_len(words) <= columns else _head(words, columns - 2).rstrip() + ".."


def squeezed(words: str, columns: int) -> str:
    """As `cut`, from the middle: a number differs from others at its end."""
    if cell_len(words) <= columns:
        return words
    tail = _head(words[::-1], columns // 2)[::-1]
    return _head(words, columns - 2 - cell_len(tail)) + ".." + tail


def _head(words: str, columns: int) -> str:
    end = next((n for n in range(len(words)) if cell_len(words[: n + 1]) > columns), len(words))
    return words[:end]
