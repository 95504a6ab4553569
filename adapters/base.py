"""What every kit is: the Adapter protocol, its Keys, its Deadline, and Evidence as octets."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import time
import unicodedata
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

import rfc8785

from contracts.errors import AgencyFailed, EvidenceOffContract, Fault, VaultDamaged
from contracts.exchange import Evidence, Grant
from contracts.identifiers import READERS, resident_id
from contracts.material import Drift, KeyUsed, Material
from contracts.text import Text, text
from contracts.time import parse_instant, stored

T = TypeVar("T")

Clock = Callable[[], datetime]
"""Aware UTC now."""

Secrets = Callable[[str], str]
"""From a reference such as `secret:mdj-nr/app` to its value. Raises LookupError or SetupIncomplete."""


@dataclass(frozen=True, slots=True)
class Key:
    """One name a project goes by, as an agency should see it; `confirmed` by a person or a second agency."""

    name: str
    value: str
    confirmed: bool


Keys = Mapping[str, tuple[Key, ...]]
"""By key name, best first."""


class Deadline:
    """The instant, on a monotonic clock, by which everything under it is over."""

    __slots__ = ("_at", "_monotonic")

    def __init__(self, at: float, monotonic: Callable[[], float]) -> None:
        self._at, self._monotonic = at, monotonic

    @classmethod
    def after(cls, seconds: float, monotonic: Callable[[], float] = time.monotonic) -> Deadline:
        """The deadline `seconds` from now."""
        return cls(monotonic() + seconds, monotonic)

    def left(self) -> float:
        """Seconds left, never below zero."""
        return max(0.0, self._at - self._monotonic())

    @property
    def spent(self) -> bool:
        """Whether nothing is left."""
        return self.left() == 0.0

    def sub(self, seconds: float) -> Deadline:
        """A nearer deadline for a part of the work; never later than this one."""
        return Deadline(min(self._at, self._monotonic() + seconds), self._monotonic)

    @asynccontextmanager
    async def kept(self) -> AsyncGenerator[None, None]:
        """What is done within ends with it. Raises AgencyUnavailable (silent)."""
        try:
            async with asyncio.timeout(self.left()):
                yield
        except TimeoutError:
            raise failed(Fault.SILENT) from None


@dataclass(frozen=True, slots=True)
class Locator:
    """Where an agency keeps one attachment. `bytes` and `sha256` as the agency states them, if it does.

    `held`: nothing need be fetched, the vault holds the octets under `sha256` already.
    """

    attachment: str
    agency: str
    kind: str
    manifest_version: int
    where: dict[str, str]
    name: str
    media_type: str | None = None
    bytes: int | None = None
    sha256: str | None = None
    held: bool = False


@dataclass(frozen=True, slots=True)
class HeldFile:
    """One file of a delivery: its path there, its SHA-256 in hexadecimal, its size in octets."""

    path: str
    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """What an agency dropped, as the house holds it.

    `package` is the agency's number for it, `version` counts the deliveries under that number, `digest`
    (`sha256:…`) names what was dropped as a whole, `notice` are the octets that say what it holds.
    """

    package: str
    version: int
    digest: str
    arrived_at: datetime
    notice: bytes
    files: tuple[HeldFile, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """How an agency's drop folder stands: whether it can be used, and when a delivery last came in."""

    usable: bool
    last_arrived: datetime | None


class Deliveries(Protocol):
    """What has come in through drop folders; whoever runs a kit that reads deliveries hands this in."""

    async def current(
        self, agency: str, kind: str, key: str, norm: str, *, starts: bool
    ) -> Sequence[Delivery]:
        """Deliveries in force that name this kind under the key's normalised value, oldest first.

        `starts`: the value there may go on where this one ends.
        """

    async def standing(self, agency: str) -> Standing:
        """How the agency's folder stands."""

    def octets(self, sha256: str) -> AsyncGenerator[bytes, None]:
        """A held file's octets, at most 1 MiB at once."""


@dataclass(frozen=True, slots=True)
class ReadOut:
    """What one piece of evidence says, and the signals that its shape has drifted."""

    materials: tuple[Material, ...]
    drift: tuple[Drift, ...] = ()
    locators: tuple[Locator, ...] = ()


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What an adapter really does: `seals` proves who wrote a reply, `digests` that it arrived whole.

    `local`: what it reads is in the house already, so a question to it is heard by nobody outside. `paused`:
    a person has said that it is not to be asked for now, nor what is kept of it given out.
    """

    local: bool = False
    seals: bool = False
    digests: bool = False
    attachments: bool = False
    paused: bool = False


@dataclass(frozen=True, slots=True)
class ProbeStep:
    """One step of a probe. `passed` None: it could not be tried."""

    name: str
    passed: bool | None
    detail: Text
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class Probe:
    """Settings, connection, credentials: how far one gets, without asking about any project."""

    agency: str
    steps: tuple[ProbeStep, ...]

    @property
    def passed(self) -> bool:
        """Whether no step failed."""
        return all(step.passed is not False for step in self.steps)


@dataclass(frozen=True, slots=True)
class Freshness:
    """How long a material may be used without asking again, and how much longer if the agency is out."""

    keep: timedelta
    stale_if_error: timedelta


class Flags(Protocol):
    """What nodes must agree on, told by flags that fall by themselves, and turns.

    Never raises. Where it cannot be shared for the moment, each node judges by what it knows alone.
    """

    async def hoist(self, name: str, seconds: float) -> None:
        """Put a flag up, or up again, for so long."""

    async def claim(self, name: str, seconds: float) -> bool:
        """Put a flag up if it is down; whether it was."""

    async def left(self, name: str) -> float | None:
        """Seconds for which a flag still stands, None when it is down."""

    async def lower(self, *names: str) -> None:
        """Take flags down."""

    async def turn(self, name: str, interval: float, patience: float) -> float | None:
        """Seconds until the next turn, turns being `interval` seconds apart; it is taken with that.

        None when it would come after `patience` seconds: then none is taken.
        """


@dataclass(frozen=True, slots=True)
class FieldTrace:
    """How one field of a row came about: where it was looked for, what stood there, what became of it.

    `field` is its place in the contract (`buildings[0].area_m2`), `raw` and `value` plain JSON; `error` free
    of values.
    """

    field: str
    path: str | None
    raw: Any
    functions: tuple[str, ...]
    value: Any
    error: Text | None = None


RowTrace = tuple[FieldTrace, ...]
"""Every field of one row."""


class Adapter(Protocol):
    """How one agency is asked."""

    @property
    def agency(self) -> str:
        """The agency's slug."""

    @property
    def version(self) -> int:
        """The manifest's version."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """Slugs of the kinds it can ask for."""

    @property
    def capabilities(self) -> Capabilities:
        """What it really does."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """References of the secrets its manifest names, never their values."""

    def opened_by(self, kind: str) -> tuple[str, ...]:
        """Names of the keys that open this kind here, in the manifest's order."""

    def freshness(self, kind: str) -> Freshness:
        """How long its materials of this kind may be used."""

    def key_for(self, kind: str, keys: Keys) -> Key | None:
        """Which of the keys opens this kind here, in the manifest's order; unfit values are skipped."""

    async def pull(self, grant: Grant, keys: Keys, deadline: Deadline) -> list[Evidence]:
        """Ask for the grant's kind; every complete reply is evidence, whatever it says.

        Raises AgencyFailed when no complete reply came.
        """

    def read(self, evidence: Evidence) -> ReadOut:
        """What the evidence says: pure. Raises AgencyFailed and nothing else."""

    def explain(self, evidence: Evidence) -> tuple[RowTrace, ...]:
        """How the first rows of the evidence read, field by field, as far as that goes: pure.

        For people who write a manifest; what `read` says is what counts. Raises AgencyFailed.
        """
        del evidence
        return ()

    def fetch(self, grant: Grant, locator: Locator, deadline: Deadline) -> AsyncGenerator[bytes, None]:
        """One attachment's octets, in bounded chunks. Raises AgencyFailed, also half way through."""

    async def probe(self, deadline: Deadline) -> Probe:
        """Try settings, connection and credentials, without asking about any project."""


VALUE_LENGTH = 200
"""Characters of a key's value, at most."""


def usable(name: str, value: str) -> bool:
    """Whether a key's value may be sent: its grammar holds, or it is a visible text and no person's id."""
    reader = READERS.get(name)
    if reader:
        return reader(value).usable
    unseen = any(unicodedata.category(character).startswith("C") for character in value)
    return 0 < len(value.strip()) <= VALUE_LENGTH and not unseen and not resident_id(value)


def first_usable(ask_by: Sequence[str], keys: Keys) -> Key | None:
    """The first key, in the order an agency is to be asked, whose value may be sent."""
    candidates = (key for name in ask_by for key in keys.get(name, ()))
    return next((key for key in candidates if usable(key.name, key.value)), None)


_BY_TYPE = {error.type: error for error in AgencyFailed.__subclasses__()}


def failed(fault: Fault, detail: Text | None = None, next_try: datetime | None = None) -> AgencyFailed:
    """The error that belongs to a fault, as the fault table says; `detail` free of values and secrets."""
    error = _BY_TYPE[AgencyFailed(fault).row.problem](fault, detail)
    error.next_try = next_try
    return error


def read_safely(reader: Callable[[Evidence], T], evidence: Evidence) -> T:
    """Run a kit's reader so that only AgencyFailed comes out; anything else is evidence off contract."""
    try:
        return reader(evidence)
    except AgencyFailed:
        raise
    except Exception as error:
        detail = text(
            f"材料解析出错（{type(error).__name__}），原始凭据已留存。",
            f"Reading failed ({type(error).__name__}); the evidence is kept.",
        )
        raise EvidenceOffContract(Fault.OFF_CONTRACT, detail) from error


def evidence_octets(evidence: Evidence) -> bytes:
    """The stored form: the envelope as one line of RFC 8785 JSON, a line feed, the body as received."""
    envelope: dict[str, Any] = {
        "v": 1,
        "agency": evidence.agency,
        "manifest_version": evidence.manifest_version,
        "kind": evidence.kind,
        "asked": evidence.asked,
        "key": evidence.key.model_dump(),
        "received_at": stored(evidence.received_at),
        "status": evidence.status,
        "headers": [list(pair) for pair in evidence.headers],
    }
    return rfc8785.dumps(envelope) + b"\n" + evidence.body


def evidence_digest(evidence: Evidence) -> str:
    """`sha256:` and the digest (FIPS 180-4) of the stored form."""
    return "sha256:" + hashlib.sha256(evidence_octets(evidence)).hexdigest()


def evidence_from(octets: bytes) -> Evidence:
    """Read the stored form back. Raises VaultDamaged when it is not one."""
    line, found, body = octets.partition(b"\n")
    try:
        envelope: dict[str, Any] = json.loads(line)
        if not found or envelope.pop("v") != 1:
            raise ValueError("not an evidence envelope of version 1")  # noqa: TRY301  told like any other damage
        return Evidence(
            key=KeyUsed(**envelope.pop("key")),
            received_at=parse_instant(envelope.pop("received_at")),
            headers=tuple((name, value) for name, value in envelope.pop("headers")),
            body=body,
            **envelope,
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise VaultDamaged from error


def attachment_id(agency: str, kind: str, where: Mapping[str, str]) -> str:
    """An attachment's stable id: the same place at the same agency always has the same one."""
    place = "\0".join((agency, kind, rfc8785.dumps(dict(where)).decode()))
    letters = base64.b32encode(hashlib.sha256(place.encode()).digest()).decode().lower()
    return f"att-{letters[:26]}"
