"""Every search finds what reading the whole log would find, page by page, and walks an index to do so."""

import asyncio
import itertools
import random
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import event, text

from contracts.audit import Act, Draft, EntryKind, Event, Outcome
from contracts.time import stored
from gateway.audit import search
from gateway.audit.index import facts_in, forget
from gateway.audit.search import Place, Query, counting, frequency, pages, statement, uses
from tests.audit.logbook import AGENCIES, CONSUMERS, KINDS, PROJECTS, drafts
from tests.stores import only_sqlite

COUNT = 400


@pytest.fixture
async def filled(log):
    """Entries whose times now and then step back, as clocks do; three to an instant."""
    dice = random.Random(3)
    found = list(drafts(COUNT))
    for batch in (found[start : start + 10] for start in range(0, COUNT, 10)):
        log.clock.advance(dice.choice([60, 60, 60, 3600, -1800]))
        await asyncio.gather(*(log.append(draft) for draft in batch))
    return log


async def stored_facts(log):
    return [(line.index, facts_in(line.body, "", "")) for line in await log.lines(0, COUNT)]


async def all_found(log, query, limit=37):
    """Page after page, by the cursor."""
    found, before = [], None
    while True:
        page = await search.search(log, query, limit, before)
        assert all(hit.fits for hit in page.finds)
        found += [hit.index for hit in page.finds]
        if page.before is None:
            return found
        assert len(page.finds) == limit
        before = page.before


MIDDLE: dict[str, Any] = {"since": "2026-03-02T07:00:00.000Z", "until": "2026-03-02T09:00:00.000Z"}

QUERIES: list[dict[str, Any]] = [
    {},
    {"project": PROJECTS[2]},
    {"case": "DJ-7"},
    {"consumer": "hall"},
    {"operator": "reg-001"},
    {"agency": "mdj-tax"},
    {"kind": "refused"},
    {"material": "survey-report"},
    {"status": 403},
    {"problem": "not-granted"},
    {"project": "2012-000000-00-00-000000"},
    {"project": PROJECTS[1], "agency": "mdj-nr", "kind": "answered"},
    {"agency": "mdj-nr", "material": "completion-filing"},
    {"agency": "mdj-nr", "consumer": "registration", "status": 200},
    {"kind": "used", "material": "investment-filing", "operator": "reg-001", "case": "DJ-3"},
    {"consumer": "hall", "operator": "reg-002"},
    {"agency": "mdj-hc", "uses": True},
    {"kind": "answered", "status": 200},
]
IDLE: dict[str, Any] = {"kind": "asked", "status": 200}


BOUNDS: tuple[dict[str, Any], ...] = ({}, MIDDLE, {"size": 200})


async def test_a_search_finds_what_reading_everything_would_find(filled):
    facts = await stored_facts(filled)
    queries = [Query(**words, **bound) for words in (*QUERIES, IDLE) for bound in BOUNDS]
    for query in queries:
        fitting = sorted(((said.at, index) for index, said in facts if query.fits(said)), reverse=True)
        due = [index for _, index in fitting if query.size is None or index < query.size]
        assert await all_found(filled, query) == due, query
        assert [hit.index async for page in pages(filled, query, 41) for hit in page] == due


def listened(said, connection, query):
    """The first page, and what the database was told for it."""
    event.listen(connection, "before_cursor_execute", lambda *told: said.append(told[2]))
    return search.page_of(connection, query, 10, None)


async def test_an_agency_and_a_kind_that_never_meet_are_found_so_at_one_look(filled):
    """A refusal names no agency: to look at each for this one is to read where all of its entries stand."""
    facts = await stored_facts(filled)
    for agency, kind in itertools.product(AGENCIES, sorted({said.kind for _, said in facts})):
        met, told = any(agency in each.agencies and each.kind == kind for _, each in facts), list[str]()
        page = await filled.read(partial(listened, told, query=Query(agency=agency, kind=kind)))
        assert (bool(page.finds), len(told) > 1) == (met, met), (agency, kind)


async def test_words_that_no_entry_says_together_are_not_looked_for(filled):
    """Asked is two in five entries and 200 every other one: to walk either is to walk the log."""
    endings = {EntryKind.ANSWERED, EntryKind.REFUSED, EntryKind.FAILED}
    said: list[str] = []
    look = partial(listened, said)
    words: tuple[dict[str, Any], ...] = ({"status": 200}, {"problem": "not-granted"})
    for kind, word in itertools.product(EntryKind, words):
        said.clear()
        query = Query(kind=kind.value, consumer="hall", **word)
        page = await filled.read(partial(look, query=query))
        assert bool(said) == (kind in endings), query
        assert kind in endings or (page.finds, page.before) == ((), None)


async def test_the_searches_above_find_something(filled):
    found = [len(await all_found(filled, Query(**words))) for words in QUERIES]
    assert sum(count > 0 for count in found) >= len(QUERIES) - 2
    assert found[0] == COUNT


async def test_a_cursor_that_is_no_entry_finds_nothing(filled):
    page = await search.search(filled, Query(), 10, 10**9)
    assert page.finds == ()


def plan(connection, wanted):
    """What the database says it will do, step by step."""
    compiled = wanted.compile(connection.engine, compile_kwargs={"literal_binds": True})
    return [row.detail for row in connection.execute(text(f"EXPLAIN QUERY PLAN {compiled}"))]


LEADS = ("case", "project", "operator", "problem", "material", "agency", "consumer", "kind", "status", None)
ONE_OF_EACH = {
    "case": "DJ-7",
    "project": PROJECTS[0],
    "operator": "reg-001",
    "problem": "not-granted",
    "material": KINDS[0],
    "agency": AGENCIES[0],
    "consumer": CONSUMERS[0],
    "kind": "answered",
    "status": 200,
}


@only_sqlite
async def test_every_form_of_search_walks_an_index_and_sorts_nothing(filled):
    """With any one other word beside it, in any period, from any cursor: this is what holds for a million."""
    for lead in LEADS:
        await walks_an_index(filled, lead)


async def walks_an_index(filled, lead):
    words = [{lead: ONE_OF_EACH[lead]} if lead else {}]
    words += [words[0] | {other: ONE_OF_EACH[other]} for other in ONE_OF_EACH if lead and other != lead]
    bounds = [{}, MIDDLE, {"since": MIDDLE["since"]}, {"until": MIDDLE["until"]}, {"size": 90}]
    places = (None, Place("2026-03-03T00:00:00.000Z", 100))
    for said, bound, place in itertools.product(words, bounds, places):
        wanted = statement(Query(**said, **bound), lead, place, 51)
        steps = await filled.database.read(lambda connection, wanted=wanted: plan(connection, wanted))
        first = next(step for step in steps if step.startswith(("SEARCH", "SCAN")))
        assert not [step for step in steps if "TEMP B-TREE" in step], steps
        scans = [step for step in steps if step.startswith("SCAN")]
        walks_all = lead is None and not {"since", "until"} & set(bound) and place is None
        assert not scans or (walks_all and "USING COVERING INDEX entry_index_by_at" in scans[0]), steps
        assert f"{lead or 'at'}" in first or "PRIMARY KEY" in first, steps
        assert lead is None or f"({lead}=?" in first, steps


@only_sqlite
async def test_what_does_not_fit_is_passed_over_unread(filled):
    """Words that seldom meet pass over most of a million rows: in the table that is all over the disk."""
    beside, leads = ("kind", "consumer", "status", "problem"), {*ONE_OF_EACH} - {"agency", "material"}
    for lead, other in itertools.product(leads, beside):
        words: dict[str, Any] = {each: ONE_OF_EACH[each] for each in (lead, other)}
        query = Query(**words, **MIDDLE)
        wanted = statement(query, lead, None, 51)
        (step,) = await filled.database.read(partial(plan, wanted=wanted))
        assert f"USING COVERING INDEX entry_index_by_{lead} " in step


@only_sqlite
async def test_uses_are_counted_in_the_order_of_their_index(filled):
    """A million entries, a third of them uses of one agency: four times as fast as grouping its rows."""
    wanted = counting(Query(agency="mdj-nr"))
    steps = await filled.database.read(lambda connection: plan(connection, wanted))
    assert "USING COVERING INDEX entry_agencies_by_use" in steps[0]
    assert not [step for step in steps if "GROUP BY" in step], steps


@only_sqlite
async def test_the_lists_and_counts_of_an_agency_keep_to_its_own_rows(filled):
    for wanted in (
        statement(Query(agency="mdj-nr", uses=True), "agency", None, 51),
        counting(Query(agency="mdj-nr", **MIDDLE)),
        frequency(Query(agency="mdj-nr", **MIDDLE), "agency"),
        frequency(Query(case="DJ-7"), "case"),
    ):
        steps = await filled.database.read(lambda connection, wanted=wanted: plan(connection, wanted))
        touched = [step for step in steps if "entry_" in step]
        assert touched
        assert all(step.startswith("SEARCH") and "=?" in step for step in touched), steps


async def test_the_rarest_word_leads(filled):
    def lead(**words):
        return filled.database.read(lambda connection: search.rarest(connection, Query(**words)))

    assert await lead(consumer="hall", case="DJ-7") == "case"
    assert await lead(kind="answered", problem="not-granted") == "problem"
    assert await lead(project=PROJECTS[0], operator="nobody") == "operator"
    assert await lead() is None


async def test_who_used_an_agencys_data_is_counted(filled):
    facts = [said for _, said in await stored_facts(filled)]
    for period in ({}, MIDDLE):
        query = Query(agency="mdj-nr", uses=True, **period)
        fitting = [said for said in facts if query.fits(said)]
        counted = await uses(filled, "mdj-nr", query.since, query.until)
        assert sum(each.count for each in counted) == len(fitting) > 0
        for each in counted:
            same = [
                s
                for s in fitting
                if (s.consumer, s.purpose, s.kind) == (each.consumer, each.purpose, each.kind)
            ]
            assert each.count == len(same)
            assert each.last == max(s.at for s in same)
        counts = [each.count for each in counted]
        assert counts == sorted(counts, reverse=True)


async def test_an_answer_is_found_with_its_uses_and_a_use_with_its_answer(log):
    who: dict[str, Any] = {"consumer": "registration", "case": "DJ-1", "kinds": ("investment-filing",)}
    answer = await log.append(Draft(kind=EntryKind.ANSWERED, outcome=Outcome(status=200), **who))
    for number, act in enumerate((Act.VIEW, Act.PRINT)):
        event = Event(id=f"E-{number}", act=act, copies=2)
        await log.append(Draft(kind=EntryKind.USED, answer=answer.index, event=event, **who))
    page = await search.search(log, Query(kind="answered"), 10)
    assert [use.index for use in page.uses_of(page.finds[0])] == [1, 2]
    page = await search.search(log, Query(kind="used"), 1)
    assert page.finds[0].index == 2
    assert (page.related[answer.index].entry or {})["case"] == "DJ-1"


async def test_an_altered_entry_or_index_is_shown_as_doubtful(filled, unguarded, outsider):
    outsider.execute("UPDATE entry_index SET consumer = 'someone' WHERE idx = 5")
    (found,) = (await search.search(filled, Query(consumer="someone"), 10)).finds
    assert (found.index, found.fits) == (5, False)
    (last,) = (await search.search(filled, Query(kind="asked"), 1)).finds
    changed = "CAST(replace(CAST(body AS TEXT), 'DJ-', 'DX-') AS BLOB)"
    unguarded(f"UPDATE entries SET body = {changed} WHERE idx = {last.index}")  # noqa: S608  a forger's
    page = await search.search(filled, Query(kind="asked"), 10)
    assert [hit.fits for hit in page.finds] == [False] + [True] * 9


async def test_a_blanked_entry_is_found_by_its_time_and_kind_alone(log, draft, outsider):
    await log.append(draft(1, agencies=("mdj-nr",), kinds=("investment-filing",)))
    at = stored(log.clock())
    log.clock.advance(timedelta(days=1).total_seconds())
    await log.append(draft(2))
    await log.database.write(lambda connection: forget(connection, [0]))
    outsider.disarm("entries_blank_only")
    outsider.execute("UPDATE entries SET body = NULL WHERE idx = 0")
    assert [hit.index for hit in (await search.search(log, Query(case="DJ-1"), 10)).finds] == []
    assert [hit.index for hit in (await search.search(log, Query(agency="mdj-nr"), 10)).finds] == []
    found = (await search.search(log, Query(kind="answered"), 10)).finds[-1]
    assert (found.index, found.entry, found.fits) == (0, None, True)
    until = await search.search(log, Query(until=stored(log.clock()), since=at), 10)
    assert [hit.index for hit in until.finds] == [0]
