"""A kit that does what it is told, a clock and a sleep that only move when told to."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from adapters.base import (
    Adapter,
    Capabilities,
    Deadline,
    Freshness,
    Key,
    Keys,
    Locator,
    Probe,
    ReadOut,
    RowTrace,
    failed,
)
from adapters.manifest.model import Limits
from adapters.resilience import Lookout, sturdy
from contracts.errors import Fault
from contracts.exchange import Evidence, Grant
from contracts.material import KeyUsed

KIND = "company-record"
KEYS: Keys = {"holder_uscc": (Key("holder_uscc", "91231000DEM0AA016M", confirmed=True),)}
PLACE = Locator("att-x", "demo-market", KIND, 3, {"path": "a.pdf"}, "a.pdf")
START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)

Step = Fault | Evidence | Callable
"""What a call does: fail, answer, or run something that does either."""


def reply(status: int = 200, *headers: tuple[str, str], at: datetime = START) -> Evidence:
    return Evidence(
        agency="demo-market",
        manifest_version=3,
        kind=KIND,
        asked={},
        key=KeyUsed(name="holder_uscc", value="91231000DEM0AA016M", confirmed=True),
        received_at=at,
        status=status,
        headers=headers,
        body=b"{}",
    )


class Kit:
    """Plays its script; its last line again and again."""

    capabilities, secrets, agency, version, kinds = Capabilities(), (), "demo-market", 3, (KIND,)

    def __init__(self, *script: Step) -> None:
        self.script, self.calls = list(script) or [reply()], 0
        self.says: dict[int, Fault] = {429: Fault.SHEDDING, 500: Fault.BROKEN, 503: Fault.BROKEN}

    def opened_by(self, _kind: str) -> tuple[str, ...]:
        return ("holder_uscc",)

    def freshness(self, _kind: str) -> Freshness:
        return Freshness(timedelta(days=1), timedelta(0))

    def key_for(self, _kind: str, keys: Keys) -> Key | None:
        return keys["holder_uscc"][0]

    def _next(self) -> Step:
        self.calls += 1
        return self.script.pop(0) if len(self.script) > 1 else self.script[0]

    async def pull(self, _grant: Grant, _keys: Keys, _deadline: Deadline) -> list[Evidence]:
        step = self._next()
        if callable(step):
            step = await step()
        if isinstance(step, Fault):
            raise failed(step)
        return [step]

    def read(self, evidence: Evidence) -> ReadOut:
        if evidence.status in self.says:
            raise failed(self.says[evidence.status])
        return ReadOut(())

    def explain(self, _evidence: Evidence) -> tuple[RowTrace, ...]:
        return ()

    async def fetch(self, *_: object) -> AsyncGenerator[bytes, None]:
        step = self._next()
        yield b"one"
        if isinstance(step, Fault):
            raise failed(step)
        yield b"two"

    async def probe(self, _deadline: Deadline) -> Probe:
        return Probe(self.agency, ())


@dataclass
class Time:
    """Monotonic seconds and wall clock together; sleeping moves both and takes no time."""

    seconds: float = 5000.0
    slept: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.seconds

    def clock(self) -> datetime:
        return START + timedelta(seconds=self.seconds - 5000.0)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds
        await asyncio.sleep(0)

    def deadline(self, seconds: float = 5.0) -> Deadline:
        return Deadline.after(seconds, self.monotonic)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def lookout(time) -> Lookout:
    return Lookout(time.clock, None, time.monotonic, time.sleep)


@pytest.fixture
def around(lookout, time):
    """The kit within its limits; `repeatable` unless told otherwise."""

    def build(kit: Kit, *, over: Lookout | None = None, repeatable: bool = True, **limits) -> Adapter:
        rule = Limits.model_validate(limits)
        return sturdy(kit, rule, time.clock, over or lookout, frozenset({KIND} if repeatable else ()))

    return build


@pytest.fixture
def ask(grant_for, time):
    """One question; the evidence that came, or the fault."""

    async def once(adapter: Adapter, seconds: float = 5.0) -> list[Evidence] | Fault:
        from contracts.errors import AgencyFailed

        try:
            return await adapter.pull(grant_for(KIND), KEYS, time.deadline(seconds))
        except AgencyFailed as failure:
            return failure.fault

    return once
