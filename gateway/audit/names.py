"""What people call those an entry tells of, found when it is read: an entry holds ids and is never changed.

A title may change and a project be called otherwise next year; the id in the entry is what was recorded. So
what is signed of sentences is told by `NAMELESS`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from contracts.text import Text, text

LONGEST = 60
"""Characters of a name in a sentence, at most."""


@dataclass(frozen=True, slots=True)
class Names:
    """By id; an id without a name is told as it is. Every name is one line of at most `LONGEST` characters.

    `words` are what purposes, roles and types of problem are called.
    """

    consumers: Mapping[str, Text] = field(default_factory=dict)
    agencies: Mapping[str, Text] = field(default_factory=dict)
    projects: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, Text] = field(default_factory=dict)

    def consumer(self, name: str) -> Text:
        """A consumer's title, or its id."""
        return self.consumers.get(name) or as_it_is(name)

    def agency(self, name: str) -> Text:
        """An agency's title, or its id."""
        return self.agencies.get(name) or as_it_is(name)

    def project(self, code: str) -> Text:
        """A project's name with its code behind it: names are others' words, the code is the entry's own."""
        name = self.projects.get(code)
        return _beside(as_it_is(quoted(name)), code) if name else as_it_is(code)

    def word(self, name: str) -> Text:
        """A purpose, a role or a problem by its title."""
        return self.words.get(name) or as_it_is(name)

    def in_full(self, kind: str, name: str) -> Text:
        """What an act was about, `kind` agency or consumer: the title with the id behind it."""
        title = (self.agencies if kind == "agency" else self.consumers).get(name)
        if title is None:
            return as_it_is(name)
        return title if title.zh.endswith(f"（{name}）") else _beside(title, name)


NAMELESS = Names()
"""Ids alone: the same entry is the same sentence for good."""


def as_it_is(name: object) -> Text:
    """The same in both languages."""
    return text(str(name), str(name))


def spaced(words: str) -> str:
    """Chinese words with a blank behind, which a closing bracket brings with it: it is as wide as both."""
    return words if words.endswith("）") else f"{words} "


def quoted(name: str) -> str:
    """A name that may be anybody's words: in quotes, so that it never reads on; its own are single ones."""
    return "“{}”".format(re.sub('[“”„"＂]', "'", name))


def _beside(title: Text, name: str) -> Text:
    return text(f"{title.zh}（{name}）", f"{title.en} ({name})")
