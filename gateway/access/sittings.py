"""Who is signed in: both factors at once, a lock after six failures, an end after half an hour of nothing.

GB/T 22239-2019, 身份鉴别: two factors, protection against guessing, an end to idle sessions.
"""

from __future__ import annotations

import json
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NoReturn

from sqlalchemy import bindparam, insert, or_, select, update

from contracts.audit import PERSON, Draft, EntryKind, Subject, done_by
from contracts.people import SignInRefused, SignOnFailed
from contracts.time import parse_instant, stored
from gateway.access import authenticators
from gateway.access.faces import Person
from gateway.access.people import digest, passwords_of
from gateway.store.fixed import Fixed
from gateway.store.tables import invitations, people, sittings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from sqlalchemy import Connection, Row

    from contracts.audit import Recorded
    from gateway.access.people import People
    from gateway.access.signon import Identity
    from gateway.store.database import Database

TRIES = 6
"""So many wrong passwords or codes in a row lock an account,"""

LOCKED_MINUTES = 30
"""for so long."""

WHOLE_HOURS = 12
"""A sitting ends after so long, whatever is done in it."""

_TOUCH_SECONDS = 60
"""How exactly it is noted when somebody was last seen."""


class Sittings:
    """Signing in and out.

    `idle_minutes` without a page end a sitting; `strange` counts those whom nobody knows, and raises
    TooManyAsks; `record` writes an entry; `clock` gives aware UTC.
    """

    def __init__(
        self,
        database: Database,
        register: People,
        record: Callable[[Draft], Awaitable[Recorded]],
        clock: Callable[[], datetime],
        *,
        strange: Callable[[str], Awaitable[None]],
        idle_minutes: int = 30,
    ) -> None:
        self._database, self._people, self._record, self._clock = database, register, record, clock
        self._strange, self._idle = strange, timedelta(minutes=idle_minutes)

    async def sign_in(self, account: str, password: str, code: str, remote: str) -> str:
        """The sitting's secret, for the browser to bring with every page.

        Raises SignInRefused, TooManyAsks, LogUnavailable, StoreUnavailable.
        """
        # The try is counted before it is judged: guesses side by side are all counted.
        row = await self._database.write(lambda connection: self._charge(connection, account))
        if row is None:
            await self._strange(remote)  # who keeps trying is told so before it costs us anything
        right = await self._people.passwords.matches(row.password if row else None, password)
        if row is None:
            raise SignInRefused
        secret = self._people.authenticator_of(row) if row.authenticator else authenticators.new_secret()
        step = authenticators.step_of(secret, code, self._clock(), row.step)
        if not right or step is None:
            await self._turn_away(row)
        if not await self._database.write(lambda connection: _use(connection, account, step)):
            await self._turn_away(row)  # the same code, twice at once
        token = secrets.token_urlsafe(32)
        await self._record(Draft(kind=EntryKind.SIGNED_IN, **done_by(PERSON + account)))
        if not await self._database.write(lambda connection: self._sit(connection, row, token)):
            await self._turn_away(row)  # what was right a moment ago was taken away meanwhile
        return token

    async def sign_in_as(self, identity: Identity, remote: str) -> str:
        """The same for whom the identity provider vouches, who looks after their second factor.

        The first time, the account of that name becomes theirs, and nobody else's who comes to have the name.
        Raises SignOnFailed where no account is theirs, TooManyAsks, LogUnavailable, StoreUnavailable.
        """
        row = await self._database.write(
            lambda connection: _theirs(connection, identity, stored(self._clock()))
        )
        if row is None:
            await self._strange(remote)
            raise SignOnFailed
        token = secrets.token_urlsafe(32)
        subject = Subject(type="account", id=row.id, note="by the identity provider")
        await self._record(Draft(kind=EntryKind.SIGNED_IN, subject=subject, **done_by(PERSON + row.id)))
        if not await self._database.write(lambda connection: self._sit(connection, row, token)):
            raise SignOnFailed
        return token

    async def whose(self, token: str | None, *, seen: bool = True) -> Person | None:
        """Who brings this secret; None when nobody sits there any more. Raises StoreUnavailable.

        `seen`: that somebody was seen is noted; not for what a page asks by itself.
        """
        if not token:
            return None
        bounds, now, faces = self._bounds(token), self._clock(), self._people.faces
        changes = faces.changes
        row = await self._database.first(_SITTING, bounds)
        if row is None:
            faces.found(bounds["brought"], None, now, changes)
            return None
        began_at, seen_at, account, role, agencies, password_at = row
        last_seen = parse_instant(seen_at)
        if seen and now - last_seen >= timedelta(seconds=_TOUCH_SECONDS):
            noted = update(sittings).where(sittings.c.sha256 == digest(token)).values(seen_at=stored(now))
            await self._database.write(lambda connection: connection.execute(noted))
            last_seen = now
        days = (now - parse_instant(password_at)).days if password_at else None
        person = Person(account, role, frozenset(filter(None, agencies.split(","))), days)
        until = min(last_seen + self._idle, parse_instant(began_at) + timedelta(hours=WHOLE_HOURS))
        faces.found(bounds["brought"], person, until, changes)
        return person

    def expected(self, token: str | None) -> Person | None:
        """Who was here last with this secret, of all that this process has seen; nobody is asked.

        Another may have sent them away since, so nothing is theirs by this: see `whose`.
        """
        return self._people.faces.known(digest(token), self._clock()) if token else None

    async def sign_out(self, token: str) -> None:
        """End this sitting. Raises LogUnavailable, StoreUnavailable."""
        if person := await self.whose(token):
            await self._record(Draft(kind=EntryKind.SIGNED_OUT, **done_by(person.id)))
            ended = update(sittings).where(sittings.c.sha256 == digest(token))
            done = ended.values(ended_at=stored(self._clock()))
            await self._ending(person.account, lambda connection: connection.execute(done))

    async def change_password(self, token: str, old: str, new: str) -> None:
        """Another password; the account's other sittings end.

        Raises SignInRefused for a wrong old one, which counts as a failure to sign in; PasswordUnfit,
        LogUnavailable, StoreUnavailable.
        """
        person = await self.whose(token)
        if person is None:
            raise SignInRefused
        row = await self._database.write(lambda connection: self._charge(connection, person.account))
        if row is None:
            raise SignInRefused
        if not await self._people.passwords.matches(row.password, old):
            await self._turn_away(row)
        await self._database.write(lambda connection: _forgive(connection, person.account))
        await self._people.passwords.check(new, person.account, passwords_of(row))
        subject = Subject(type="account", id=person.account, note="password changed")
        await self._record(Draft(kind=EntryKind.ACCOUNT, subject=subject, **done_by(person.id)))
        hashed = await self._people.passwords.hashed(new)
        await self._ending(
            person.account, lambda writing: self._change(writing, person.account, token, hashed)
        )

    async def _ending(self, account: str, fn: Callable[[Connection], object]) -> None:
        """Write what ends a sitting of this account."""
        try:
            await self._database.write(fn)
        finally:  # one that was broken off may have been made
            self._people.faces.forget(account)

    def _charge(self, connection: Connection, account: str) -> Row[Any] | None:
        """The account's row with this try counted; None for no account, a locked one, or one not open."""
        now = self._clock()
        row = connection.execute(select(people).where(people.c.id == account)).first()
        if row is None or row.password is None or row.closed_at:
            return None
        if row.locked_until and stored(now) < row.locked_until:
            return None
        failures = 1 if row.locked_until else row.failures + 1
        until = stored(now + timedelta(minutes=LOCKED_MINUTES)) if failures >= TRIES else None
        counted = update(people).where(people.c.id == account).values(failures=failures, locked_until=until)
        connection.execute(counted)
        return connection.execute(select(people).where(people.c.id == account)).one()

    async def _turn_away(self, row: Row[Any]) -> NoReturn:
        note = f"failure {row.failures} of {TRIES}" + ("; locked" if row.failures >= TRIES else "")
        subject = Subject(type="account", id=row.id, note=note)
        await self._record(Draft(kind=EntryKind.TURNED_AWAY, subject=subject))
        raise SignInRefused

    def _sit(self, connection: Connection, row: Row[Any], token: str) -> bool:
        """Begin a sitting, if the account is still opened by what was judged; False when it is not."""
        now = stored(self._clock())
        seen = update(people).where(
            people.c.id == row.id,
            people.c.closed_at.is_(None),
            people.c.password.is_not_distinct_from(row.password),
            people.c.authenticator.is_not_distinct_from(row.authenticator),
            people.c.subject.is_not_distinct_from(row.subject),
        )
        if connection.execute(seen.values(last_seen_at=now)).rowcount != 1:
            return False
        begun = {"sha256": digest(token), "person": row.id, "began_at": now, "seen_at": now}
        connection.execute(insert(sittings).values(**begun))
        return True

    def _bounds(self, token: str) -> dict[str, Any]:
        now = self._clock()
        begun = stored(now - timedelta(hours=WHOLE_HOURS))
        return {"brought": digest(token), "seen_since": stored(now - self._idle), "begun_since": begun}

    def _change(self, connection: Connection, account: str, token: str, hashed: str) -> None:
        now = stored(self._clock())
        row = connection.execute(select(people).where(people.c.id == account)).one()
        kept = {"password": hashed, "password_at": now, "failures": 0, "locked_until": None}
        connection.execute(
            update(people).where(people.c.id == account).values(earlier=json.dumps(passwords_of(row)), **kept)
        )
        others = (sittings.c.person == account) & (sittings.c.sha256 != digest(token))
        connection.execute(update(sittings).where(others, sittings.c.ended_at.is_(None)).values(ended_at=now))


_SITTING = Fixed(
    select(
        sittings.c.began_at,
        sittings.c.seen_at,
        people.c.id,
        people.c.role,
        people.c.agencies,
        people.c.password_at,
    )
    .join_from(sittings, people, sittings.c.person == people.c.id)
    .where(
        sittings.c.sha256 == bindparam("brought"),
        sittings.c.ended_at.is_(None),
        sittings.c.seen_at > bindparam("seen_since"),
        sittings.c.began_at > bindparam("begun_since"),
        people.c.closed_at.is_(None),
    )
)
"""Asked at every page, so it is put together once."""


def _forgive(connection: Connection, account: str) -> None:
    """Forget the failures of somebody who has shown that they are who they are."""
    known = update(people).where(people.c.id == account)
    connection.execute(known.values(failures=0, locked_until=None))


def _theirs(connection: Connection, identity: Identity, now: str) -> Row[Any] | None:
    """The open account of this subject; else the one of that name that nobody has opened, made theirs."""
    open_ = people.c.closed_at.is_(None)
    mine = select(people).where(people.c.subject == identity.subject, open_)
    found = connection.execute(mine).first()
    if found is None:
        fresh = (people.c.id == identity.account) & people.c.subject.is_(None) & people.c.password.is_(None)
        connection.execute(update(people).where(fresh, open_).values(subject=identity.subject))
        found = connection.execute(mine).first()
        if found is not None:  # the link that lay ready opens nothing any more
            live = (invitations.c.person == found.id) & invitations.c.spent_at.is_(None)
            connection.execute(update(invitations).where(live).values(spent_at=now))
    return found


def _use(connection: Connection, account: str, step: int) -> bool:
    """Take a code that is good once, and forget the failures before it; False when it was taken already."""
    unused = or_(people.c.step.is_(None), people.c.step < step)
    taken = update(people).where(people.c.id == account, unused)
    return connection.execute(taken.values(step=step, failures=0, locked_until=None)).rowcount == 1
