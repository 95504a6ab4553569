"""A version tried on a live agency, over a recorded reply, beside another: shown, masked, in the log."""

from typing import Any

import pytest

from adapters.base import evidence_from
from contracts.audit import Draft, EntryKind
from contracts.conflicts import SecondPerson
from contracts.errors import LogUnavailable
from demo.control import Fault
from gateway.trials.trying import _address_of
from tests.adapters.table.filings import manifest
from tests.gateway.town import CODE, DEVELOPER, ONE, material
from tests.registry.counter import AGENCY, PERMIT, VERSIONS, Counter, about

FILING, CONTRACT = "investment-filing", "land-transfer-contract"
NUMBER = "地字第231005202100003号"


async def tried(counter: Counter, version: int, who: str = "nora", **order: Any) -> Any:
    answer = await counter.call("POST", f"{VERSIONS}/{version}/trials", who, **about(**order))
    assert answer.status_code == 200, answer.text
    return answer.json()


def kind_of(trial: Any, kind: str) -> Any:
    (found,) = [each for each in trial["kinds"] if each["kind"] == kind]
    return found


def field_of(reply: Any, name: str) -> Any:
    (found,) = [each for each in reply["rows"][0] if each["field"] == name]
    return found


async def test_a_draft_is_tried_on_its_agency_and_shows_how_every_field_came_about(counter: Counter):
    await counter.draft(counter.manifest.replace("ignore: [xmbh, createTime, ", "ignore: [xmbh, ", 1))
    trial = await tried(counter, 2, kinds=[FILING])
    (reply,) = kind_of(trial, FILING)["replies"]
    amount = field_of(reply, "total_investment_wan")
    assert (amount["path"], amount["functions"]) == ("ztz", ["money"])
    assert str(amount["raw"]) in amount["value"]
    assert (trial["version"], trial["withheld"]) == (2, [])
    assert [(signal["path"], signal["reason"]) for signal in reply["drift"]] == [
        ("result.data[].createTime", "unmapped")
    ]
    (shown,) = reply["materials"]
    assert shown["fields"]["project_code"] == CODE
    assert all(field["value"] == shown["fields"][field["field"]] for field in reply["rows"][0])
    assert shown["attachments"]
    assert counter.desk.asked == ["GET /dchy/queryXmba"]


async def test_a_trial_is_granted_and_logged_before_the_agency_hears_of_it_and_kept_in_the_vault(
    counter: Counter,
):
    await counter.draft(counter.manifest + "# 改\n")
    trial = await tried(counter, 2, case="T-7")
    asked, answered = (await counter.town.asks())[-2:]
    for entry in (asked, answered):
        assert (entry["consumer"], entry["operator"], entry["case"]) == ("trial", "nora", "T-7")
        assert (entry["subject"]["version"], entry["subject"]["note"]) == (2, "trial")
    assert (asked["kind"], answered["kind"], answered["asked"]) == ("asked", "answered", asked["index"])
    evidence = [reply["evidence"] for kind in trial["kinds"] for reply in kind["replies"]]
    assert answered["evidence"] == list(dict.fromkeys(evidence))
    kept = evidence_from(await counter.town.house.vault.get(evidence[0]))
    assert (kept.agency, kept.manifest_version) == (AGENCY, 2)
    assert "company-record" in trial["withheld"]


async def test_an_agency_that_the_log_does_not_know_of_hears_nothing(counter: Counter):
    await counter.draft(counter.manifest + "# 改\n")

    async def out(_: object) -> Any:
        raise LogUnavailable

    counter.town.house.trials._rooms = _with(counter, record=out)
    answer = await counter.call("POST", f"{VERSIONS}/2/trials", "nora", **about())
    assert (answer.status_code, counter.desk.asked) == (503, [])


def _with(counter: Counter, **rooms: Any) -> Any:
    from dataclasses import replace

    return replace(counter.town.house.trials._rooms, **rooms)


async def test_personal_values_are_masked_and_their_faults_told(counter: Counter):
    await counter.draft(
        counter.manifest.replace("contact_phone: lxdh", "contact_phone: {at: lxdh, as: date}")
    )
    trial = await tried(counter, 2, kinds=[PERMIT])
    reply = kind_of(trial, PERMIT)["replies"][0]
    name, phone = field_of(reply, "contact_name"), field_of(reply, "contact_phone")
    assert (name["masked"], name["path"], "raw" in name, "value" in name) == (True, "lxr", False, False)
    assert phone["masked"]
    (permit,) = ONE.materials[PERMIT][:1]
    for person in ("contact_name", "contact_phone"):
        if value := permit.fields.get(person):
            assert str(value) not in str(trial)
    assert "date" in phone["error"]["en"]
    assert reply["error"]["type"] == "evidence-off-contract"
    assert field_of(reply, "permit_no")["value"]


async def test_nothing_is_cached_listed_or_learned(counter: Counter):
    town = counter.town
    await counter.draft(counter.manifest + "# 改\n")
    await tried(counter, 2, kinds=[FILING, "land-transfer-contract"])
    assert await town.house.aliases.listed(CODE) == ()
    heard = len(counter.desk.asked)
    trial = await tried(counter, 2, kinds=[FILING])
    assert len(counter.desk.asked) == heard + 1
    (shown,) = kind_of(trial, FILING)["replies"][0]["materials"]
    attachment = shown["attachments"][0]["id"]
    assert (await town.get(f"/v1/attachments/{attachment}")).status_code == 404
    assert material(await town.ask(kinds=[FILING]), FILING)["manifest_version"] == 1
    assert len(counter.desk.asked) == heard + 2


async def test_a_failing_trial_says_why_and_opens_no_breaker_of_production(counter: Counter):
    limits = "limits: {concurrency: 1, breaker: {least: 1, pause: 10m}, "
    await counter.draft(counter.manifest.replace("limits: {concurrency: 4, ", limits))
    await counter.town.ask(kinds=[FILING])
    counter.desk.fault = Fault.BROKEN
    trial = await tried(counter, 2, kinds=[FILING])
    assert kind_of(trial, FILING)["error"] or kind_of(trial, FILING)["replies"][0]["error"]
    counter.desk.fault = None
    watch = counter.town.house.lookout.of(AGENCY)
    assert watch is not None
    assert watch.limits.concurrency == 4
    assert material(await counter.town.ask(kinds=[FILING], max_age=0), FILING)["retrieval"] == "received"


async def test_a_kind_no_trial_is_granted_is_withheld_and_none_at_all_refused(counter: Counter):
    await counter.draft(counter.manifest + "# 改\n")
    answer = await counter.call("POST", f"{VERSIONS}/2/trials", "nora", **about(kinds=["company-record"]))
    assert answer.status_code == 403
    assert (await counter.town.asks())[-1]["kind"] == "refused"
    assert counter.desk.asked == []


@pytest.mark.parametrize("order", [{"project_code": None, "known": {}}, {"kinds": ["fire-acceptance"]}])
async def test_an_order_that_says_nothing_or_asks_for_what_the_manifest_has_not(counter: Counter, order: Any):
    await counter.draft(counter.manifest + "# 改\n")
    words = {name: value for name, value in about(**order).items() if value is not None}
    assert (await counter.call("POST", f"{VERSIONS}/2/trials", "nora", **words)).status_code == 400
    assert counter.desk.asked == []


async def test_a_broken_draft_is_not_tried(counter: Counter):
    await counter.draft(counter.manifest.replace("concurrency:", "concurency:"))
    answer = await counter.call("POST", f"{VERSIONS}/2/trials", "nora", **about())
    assert (answer.status_code, "concurency" in answer.json()["detail_en"]) == (422, True)


async def test_its_author_alone_does_not_have_the_agencys_secrets_sent_elsewhere(counter: Counter):
    """A draft could name any address; what is sent there goes with the agency's credentials."""
    elsewhere = await counter.control.open("elsewhere", lambda desk: counter.gate.before(_nobody))
    base = counter.manifest.partition("base: ")[2].partition("\n")[0]
    counter.gate.heard.clear()
    await counter.draft(counter.manifest.replace(base, elsewhere))
    refused = await counter.call("POST", f"{VERSIONS}/2/trials", "nora", **about())
    assert (refused.status_code, SecondPerson.type in refused.json()["type"]) == (403, True)
    assert (await counter.town.asks())[-1]["kind"] == "refused"
    assert counter.gate.heard == []
    assert (await counter.call("POST", f"{VERSIONS}/2/trials", "paul", **about())).status_code == 200
    assert counter.gate.heard


def test_a_line_less_safe_is_another_address():
    """The same database: but its password would go where others can listen, or pretend to be it."""
    lines = {way: manifest(("    tls: off\n", f"    tls: {way}\n")) for way in ("verify", "require", "off")}
    assert len({_address_of(each.connection) for each in lines.values()}) == len(lines)
    assert _address_of(lines["off"].connection) == _address_of(
        manifest(("rows: rows", "rows: 'rows'")).connection
    )


NEW = "mdj-new"
"""Assigned to nora, and never connected."""


@pytest.mark.parametrize(
    ("who", "status"), [(None, 200), ("nora", 200), ("paul", 403), ("person:nora", 200), ("person:paul", 403)]
)
async def test_an_agency_never_connected_is_tried_by_its_admin_with_secrets_of_their_own(
    counter: Counter, who: str | None, status: int
):
    """Nobody else's secret can go astray: there is none."""
    for name in ("nora", "paul"):
        both, access = (AGENCY, NEW), counter.town.house.access
        counter.town.keys[name] = await access.add(name, ("agency-admin",), by="os:test", agencies=both)
    heard = await counter.control.open(NEW, lambda desk: counter.gate.before(_nobody))
    manifest = counter.manifest.replace("agency: mdj-nr", f"agency: {NEW}", 1)
    base = manifest.partition("base: ")[2].partition("\n")[0]
    named = f'base: {heard}\n  credentials: {{headers: {{X-Key: "secret:{NEW}/app"}}}}'
    text = manifest.replace(f"base: {base}", named if who else f"base: {heard}")
    place = f"/v1/agencies/{NEW}"
    if who and who.startswith("person:"):
        entry = Draft(kind=EntryKind.SECRET, operator=who)  # as the console says it
        await counter.town.house.safe.put(NEW, "app", "a-value-for-the-agency", entry)
    elif who:
        await counter.call("PUT", f"{place}/secrets/app", who, value="a-value-for-the-agency")
    await counter.call("POST", f"{place}/versions", "nora", text=text)
    counter.gate.heard.clear()
    answer = await counter.call("POST", f"{place}/versions/1/trials", "nora", **about())
    assert answer.status_code == status
    assert bool(counter.gate.heard) is (status == 200)


async def _nobody(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def test_an_agency_that_echoes_a_secret_does_not_show_it(counter: Counter):
    await counter.call("PUT", f"/v1/agencies/{AGENCY}/secrets/app", "nora", value=DEVELOPER)
    keyed = counter.manifest.replace(
        "  allow_private", '  credentials: {query: {k: "secret:mdj-nr/app"}}\n  allow_private'
    )
    await counter.draft(keyed)
    trial = await tried(counter, 2, kinds=[FILING])
    assert DEVELOPER not in str(trial)
    assert "•••" in str(trial)


async def test_a_recorded_reply_is_read_again_and_nobody_is_asked(counter: Counter):
    answer = await counter.town.ask(kinds=[FILING])
    digest = material(answer, FILING)["provenance"]["evidence"]
    await counter.draft(
        counter.manifest.replace("total_investment_wan: {at: ztz", "total_investment_wan: {at: bajg")
    )
    heard = len(counter.desk.asked)
    again = await counter.call("POST", f"{VERSIONS}/2/trials", "nora", sample=digest)
    (reply,) = kind_of(again.json(), FILING)["replies"]
    assert "number" in field_of(reply, "total_investment_wan")["error"]["en"]
    assert reply["evidence"] == digest
    assert len(counter.desk.asked) == heard
    assert (await counter.last("tried"))["subject"]["note"] == "over a recorded reply"
    gone = await counter.call("POST", f"{VERSIONS}/2/trials", "nora", sample="sha256:" + "0" * 64)
    assert gone.status_code == 404


async def test_a_draft_is_compared_over_real_replies_field_by_field(counter: Counter):
    await counter.town.ask(kinds=[FILING, PERMIT])
    changed = counter.manifest.replace("filing_authority: bajg", "filing_authority: {always: 新版}")
    changed = changed.replace("      filed_on: {at: barq, as: date}\n", "")
    await counter.draft(changed)
    answer = await counter.call("POST", f"{VERSIONS}/2/comparisons", "paul")
    found = answer.json()
    assert (found["before"], found["after"], found["differing"]) == (1, 2, 1)
    (filing,) = [sample for sample in found["samples"] if sample["kind"] == FILING]
    parted = {each["field"]: each for each in filing["fields"]}
    assert set(parted) == {"filing_authority", "filed_on"}
    assert (parted["filing_authority"]["verdict"], parted["filing_authority"]["after"]) == ("changed", "新版")
    assert (parted["filed_on"]["verdict"], parted["filed_on"]["after"]) == ("only-before", None)
    assert filing["alike"] > 5
    assert [(each["field"], each["replies"]) for each in found["fields"]] == [
        ("filed_on", 1),
        ("filing_authority", 1),
    ]
    assert (found["replies"], found["failed"], found["unreadable"], found["cut"]) == (2, 0, 0, False)
    entry = await counter.last("tried")
    assert (entry["consumer"], entry["agencies"], entry["subject"]["note"]) == (
        "paul",
        [AGENCY],
        "beside version 1",
    )


async def test_a_comparison_hides_personal_values_and_counts_them(counter: Counter):
    await counter.town.ask(kinds=[PERMIT], known={"project_name": ONE.name})
    sharing = "personal: [company-record.legal_rep_masked, land-use-planning-permit.contact_name]"
    held = counter.manifest.replace("personal: [company-record.legal_rep_masked]", sharing)
    await counter.draft(held)
    found = (await counter.call("POST", f"{VERSIONS}/2/comparisons", "nora")).json()
    (sample,) = found["samples"]
    assert [(each["field"], each["verdict"], each["masked"]) for each in sample["fields"]] == [
        ("contact_name", "only-after", True)
    ]
    assert [each["after"] for each in sample["fields"]] == [None]


async def test_a_version_that_cannot_read_a_reply_says_so(counter: Counter):
    await counter.town.ask(kinds=[FILING])
    await counter.draft(
        counter.manifest.replace("success: {at: type, in: [success]}", "success: {at: type, in: [ok]}", 1)
    )
    found = (await counter.call("POST", f"{VERSIONS}/2/comparisons", "nora")).json()
    (sample,) = found["samples"]
    assert (sample["before_error"], sample["after_error"]["type"]) == (None, "agency-declined")
    assert {each["verdict"] for each in sample["fields"]} == {"only-before"}
    assert (found["differing"], found["failed"], found["unreadable"]) == (1, 1, 0)
    again = (await counter.call("POST", f"{VERSIONS}/1/comparisons?against=2", "nora")).json()
    assert (again["before"], again["after"], again["differing"], again["failed"]) == (2, 1, 1, 0)


async def test_another_agencys_evidence_is_no_sample(counter: Counter):
    """Who administers one agency must not read another's replies by their digest."""
    answer = await counter.town.ask(kinds=[FILING])
    digest = material(answer, FILING)["provenance"]["evidence"]
    other = counter.manifest.replace(f"agency: {AGENCY}", "agency: mdj-hc")
    drafted = await counter.call("POST", "/v1/agencies/mdj-hc/versions", "hugo", text=other)
    place = f"/v1/agencies/mdj-hc/versions/{drafted.json()['version']['version']}/trials"
    assert (await counter.call("POST", place, "hugo", sample=digest)).status_code == 404


NOBODYS = "没有这样的项目"
BOTH = {"project_name": [ONE.name, NOBODYS]}
"""The project's name, and one that finds nothing."""


@pytest.mark.parametrize(
    "mistake",
    [
        ("rows: result.data\n", "rows: result.list\n"),
        ("ydmj, as: area, unit: m2", "xmmc, as: area, unit: m2"),
    ],
    ids=["rows elsewhere", "a field that does not read"],
)
async def test_what_came_by_the_key_that_finds_something_is_shown_though_this_version_does_not_see_it(
    counter: Counter, mistake: tuple[str, str]
):
    """It goes on asking by other keys; a "none" to the last of them says nothing of the mistake."""
    before, _, of_permit = counter.manifest.partition(f"- kind: {PERMIT}")
    await counter.draft(f"{before}- kind: {PERMIT}{of_permit.replace(*mistake, 1)}")
    found = kind_of(await tried(counter, 2, kinds=[PERMIT], known=BOTH), PERMIT)
    assert found["replies"][0]["drift"] or found["replies"][0]["error"]
    kept = evidence_from(await counter.town.house.vault.get(found["replies"][0]["evidence"]))
    assert str(ONE.name) in kept.body.decode()


OWN, OTHER = "2310052020B00786", "2310032021B00112"
UNKNOWN = ["2310052020B99998", "2310052020B99999"]


def by_number(trial: Any) -> dict[str, str]:
    """What the reply to each key was; the one that tells most comes last."""
    return {each["key"]: each["replies"][0]["materials"][0]["retrieval"] for each in trial["kinds"]}


async def test_a_trial_asks_by_every_number_as_an_ask_in_earnest_does(counter: Counter):
    """Contracts of two phases, as it were: each number opens its own."""
    await counter.draft(counter.manifest + "# 改\n")
    known = {"supervision_no": [OWN, *UNKNOWN, OTHER]}
    trial = await tried(counter, 2, project_code=None, known=known, kinds=[CONTRACT])
    read = {each["key"]: each["replies"][0]["materials"][0]["fields"] for each in trial["kinds"][-2:]}
    assert read[f"supervision_no={OWN}"]["supervision_no"] == OWN
    assert read[f"supervision_no={OTHER}"]["supervision_no"] == OTHER
    assert list(by_number(trial).values()) == ["not_found", "not_found", "received", "received"]
    entry = (await counter.town.asks())[-1]
    assert entry["keys"][CONTRACT] == ", ".join(by_number(trial))
    assert entry["outcome"]["retrieval"] == {CONTRACT: "not_found,received"}
    assert len(entry["evidence"]) == len(counter.desk.asked) == 4


async def test_what_opens_a_kind_whatever_the_number_is_asked_by_once(counter: Counter):
    await counter.draft(counter.manifest + "# 改\n")
    known = {"supervision_no": UNKNOWN, "parcel_code": "231005003008GB00021", "project_name": ONE.name}
    trial = await tried(counter, 2, project_code=None, known=known, kinds=[CONTRACT])
    assert by_number(trial) == {f"supervision_no={number}": "not_found" for number in UNKNOWN} | {
        f"parcel_code={known['parcel_code']}": "received"
    }
    assert len(counter.desk.asked) == 3


async def test_the_log_has_every_reply_that_came_also_where_another_key_found_more(counter: Counter):
    await counter.draft(counter.manifest + "# 改\n")
    names = {"project_name": BOTH["project_name"][::-1]}
    found = kind_of(await tried(counter, 2, kinds=[PERMIT], known=names), PERMIT)
    evidence = (await counter.town.asks())[-1]["evidence"]
    assert (len(counter.desk.asked), len(evidence)) == (2, 2)
    assert evidence[-1] == found["replies"][0]["evidence"]
    for digest in evidence:
        assert await counter.town.house.vault.has(digest)
