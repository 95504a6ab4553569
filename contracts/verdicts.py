"""What we conclude from materials: a check's verdict, a requirement's state."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import Field

from contracts.material import Strict
from contracts.text import Text


class Result(StrEnum):
    """One rule's verdict. WARN: the registrar decides and says why. SKIP: an input is missing."""

    PASS = "PASS"  # noqa: S105  a verdict
    WARN = "WARN"
    FAIL = "FAIL"
    SKIP = "SKIP"


class Check(Strict):
    """One rule's verdict with the values it compared; numbers are decimal strings."""

    rule: str
    result: Result
    message: Text
    compared: dict[str, Any] = Field(default_factory=dict)
    tolerance: str | None = None


class State(StrEnum):
    """Where one requirement of a procedure stands."""

    MET = "met"
    DECLARED = "declared"
    WAITING = "waiting"
    MISSING = "missing"
    EXPIRED = "expired"
    CONFLICTING = "conflicting"


class Awaited(Strict):
    """Whose move it is: the kind that is waited for, and its agency as far as one was asked."""

    kind: str
    agency: str | None = None


class Coverage(Strict):
    """How many of the buildings in scope the documents of one kind name: "8 of 9 buildings"."""

    kind: str
    have: int
    of: int
    missing: tuple[str, ...] = ()


class RequirementState(Strict):
    """One requirement of a procedure: its state, by which kinds, and what would do instead.

    `waiting_for`: who has to answer while it is `waiting`. `conflicts`: the failed rules while it is
    `conflicting`. `coverage`: of the kind that leaves most buildings out, where its documents name buildings.
    """

    id: str
    title: Text
    state: State
    satisfied_by: tuple[str, ...] = ()
    alternatives: tuple[tuple[str, ...], ...]
    basis: Text
    ask_applicant: bool
    waiting_for: tuple[Awaited, ...] = ()
    conflicts: tuple[str, ...] = ()
    coverage: Coverage | None = None
