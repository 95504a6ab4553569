"""The auditor's search over HTTP: who may, what is found, what the log says of the searching."""

import pytest

from contracts.audit import Draft, EntryKind
from tests.gateway.town import CODE, LAND, MARKET, ONE, Town


@pytest.fixture
async def busy(town: Town, monkeypatch) -> Town:
    """One answered ask, one refused, an agency admin of each office."""
    monkeypatch.setattr(town.house.agencies, "all", town.rooms.agencies)
    await town.enrol("agency-admin", LAND, name="land-admin")
    await town.enrol("agency-admin", MARKET, name="market-admin")
    assert (await town.ask()).status_code == 200
    assert (await town.ask("stranger-kin")).status_code == 403
    return town


async def find(town: Town, who="audit-office", **words):
    words = {name.rstrip("_"): word for name, word in words.items()}
    return await town.http.get("/v1/log/search", params=words, headers=town.bearer(who))


async def kinds_found(town: Town, **words):
    found = await find(town, **words)
    assert found.status_code == 200, found.text
    return [hit["entry"]["kind"] for hit in found.json()["hits"]]


async def test_an_auditor_finds_by_every_word(busy: Town):
    both = ["answered", "asked"]
    three = ["refused", *both]
    assert await kinds_found(busy, project=CODE) == three
    assert await kinds_found(busy, case="202211250018") == three
    assert await kinds_found(busy, consumer="registration", operator="reg-017") == both
    assert await kinds_found(busy, agency=LAND) == both
    assert await kinds_found(busy, material="company-record", kind="asked") == ["asked"]
    assert await kinds_found(busy, outcome="403", project=CODE) == ["refused"]
    assert await kinds_found(busy, outcome="not-granted") == ["refused"]
    assert await kinds_found(busy, outcome="200", until="2026-03-02T14:05:09.120+08:00") == []
    assert await kinds_found(busy, outcome="200", from_="2026-03-02T14:05:09.120+08:00") == ["answered"]
    assert await kinds_found(busy, project=CODE, limit=2) == three[:2]


async def test_a_project_is_found_by_its_other_names_and_spellings(busy: Town):
    assert len(await kinds_found(busy, project=CODE.replace("-", ""))) == 3
    supervision = next(alias["value"] for alias in ONE.aliases if alias["key"] == "supervision_no")
    assert len(await kinds_found(busy, project=supervision)) == 3
    assert (await find(busy, project="无此项目")).status_code == 404


async def test_pages_follow_each_other_by_the_cursor(busy: Town):
    first = (await find(busy, project=CODE, limit=2)).json()
    second = (await find(busy, project=CODE, limit=2, before=first["before"])).json()
    assert [hit["entry"]["kind"] for hit in second["hits"]] == ["asked"]
    assert second["before"] is None


async def test_a_hit_says_in_words_what_happened(busy: Town):
    hit = (await find(busy, kind="answered")).json()["hits"][0]
    assert hit["fits"] is True
    assert hit["sentence"]["zh"].startswith(
        "2026-03-02 14:05 registration（操作员 reg-017）为办件 202211250018（首次登记）"
    )
    assert "答复了 3 项材料中的 3 项" in hit["sentence"]["zh"]
    assert "answered with 3 of 3 materials" in hit["sentence"]["en"]


async def test_searching_is_an_entry_of_what_was_searched_for(busy: Town):
    await find(busy, project=CODE.replace("-", ""), operator="reg-017", from_="2026-03-01T00:00:00+08:00")
    last = (await busy.entries())[-1]
    assert (last["kind"], last["consumer"], last["subject"]["type"]) == ("audit", "audit-office", "search")
    assert last["subject"]["id"] == f"project={CODE} operator=reg-017 since=2026-02-28T16:00:00.000Z"
    assert last["count"] == 3


async def test_a_name_that_was_searched_for_is_in_no_entry(busy: Town):
    await find(busy, project="张三丰")
    await find(busy, case="张三丰")
    await find(busy, case="110101199003070011")
    said = str(await busy.entries())
    assert "张三丰" not in said
    assert "110101199003070011" not in said


async def test_a_thread_and_a_period_are_looked_at_and_both_are_entries(busy: Town):
    auditor = busy.bearer("audit-office")
    thread = {"what": "consumer", "who": "stranger-kin"}
    found = (await busy.http.get("/v1/log/follow", params=thread, headers=auditor)).json()["hits"]
    assert [hit["entry"]["kind"] for hit in found] == ["refused", "consumer"]  # and that it was made
    seen = (await busy.http.get("/v1/log/overview", headers=auditor)).json()
    told = {share["name"]: (share["answered"], share["refused"]) for share in seen["consumers"]}
    assert told == {"registration": (1, 0), "stranger-kin": (0, 1)}
    assert sum(seen["hours"]) == 2
    followed, looked = (await busy.entries())[-2:]
    assert followed["subject"] == {"type": "search", "id": "consumer=stranger-kin", "note": "followed"}
    assert looked["subject"]["type"] == "figures"
    for words in ("?what=agency&who=x", "?what=operator&who=%E5%BC%A0"):
        assert (await busy.http.get(f"/v1/log/follow{words}", headers=auditor)).status_code == 400
    long = {"from": "2024-01-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"}
    for edge in (long, {"until": "0001-01-02T00:00:00Z"}, {"until": "9999-12-31T23:00:00Z"}):
        assert (await busy.http.get("/v1/log/overview", params=edge, headers=auditor)).status_code == 400


async def test_finds_do_not_leave_when_the_log_cannot_say_so(busy: Town, monkeypatch):
    async def full(_draft):
        from contracts.errors import LogUnavailable

        raise LogUnavailable

    log = busy.house.log
    monkeypatch.setattr(log, "append", full)
    thread = "/v1/log/follow?what=consumer&who=hall"
    for path in ("/v1/log/search", thread, "/v1/log/overview", f"/v1/agencies/{LAND}/uses"):
        answer = await busy.http.get(path, headers=busy.bearer("audit-office"))
        assert answer.status_code == 503
        assert "hits" not in answer.text
        assert "consumers" not in answer.text


@pytest.mark.parametrize(
    "words",
    [
        {"limit": 0},
        {"limit": 201},
        {"before": -1},
        {"kind": "nothing"},
        {"material": "nothing"},
        {"from_": "yesterday"},
        {"outcome": "2000"},
        {"case": "a b"},
        {"operator": "张三"},
        {"casee": "1"},
    ],
)
async def test_what_cannot_be_read_is_refused(town: Town, words):
    assert (await find(town, **words)).status_code == 400


@pytest.mark.parametrize("who", ["registration", "land-admin"])
async def test_only_auditors_search_and_the_refusal_is_an_entry(busy: Town, who):
    assert (await find(busy, who)).status_code == 403
    last = (await busy.entries())[-1]
    assert (last["kind"], last["consumer"]) == ("refused", who)


async def uses(town: Town, agency, who, **words):
    return await town.http.get(f"/v1/agencies/{agency}/uses", params=words, headers=town.bearer(who))


async def test_an_agency_admin_sees_who_used_its_agencys_data_and_no_more(busy: Town):
    found = (await uses(busy, MARKET, "market-admin")).json()
    (count,) = found["counts"]
    assert count == {
        "consumer": "registration",
        "purpose": "first-registration",
        "kind": "answered",
        "count": 1,
        "last": "2026-03-02T14:05:09.120+08:00",
    }
    (use,) = found["uses"]
    assert use["project"] == CODE
    assert use["status"] == 200
    assert use["materials"] == ["company-record"]
    assert not {"case", "operator", "entry", "keys"} & set(use)
    last = (await busy.entries())[-1]
    assert (last["kind"], last["consumer"]) == ("audit", "market-admin")
    assert last["subject"]["type"] == "uses"


async def test_an_auditor_sees_every_agencys_uses(busy: Town):
    found = await uses(busy, LAND, "audit-office", limit=1)
    assert [use["kind"] for use in found.json()["uses"]] == ["answered"]


@pytest.mark.parametrize(
    ("agency", "who"), [(LAND, "market-admin"), (LAND, "hall"), ("mdj-none", "land-admin")]
)
async def test_nobody_else_does_and_the_refusal_is_an_entry(busy: Town, agency, who):
    assert (await uses(busy, agency, who)).status_code == 403
    last = (await busy.entries())[-1]
    assert (last["kind"], last["consumer"]) == ("refused", who)


async def test_an_unconnected_agencys_uses_name_no_materials(busy: Town):
    drafted = Draft(kind=EntryKind.ANSWERED, agencies=("mdj-gone",), kinds=("company-record",))
    await busy.house.log.append(drafted)
    (use,) = (await uses(busy, "mdj-gone", "audit-office")).json()["uses"]
    assert use["materials"] == []
