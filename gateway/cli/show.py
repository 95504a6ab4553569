"""A dossier on a terminal: the brief page of one screen, or the full one.

Takes the JSON a consumer received. Colour is never alone: a status has its word and its sign, and the tick
is kept for one thing, a seal that was verified.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from rich.console import Console, Group
from rich.rule import Rule

from gateway.cli.brief import BriefPage
from gateway.cli.full import FullPage
from gateway.cli.words import Lang

WIDEST = 100
"""Columns a page has, at most."""


def print_dossier(
    console: Console,
    dossier: Mapping[str, Any],
    lang: Lang,
    now: datetime | None = None,
    *,
    full: bool = False,
) -> None:
    """Print a dossier, 100 columns at most; with `full` everything it says, otherwise on one screen.

    `dossier` is the answer's JSON; ages are counted to `now`, by default to when it was assembled.
    """
    kind = FullPage if full else BriefPage
    page = kind(min(console.width, WIDEST), lang, now or datetime.fromisoformat(dossier["assembled_at"]))
    end = Rule(style="dim", characters="-")
    console.print(Group(*page.parts(dossier), end), width=page.width, highlight=False)
