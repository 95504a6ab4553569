"""Which language the terminal is spoken to in."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Literal

Lang = Literal["zh", "en"]

VARIABLES = ("LANDBRIDGE_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
"""The first one that is set decides; the last three in the order of POSIX (XBD 8.2)."""


def language(environ: Mapping[str, str] | None = None) -> Lang:
    """Chinese when nothing is set or what is set begins with zh, English otherwise.

    The locales C and POSIX name no language, so they leave it at Chinese.
    """
    place = os.environ if environ is None else environ
    chosen = next((place[name] for name in VARIABLES if place.get(name)), "zh").lower()
    return "zh" if chosen.startswith("zh") or chosen.partition(".")[0] in {"c", "posix"} else "en"


def pick(zh: str, en: str, lang: Lang | None = None) -> str:
    """One sentence of the pair, in `lang` or the terminal's language."""
    return zh if (lang or language()) == "zh" else en


def say(zh: str, en: str) -> None:
    """Print one sentence of the pair."""
    print(pick(zh, en), flush=True)  # noqa: T201  a command speaks to its terminal
