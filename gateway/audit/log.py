"""The audit log: an entry is acknowledged when it, its nodes and its signed head are on the disk together.

Whatever gathers while the writer thread commits is its next batch; there is no timer. The database is the
truth about the head: what this process remembers of it serves only while the newest checkpoint is the one
it remembers, so neither a commit that failed after all nor another process can make the log fork.
"""

from __future__ import annotations

import asyncio
import secrets
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

import rfc8785

from contracts.audit import FLOOR_DAYS, PERSONAL_FLOOR_DAYS, Entry, Recorded, leaf_hash
from contracts.errors import LogUnavailable, NoSuchThing, StoreUnavailable
from contracts.text import text
from contracts.time import parse_instant, stored
from gateway.audit import records
from gateway.audit.index import facts_of
from gateway.audit.merkle import EMPTY_ROOT, Tree, consistency_spans, inclusion_spans, resolve
from gateway.audit.records import Line, Pending
from gateway.store.patience import heard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from sqlalchemy import Connection

    from contracts.audit import Draft
    from contracts.text import Text
    from gateway.audit.checkpoint import CheckpointSigner, Verifier
    from gateway.audit.merkle import Span
    from gateway.store.database import Database

T = TypeVar("T")

_UNWRITABLE = text("日志条目无法规范化编码", "The entry has no canonical encoding")
_FAILED = text(
    "最近一次日志提交未落盘：{why}；请检查磁盘与数据库",
    "The last commit of the log did not become durable: {why}. Look after the disk and the database",
)
_LATELY = timedelta(seconds=30)
"""How long a failed commit keeps the house from being ready; then asks may try again."""

_NO_SUCH_SIZE = text("没有这样的日志条目或大小", "The log has no such entry or size")


@dataclass(frozen=True, slots=True, eq=False)
class _Waiter:
    """Someone waiting for an entry to be durable."""

    pending: Pending
    place: asyncio.Future[Recorded]


@dataclass(frozen=True, slots=True)
class _Head:
    """The newest checkpoint as this process last saw it."""

    tree: Tree
    note: str | None


class AuditLog:
    """The log in `database`, its heads signed by `signer`; one for each process and event loop.

    `clock` gives aware UTC; `patience` is how many seconds an append may take. `retention_days` and
    `retention_personal_days` raise the legal floors, never lower them: raises ValueError. `committed` hears,
    on the writer thread, how many entries each commit made durable, and 0 for one that did not.
    """

    def __init__(  # noqa: PLR0913  what the law sets, and who listens
        self,
        database: Database,
        signer: CheckpointSigner,
        clock: Callable[[], datetime],
        patience: float = 2.0,
        *,
        retention_days: int = FLOOR_DAYS,
        retention_personal_days: int = PERSONAL_FLOOR_DAYS,
        committed: Callable[[int], None] = lambda _: None,
    ) -> None:
        if retention_days < FLOOR_DAYS or retention_personal_days < PERSONAL_FLOOR_DAYS:
            raise ValueError(f"the law keeps entries {FLOOR_DAYS} and {PERSONAL_FLOOR_DAYS} days at least")
        self.database, self.clock, self._signer, self._patience = database, clock, signer, patience
        self._keep = {False: timedelta(days=retention_days), True: timedelta(days=retention_personal_days)}
        self._committed = committed
        self._failure: tuple[datetime, Text] | None = None  # of the last commit, if it failed
        self._head: _Head | None = None  # the writer thread's alone
        self._gathered: dict[_Waiter, None] = {}
        self._turn_due = False
        self._gathering = threading.Lock()  # over the two above; held for no longer than a dict takes
        self._seen = 0

    @property
    def origin(self) -> str:
        """The log's name in checkpoints and receipts."""
        return self._signer.origin

    @property
    def verifier(self) -> Verifier:
        """Whose signature the log's checkpoints carry."""
        return self._signer.verifier

    def attest(self, text: str) -> str:
        """A note signed with the log's key, of a text that is no checkpoint. Raises ValueError."""
        return self._signer.attest(text)

    async def open(self) -> None:
        """Check, before serving, that the log is guarded and fits its newest head. Raises LogUnavailable."""
        await self.read(lambda connection: records.read_tree(connection, self.verifier))

    async def append(self, draft: Draft) -> Recorded:
        """Give a draft its time, salt and place; returns once it is durable.

        Raises LogUnavailable within `patience` seconds; what was to be recorded must then not happen.
        """
        waiter = _Waiter(self._written_out(draft), asyncio.get_running_loop().create_future())
        try:
            self._gather(waiter)
            return await self._heard(waiter.place)
        except (StoreUnavailable, TimeoutError) as error:
            raise LogUnavailable from error
        finally:
            # Not taken yet: withdrawn, and the log will never hear of it. Taken: it may become durable
            # without anybody waiting. The log then shows an ask that was not answered, which is true.
            self._withdraw(waiter)

    async def _heard(self, place: asyncio.Future[Recorded]) -> Recorded:
        """What the writer says of an entry. Raises TimeoutError when it has said nothing in time."""
        until = time.monotonic() + self._patience
        if not await heard(place, lambda: until - time.monotonic()):
            raise TimeoutError
        return place.result()

    def _written_out(self, draft: Draft) -> Pending:
        """Encoded before it joins others, so that what cannot be encoded fails alone."""
        now = self.clock()
        entry = Entry(**vars(draft), at=stored(now), salt=secrets.token_hex(16))
        try:
            content = entry.content()
            body = rfc8785.dumps(content)
        except rfc8785.CanonicalizationError as error:
            raise LogUnavailable(_UNWRITABLE) from error
        keep_until = stored(now + self._keep[draft.personal])
        return Pending(leaf_hash(body), body, keep_until, facts_of(content))

    def _gather(self, waiter: _Waiter) -> None:
        with self._gathering:
            self._gathered[waiter] = None
            if not self._turn_due:
                self.database.write_soon(self._turn)
                self._turn_due = True

    def _withdraw(self, waiter: _Waiter) -> None:
        with self._gathering:
            self._gathered.pop(waiter, None)
        waiter.place.cancel()  # told to nobody from here on; without effect once it is told

    def _take(self) -> list[_Waiter]:
        with self._gathering:
            batch, self._gathered, self._turn_due = list(self._gathered), {}, False
        return batch

    def _turn(self) -> None:
        """The writer thread's: one batch, one transaction, then everyone in it is told."""
        batch: list[_Waiter] = []
        try:
            with self.database.committing() as connection:
                # The write lock is ours: whoever lost patience over it has withdrawn, whoever came meanwhile
                # is in.
                batch = self._take()
                if not batch:
                    return
                tree = self._tree(connection)
                pending = [waiter.pending for waiter in batch]
                grown, note = records.add(connection, tree, pending, self._signer, stored(self.clock()))
                # Up to here a crash leaves the log as it was: no entry, no node, no checkpoint.
        except Exception as error:  # noqa: BLE001  whatever it was, nobody may wait for a thread that gave up
            # The transaction is rolled back, or, if the disk failed at the very end, perhaps not: the next
            # turn reads what is true from the database. All are told no, which is safe either way.
            cause = error  # `error` itself is gone by the time the waiters wake
            self._failure = self.clock(), _FAILED.fill(why=_plainly(error))
            self._committed(0)
            _tell(batch or self._take(), lambda waiter, _: _refuse(waiter, cause))
            return
        # From here these entries are ours for good. A crash before the waiters are told loses nothing:
        # they were answered nothing, ask again, and the log shows both asks.
        self._head, self._failure = _Head(grown, note), None
        self._committed(len(batch))
        _tell(batch, lambda waiter, place: self._acknowledge(waiter, tree.size + place, grown.size))

    def _acknowledge(self, waiter: _Waiter, index: int, size: int) -> None:
        recorded = Recorded(origin=self.origin, index=index, leaf=waiter.pending.leaf, size=size)
        waiter.place.set_result(recorded)

    def _tree(self, connection: Connection) -> Tree:
        """What the batch grows on; nobody grows it meanwhile."""
        if self._head is None or records.newest_note(connection) != self._head.note:
            # First turn, a commit that was not what it seemed, or another process: read and verify anew.
            # Growing the remembered tree here would sign a second history beside the stored one.
            return records.read_tree(connection, self.verifier)
        return self._head.tree

    def failed_lately(self) -> Text | None:
        """Why the last commit did not become durable, for a while: nobody may be left to try another."""
        if self._failure is None or self.clock() - self._failure[0] >= _LATELY:
            return None
        return self._failure[1]

    async def newest_at(self) -> datetime | None:
        """When the newest checkpoint was made; None while the log is empty. Raises LogUnavailable."""
        found = await self.read(records.newest_at)
        return None if found is None else parse_instant(found)

    async def size(self) -> int:
        """How many entries there are. Raises LogUnavailable."""
        return await self.read(records.size)

    async def reaches(self, index: int) -> bool:
        """Whether there is an entry of this index: no log shrinks. Raises LogUnavailable."""
        if index >= self._seen:
            self._seen = await self.size()
        return index < self._seen

    async def checkpoint(self) -> str:
        """The newest head as a signed note, the empty tree's while there is none. Raises LogUnavailable."""
        return await self.read(records.newest_note) or self._signer.sign(0, EMPTY_ROOT)

    async def lines(self, start: int, limit: int) -> list[Line]:
        """At most `limit` entries from index `start`, fewer at the log's end. Raises LogUnavailable."""

        def find(connection: Connection) -> list[Line]:
            end = records.size(connection)
            return list(records.lines(connection, min(start, end), min(start + limit, end)))

        return await self.read(find)

    async def entry(self, index: int) -> bytes | None:
        """One entry's canonical octets; None when there is none, or it was blanked. Raises LogUnavailable."""
        found = await self.lines(index, 1)
        return found[0].body if found else None

    async def inclusion(self, index: int, size: int) -> list[bytes]:
        """The proof that entry `index` is in the tree of `size`, leaf's sibling first (RFC 9162 §2.1.3).

        Raises NoSuchThing, LogUnavailable.
        """
        if not 0 <= index < size:
            raise NoSuchThing(_NO_SUCH_SIZE)
        return await self._proof(size, lambda: inclusion_spans(index, size))

    async def consistency(self, first: int, second: int) -> list[bytes]:
        """The proof that the tree of `second` continues that of `first` (RFC 9162 §2.1.4).

        Nothing needs proving of the empty tree. Raises NoSuchThing, LogUnavailable.
        """
        if not 0 <= first <= second:
            raise NoSuchThing(_NO_SUCH_SIZE)
        return await self._proof(second, lambda: consistency_spans(first, second) if first else [])

    async def _proof(self, size: int, spans: Callable[[], list[Span]]) -> list[bytes]:
        def find(connection: Connection) -> list[bytes]:
            if size > records.size(connection):
                raise NoSuchThing(_NO_SUCH_SIZE)
            return resolve(spans(), lambda wanted: records.fetch_nodes(connection, wanted))

        return await self.read(find)

    async def read(self, find: Callable[[Connection], T]) -> T:
        """What `find` finds on one state of the log. Raises LogUnavailable when the store is out."""
        with _store_is_log():
            return await self.database.read(find)

    async def survey(self, find: Callable[[Connection], T]) -> T:
        """As `read`, for what walks much of the log and holds nobody up. Raises LogUnavailable."""
        with _store_is_log():
            return await self.database.survey(find)


@contextmanager
def _store_is_log() -> Iterator[None]:
    try:
        yield
    except StoreUnavailable as error:
        raise LogUnavailable from error


def _tell(batch: list[_Waiter], say: Callable[[_Waiter, int], None]) -> None:
    """Wake the batch's waiters on their loop, all in one call; those who left are passed over."""

    def wake() -> None:
        for place, waiter in enumerate(batch):
            if not waiter.place.done():
                say(waiter, place)

    if batch and not (loop := batch[0].place.get_loop()).is_closed():
        loop.call_soon_threadsafe(wake)


def _plainly(error: Exception) -> str:
    """What the database says went wrong, without its statement: never an entry's words."""
    said = getattr(error.__cause__, "orig", None)
    return str(said or type(error).__name__).partition("\n")[0]


def _refuse(waiter: _Waiter, error: Exception) -> None:
    # One error for each: they are raised in different tasks, and a traceback belongs to one.
    refusal = LogUnavailable(error.detail if isinstance(error, LogUnavailable) else None)
    refusal.__cause__ = error
    waiter.place.set_exception(refusal)
