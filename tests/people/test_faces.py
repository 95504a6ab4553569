"""Who was here last is known without asking, until they are idle or anything about them changed."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.errors import StoreUnavailable
from gateway.access.faces import Faces, Person
from gateway.access.sittings import WHOLE_HOURS
from tests.people.conftest import PASSWORD, Club

IDLE = timedelta(minutes=30)


async def test_who_was_found_is_expected_until_idle_too_long(club: Club):
    await club.open("wu")
    token = await club.sign_in("wu")
    assert club.sittings.expected(token) is None  # nobody has looked yet
    found = await club.sittings.whose(token)
    assert found is not None
    assert club.sittings.expected(token) == found
    club.clock.advance(IDLE.total_seconds() - 1)
    assert club.sittings.expected(token) == found
    club.clock.advance(1)
    assert club.sittings.expected(token) is None
    assert await club.sittings.whose(token) is None


async def test_whoever_keeps_clicking_stays_expected(club: Club):
    await club.open("wu")
    token = await club.sign_in("wu")
    for _ in range(4):
        await club.sittings.whose(token)
        club.clock.advance(IDLE.total_seconds() * 0.6)
    assert club.sittings.expected(token) == await club.sittings.whose(token) is not None


async def test_nobody_is_expected_beyond_the_hours_of_a_sitting(club: Club):
    await club.open("wu")
    token = await club.sign_in("wu")
    for _ in range(WHOLE_HOURS * 3 - 1):
        club.clock.advance(20 * 60)
        assert await club.sittings.whose(token)
    club.clock.advance(20 * 60)
    assert club.sittings.expected(token) is None
    assert await club.sittings.whose(token) is None


async def test_who_was_sent_away_while_they_were_looked_up_is_not_expected(club: Club):
    """The row was read, and what stood in it is not so any more."""
    await club.open("wu")
    token, found = await club.sign_in("wu"), club.database.first

    async def late(*words: Any) -> Any:
        row = await found(*words)
        await club.people.close("wu", by="os:root")
        return row

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(club.database, "first", late)
        assert await club.sittings.whose(token)
    assert club.sittings.expected(token) is None


@pytest.mark.parametrize("change", ["closed", "signed out", "another password"])
async def test_nor_is_anybody_where_the_store_broke_off_what_it_may_have_done(club: Club, change: str):
    await club.open("hui", "agency-admin", "mdj-hc")
    token, write = await club.sign_in("hui"), club.database.write
    assert await club.sittings.whose(token)

    async def breaks_off(fn: Any) -> Any:
        await write(fn)
        raise StoreUnavailable

    with pytest.MonkeyPatch.context() as patch:
        if change == "another password":  # its other writes come before the one that ends sittings
            patch.setattr(club.sittings, "_change", _unavailable)
        else:
            patch.setattr(club.database, "write", breaks_off)
        with pytest.raises(StoreUnavailable):
            await CHANGES[change](club, token)
    assert club.sittings.expected(token) is None


def _unavailable(*_words: object) -> None:
    raise StoreUnavailable


async def test_what_a_page_asks_by_itself_keeps_nobody_expected(club: Club):
    await club.open("wu")
    token = await club.sign_in("wu")
    await club.sittings.whose(token)
    club.clock.advance(IDLE.total_seconds() * 0.6)
    await club.sittings.whose(token, seen=False)
    club.clock.advance(IDLE.total_seconds() * 0.6)
    assert club.sittings.expected(token) is None


CHANGES: dict[str, Callable[[Club, str], Awaitable[object]]] = {
    "closed": lambda club, _: club.people.close("hui", by="os:root"),
    "invited again": lambda club, _: club.people.invite("hui", by="os:root"),
    "other agencies": lambda club, _: club.people.assign("hui", ("mdj-nr",), by="os:root"),
    "signed out": lambda club, token: club.sittings.sign_out(token),
    "another password": lambda club, token: club.sittings.change_password(
        token, PASSWORD, "Autumn-harvest-2026"
    ),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_of_whom_anything_changed_nobody_is_expected(club: Club, change: str):
    await club.open("hui", "agency-admin", "mdj-hc")
    token, other = await club.sign_in("hui"), await club.sign_in("hui")
    for each in (token, other):
        assert await club.sittings.whose(each)
    await CHANGES[change](club, token)
    assert club.sittings.expected(other) is None


async def test_one_sent_away_elsewhere_is_expected_once_more_and_then_not(club: Club):
    """Another process did it: this one finds out when it asks."""
    await club.open("wu")
    token = await club.sign_in("wu")
    assert await club.sittings.whose(token)
    faces, club.people.faces = club.people.faces, Faces()
    await club.people.close("wu", by="os:root")
    club.people.faces = faces
    assert club.sittings.expected(token)
    assert await club.sittings.whose(token) is None
    assert club.sittings.expected(token) is None


def test_of_very_many_the_one_longest_there_is_forgotten():
    faces, now = Faces(), datetime(2026, 3, 2, tzinfo=UTC)
    person = Person("wu", "auditor", frozenset(), 1)
    for number in [*range(1000), 0, 1000]:  # the first is found again before there is one too many
        faces.found(str(number).encode(), person, now + IDLE, faces.changes)
    assert [each for each in range(1001) if not faces.known(str(each).encode(), now)] == [1]
