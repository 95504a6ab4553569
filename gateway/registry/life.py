"""The life of a version: draft, submitted, published, set aside; who may turn it, and how it is turned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, update

from contracts.audit import EntryKind, people_of, person_of
from contracts.conflicts import DocumentInvalid, OtherDigest, SecondPerson, WrongState
from contracts.errors import ManifestInvalid
from contracts.text import text
from gateway.registry.documents import Act, Document, DocumentState, note_act, of, was_in_force
from gateway.store.tables import documents

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

_UNFINISHED = frozenset({DocumentState.DRAFT, DocumentState.SUBMITTED, DocumentState.REJECTED})

_NOT_YOURS = text("草稿只能由其作者修改、提交或撤回", "Only its author edits, submits or withdraws a draft")
_FOUR_EYES = text(
    "起草或提交者不能自行发布或退回", "Whoever wrote or submitted it neither publishes nor rejects it"
)


def check_edit(seen: Document, by: str) -> None:
    """Whether this person may change a draft. Raises WrongState, SecondPerson."""
    _in(seen, _UNFINISHED)
    if by != seen.origin:
        raise SecondPerson(_NOT_YOURS)


def check_submit(seen: Document, digest: str, by: str) -> None:
    """Whether this person may ask for its publication. Raises WrongState, SecondPerson, OtherDigest."""
    _in(seen, frozenset({DocumentState.DRAFT}))
    if by != seen.origin:
        raise SecondPerson(_NOT_YOURS)
    _same(seen, digest)


def check_second(seen: Document, digest: str, by: str) -> None:
    """Whether this person may decide on a submission. Raises WrongState, SecondPerson, OtherDigest."""
    _in(seen, frozenset({DocumentState.SUBMITTED}))
    if person_of(by) in people_of(seen.origin, seen.submitted_by):
        raise SecondPerson(_FOUR_EYES)
    _same(seen, digest)


def check_rollback(target: Document) -> None:
    """Whether a version may be put in force again: it was once, and is not now. Raises WrongState."""
    _in(target, frozenset({DocumentState.SET_ASIDE}))


def check_valid(check: Callable[[str], None], document: Document) -> None:
    """Raises DocumentInvalid with every problem named."""
    try:
        check(document.text)
    except ManifestInvalid as error:
        raise DocumentInvalid(error.detail) from None


def _in(seen: Document, states: frozenset[DocumentState]) -> None:
    if seen.state not in states:
        raise WrongState(
            text(
                f"{seen.name} 版本 {seen.version} 的状态为 {seen.state}",
                f"{seen.name} version {seen.version} is {seen.state}",
            )
        )


def _same(seen: Document, digest: str) -> None:
    if digest != seen.digest:
        raise OtherDigest(
            text(f"该版本现内容的摘要为 {seen.digest}", f"The digest of its text is now {seen.digest}")
        )


def add(connection: Connection, document: Document, act: EntryKind) -> None:
    """A new version, and the first step of its life."""
    connection.execute(
        insert(documents).values(
            kind=document.kind.value,
            name=document.name,
            version=document.version,
            digest=document.digest,
            text=document.text,
            origin=document.origin,
            state=document.state.value,
            at=document.at,
            by=document.by,
        )
    )
    step = Act(document.version, act.value, document.digest, document.by, document.at, None)
    note_act(connection, document.kind, document.name, step)


def import_one(connection: Connection, document: Document) -> None:
    """A file's text in force, the version before set aside."""
    if was_in_force(connection, document.kind, document.name, document.digest):
        return  # a node that started at the same moment was quicker with the same text
    _set_aside(connection, document)
    add(connection, document, EntryKind.PUBLISHED)


def turn(connection: Connection, seen: Document, changed: Document, step: Act) -> None:
    """From what was seen to what it is to be. Raises WrongState when it is not what was seen any more."""
    if changed.state is DocumentState.PUBLISHED:
        _set_aside(connection, changed)
    as_seen = of(seen.kind, seen.name) & (documents.c.version == seen.version)
    as_seen &= (documents.c.state == seen.state.value) & (documents.c.digest == seen.digest)
    turned = connection.execute(
        update(documents)
        .where(as_seen)
        .values(
            text=changed.text,
            digest=changed.digest,
            state=changed.state.value,
            at=changed.at,
            by=changed.by,
            submitted_by=changed.submitted_by,
        )
    )
    if turned.rowcount != 1:
        # Somebody turned it while the entry was written; the transaction is rolled back, so the version in
        # force stays in force, and the entry stands without effect, as the history shows.
        raise WrongState
    note_act(connection, changed.kind, changed.name, step)


def _set_aside(connection: Connection, document: Document) -> None:
    in_force = of(document.kind, document.name) & (documents.c.state == DocumentState.PUBLISHED.value)
    connection.execute(update(documents).where(in_force).values(state=DocumentState.SET_ASIDE.value))
