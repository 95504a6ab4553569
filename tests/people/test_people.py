"""Accounts: how they are made, opened, closed, and what the log and the database have of it."""

import re

import pytest
from sqlalchemy import select

from contracts.conflicts import WrongState
from contracts.errors import AskMalformed, LogUnavailable, NoSuchThing, VaultDamaged
from contracts.people import CodeWrong, InvitationSpent, PasswordUnfit, SignInRefused
from gateway.access import passwords
from gateway.access.people import INVITATION_HOURS
from gateway.store.tables import invitations, metadata, people
from tests.conftest import PASSWORD_COST
from tests.people.conftest import PASSWORD, Club
from tests.phones import code_at

BY = "os:root"


async def rows(club: Club, table) -> list:
    return await club.database.read(lambda connection: list(connection.execute(select(table))))


async def test_a_house_begins_with_three_administrators_and_no_fourth(club: Club):
    three = await club.people.begin(by=BY)
    assert {each.account: each.role for each in three} == {
        "sysadmin": "system-admin",
        "secadmin": "security-admin",
        "auditadmin": "auditor",
    }
    assert len({each.token for each in three}) == 3
    assert await club.people.begin(by=BY) == ()
    assert len(await rows(club, people)) == 3


async def test_two_nodes_that_begin_together_make_three_accounts_and_one_of_them_has_the_links(club: Club):
    kept = club.people._record

    async def beaten(draft):
        club.people._record = kept
        assert len(await club.people.begin(by=BY)) == 3
        return await kept(draft)

    club.people._record = beaten  # the other node is faster, between our look and our writing
    assert await club.people.begin(by=BY) == ()
    assert len(await rows(club, people)) == len(await rows(club, invitations)) == 3


async def test_a_link_opens_its_account_once(club: Club):
    invitation = await club.people.make("wu-lan", "agency-admin", ("mdj-hc", "mdj-nr"), by=BY)
    assert invitation.token not in repr(invitation)
    await club.enrol(invitation)
    (account,) = await club.people.listed()
    assert (account.state, account.agencies) == ("open", ("mdj-hc", "mdj-nr"))
    assert await club.people.account("wu-lan") == account
    with pytest.raises(NoSuchThing):
        await club.people.account("nobody")
    assert club.said("account") == ["made; role agency-admin; agencies mdj-hc,mdj-nr", "enrolled"]
    assert [each.operator for each in club.entries] == [BY, "person:wu-lan"]
    with pytest.raises(InvitationSpent):
        await club.people.enrolment(invitation.token)
    with pytest.raises(InvitationSpent):
        await club.people.enrol(invitation.token, PASSWORD, club.code("wu-lan"))


async def test_a_link_runs_out_and_a_newer_one_ends_it(club: Club):
    first = await club.people.make("wu-lan", "auditor", by=BY)
    second = await club.people.invite("wu-lan", by=BY)
    with pytest.raises(InvitationSpent):
        await club.people.enrolment(first.token)
    club.clock.advance(INVITATION_HOURS * 3600 - 1)
    assert (await club.people.enrolment(second.token)).account == "wu-lan"
    club.clock.advance(1)
    with pytest.raises(InvitationSpent):
        await club.people.enrolment(second.token)


@pytest.mark.parametrize("token", ["", "x", "é", "A" * 43])
async def test_an_invented_link_opens_nothing(club: Club, token):
    await club.people.make("wu-lan", "auditor", by=BY)
    with pytest.raises(InvitationSpent):
        await club.people.enrolment(token)


async def test_enrolling_takes_a_code_of_the_phone_that_was_shown_the_secret(club: Club):
    invitation = await club.people.make("wu-lan", "auditor", by=BY)
    secret = (await club.people.enrolment(invitation.token)).secret
    right = code_at(secret, club.clock())
    for wrong in ("", "12345", "1234567", "abcdef", f"{(int(right) + 1) % 10**6:06d}"):
        with pytest.raises(CodeWrong):
            await club.people.enrol(invitation.token, PASSWORD, wrong)
    assert (await club.people.listed())[0].state == "invited"
    assert await club.people.enrol(invitation.token, PASSWORD, f"{right[:3]} {right[3:]}") == "wu-lan"


async def test_what_is_kept_tells_nobody_a_password_a_secret_or_a_link(
    club: Club, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(passwords, "COST", PASSWORD_COST)
    invitation = await club.people.make("wu-lan", "auditor", by=BY)
    await club.enrol(invitation)
    token = await club.sign_in("wu-lan")
    everything = repr([await rows(club, table) for table in metadata.sorted_tables])
    for secret in (PASSWORD, club.phones["wu-lan"], invitation.token, token):
        assert secret not in everything
        assert secret not in repr(club.entries)
    assert re.search(r"\$argon2id\$v=19\$m=65536,t=3,p=1\$", everything)


async def test_an_authenticator_moved_into_another_account_opens_nothing(club: Club):
    await club.open("wu-lan")
    await club.open("he-ping")
    stolen = {row.id: row.authenticator for row in await rows(club, people)}["wu-lan"]
    moved = people.update().where(people.c.id == "he-ping").values(authenticator=stolen)
    await club.database.write(lambda connection: connection.execute(moved))
    club.phones["he-ping"] = club.phones["wu-lan"]
    with pytest.raises(VaultDamaged):
        await club.sign_in("he-ping")


async def test_another_link_forgets_what_was_lost_and_ends_what_is_open(club: Club):
    await club.open("wu-lan")
    token = await club.sign_in("wu-lan")
    invitation = await club.people.invite("wu-lan", by="person:secadmin")
    assert await club.sittings.whose(token) is None
    with pytest.raises(SignInRefused):
        await club.sign_in("wu-lan")
    with pytest.raises(PasswordUnfit, match="last 5"):
        await club.enrol(invitation)
    await club.enrol(invitation, "Autumn-river-2026")
    assert await club.sign_in("wu-lan", "Autumn-river-2026")


async def test_a_closed_account_is_out_at_once_and_its_name_stays_taken(club: Club):
    await club.open("wu-lan")
    token = await club.sign_in("wu-lan")
    await club.people.close("wu-lan", by="person:secadmin")
    assert await club.sittings.whose(token) is None
    with pytest.raises(SignInRefused):
        await club.sign_in("wu-lan")
    with pytest.raises(WrongState):
        await club.people.make("wu-lan", "auditor", by=BY)
    for act in (club.people.invite, club.people.unlock, club.people.close):
        with pytest.raises(WrongState):
            await act("wu-lan", by=BY)
    assert (await club.people.listed())[0].state == "closed"


async def test_agencies_are_assigned_anew_and_seen_by_who_is_signed_in(club: Club):
    await club.open("wu-lan", "agency-admin", "mdj-hc")
    token = await club.sign_in("wu-lan")
    await club.people.assign("wu-lan", ("mdj-nr",), by="person:secadmin")
    person = await club.sittings.whose(token)
    assert person is not None
    assert person.agencies == {"mdj-nr"}
    with pytest.raises(AskMalformed):
        await club.people.assign("wu-lan", (), by="person:secadmin")


@pytest.mark.parametrize(
    ("account", "role", "agencies"),
    [
        ("Wu", "auditor", ()),
        ("张三", "auditor", ()),
        ("", "auditor", ()),
        ("a" * 65, "auditor", ()),
        ("wu", "consumer", ()),
        ("wu", "root", ()),
        ("wu", "auditor", ("mdj-hc",)),
        ("wu", "agency-admin", ()),
        ("wu", "agency-admin", ("MDJ",)),
    ],
)
async def test_what_is_no_account_is_not_made(club: Club, account, role, agencies):
    with pytest.raises(AskMalformed):
        await club.people.make(account, role, agencies, by=BY)
    assert await club.people.listed() == []
    assert club.entries == []


async def test_who_is_not_there_cannot_be_changed(club: Club):
    for act in (club.people.invite, club.people.unlock, club.people.close):
        with pytest.raises(NoSuchThing):
            await act("nobody", by=BY)


async def test_nothing_is_done_that_the_log_does_not_have(club: Club):
    await club.open("wu-lan")
    invitation = await club.people.make("he-ping", "registrar", by=BY)
    secret = (await club.people.enrolment(invitation.token)).secret
    before = [await rows(club, table) for table in (people, invitations)]
    club.log_works = False
    for act in (
        club.people.make("new", "auditor", by=BY),
        club.people.invite("wu-lan", by=BY),
        club.people.close("wu-lan", by=BY),
        club.people.unlock("wu-lan", by=BY),
        club.people.enrol(invitation.token, PASSWORD, code_at(secret, club.clock())),
    ):
        with pytest.raises(LogUnavailable):
            await act
    assert [await rows(club, table) for table in (people, invitations)] == before
