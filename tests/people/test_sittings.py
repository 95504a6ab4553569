"""Signing in: both factors, the lock, codes that are good once, and how a sitting ends."""

import asyncio

import pytest
from sqlalchemy import select

from contracts.audit import Draft, EntryKind, Recorded
from contracts.errors import LogUnavailable
from contracts.manners import TooManyAsks
from contracts.people import PasswordUnfit, SignInRefused
from gateway.access import passwords
from gateway.access.sittings import LOCKED_MINUTES, TRIES, WHOLE_HOURS
from gateway.store.tables import sittings
from tests.people.conftest import PASSWORD, Club
from tests.phones import code_at

HERE = "192.0.2.1"


@pytest.fixture
async def wu(club: Club) -> Club:
    await club.open("wu-lan", "agency-admin", "mdj-hc")
    club.clock.advance(30)
    return club


async def fail(club: Club, times: int = 1) -> None:
    for _ in range(times):
        with pytest.raises(SignInRefused):
            await club.sittings.sign_in("wu-lan", "wrong", club.code("wu-lan"), HERE)


async def test_both_factors_open_a_sitting_that_knows_its_person(wu: Club):
    token = await wu.sign_in("wu-lan")
    person = await wu.sittings.whose(token)
    assert person is not None
    own = frozenset({"mdj-hc"})
    assert (person.id, person.role, person.agencies) == ("person:wu-lan", "agency-admin", own)
    assert wu.said("signed-in") == ["person:wu-lan"]


@pytest.mark.parametrize("wrong", ["account", "password", "code", "both"])
async def test_one_answer_for_everything_that_is_wrong(wu: Club, wrong):
    right = wu.code("wu-lan")
    account = "nobody" if wrong == "account" else "wu-lan"
    password = "wrong" if wrong in {"password", "both"} else PASSWORD
    code = f"{(int(right) + 1) % 10**6:06d}" if wrong in {"code", "both"} else right
    with pytest.raises(SignInRefused) as refused:
        await wu.sittings.sign_in(account, password, code, HERE)
    assert refused.value.detail == SignInRefused.title
    assert wu.strangers == ([HERE] if wrong == "account" else [])
    assert wu.said("turned-away") == ([] if wrong == "account" else ["failure 1 of 6"])
    assert wu.said("signed-in") == []


@pytest.mark.parametrize("drift", [-60, -30, 0, 30, 60])
async def test_a_phone_may_be_half_a_minute_off(wu: Club, drift):
    wu.clock.advance(3600)
    wu.clock.advance(drift)
    code = wu.code("wu-lan")
    wu.clock.advance(-drift)
    if abs(drift) > 30:
        with pytest.raises(SignInRefused):
            await wu.sittings.sign_in("wu-lan", PASSWORD, code, HERE)
    else:
        assert await wu.sittings.sign_in("wu-lan", PASSWORD, code, HERE)


async def test_a_code_is_good_once_however_fast_it_is_used_again(wu: Club):
    code = wu.code("wu-lan")
    outcomes = await asyncio.gather(
        *(wu.sittings.sign_in("wu-lan", PASSWORD, code, HERE) for _ in range(3)), return_exceptions=True
    )
    assert [type(each) for each in outcomes].count(str) == 1
    assert len(wu.said("signed-in")) == 1
    with pytest.raises(SignInRefused):
        await wu.sittings.sign_in("wu-lan", PASSWORD, code, HERE)
    earlier = code_at(wu.phones["wu-lan"], wu.clock())
    wu.clock.advance(30)
    with pytest.raises(SignInRefused):  # still in time, but older than one that was used
        await wu.sittings.sign_in("wu-lan", PASSWORD, earlier, HERE)


async def test_the_sixth_failure_locks_and_the_lock_ends(wu: Club):
    await fail(wu, TRIES - 1)
    assert (await wu.people.listed())[0].state == "open"
    await fail(wu)
    assert wu.said("turned-away")[-1] == "failure 6 of 6; locked"
    assert (await wu.people.listed())[0].state == "locked"
    with pytest.raises(SignInRefused):
        await wu.sign_in("wu-lan")
    assert len(wu.said("turned-away")) == TRIES  # while it is locked, nobody can fill the log with it
    wu.clock.advance(LOCKED_MINUTES * 60)
    assert await wu.sign_in("wu-lan")
    await fail(wu)
    assert wu.said("turned-away")[-1] == "failure 1 of 6"


async def test_guesses_side_by_side_are_no_more_than_one_after_the_other(wu: Club):
    guesses = [f"{guess:06d}" for guess in range(30)]
    outcomes = await asyncio.gather(
        *(wu.sittings.sign_in("wu-lan", PASSWORD, guess, HERE) for guess in guesses), return_exceptions=True
    )
    assert all(isinstance(each, SignInRefused) for each in outcomes)
    assert len(wu.said("turned-away")) == TRIES


async def test_success_forgets_the_failures_before_it(wu: Club):
    await fail(wu, TRIES - 1)
    await wu.sign_in("wu-lan")
    await fail(wu)
    assert wu.said("turned-away")[-1] == "failure 1 of 6"


async def test_the_security_admin_unlocks(wu: Club):
    await fail(wu, TRIES)
    await wu.people.unlock("wu-lan", by="person:secadmin")
    assert await wu.sign_in("wu-lan")


async def test_an_idle_sitting_ends_and_a_busy_one_after_half_a_day(wu: Club):
    token = await wu.sign_in("wu-lan")
    wu.clock.advance(29 * 60)
    assert await wu.sittings.whose(token)
    wu.clock.advance(29 * 60)
    assert await wu.sittings.whose(token)
    wu.clock.advance(30 * 60)
    assert await wu.sittings.whose(token) is None
    token = await wu.sign_in("wu-lan")
    for _ in range(WHOLE_HOURS * 3 - 1):
        wu.clock.advance(20 * 60)
        assert await wu.sittings.whose(token)
    wu.clock.advance(20 * 60)
    assert await wu.sittings.whose(token) is None


async def test_signing_out_ends_this_sitting_alone(wu: Club):
    here, there = await wu.sign_in("wu-lan"), await wu.sign_in("wu-lan")
    await wu.sittings.sign_out(here)
    assert await wu.sittings.whose(here) is None
    assert await wu.sittings.whose(there)
    assert wu.said("signed-out") == ["person:wu-lan"]
    await wu.sittings.sign_out(here)
    assert len(wu.said("signed-out")) == 1


@pytest.mark.parametrize("token", [None, "", "x", "A" * 43])
async def test_an_invented_sitting_is_nobodys(wu: Club, token):
    await wu.sign_in("wu-lan")
    assert await wu.sittings.whose(token) is None


async def test_a_changed_password_ends_the_other_sittings(wu: Club):
    here, there = await wu.sign_in("wu-lan"), await wu.sign_in("wu-lan")
    wu.clock.advance(10 * 60)
    with pytest.raises(SignInRefused):
        await wu.sittings.change_password(here, "wrong", "Autumn-river-2026")
    with pytest.raises(PasswordUnfit):
        await wu.sittings.change_password(here, PASSWORD, PASSWORD)
    await wu.sittings.change_password(here, PASSWORD, "Autumn-river-2026")
    assert await wu.sittings.whose(here)
    assert await wu.sittings.whose(there) is None
    with pytest.raises(SignInRefused):
        await wu.sign_in("wu-lan")
    assert await wu.sign_in("wu-lan", "Autumn-river-2026")
    assert wu.said("account")[-1] == "password changed"


async def test_nobody_sits_down_unrecorded(wu: Club):
    wu.log_works = False
    with pytest.raises(LogUnavailable):
        await wu.sign_in("wu-lan")
    wu.log_works = True
    assert wu.said("signed-in") == []
    assert await wu.sign_in("wu-lan")


@pytest.mark.parametrize(
    "password",
    [
        "Short-1a",
        "alllowercaseletters",
        "NoOtherClassButTwo",
        "Aa1-Aa1-Aa1-Aa1-",
        "Wu-Lan-spring-2026",
        "A1-" * 50,
    ],
)
async def test_a_password_that_is_easily_guessed_is_none(wu: Club, password):
    token = await wu.sign_in("wu-lan")
    with pytest.raises(PasswordUnfit):
        await wu.sittings.change_password(token, PASSWORD, password)


async def test_a_password_is_the_same_however_a_keyboard_made_it(wu: Club):
    token = await wu.sign_in("wu-lan")
    await wu.sittings.change_password(token, PASSWORD, "Ｓｐｒｉｎｇ－ｒｉｖｅｒ－２７")
    assert await wu.sign_in("wu-lan", "Spring-river-27")


async def test_who_keeps_trying_is_told_so_before_anything_is_computed(club: Club, monkeypatch):
    computed: list[str] = []
    matches = club.people.passwords.matches

    async def counted(kept: str | None, password: str) -> bool:
        computed.append(password)
        return await matches(kept, password)

    async def enough(remote: str) -> None:
        raise TooManyAsks

    monkeypatch.setattr(club.people.passwords, "matches", counted)
    monkeypatch.setattr(club.sittings, "_strange", enough)
    with pytest.raises(TooManyAsks):
        await club.sittings.sign_in("nobody", PASSWORD, "000000", "192.0.2.1")
    assert computed == []


@pytest.mark.parametrize("password", ["ﷺ" * 513, "x" * (1 << 20)])
async def test_a_password_that_no_keyboard_made_is_wrong_before_it_is_read(
    club: Club, monkeypatch, password: str
):
    """Normalising makes eighteen characters of one, and holds everybody up meanwhile."""
    await club.open("wu-lan")
    read: list[int] = []
    normal = passwords._normal

    def noted(word: str) -> str:
        read.append(len(word))
        return normal(word)

    monkeypatch.setattr(passwords, "_normal", noted)
    with pytest.raises(SignInRefused):
        await club.sign_in("wu-lan", password)
    token = await club.sign_in("wu-lan")
    with pytest.raises(PasswordUnfit):
        await club.sittings.change_password(token, PASSWORD, password)
    assert max(read) < 513


async def test_trying_out_the_rules_locks_nobody_out_and_guessing_the_old_one_is_told(club: Club):
    await club.open("wu-lan")
    token = await club.sign_in("wu-lan")
    for _ in range(TRIES + 1):
        with pytest.raises(PasswordUnfit):
            await club.sittings.change_password(token, PASSWORD, "too short")
    with pytest.raises(SignInRefused):
        await club.sittings.change_password(token, "Guess-number-1", "Autumn-lake-2027")
    assert club.said("turned-away") == ["failure 1 of 6"]
    await club.sittings.change_password(token, PASSWORD, "Autumn-lake-2027")


@pytest.mark.parametrize("taken", ["invite", "close"])
async def test_no_sitting_begins_by_what_was_taken_away_while_it_was_judged(club: Club, taken: str):
    """Judging takes its time, and an entry too; the security administrator may be faster."""
    await club.open("wu-lan")
    record = club.sittings._record

    async def meanwhile(draft: Draft) -> Recorded:
        if draft.kind == EntryKind.SIGNED_IN:
            await getattr(club.people, taken)("wu-lan", by="os:root")
        return await record(draft)

    club.sittings._record = meanwhile
    with pytest.raises(SignInRefused):
        await club.sign_in("wu-lan")
    rows = await club.database.read(lambda connection: list(connection.execute(select(sittings))))
    assert rows == []
