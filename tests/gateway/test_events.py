"""Uses after delivery: told by the consumer of its own answers, once each, on the same record."""

import asyncio

import pytest

from contracts.exchange import Receipt
from tests.gateway.town import CODE, LAND, Town


@pytest.fixture
async def receipt(town: Town) -> str:
    return (await town.ask()).headers["landbridge-receipt"]


def event(receipt: str, /, **changes):
    words = {"id": "E-1", "receipt": receipt, "event": "print", "operator": "reg-018"} | changes
    return {name: word for name, word in words.items() if word is not None}


async def tell(town: Town, *events, who="registration"):
    return await town.http.post("/v1/events", json={"events": list(events)}, headers=town.bearer(who))


async def used(town: Town):
    return [entry for entry in await town.entries() if entry["kind"] == "used"]


async def test_a_print_stands_on_the_same_record_as_the_answer(town: Town, receipt: str):
    at = "2026-03-02T14:10:00.000+08:00"
    told = await tell(town, event(receipt, copies=2, kinds=["company-record"], at=at))
    assert told.status_code == 200, told.text
    (entry,) = await used(town)
    assert entry["answer"] == Receipt.parse(receipt).index
    assert entry["event"] == {"id": "E-1", "act": "print", "at": "2026-03-02T06:10:00.000Z", "copies": 2}
    assert (entry["operator"], entry["case"], entry["project"]) == ("reg-018", "202211250018", CODE)
    assert entry["kinds"] == ["company-record"]
    found = await town.http.get(
        "/v1/log/search", params={"project": CODE, "kind": "answered"}, headers=town.bearer("audit-office")
    )
    (hit,) = found.json()["hits"]
    assert "打印" in hit["uses"][0]["sentence"]["zh"]
    assert "printed" in hit["uses"][0]["sentence"]["en"]
    assert told.json()["events"][0]["index"] == hit["uses"][0]["index"]


async def test_the_answer_may_be_named_by_its_place(town: Town, receipt: str):
    place = Receipt.parse(receipt)
    leaf = receipt.split("leaf=:")[1].split(":", maxsplit=1)[0]
    told = await tell(town, event(receipt, receipt=None, answer={"index": place.index, "leaf": leaf}))
    assert told.status_code == 200
    assert (await used(town))[0]["kinds"] == ["company-record", "investment-filing", "land-transfer-contract"]


async def test_told_again_it_is_no_second_entry(town: Town, receipt: str):
    first = (await tell(town, event(receipt))).json()["events"][0]
    again = await tell(town, event(receipt), event(receipt, id="E-2"), event(receipt))
    told = again.json()["events"]
    assert told[0] == first | {"repeated": True} == told[2]
    assert told[1]["repeated"] is False
    assert len(await used(town)) == 2


async def test_told_twice_at_once_it_is_one_entry(town: Town, receipt: str):
    both = await asyncio.gather(*(tell(town, event(receipt)) for _ in range(5)))
    assert len({told.json()["events"][0]["index"] for told in both}) == 1
    assert len(await used(town)) == 1


@pytest.mark.parametrize("change", [{"event": "view"}, {"operator": "reg-019"}, {"copies": 3}])
async def test_another_event_under_the_same_id_is_refused(town: Town, receipt: str, change):
    await tell(town, event(receipt))
    assert (await tell(town, event(receipt, **change))).status_code == 400
    assert (await tell(town, event(receipt, id="E-9"), event(receipt, id="E-9", **change))).status_code == 400
    assert len(await used(town)) == 1


async def test_somebody_elses_answer_is_as_if_there_were_none(town: Town, receipt: str):
    theirs = await tell(town, event(receipt), who="hall")
    place = Receipt.parse(receipt)
    absent = await tell(
        town, event(receipt.replace(f"index={place.index}", "index=99999"), id="E-1"), who="hall"
    )
    assert theirs.status_code == absent.status_code == 404
    assert theirs.json() == absent.json()
    assert not await used(town)
    last = (await town.entries())[-1]
    assert (last["kind"], last["consumer"], last["outcome"]["status"]) == ("refused", "hall", 404)


async def test_a_receipt_of_another_log_or_another_leaf_is_none(town: Town, receipt: str):
    other = receipt.replace("landbridge.local/log", "elsewhere/log")
    assert (await tell(town, event(other))).status_code == 404
    leaf = receipt.split("leaf=:")[1].split(":", maxsplit=1)[0]
    wrong = receipt.replace(leaf, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")
    assert (await tell(town, event(wrong))).status_code == 404


async def test_what_is_no_answer_has_no_uses(town: Town):
    refused = await town.ask("hall", purpose="nothing")
    receipt = refused.headers["landbridge-receipt"]
    assert (await tell(town, event(receipt), who="hall")).status_code == 404


async def test_one_that_cannot_be_recorded_and_none_is(town: Town, receipt: str):
    told = await tell(town, event(receipt), event(receipt, id="E-2", kinds=["fire-acceptance"]))
    assert told.status_code == 400
    assert not await used(town)


@pytest.mark.parametrize(
    "change",
    [
        {"event": "burn"},
        {"operator": "张三"},
        {"id": "110101199003070011"},
        {"copies": 0},
        {"receipt": None},
        {"receipt": "nonsense"},
        {"answer": {"index": 1, "leaf": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="}},
        {"kinds": []},
        {"note": "free text"},
    ],
)
async def test_what_cannot_be_read_is_refused(town: Town, receipt: str, change):
    assert (await tell(town, event(receipt, **change))).status_code == 400
    assert not await used(town)


async def test_a_hundred_at_once_and_no_more(town: Town, receipt: str):
    assert (await tell(town, *(event(receipt, id=f"E-{n}") for n in range(101)))).status_code == 400
    told = await tell(town, *(event(receipt, id=f"E-{n}") for n in range(100)))
    assert len({each["index"] for each in told.json()["events"]}) == 100


async def test_only_consumers_tell(town: Town, receipt: str):
    assert (await tell(town, event(receipt), who="audit-office")).status_code == 403


async def test_a_use_counts_among_the_uses_of_the_agencys_data(town: Town, receipt: str):
    await tell(town, event(receipt, event="export"))
    found = await town.http.get(f"/v1/agencies/{LAND}/uses", headers=town.bearer("audit-office"))
    assert [(use["kind"], use["act"]) for use in found.json()["uses"]] == [
        ("used", "export"),
        ("answered", None),
    ]
