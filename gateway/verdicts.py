"""What the rules and the procedure make of the materials; pure, so the same are judged once a day."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple

from contracts import rules
from contracts.procedures import assess
from gateway.aliases import project_of
from gateway.casefile import procedure_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from contracts.exchange import Ask
    from contracts.material import Material
    from contracts.rules import Profile
    from contracts.verdicts import Check, RequirementState

REMEMBERED = 2000

_BESIDE = {"provenance", "last_good"}
"""What no verdict depends on where nothing is held: when it was last asked for in vain."""


class Verdict(NamedTuple):
    """Do the materials agree, and where does the procedure stand."""

    checks: tuple[Check, ...]
    states: tuple[RequirementState, ...]


class Verdicts:
    """Judges materials by one profile, and remembers what it said of exactly these."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._said: OrderedDict[bytes, Verdict] = OrderedDict()

    def of(self, ask: Ask, seen: Sequence[Material], today: date) -> Verdict:
        """The verdict on the materials as disclosed, for the ask's procedure, on that day at +08:00."""
        place = _place(ask, seen, today)
        if place not in self._said:
            self._said[place] = self._judge(ask, seen, today)
            while len(self._said) > REMEMBERED:
                self._said.popitem(last=False)
        self._said.move_to_end(place)
        return self._said[place]

    def _judge(self, ask: Ask, seen: Sequence[Material], today: date) -> Verdict:
        checks = rules.run(seen, self._profile, today, project_code=project_of(ask), scope=ask.scope)
        states = assess(procedure_of(ask), seen, checks=checks, scope=ask.scope)
        return Verdict(tuple(checks), tuple(states))


def _place(ask: Ask, seen: Sequence[Material], today: date) -> bytes:
    """Everything a verdict depends on, in 32 octets."""
    scope = ask.scope.model_dump_json() if ask.scope else ""
    digest = hashlib.sha256("\0".join((ask.procedure, project_of(ask) or "", scope, str(today))).encode())
    for material in seen:
        digest.update(
            b"\0" + material.model_dump_json(exclude=_BESIDE if not material.held else None).encode()
        )
    return digest.digest()
