"""One question to one agency: by which key it is asked, and by which others it may be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from contracts.exchange import FREE_KEYS
from gateway.aliases import norm_of
from gateway.cache import Question

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adapters.base import Adapter, Key
    from contracts.exchange import Grant
    from gateway.aliases import Names

WAYS = 4
"""Keys tried, at most, before an agency's "none" is believed."""


@dataclass(frozen=True, slots=True)
class Inquiry:
    """One question to one agency, with the grant that permits it and the key that opens it.

    `others` open it too: "none" under one key is believed only when the others find nothing either.
    """

    adapter: Adapter
    grant: Grant
    key: Key
    others: tuple[Key, ...] = ()

    @property
    def question(self) -> Question:
        """What the agency would hear; whoever asks, the answer is the same."""
        return Question(
            self.adapter.agency, self.grant.kind, self.key.name, norm_of(self.key.name, self.key.value)
        )

    def every_way(self) -> Iterator[Inquiry]:
        """The same inquiry by each key that opens it, the surest first, so many at most."""
        yield self
        for key in self.others[: WAYS - 1]:
            yield Inquiry(self.adapter, self.grant, key)


def inquiries_of(adapter: Adapter, grant: Grant, names: Names) -> list[Inquiry]:
    """What to ask an agency for one kind.

    A project has several permits, and each opens its own documents; its names in words are all names of the
    same.
    """
    named = (key for name in adapter.opened_by(grant.kind) for key in names.get(name, ()))
    keys = [key for key in named if adapter.key_for(grant.kind, {key.name: (key,)})]
    if not keys:
        return []
    first = keys[0].name
    if first in FREE_KEYS:
        return [Inquiry(adapter, grant, keys[0], tuple(keys[1:]))]
    rest = tuple(key for key in keys if key.name != first)
    return [Inquiry(adapter, grant, key, rest) for key in keys if key.name == first]
