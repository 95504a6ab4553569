"""The life of a document as the API and the command line show and turn it, whatever kind it is."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Annotated, NamedTuple

from pydantic import AfterValidator, Field

from contracts.errors import ManifestInvalid
from contracts.exchange import no_person
from contracts.material import Digest, Strict
from contracts.text import Text
from contracts.time import Instant, parse_instant
from gateway.registry import Act, Document, DocumentKind, DocumentState

if TYPE_CHECKING:
    from contracts.audit import Draft
    from gateway.house import House

TEXT_LENGTH = 1 << 20

Why = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(no_person)]
"""A reason, for the log and the history: it names no person by number."""


class Which(NamedTuple):
    """One document."""

    kind: DocumentKind
    name: str


class Written(Strict):
    """A draft's text: YAML, as it would stand in its file. It need not be valid before it is submitted."""

    text: str = Field(min_length=1, max_length=TEXT_LENGTH)


class Seen(Strict):
    """The content that was looked at, by its digest, and why it goes on (or not)."""

    digest: Digest
    reason: Why | None = None


class Refusal(Strict):
    """The content that was looked at, and why it does not go on."""

    digest: Digest
    reason: Why


class Because(Strict):
    """Why an earlier version is to be in force again."""

    reason: Why


class Gone(Strict):
    """Why a draft is given up, if anybody wants to know."""

    reason: Why | None = None


class VersionShown(Strict):
    """One version; `by` and `at` tell the last who wrote it or put it in force."""

    version: int
    state: DocumentState
    digest: Digest
    author: str
    by: str
    at: Instant
    submitted_by: str | None


class ActShown(Strict):
    """One step in the life of a version."""

    version: int
    act: str
    digest: Digest
    by: str
    at: Instant
    reason: str | None


class History(Strict):
    """Every version, newest first, and everything that was done, oldest first."""

    name: str
    versions: tuple[VersionShown, ...]
    acts: tuple[ActShown, ...]


class Place(Strict):
    """One thing wrong: in which line, with which field, and why."""

    line: int | None
    field: str
    why: Text


class VersionText(Strict):
    """A version with its text, and everything wrong with that; empty: it can be used."""

    version: VersionShown
    text: str
    problems: tuple[Place, ...]


class Compared(Strict):
    """Two versions as a unified diff; empty when their texts are the same."""

    before: int
    after: int
    diff: str


async def history(house: House, which: Which) -> History:
    """Versions and acts. Raises StoreUnavailable."""
    versions = [_shown(each) for each in await house.registry.versions(*which)]
    acts = [_act(each) for each in await house.registry.acts(*which)]
    return History(name=which.name, versions=tuple(versions), acts=tuple(acts))


async def version_text(house: House, which: Which, version: int) -> VersionText:
    """One version, its text and its problems. Raises NoSuchThing."""
    found = await house.registry.version(*which, version)
    return _with_text(house, found)


async def diff(house: House, which: Which, before: int, after: int) -> Compared:
    """Where two versions' texts part. Raises NoSuchThing."""
    old, new = [(await house.registry.version(*which, each)).text for each in (before, after)]
    names = (f"{which.name} v{before}", f"{which.name} v{after}")
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), *names, lineterm="")
    return Compared(before=before, after=after, diff="\n".join(lines))


async def draft(house: House, which: Which, order: Written, entry: Draft) -> VersionText:
    """A new draft; the entry comes first. Raises LogUnavailable, StoreUnavailable."""
    return _with_text(house, await house.registry.draft(*which, order.text, entry))


async def edit(house: House, which: Which, version: int, order: Written, entry: Draft) -> VersionText:
    """Another text for a draft. Raises as `Registry.edit`."""
    seen = await house.registry.version(*which, version)
    return _with_text(house, await house.registry.edit(seen, order.text, entry))


async def submit(house: House, which: Which, version: int, order: Seen, entry: Draft) -> VersionShown:
    """Ask a second person. Raises as `Registry.submit`."""
    seen = await house.registry.version(*which, version)
    return _shown(await house.registry.submit(seen, order.digest, entry, order.reason))


async def withdraw(house: House, which: Which, version: int, order: Gone, entry: Draft) -> VersionShown:
    """Give a draft up. Raises as `Registry.withdraw`."""
    seen = await house.registry.version(*which, version)
    return _shown(await house.registry.withdraw(seen, entry, order.reason))


async def reject(house: House, which: Which, version: int, order: Refusal, entry: Draft) -> VersionShown:
    """Say no to a submission. Raises as `Registry.reject`."""
    seen = await house.registry.version(*which, version)
    return _shown(await house.registry.reject(seen, order.digest, entry, order.reason))


async def publish(house: House, which: Which, version: int, order: Seen, entry: Draft) -> VersionShown:
    """Put a submission in force. Raises as `Registry.publish`."""
    seen = await house.registry.version(*which, version)
    return _shown(await house.registry.publish(seen, order.digest, entry, order.reason))


async def roll_back(house: House, which: Which, version: int, order: Because, entry: Draft) -> VersionShown:
    """Put an earlier version in force again. Raises as `Registry.roll_back`."""
    target = await house.registry.version(*which, version)
    return _shown(await house.registry.roll_back(target, entry, order.reason))


def places_of(error: ManifestInvalid) -> tuple[Place, ...]:
    """Everything an error names; the whole of it where it names no lines."""
    named = [Place(line=line, field=field, why=why) for line, field, why in error.places]
    return tuple(named) or (Place(line=None, field="", why=error.detail),)


def _with_text(house: House, found: Document) -> VersionText:
    problems: tuple[Place, ...] = ()
    try:
        house.registry.check(found.kind, found.name, found.text)
    except ManifestInvalid as error:
        problems = places_of(error)
    return VersionText(version=_shown(found), text=found.text, problems=problems)


def _shown(found: Document) -> VersionShown:
    return VersionShown(
        version=found.version,
        state=found.state,
        digest=found.digest,
        author=found.origin,
        by=found.by,
        at=parse_instant(found.at),
        submitted_by=found.submitted_by,
    )


def _act(found: Act) -> ActShown:
    return ActShown(
        version=found.version,
        act=found.act,
        digest=found.digest,
        by=found.by,
        at=parse_instant(found.at),
        reason=found.reason,
    )
