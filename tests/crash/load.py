"""A registration system that keeps asking while its gateway dies, and remembers every word it was told."""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx2

from contracts.exchange import Receipt
from tests.crash.office import ASK, FILES

REASON = {f"landbridge-{name}": ASK[name] for name in ("case", "purpose", "operator")}
UNRECORDED = ("log-unavailable", "store-unavailable")
"""What may be said without an entry: that there can be none, and that we cannot even look up who asks."""


@dataclass(frozen=True)
class Told:
    """An answer that reached the asker whole: its receipt and what it was."""

    receipt: Receipt
    status: int
    digest: str


@dataclass
class Memory:
    """All the asker knows. It outlives every gateway."""

    told: list[Told] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    unrecorded: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    broken_off: int = 0

    def keep(self, answer: httpx2.Response) -> None:
        """Write down an answer of the exchange's: with its receipt, or as one that had none."""
        self.statuses[answer.status_code] += 1
        header = answer.headers.get("landbridge-receipt")
        if header is None:
            self._without_receipt(answer)
            return
        whole = answer.status_code == 206 or "content-range" in answer.headers
        digest = "" if whole else "sha256:" + hashlib.sha256(answer.content).hexdigest()
        self.told.append(Told(Receipt.parse(header), answer.status_code, digest))

    def _without_receipt(self, answer: httpx2.Response) -> None:
        kind = answer.json().get("type", "").rpartition("/")[2].rpartition(":")[2]
        if answer.status_code != 503 or kind not in UNRECORDED:
            self.unrecorded.append(f"{answer.status_code} {answer.text[:200]}")


class Load:
    """Several connections at once, each asking one thing after another, chosen by `seed`.

    `up` is set while there is a gateway to ask; a connection that breaks waits for it.
    """

    def __init__(self, base: str, key: str, seed: int, connections: int = 6) -> None:
        self._base, self._key, self._seed, self._connections = base, key, seed, connections
        self.memory = Memory()
        self.up = asyncio.Event()
        self._grown = asyncio.Condition()
        self._walkers: list[asyncio.Task[None]] = []
        self._files: list[str] = []

    async def start(self) -> None:
        """Begin to ask; from here on until `stop`."""
        self._walkers = [asyncio.create_task(self._walk(number)) for number in range(self._connections)]

    async def stop(self) -> None:
        """Ask no more. Raises whatever ended a connection."""
        for walker in self._walkers:
            walker.cancel()
        ended = await asyncio.gather(*self._walkers, return_exceptions=True)
        for error in ended:
            if error is not None and not isinstance(error, asyncio.CancelledError):
                raise error

    async def more(self, answers: int | None, enough: Callable[[], bool] = lambda: False) -> None:
        """Until so many more answers came (None: any number), or it is enough for another reason."""
        due = float("inf") if answers is None else len(self.memory.told) + answers
        async with self._grown:
            await self._grown.wait_for(lambda: len(self.memory.told) >= due or enough() or self._ended())

    def _ended(self) -> bool:
        """A connection that gave up, or a promise broken already, must not leave a test waiting."""
        return bool(self.memory.unrecorded) or any(walker.done() for walker in self._walkers)

    async def _walk(self, number: int) -> None:
        rng = random.Random(f"{self._seed} {number}")
        headers = {"authorization": f"Bearer {self._key}"}
        async with httpx2.AsyncClient(
            base_url=self._base, headers=headers, timeout=30, trust_env=False
        ) as http:
            while True:
                await self.up.wait()
                try:
                    await self._one(http, rng)
                except httpx2.TransportError:
                    self.memory.broken_off += 1
                    await asyncio.sleep(0)
                async with self._grown:
                    self._grown.notify_all()

    async def _one(self, http: httpx2.AsyncClient, rng: random.Random) -> None:
        turn = rng.random()
        if turn < 0.1:
            answer = await http.get("/v1/log/checkpoint")
            if answer.status_code == 200:
                self.memory.heads.append(answer.text)
        elif turn < 0.4 and self._files:
            file = self._files[rng.randrange(len(self._files))]
            self.memory.keep(await http.get(f"/v1/attachments/{file}", headers=REASON))
        else:
            answer = await http.post("/v1/dossiers", json=question(rng))
            self.memory.keep(answer)
            if answer.status_code == 200 and not self._files:
                self._files = [each["id"] for each in _attachments(answer.json())]


def question(rng: random.Random) -> dict[str, Any]:
    """One that the cache answers, one that an agency must answer, one that must be refused."""
    turn = rng.random()
    if turn < 0.5:
        return ASK
    if turn < 0.85:
        return {**ASK, "max_age": 0}
    return {name: value for name, value in ASK.items() if name != "purpose"}


def _attachments(dossier: dict[str, Any]) -> list[dict[str, Any]]:
    found = [each for material in dossier["materials"] for each in material.get("attachments", [])]
    assert len(found) in {0, FILES}
    return found
