"""Who asks, what they may see, and what of a material reaches them."""

import asyncio
import hmac
from datetime import date
from typing import Any

import pytest

from contracts.audit import Draft, Recorded
from contracts.errors import (
    AskMalformed,
    LogUnavailable,
    ManifestInvalid,
    NoSuchThing,
    NotGranted,
    UnknownConsumer,
)
from contracts.exchange import Grant
from contracts.kinds import FIELDS, personal_fields
from contracts.manners import TooManyAsks
from contracts.material import Attachment, Material, Retrieval
from gateway.access import consumers as consumers_room
from gateway.access.consumers import Consumer, Consumers
from gateway.access.disclose import disclose, gives_personal, withheld
from gateway.access.grants import permit, permit_attachments
from gateway.access.sheets import load_grants
from gateway.store.lately import LATELY_SECONDS
from gateway.store.tables import metadata
from tests.gateway.town import GRANTS, ONE, Town, material
from tests.stores import Outsider


class Hand:
    """A monotonic clock moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def register(town: Town, hand: Hand) -> Consumers:
    return Consumers(
        town.house.database, town.house.log.append, town.clock, strangers_per_minute=3, monotonic=hand
    )


async def test_a_key_is_recognised_and_is_stored_as_a_digest_only(
    town: Town, register: Consumers, outsider: Outsider
):
    key = await register.add("city-hall", ("consumer", "auditor"), by="security")
    who = await register.recognise(key, "10.0.0.9")
    assert who == Consumer("city-hall", frozenset({"consumer", "auditor"}))
    rows = [
        outsider.execute(f"SELECT * FROM {table.name}").fetchall()  # noqa: S608  names of ours
        for table in metadata.sorted_tables
    ]
    secret = key.split("_", 2)[2]
    assert rows
    assert secret not in repr(rows)
    assert secret.encode().hex() not in repr(rows)
    assert key not in repr(register.__dict__)


@pytest.mark.parametrize("name", ["cli", "console", "repull", "trial"])
async def test_nobody_else_bears_a_name_that_the_gateway_asks_by(register: Consumers, name: str):
    with pytest.raises(AskMalformed):
        await register.add(name, ("consumer",), by="security")


async def test_what_is_lent_for_a_question_opens_nothing_afterwards(register: Consumers):
    with register.lent("console") as credential:
        assert await register.recognise(credential, "") == Consumer("console", frozenset({"consumer"}))
    with pytest.raises(UnknownConsumer):
        await register.recognise(credential, "10.0.0.9")


@pytest.mark.parametrize("spoil", ["none", "secret", "id", "scheme", "empty"])
async def test_no_wrong_and_unknown_keys_look_alike(town: Town, spoil: str):
    _, key_id, secret = town.keys["registration"].split("_", 2)
    spoilt = {
        "none": {},
        "secret": {"authorization": f"Bearer lb_{key_id}_{secret[:-1]}{'A' if secret[-1] != 'A' else 'B'}"},
        "id": {"authorization": f"Bearer lb_0{key_id[1:]}_{secret}"},  # no id has a nought
        "scheme": {"authorization": f"Basic lb_{key_id}_{secret}"},
        "empty": {"authorization": "Bearer lb__"},
    }[spoil]
    answer = await town.http.post("/v1/dossiers", json={}, headers=spoilt)
    plain = await town.http.post("/v1/dossiers", json={})
    assert (answer.status_code, answer.content) == (plain.status_code, plain.content)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert await town.asks() == []


async def test_every_credential_is_compared_in_constant_time(
    town: Town, register: Consumers, monkeypatch: pytest.MonkeyPatch
):
    compared: list[tuple[int, int]] = []

    def watched(one: bytes, other: bytes) -> bool:
        compared.append((len(one), len(other)))
        return hmac.compare_digest(one, other)

    monkeypatch.setattr(
        consumers_room, "hmac", type("Watched", (), {"compare_digest": staticmethod(watched)})
    )
    for credential in (None, "lb_nobody_x", town.keys["registration"] + "x"):
        with pytest.raises(UnknownConsumer):
            await register.recognise(credential, "10.0.0.9")
    assert compared == [(32, 32)] * 3


async def test_a_revocation_elsewhere_works_within_the_second(town: Town, register: Consumers, hand: Hand):
    key = town.keys["registration"]
    await register.recognise(key, "10.0.0.9")
    await town.house.access.revoke("registration", by="security")
    assert (await register.recognise(key, "10.0.0.9")).id == "registration"
    hand.now += LATELY_SECONDS
    with pytest.raises(UnknownConsumer):
        await register.recognise(key, "10.0.0.9")


async def test_a_revocation_here_works_at_once(town: Town):
    assert (await town.ask()).status_code == 200
    await town.house.access.revoke("registration", by="security")
    assert (await town.ask()).status_code == 401
    with pytest.raises(NoSuchThing):
        await town.house.access.revoke("nobody", by="security")


async def test_guessed_keys_do_not_fill_the_memory(register: Consumers):
    for number in range(20):
        with pytest.raises((UnknownConsumer, TooManyAsks)):
            await register.recognise(f"lb_guess{number}_x", "10.0.0.9")
    assert register._remembered == {}


async def test_one_address_of_strangers_is_told_to_wait_and_others_are_heard(register: Consumers, hand: Hand):
    async def knock(remote: str) -> type[Exception]:
        with pytest.raises((UnknownConsumer, TooManyAsks)) as told:
            await register.recognise("lb_x_y", remote)
        return told.type

    assert [await knock("10.0.0.9") for _ in range(5)] == [UnknownConsumer] * 3 + [TooManyAsks] * 2
    assert await knock("10.0.0.8") is UnknownConsumer
    hand.now += 60
    assert await knock("10.0.0.9") is UnknownConsumer


async def test_a_known_consumer_is_heard_whatever_strangers_do_from_its_address(
    town: Town, register: Consumers
):
    for _ in range(10):
        with pytest.raises((UnknownConsumer, TooManyAsks)):
            await register.recognise("lb_x_y", "10.0.0.9")
    assert (await register.recognise(town.keys["registration"], "10.0.0.9")).id == "registration"


async def test_ten_thousand_strangers_leave_a_handful_of_entries_that_count_them_all(
    town: Town, register: Consumers, hand: Hand
):
    before = len(await town.entries())
    for number in range(10_000):
        hand.now += 0.01
        with pytest.raises((UnknownConsumer, TooManyAsks)):
            await register.recognise(None, f"10.{number % 7}.0.9")
    await register.settle()
    left = (await town.entries())[before:]
    assert {entry["kind"] for entry in left} == {"strangers"}
    assert len(left) <= 4
    assert sum(entry["count"] for entry in left) == 10_000


async def test_strangers_are_still_counted_when_their_entry_could_not_be_written(hand: Hand, town: Town):
    counts: list[int | None] = []
    out = True

    async def record(draft: Draft) -> Recorded:
        if out:
            raise LogUnavailable
        counts.append(draft.count)
        return Recorded(origin="o", index=0, leaf=bytes(32), size=1)

    register = Consumers(town.house.database, record, town.clock, strangers_per_minute=9, monotonic=hand)
    with pytest.raises(LogUnavailable):
        await register.recognise(None, "10.0.0.9")
    out = False
    with pytest.raises(UnknownConsumer):
        await register.recognise(None, "10.0.0.9")
    await register.settle()
    assert counts == [2]


@pytest.mark.parametrize("name", ["", "-a", "9a", "Aa", "aB", "a b", "张三", "a" * 65, "a\n"])
async def test_a_consumers_name_is_a_slug(town: Town, name: str):
    with pytest.raises(AskMalformed):
        await town.house.access.add(name, ("consumer",), by="security")


@pytest.mark.parametrize("roles", [(), ("emperor",), ("consumer", "emperor")])
async def test_roles_are_those_there_are(town: Town, roles: tuple[str, ...]):
    with pytest.raises(AskMalformed):
        await town.house.access.add("city-hall", roles, by="security")


@pytest.mark.parametrize(
    ("roles", "agencies"),
    [
        (("system-admin", "auditor"), ()),
        (("security-admin", "system-admin"), ()),
        (("agency-admin",), ()),
        (("agency-admin",), ("mdj-hc", "a,b")),
        (("auditor",), ("mdj-hc",)),
    ],
)
async def test_the_three_administrators_stay_apart_and_an_agency_admin_has_agencies(
    town: Town, roles: tuple[str, ...], agencies: tuple[str, ...]
):
    with pytest.raises(AskMalformed):
        await town.house.access.add("city-hall", roles, by="security", agencies=agencies)


async def test_adding_and_revoking_are_entries(town: Town):
    before = len(await town.entries())
    key = await town.house.access.add("city-hall", ("consumer",), by="os:security")
    await town.house.access.revoke("city-hall", by="os:security")
    left = (await town.entries())[before:]
    assert [(e["kind"], e["operator"], e["subject"]["id"]) for e in left] == [
        ("consumer", "os:security", "city-hall")
    ] * 2
    assert key.split("_", 2)[2] not in str(left)


async def test_only_an_auditor_searches_the_log_and_the_others_try_is_an_entry(town: Town):
    assert (await town.get("/v1/log/entries", "audit-office")).status_code == 200
    refused = await town.get("/v1/log/entries")
    assert refused.status_code == 403
    last = (await town.entries())[-1]
    assert (last["kind"], last["consumer"], last["subject"]["id"]) == (
        "refused",
        "registration",
        "/v1/log/entries",
    )


async def test_a_consumer_reads_its_own_entries_and_an_auditors_search_is_an_entry(town: Town):
    await town.ask()
    own = (await town.asks())[-1]["index"]
    assert (await town.get(f"/v1/log/entries/{own}")).json()["consumer"] == "registration"
    assert (await town.get(f"/v1/log/entries/{own}", "hall")).status_code == 404
    assert (await town.get("/v1/log/entries/99999")).status_code == 404
    size = len(await town.entries())
    assert (await town.get(f"/v1/log/entries/{own}", "audit-office")).status_code == 200
    left = (await town.entries())[size:]
    assert [(e["kind"], e["consumer"], e["subject"]["id"]) for e in left] == [
        ("audit", "audit-office", f"{own}+1")
    ]


def grant(**changes: Any) -> Grant:
    words: dict[str, Any] = {
        "id": "g",
        "consumer": "registration",
        "purpose": "first-registration",
        "kind": "company-record",
        "valid_from": date(2026, 3, 1),
        "valid_until": date(2026, 3, 31),
    }
    return Grant(**(words | changes))


@pytest.mark.parametrize(
    ("today", "granted"),
    [
        (date(2026, 2, 28), False),
        (date(2026, 3, 1), True),
        (date(2026, 3, 31), True),
        (date(2026, 4, 1), False),
    ],
)
def test_a_grants_first_and_last_day_are_in_it(today: date, granted: bool):
    def asked() -> bool:
        try:
            permit([grant()], "registration", "first-registration", ["company-record"], today)
        except NotGranted:
            return False
        return True

    assert asked() is granted


async def test_the_day_of_a_grant_begins_at_eight_hours_east(town: Town):
    """2026-12-31 23:59 at +08:00 is granted, a minute later it is not; in UTC both are the same day."""
    town.clock.advance((_at("2026-12-31T23:59:00+08:00") - town.clock.now()).total_seconds())
    assert (await town.ask()).status_code == 200
    town.clock.advance(60)
    assert (await town.ask()).status_code == 403


def _at(moment: str) -> Any:
    from datetime import datetime

    return datetime.fromisoformat(moment)


@pytest.mark.parametrize(
    "change",
    [{"consumer": "hall"}, {"purpose": "pre-acceptance"}, {"kind": "fire-acceptance"}],
)
def test_a_grant_is_for_its_consumer_purpose_and_kind(change: dict[str, str]):
    with pytest.raises(NotGranted):
        permit([grant(**change)], "registration", "first-registration", ["company-record"], date(2026, 3, 2))


async def test_kinds_without_a_grant_are_withheld_and_their_agency_not_asked(town: Town):
    answer = await town.ask(
        "hall", purpose="pre-acceptance", kinds=["land-transfer-contract", "company-record"]
    )
    assert answer.status_code == 200
    assert material(answer, "company-record")["retrieval"] == "withheld"
    assert (
        "fields" not in material(answer, "company-record") or not material(answer, "company-record")["fields"]
    )
    assert town.market.heard == []


async def test_one_upstream_call_serves_consumers_of_different_grants_each_its_own(town: Town):
    wide = await town.ask()
    narrow = await town.ask("hall", purpose="pre-acceptance", kinds=["land-transfer-contract"])
    assert len([each for each in town.land.heard if each.startswith("land-transfer")]) == 1
    assert set(material(narrow, "land-transfer-contract")["fields"]) == {"contract_no"}
    assert material(narrow, "land-transfer-contract")["attachments"] == []
    assert len(material(wide, "land-transfer-contract")["fields"]) > 10
    assert material(wide, "land-transfer-contract")["provenance"]["key"]["value"] == ONE.name
    assert material(narrow, "land-transfer-contract")["provenance"]["key"] == {
        "name": "project_name",
        "value": "",
        "confirmed": False,
    }
    assert (await town.asks())[-1]["fields"] == {"land-transfer-contract": ["contract_no"]}


@pytest.mark.parametrize(
    ("was", "now", "told"),
    [
        ("approval: 演共〔2026〕1号", "", "approval"),
        ("investment-filing: {}", "investment-filing: {fields: [shoe_size]}", "shoe_size"),
        ("investment-filing: {}", "no-such-kind: {}", "no-such-kind"),
        ("investment-filing: {}", "investment-filing: {feilds: []}", "feilds"),
        ("until: 2026-12-31", "until: 2025-12-31", "until"),
        ("purposes: [first-registration]", "purposes: []", "purposes"),
        ("consumer: hall", "consumer: hall\n    consumer: hall", "consumer"),
        ("grants:", "grants: [", "YAML"),
        (
            "consumer: hall\n    purposes: [pre-acceptance]",
            "consumer: registration\n    purposes: [first-registration]",
            "hall-narrow",
        ),
    ],
)
def test_a_sheet_that_cannot_be_used_says_where(was: str, now: str, told: str):
    assert was in GRANTS
    with pytest.raises(ManifestInvalid) as refused:
        load_grants(GRANTS.replace(was, now, 1), "grants.yaml")
    assert told in refused.value.detail.en
    assert "grants.yaml" in refused.value.detail.zh


def test_a_renewal_may_follow_the_grant_it_renews():
    sheet = GRANTS.replace("2026-01-01, until: 2026-12-31", "2027-01-01, until: 2027-12-31")
    renewed = sheet.replace("registration-first", "registration-next").split("grants:")[1]
    granted = load_grants(GRANTS + renewed.split("  - id: hall")[0])
    assert {each.id for each in granted} == {"registration-first", "hall-narrow", "registration-next"}


def held(kind: str, **fields: Any) -> Material:
    files = (Attachment(id="att-1", name="a.pdf"),)
    return Material(kind=kind, id="M00", retrieval=Retrieval.RECEIVED, fields=fields, attachments=files)


@pytest.mark.parametrize("kind", [kind for kind in FIELDS if personal_fields(kind)])
def test_personal_fields_never_leave_by_default_and_do_when_named(kind: str):
    whole = held(kind, **dict.fromkeys(FIELDS[kind].model_fields, "x"))
    cut = disclose(whole, grant(kind=kind))
    assert not set(cut.fields) & set(personal_fields(kind))
    assert set(cut.fields) | set(personal_fields(kind)) == set(FIELDS[kind].model_fields)
    assert not gives_personal(cut)
    named = disclose(whole, grant(kind=kind, fields=personal_fields(kind)[:1]))
    assert set(named.fields) == {personal_fields(kind)[0]}
    assert gives_personal(named)


def test_attachments_leave_where_granted():
    whole = held("company-record", name="x")
    assert disclose(whole, grant()).attachments
    assert disclose(whole, grant(attachments=False)).attachments == ()
    assert disclose(whole, grant(fields=())).fields == {}
    assert withheld("company-record", "M20").fields == {}
    with pytest.raises(NotGranted):
        permit_attachments(
            [grant(attachments=False)],
            "registration",
            "first-registration",
            "company-record",
            date(2026, 3, 2),
        )


async def test_the_entry_of_personal_information_is_kept_three_years(town: Town):
    from dataclasses import replace as changed

    sheet = GRANTS.replace("company-record: {}", "company-record: {fields: [name, legal_rep_masked]}")
    (company,) = town.market.drawer
    town.market.drawer = [changed(company, fields=company.fields | {"legal_rep_masked": "张*"})]

    async def grants() -> tuple[Grant, ...]:
        return load_grants(sheet)

    town.change(grants=grants)
    answer = await town.ask()
    assert material(answer, "company-record")["fields"]["legal_rep_masked"] == "张*"
    assert (await town.asks())[-1]["personal"] is True
    assert "张*" not in str(await town.entries())


async def test_asks_side_by_side_share_one_register(town: Town):
    answers = await asyncio.gather(*(town.ask() for _ in range(8)))
    assert {answer.status_code for answer in answers} == {200}
    closings = [entry for entry in await town.asks() if entry["kind"] == "answered"]
    assert len(closings) == 8
