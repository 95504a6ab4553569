"""What a trial is asked for and what it shows; personal values only where the trial's grant names them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from pydantic import AfterValidator, Field, model_validator

from adapters.base import evidence_digest
from contracts.errors import AgencyFailed, FaultClass, StoreUnavailable
from contracts.exchange import Ask, CaseId, KeyName, KeyValues, KindSlug, ProjectCode, known_key
from contracts.kinds import personal_fields
from contracts.material import Digest, Drift, Material, Strict, Trouble
from contracts.text import Text, text
from contracts.time import Instant
from gateway.access.disclose import disclose
from gateway.casefile import trouble_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    from adapters.base import Adapter, FieldTrace, RowTrace
    from adapters.manifest import Manifest
    from contracts.exchange import Evidence, Grant

TRIAL = "trial"
"""The built-in consumer that tries manifests; it sees what the grant sheet gives it, and no more."""

PURPOSE = "trial"
"""The one purpose trials have."""

_TOP = re.compile(r"[.\[]")


class TrialOrder(Strict):
    """About which project, or by which known keys, a version is tried; or over which recorded reply."""

    project_code: ProjectCode | None = None
    known: Annotated[dict[KeyName, KeyValues], AfterValidator(known_key)] = Field(default_factory=dict)
    kinds: Annotated[tuple[KindSlug, ...], Field(min_length=1)] | None = None
    case: CaseId = "trial"
    sample: Digest | None = Field(default=None, description="evidence in the vault: nobody is asked then")

    @model_validator(mode="after")
    def _says_what(self) -> TrialOrder:
        if not (self.project_code or self.known or self.sample):
            raise ValueError("name a project_code, known keys, or a sample")
        return self

    def ask(self, purpose: str) -> Ask:
        """The same as a question."""
        return Ask(
            project_code=self.project_code,
            known=self.known,
            kinds=self.kinds,
            procedure="first-registration",
            case=self.case,
            purpose=purpose,
            operator=purpose,
        )


class FieldTried(Strict):
    """One field of a row: where it was looked for, what stood there, what became of it.

    `masked`: personal, or not granted to trials; then there are no values.
    """

    field: str
    path: str | None = None
    raw: Any = None
    functions: tuple[str, ...] = ()
    value: Any = None
    error: Text | None = None
    masked: bool = False


class ReplyTried(Strict):
    """One reply: its first rows field by field, what the house makes of it, and what nobody looked at."""

    kind: str
    evidence: Digest
    status: int
    rows: tuple[tuple[FieldTried, ...], ...] = ()
    materials: tuple[Material, ...] = ()
    drift: tuple[Drift, ...] = ()
    error: Trouble | None = None


class KindTried(Strict):
    """One kind: by which key its agency was asked, its replies, or why there are none.

    Of a project with several numbers of one kind each has its own.
    """

    kind: str
    key: str | None = None
    replies: tuple[ReplyTried, ...] = ()
    error: Trouble | None = None
    kept: int = Field(
        default=0,
        description="replies to this key and to others, all of them in the vault; not all are shown",
    )


class Trial(Strict):
    """How one version of a manifest read; `withheld` are kinds that trials are not granted."""

    agency: str
    version: int
    digest: Digest
    tried_at: Instant
    kinds: tuple[KindTried, ...]
    withheld: tuple[str, ...] = ()


class Way(NamedTuple):
    """What came by one key, and how many octets it was; `out`: why the store took no more of it.

    Those of one `number` look for the same documents; each of a project's numbers opens its own.
    """

    tried: KindTried
    octets: int = 0
    out: StoreUnavailable | None = None
    number: int = 0

    @property
    def found(self) -> bool:
        """Whether the agency has something, as far as this version sees."""
        return any(material.held for reply in self.tried.replies for material in reply.materials)

    @property
    def nothing(self) -> bool:
        """Whether another key may find what this one did not."""
        return not self.tried.error and not self.found

    @property
    def failed(self) -> bool:
        """Whether there is no reply, or one that this version cannot read."""
        return bool(self.tried.error) or any(reply.error for reply in self.tried.replies)


def shown_of(ways: Sequence[Way]) -> list[KindTried]:
    """What is shown of one kind: of each number what came by the key that tells most, of equals the last.

    The number that tells most comes last.
    """
    by_number = [tuple(each) for _, each in groupby(ways, lambda way: way.number)]
    chosen = [(max(reversed(each), key=_telling), each) for each in by_number]
    return [
        shown.tried.model_copy(update={"kept": sum(len(way.tried.replies) for way in each)})
        for shown, each in sorted(chosen, key=lambda pair: _telling(pair[0]))
    ]


def _telling(way: Way) -> tuple[bool, bool, bool, int]:
    """How much it tells: what was not kept, where an ask would have failed, what was found, the longest.

    A version that looks for its rows elsewhere, or reads nothing yet, does not see that one of the replies
    has some, and it is longer than those without.
    """
    return way.out is not None, way.failed, way.found, way.octets


async def in_turn(grants: Iterable[Grant], ask: Callable[[Grant], Awaitable[list[Way]]]) -> list[list[Way]]:
    """Kind after kind. Once the store is out nobody is asked any more; what came before is told all the same.

    Raises StoreUnavailable: nothing came at all.
    """
    heard: list[list[Way]] = []
    out: StoreUnavailable | None = None
    for grant in grants:
        heard.append(
            [Way(KindTried(kind=grant.kind, error=unkept(out)), out=out)] if out else await ask(grant)
        )
        out = next((way.out for way in heard[-1] if way.out), None)
    if out and not any(way.tried.replies or not way.out for ways in heard for way in ways):
        raise out
    return heard


def unkept(out: StoreUnavailable) -> Trouble:
    """Why a reply is not shown: it cannot be kept now."""
    detail = text(f"{out.detail.zh}。{out.todo.zh}", f"{out.detail.en}. {out.todo.en}")
    said = {"type": out.type, "class": FaultClass.PASSING.value, "detail": detail}
    return Trouble.model_validate(said)


def retrieval_of(tried: Iterable[KindTried]) -> dict[str, str]:
    """How each kind stands: in a word, or several where its numbers differ."""
    said: dict[str, set[str]] = {}
    for kind in tried:
        words = said.setdefault(kind.kind, set())
        words |= {material.retrieval.value for reply in kind.replies for material in reply.materials}
        words |= {"invalid" for reply in kind.replies if reply.error}
        words |= {"unavailable"} if kind.error and kind.error.type != StoreUnavailable.type else set()
    return {kind: ",".join(sorted(words)) or "pending" for kind, words in said.items()}


def keys_of(tried: Iterable[KindTried]) -> dict[str, str]:
    """By which key each kind was asked for, or by which ones."""
    said: dict[str, dict[str, None]] = {}
    for kind in tried:
        if kind.key:
            said.setdefault(kind.kind, {})[kind.key] = None
    return {kind: ", ".join(keys) for kind, keys in said.items()}


@dataclass(frozen=True, slots=True)
class Mask:
    """What of one kind is shown to people who try: by the trial's grant and the agency's terms."""

    kind: str
    grant: Grant | None
    may_hold: frozenset[str]

    @classmethod
    def of(cls, manifest: Manifest, kind: str, grant: Grant | None) -> Mask:
        """The mask of a manifest's kind under a grant; None shows no value at all."""
        return cls(kind, grant, manifest.may_hold(kind))

    def shows(self, place: str) -> bool:
        """Whether values at a field's place (`buildings[0].area_m2`) are shown."""
        field = _TOP.split(place, maxsplit=1)[0]
        if field == "@attachments":
            return self.grant is not None and self.grant.attachments
        personal = field in personal_fields(self.kind)
        if self.grant is None or (personal and field not in self.may_hold):
            return False
        return field in self.grant.fields if self.grant.fields is not None else not personal

    def field(self, trace: FieldTrace) -> FieldTried:
        """A field as it is shown."""
        if not self.shows(trace.field):
            return FieldTried(
                field=trace.field, path=trace.path, functions=trace.functions, error=trace.error, masked=True
            )
        return FieldTried(
            field=trace.field,
            path=trace.path,
            raw=trace.raw,
            functions=trace.functions,
            value=trace.value,
            error=trace.error,
        )

    def material(self, material: Material) -> Material:
        """A material as it is shown."""
        if self.grant is None:
            return material.model_copy(update={"fields": {}, "attachments": (), "provenance": None})
        shown = disclose(material, self.grant)
        kept = {name: value for name, value in shown.fields.items() if self.shows(name)}
        return shown.model_copy(update={"fields": kept})


def read_reply(adapter: Adapter, evidence: Evidence, mask: Mask) -> ReplyTried:
    """What an adapter makes of a reply, as production would, and field by field as far as it can be."""
    facts: dict[str, Any] = {
        "kind": evidence.kind,
        "evidence": evidence_digest(evidence),
        "status": evidence.status,
    }
    rows = tuple(tuple(map(mask.field, row)) for row in _explained(adapter, evidence))
    try:
        out = adapter.read(evidence)
    except AgencyFailed as failure:
        return ReplyTried(**facts, rows=rows, error=trouble_of(failure), drift=failure.drift)
    materials = tuple(map(mask.material, out.materials))
    return ReplyTried(**facts, rows=rows, materials=materials, drift=out.drift)


def _explained(adapter: Adapter, evidence: Evidence) -> tuple[RowTrace, ...]:
    """What cannot even be decoded has no rows; reading it tells why."""
    try:
        return adapter.explain(evidence)
    except AgencyFailed:
        return ()
