"""What people call those that entries and figures tell of: three reads a page at most, however long it is."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from contracts.exchange import PURPOSES
from contracts.identifiers import normalise
from contracts.text import Text, one_line, text
from gateway.access.roles import TITLES
from gateway.api.agencies import titles
from gateway.api.pages import every_error
from gateway.audit.names import LONGEST, Names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gateway.audit.search import Found
    from gateway.house import House

_SEARCHED = re.compile(r"(?:^| )project=(\S+)")


async def names_in(house: House, finds: Iterable[Found]) -> Names:
    """Names for the sentences of these entries, as they are now. Raises StoreUnavailable."""
    told = [found.entry for found in finds if found.entry]
    if not told:
        return Names()
    called = await house.aliases.called({each for entry in told for each in _projects(entry)})
    lines = {code: one_line(name, LONGEST) for code, name in called.items()}
    projects = {code: line for code, line in lines.items() if line}
    return replace(await everybody(house), projects=projects)


async def everybody(house: House) -> Names:
    """Every consumer and agency, and the house's own words, but no projects. Raises StoreUnavailable."""
    return Names(
        consumers=_apart(await house.access.titles()), agencies=_apart(await titles(house)), words=_words()
    )


def _projects(entry: Mapping[str, Any]) -> Iterator[str]:
    """The project it is about, and one that was searched for."""
    if isinstance(project := entry.get("project"), str):
        yield project
    subject = entry.get("subject")
    yield from _SEARCHED.findall(str(subject.get("id"))) if isinstance(subject, dict) else ()


def _apart(titles: Mapping[str, Text | None]) -> dict[str, Text]:
    """Titles by id, as lines that tell their bearers apart: what looks like another's has its id behind."""
    lines = {each: _line(title) for each, title in titles.items() if title}
    borne = (*lines.values(), *(text(each, each) for each in titles))
    taken = Counter(word for each in borne for word in _looks(each))
    return {
        each: text(f"{line.zh}（{each}）", f"{line.en} ({each})")
        if any(taken[word] > 1 for word in _looks(line))
        else line
        for each, line in lines.items()
        if line.zh and line.en
    }


def _line(title: Text) -> Text:
    return text(one_line(title.zh, LONGEST), one_line(title.en, LONGEST))


def _looks(title: Text) -> set[str]:
    """Its words in the form in which spelling does not count."""
    return {normalise(title.zh), normalise(title.en)}


@cache
def _words() -> dict[str, Text]:
    """Purposes, roles and problems: the house's own words, which nobody changes while it runs."""
    return {each.type: each.title for each in every_error()} | dict(TITLES) | dict(PURPOSES)
