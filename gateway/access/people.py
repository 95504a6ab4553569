"""People's accounts: one role each, opened by a one-time link, with a password and an authenticator.

There is no super-user: the first three accounts are made together, one for each of the three administrators
(三员分立), and every other by the security administrator.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, insert, select, update

from contracts.audit import PERSON, Draft, EntryKind, Subject, done_by
from contracts.conflicts import WrongState
from contracts.errors import AskMalformed, NoSuchThing
from contracts.people import CodeWrong, InvitationSpent
from contracts.text import text
from contracts.time import stored
from gateway.access import authenticators
from gateway.access.accounts import SHOWN, Account, told
from gateway.access.faces import Faces
from gateway.access.passwords import EARLIER, Passwords
from gateway.access.roles import check_name, check_roles
from gateway.sealing import Sealer
from gateway.store.fixed import Fixed, Known
from gateway.store.tables import invitations, people, sittings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from sqlalchemy import Connection, Row, Select

    from contracts.audit import Recorded
    from gateway.store.database import Database

INVITATION_HOURS = 72
"""How long a one-time link is good."""

FIRST = {"sysadmin": "system-admin", "secadmin": "security-admin", "auditadmin": "auditor"}
"""The accounts a house begins with, and their roles."""

_MAGIC, _LABEL = b"LBP1", b"landbridge authenticators: wrapping key v1"


@dataclass(frozen=True, slots=True)
class Invitation:
    """A one-time link's secret, for `account`, good until `until`."""

    account: str
    role: str
    token: str = field(repr=False)
    until: datetime


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What the holder of a link is shown: whose it is, and the authenticator's secret to put on a phone."""

    account: str
    role: str
    secret: str = field(repr=False)
    address: str = field(repr=False)


class People:
    """The register of people. `key` is the vault key, `record` writes an entry, `clock` gives aware UTC."""

    def __init__(
        self,
        database: Database,
        key: bytes,
        record: Callable[[Draft], Awaitable[Recorded]],
        clock: Callable[[], datetime],
    ) -> None:
        self._database, self._record, self._clock = database, record, clock
        self._sealer = Sealer(key, _MAGIC, _LABEL)
        self._known = Known(database, _KNOWN)
        self.passwords, self.faces = Passwords(), Faces()

    async def begin(self, *, by: str) -> tuple[Invitation, ...]:
        """The three administrators of a house that nobody has an account in; none where somebody has.

        Raises LogUnavailable, StoreUnavailable.
        """
        if await self._database.read(_anybody):
            return ()
        made = [self._new(account, role) for account, role in FIRST.items()]
        for invitation, _ in made:
            await self._say(invitation.account, f"made; role {invitation.role}", by)

        def write(connection: Connection) -> bool:
            if _anybody(connection):  # another node was first, and its links are the good ones
                return False
            for invitation, sealed in made:
                self._make(connection, invitation, (), by)
                self._invite(connection, invitation, sealed, by)
            return True

        return tuple(each for each, _ in made) if await self._database.write(write) else ()

    async def make(self, account: str, role: str, agencies: tuple[str, ...] = (), *, by: str) -> Invitation:
        """An account for somebody who is not here yet, and the link that opens it.

        Raises AskMalformed, WrongState where the name is taken, LogUnavailable, StoreUnavailable.
        """
        check_name(text("账号", "An account"), account, about="account")
        _check_role(role, agencies)
        if await self._row(account):
            raise WrongState(_TAKEN, about="account")
        own = f"; agencies {','.join(agencies)}" if agencies else ""
        await self._say(account, f"made; role {role}{own}", by)
        invitation, sealed = self._new(account, role)

        def write(connection: Connection) -> None:
            if _find(connection, account):
                raise WrongState(_TAKEN, about="account")
            self._make(connection, invitation, agencies, by)
            self._invite(connection, invitation, sealed, by)

        await self._database.write(write)
        return invitation

    async def invite(self, account: str, *, by: str) -> Invitation:
        """Another link, for a lost password or phone: what the account was opened with is forgotten at once.

        Raises NoSuchThing, WrongState for a closed account, LogUnavailable, StoreUnavailable.
        """
        row = await self._open_row(account)
        invitation, sealed = self._new(account, row.role)
        await self._say(account, "invited again; password and authenticator forgotten", by)

        def write(connection: Connection) -> None:
            forgotten = {
                "password": None,
                "authenticator": None,
                "subject": None,
                "failures": 0,
                "locked_until": None,
            }
            connection.execute(
                update(people)
                .where(people.c.id == account)
                .values(earlier=json.dumps(passwords_of(row)), **forgotten)
            )
            self._end_all(connection, account)
            self._invite(connection, invitation, sealed, by)

        await self._write(account, write)
        return invitation

    async def enrolment(self, token: str) -> Enrolment:
        """What the link's holder is to see. Raises InvitationSpent, StoreUnavailable."""
        invited = await self._invited(token)
        secret = self._sealer.opened((invited.person, "authenticator"), bytes(invited.authenticator))
        address = authenticators.address(secret, invited.person, "Landbridge")
        return Enrolment(invited.person, invited.role, secret, address)

    async def enrol(self, token: str, password: str, code: str) -> str:
        """Open the account with a password of its own and a code of the new authenticator; gives its name.

        Raises InvitationSpent, PasswordUnfit, CodeWrong, LogUnavailable, StoreUnavailable.
        """
        invited, enrolment = await self._invited(token), await self.enrolment(token)
        await self.passwords.check(password, enrolment.account, json.loads(invited.earlier))
        if (step := authenticators.step_of(enrolment.secret, code, self._clock())) is None:
            raise CodeWrong
        await self._say(enrolment.account, "enrolled", PERSON + enrolment.account)
        hashed, now = await self.passwords.hashed(password), stored(self._clock())

        def write(connection: Connection) -> None:
            live = (invitations.c.sha256 == digest(token)) & invitations.c.spent_at.is_(None)
            if connection.execute(update(invitations).where(live).values(spent_at=now)).rowcount != 1:
                raise InvitationSpent
            opened = {"password": hashed, "password_at": now, "authenticator": invited.authenticator}
            connection.execute(
                update(people)
                .where(people.c.id == enrolment.account)
                .values(step=step, failures=0, locked_until=None, **opened)
            )

        await self._database.write(write)
        return enrolment.account

    async def assign(self, account: str, agencies: tuple[str, ...], *, by: str) -> None:
        """Give an agency admin other agencies, from the next page on.

        Raises NoSuchThing, AskMalformed, WrongState, LogUnavailable, StoreUnavailable.
        """
        row = await self._open_row(account)
        _check_role(row.role, agencies)
        await self._say(account, f"agencies {','.join(agencies)}", by)
        await self._set(account, agencies=",".join(agencies))

    async def unlock(self, account: str, *, by: str) -> None:
        """Let somebody try again who failed too often.

        Raises NoSuchThing, WrongState, LogUnavailable, StoreUnavailable.
        """
        await self._open_row(account)
        await self._say(account, "unlocked", by)
        await self._set(account, failures=0, locked_until=None)

    async def close(self, account: str, *, by: str) -> None:
        """Close an account for good, and end its sittings at once; its name is not given again.

        Raises NoSuchThing, WrongState, LogUnavailable, StoreUnavailable.
        """
        await self._open_row(account)
        await self._say(account, "closed", by)
        now = stored(self._clock())

        def write(connection: Connection) -> None:
            closed = {"closed_at": now, "password": None, "authenticator": None, "subject": None}
            connection.execute(update(people).where(people.c.id == account).values(**closed))
            self._end_all(connection, account)

        await self._write(account, write)

    async def listed(self) -> list[Account]:
        """Every account, by name. Raises StoreUnavailable."""
        return await self._read(SHOWN.order_by(people.c.id))

    async def account(self, name: str) -> Account:
        """One of them. Raises NoSuchThing, StoreUnavailable."""
        found = await self._read(SHOWN.where(people.c.id == name))
        if not found:
            raise _no_account(name)
        return found[0]

    async def check_known(self, name: str) -> None:
        """Raises NoSuchThing for an account that there is none of, StoreUnavailable."""
        if not await self._known(account=name):
            raise _no_account(name)

    async def _read(self, wanted: Select[Any]) -> list[Account]:
        rows = await self._database.read(lambda connection: connection.execute(wanted).all())
        now = stored(self._clock())
        return [told(row, now) for row in rows]

    def authenticator_of(self, row: Row[Any]) -> str:
        """The secret of an account that is open. Raises VaultDamaged."""
        return self._sealer.opened((row.id, "authenticator"), bytes(row.authenticator))

    def _new(self, account: str, role: str) -> tuple[Invitation, bytes]:
        until = self._clock() + timedelta(hours=INVITATION_HOURS)
        sealed = self._sealer.sealed((account, "authenticator"), authenticators.new_secret())
        return Invitation(account, role, secrets.token_urlsafe(32), until), sealed

    def _make(
        self, connection: Connection, invitation: Invitation, agencies: tuple[str, ...], by: str
    ) -> None:
        connection.execute(
            insert(people).values(
                id=invitation.account,
                role=invitation.role,
                agencies=",".join(agencies),
                created_at=stored(self._clock()),
                created_by=by,
            )
        )

    def _invite(self, connection: Connection, invitation: Invitation, sealed: bytes, by: str) -> None:
        connection.execute(
            insert(invitations).values(
                sha256=digest(invitation.token),
                person=invitation.account,
                authenticator=sealed,
                at=stored(self._clock()),
                by=by,
                until=stored(invitation.until),
            )
        )

    def _end_all(self, connection: Connection, account: str) -> None:
        """Whoever sits at this account leaves, and no link opens it."""
        now = stored(self._clock())
        for table, column in ((sittings, "ended_at"), (invitations, "spent_at")):
            live = (table.c.person == account) & table.c[column].is_(None)
            connection.execute(update(table).where(live).values({column: now}))

    async def _set(self, account: str, **values: Any) -> None:
        change = update(people).where(people.c.id == account).values(**values)
        await self._write(account, lambda connection: connection.execute(change))

    async def _write(self, account: str, fn: Callable[[Connection], object]) -> None:
        try:
            await self._database.write(fn)
        finally:  # one that was broken off may have been made
            self.faces.forget(account)

    async def _row(self, account: str) -> Row[Any] | None:
        return await self._database.read(lambda connection: _find(connection, account))

    async def _open_row(self, account: str) -> Row[Any]:
        row = await self._row(account)
        if row is None:
            raise _no_account(account)
        if row.closed_at:
            raise WrongState(text(f"账号 {account} 已停用", f"The account {account} is closed"))
        return row

    async def _invited(self, token: str) -> Row[Any]:
        now = stored(self._clock())
        wanted = (
            select(invitations, people.c.role, people.c.earlier)
            .join_from(invitations, people, invitations.c.person == people.c.id)
            .where(
                invitations.c.sha256 == digest(token),
                invitations.c.spent_at.is_(None),
                invitations.c.until > now,
                people.c.closed_at.is_(None),
            )
        )
        row = await self._database.read(lambda connection: connection.execute(wanted).first())
        if row is None:
            raise InvitationSpent
        return row

    async def _say(self, account: str, note: str, by: str) -> None:
        subject = Subject(type="account", id=account, note=note)
        await self._record(Draft(kind=EntryKind.ACCOUNT, subject=subject, **done_by(by)))


_TAKEN = text(
    "该账号名已被使用；停用的账号名也不再使用", "The name is taken; that of a closed account stays so"
)


def digest(token: str) -> bytes:
    """What is kept of a random secret of 256 bits."""
    return hashlib.sha256(token.encode()).digest()


def _check_role(role: str, agencies: tuple[str, ...]) -> None:
    if role == "consumer":
        raise AskMalformed(
            text("需求方是系统，不是人员账号", "A consumer is a system; it gets a key, not an account"),
            about="role",
        )
    check_roles((role,), agencies, about="role")


def _anybody(connection: Connection) -> bool:
    return bool(connection.execute(select(func.count()).select_from(people)).scalar_one())


def _find(connection: Connection, account: str) -> Row[Any] | None:
    return connection.execute(select(people).where(people.c.id == account)).first()


def passwords_of(row: Row[Any]) -> list[str]:
    """The passwords not to be used again, as they are kept, the present one first."""
    earlier: list[str] = json.loads(row.earlier)
    return ([row.password, *earlier] if row.password else earlier)[:EARLIER]


_KNOWN = Fixed(select(people.c.id).where(people.c.id == bindparam("account")))


def _no_account(name: str) -> NoSuchThing:
    return NoSuchThing(text(f"没有账号 {name}", f"There is no account {name}"))
