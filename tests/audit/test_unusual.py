"""Counting and standing out: each rule at its threshold and one below it, on both stores."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import insert

from contracts.audit import Act, Draft, EntryKind, Event, Outcome
from contracts.errors import ManifestInvalid
from contracts.exchange import Grant
from gateway.audit.customs import Customs, customs_in, load_customs
from gateway.audit.figures import EXCHANGE, UNBIDDEN, UPKEEP, Span, figures
from gateway.audit.unusual import RULES, unusual
from gateway.store.tables import exports
from tests.gateway.town import ROOT

MARCH = Span("2026-02-28T16:00:00.000Z", "2026-03-31T16:00:00.000Z")
ASK: dict[str, Any] = {"consumer": "hall", "operator": "h-1", "purpose": "pre-acceptance", "project": "P-1"}
GRANT: dict[str, Any] = {"consumer": "hall", "purpose": "pre-acceptance", "approval": "演共〔2026〕2号"}
YEAR: dict[str, Any] = {"valid_from": date(2025, 1, 1), "valid_until": date(2026, 12, 31)}
GRANTS = tuple(
    Grant(id="hall-narrow", kind=kind, **GRANT, **YEAR) for kind in ("company-record", "investment-filing")
)


def at(log, told: str) -> None:
    """The clock says this at +08:00."""
    due = datetime.fromisoformat(f"2026-03-{told}:00+08:00").astimezone(UTC)
    log.clock.advance((due - log.clock()).total_seconds())


async def asked(log, told: str, times: int = 1, kind=EntryKind.ANSWERED, **changes: Any) -> None:
    at(log, told)
    status, problem = (200, None) if kind is EntryKind.ANSWERED else (403, "not-granted")
    outcome = Outcome(status=status, problem=problem, retrieval=changes.pop("retrieval", {}))
    for _ in range(times):
        await log.append(Draft(kind=kind, outcome=outcome, **ASK | changes))


async def found(log, rule: str, customs: Customs | None = None, grants=GRANTS):
    """Who stood out by this rule, and how often."""
    told = await unusual(log, MARCH, customs or Customs(), grants)
    return [(each.operator or each.consumer, each.count) for each in told if each.rule == rule]


def customs(**parts: dict[str, Any]) -> Customs:
    return Customs.model_validate(parts)


async def test_asks_out_of_hours(log):
    await asked(log, "02T07:59")
    await asked(log, "02T08:00", 9)  # Monday, at work
    await asked(log, "02T17:59", 9)
    await asked(log, "02T18:00")
    assert await found(log, "out-of-hours") == []
    await asked(log, "07T10:00")  # Saturday
    assert await found(log, "out-of-hours") == [("h-1", 3)]
    saturday = customs(out_of_hours={"working_days": [date(2026, 3, 7)]})
    assert await found(log, "out-of-hours", saturday) == []
    monday = customs(out_of_hours={"holidays": [date(2026, 3, 2)], "asks": 21})
    assert await found(log, "out-of-hours", monday) == [("h-1", 21)]
    assert await found(log, "out-of-hours", customs(out_of_hours={"machines": ["hall"]})) == []


async def test_bursts(log):
    limits = customs(bursts={"asks": 10, "minutes": 10})
    await asked(log, "02T10:00", 5)
    await asked(log, "02T10:09", 4)
    await asked(log, "02T10:10", 5)  # the first five are ten minutes ago
    assert await found(log, "bursts", limits) == []
    await asked(log, "02T10:18")
    assert await found(log, "bursts", limits) == [("h-1", 10)]
    (told,) = [each for each in await unusual(log, MARCH, limits, ()) if each.rule == "bursts"]
    assert told.since == "2026-03-02T02:09:00.000Z"
    assert told.words() == {
        "consumer": "hall",
        "operator": "h-1",
        "from": "2026-03-02",
        "until": "2026-03-02",
    }


async def test_many_projects_of_one_operator_on_one_day(log):
    limits = customs(many_projects={"projects": 3})
    for number in (1, 2, 2, 1):
        await asked(log, f"02T10:0{number}", project=f"P-{number}")
    await asked(log, "03T00:01", project="P-3")  # another day here, the same in UTC
    assert await found(log, "many-projects", limits) == []
    await asked(log, "03T11:00", project="P-4")
    await asked(log, "03T12:00", project="P-5", operator="h-2")
    assert await found(log, "many-projects", limits) == []
    await asked(log, "03T23:59", project="P-6")
    assert await found(log, "many-projects", limits) == [("h-1", 3)]


async def test_purposes_that_do_not_fit(log):
    kept = {"company-record": "received", "fire-acceptance": "withheld", "investment-filing": "withheld"}
    await asked(log, "02T10:00", 2, retrieval=kept)
    assert await found(log, "unfit-purposes") == []
    await asked(log, "02T11:00", retrieval=kept)
    assert await found(log, "unfit-purposes") == [("hall", 3)]  # what somebody may have fits
    await asked(log, "02T12:00", 4, EntryKind.REFUSED, purpose="pre-acceptance")
    await asked(log, "02T12:00", 4, EntryKind.REFUSED, purpose="statistics")
    assert await found(log, "unfit-purposes") == [("hall", 4), ("hall", 3)]
    told = [
        each.told.en for each in await unusual(log, MARCH, Customs(), GRANTS) if each.rule == "unfit-purposes"
    ]
    assert [line for line in told if "statistics" in line and "has no grant" in line]
    assert [line for line in told if "fire acceptance" in line]
    assert len(told) == 2


async def test_grants_that_nobody_uses(log):
    at(log, "20T10:00")
    assert await found(log, "unused-grants") == [("hall", 2)]
    await asked(log, "20T10:00", kinds=("company-record",))
    (told,) = [each for each in await unusual(log, MARCH, Customs(), GRANTS) if each.rule == "unused-grants"]
    assert "investment filing" in told.told.en
    assert "company record" not in told.told.en
    await asked(log, "20T10:00", kinds=("investment-filing",), purpose="another")
    assert await found(log, "unused-grants") == [("hall", 1)]
    await asked(log, "20T10:00", kinds=("investment-filing",))
    assert await found(log, "unused-grants") == []
    young = tuple(
        each.model_copy(update={"id": "young", "purpose": "another", "valid_from": date(2026, 1, 1)})
        for each in GRANTS
    )
    log.clock.advance(86_400 * 91)
    assert [name for name, _ in await found(log, "unused-grants", grants=young)] == ["hall"]
    half = customs(unused_grants={"days": 182})
    assert await found(log, "unused-grants", half, young) == []  # not in force for so long


async def test_repeated_refusals_on_pages_too(log):
    await asked(log, "02T10:00", 4, EntryKind.REFUSED)
    assert await found(log, "repeated-refusals") == []
    await asked(log, "02T23:00", 1, EntryKind.REFUSED)
    for _ in range(5):
        await log.append(Draft(kind=EntryKind.REFUSED, operator="person:li", outcome=Outcome(status=403)))
    assert sorted(await found(log, "repeated-refusals")) == [("h-1", 5), ("person:li", 5)]
    assert await found(log, "bursts", customs(bursts={"asks": 1})) == [("h-1", 4)]  # a page is no ask


async def test_what_a_period_comes_to(log):
    at(log, "01T00:00")
    await log.append(Draft(kind=EntryKind.ASKED, agencies=("mdj-hc", "mdj-nr"), **ASK))
    await asked(log, "01T00:30", 2, agencies=("mdj-hc",), kinds=("company-record",), personal=True)
    await asked(log, "02T09:00", 1, EntryKind.REFUSED, consumer="archive", project="P-2")
    await asked(log, "02T09:00", 1, agencies=("mdj-nr",), project="P-3")
    use = Event(id="E-1", act=Act.PRINT)
    await log.append(Draft(kind=EntryKind.USED, answer=1, event=use, consumer="hall", agencies=("mdj-hc",)))
    await log.append(Draft(kind=EntryKind.PAUSED, operator="person:li", agencies=("mdj-hc",)))
    signed = await log.append(Draft(kind=EntryKind.SIGNED_IN, operator="person:li"))
    await log.database.write(
        lambda writing: writing.execute(insert(exports).values(entry=signed.index, note=""))
    )
    at(log, "31T23:59")
    await asked(log, "31T23:59")
    log.clock.advance(60)
    await log.append(Draft(kind=EntryKind.ANSWERED, outcome=Outcome(status=200), **ASK))  # April
    counted = await figures(log, MARCH)
    assert counted.asks == 5
    assert [tuple(share) for share in counted.consumers] == [
        ("hall", 4, 0, 0, 2, 2),
        ("archive", 0, 1, 0, 0, 1),
    ]
    assert [tuple(share)[:4] for share in counted.purposes] == [("pre-acceptance", 4, 1, 0)]
    assert [tuple(share) for share in counted.agencies] == [("mdj-hc", 1, 2, 1), ("mdj-nr", 1, 1, 0)]
    assert counted.materials == (("company-record", 2),)
    assert counted.outcomes == (("answered", 200, None, 4), ("refused", 403, "not-granted", 1))
    assert {hour: count for hour, count in enumerate(counted.hours) if count} == {0: 2, 9: 2, 23: 1}
    assert counted.uses == (("print", 1),)
    assert counted.upkeep == {"signed-in": 1, "paused": 1}
    assert (counted.total("personal"), counted.exports) == (2, 1)


def test_every_kind_of_entry_is_of_consumers_of_people_or_of_nobody():
    assert sorted([*EXCHANGE, *UPKEEP, *UNBIDDEN]) == sorted(EntryKind)


async def test_nothing_stands_out_of_an_empty_log_and_every_rule_has_words(log):
    assert await unusual(log, MARCH, Customs(), ()) == []
    assert (await figures(log, MARCH)).asks == 0
    for rule in RULES:
        assert "{" not in rule.says(Customs()).en + rule.says(Customs()).zh


def test_the_shipped_file_says_what_holds_without_it(tmp_path):
    assert customs_in(ROOT / "config") == Customs()
    assert customs_in(tmp_path) == Customs()
    assert load_customs("") == Customs()
    assert load_customs("bursts: {asks: 7}").bursts.minutes == 10


@pytest.mark.parametrize(
    ("document", "place"),
    [
        ("bursts: {asks: many}", "bursts.asks"),
        ("bursts: {asks: 0}", "bursts.asks"),
        ("burst: {}", "burst"),
        ("out_of_hours: {opens: 18, closes: 8}", "out_of_hours"),
        ("out_of_hours: {weekdays: [8]}", "out_of_hours.weekdays.0"),
        ("out_of_hours: {holidays: [soon]}", "out_of_hours.holidays.0"),
        ("[1]", ""),
        ("a: [", "YAML"),
    ],
)
def test_a_broken_file_is_told_by_its_place(document, place):
    with pytest.raises(ManifestInvalid) as told:
        load_customs(document)
    assert "unusual.yaml" in told.value.detail.zh
    assert place in told.value.detail.en
