"""Many replies compared and many projects tried: bounded in number, time and memory, gentle to the agency."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from adapters.base import Deadline, evidence_from, failed
from contracts.audit import Draft, EntryKind
from contracts.errors import Fault as Ill
from contracts.errors import LogUnavailable, StoreUnavailable
from contracts.exchange import Evidence
from contracts.time import parse_instant
from demo.control import Fault
from gateway.casefile import trouble_of
from gateway.cli.trials import _show_comparison
from gateway.console.outcomes import pulled, samples_shown
from gateway.registry import Document, DocumentKind
from gateway.trials import Comparison, Trial, TrialOrder, run
from gateway.trials.comparing import FIELDS_TOLD, TOLD, FieldCompared, SampleCompared, Standing, Tally
from gateway.trials.results import KindTried, ReplyTried, Way, retrieval_of, shown_of, unkept
from gateway.trials.runs import SIDE_BY_SIDE, _heard
from tests.gateway.town import CODE, ONE, TWO, material
from tests.registry.counter import AGENCY, PERMIT, VERSIONS, Counter
from tests.waiting import until

FILING = "investment-filing"
ENTRY = Draft(kind=EntryKind.TRIED, operator="person:nora")


async def compared(counter: Counter, version: int, asked: str = "") -> Any:
    answer = await counter.call("POST", f"{VERSIONS}/{version}/comparisons{asked}", "nora")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def asked_often(counter: Counter, times: int) -> list[str]:
    """So many replies about one project: the digests of their evidence, oldest first."""
    found = []
    for _ in range(times):
        counter.town.clock.advance(1)
        answer = await counter.town.ask(kinds=[FILING], max_age=0)
        found.append(material(answer, FILING)["provenance"]["evidence"])
    return found


async def in_force(counter: Counter) -> Document:
    return (await counter.town.house.registry.current(DocumentKind.AGENCY))[AGENCY]


async def test_as_many_replies_are_compared_as_somebody_asks_for_the_newest_first(counter: Counter):
    evidence = await asked_often(counter, 12)
    await counter.draft(counter.manifest.replace("filing_authority: bajg", "filing_authority: {always: 新}"))
    assert (await compared(counter, 2))["replies"] == 10
    few = await compared(counter, 2, "?replies=3")
    assert [each["evidence"] for each in few["samples"]] == evidence[:-4:-1]
    every = await compared(counter, 2, "?replies=200")
    assert (every["replies"], every["differing"], every["cut"]) == (12, 12, False)
    assert every["fields"] == [{"kind": FILING, "field": "filing_authority", "replies": 12}]
    for wrong in ("0", "201", "all"):
        answer = await counter.call("POST", f"{VERSIONS}/2/comparisons?replies={wrong}", "nora")
        assert answer.status_code == 400


async def test_a_reply_is_in_memory_only_while_it_is_read_and_none_is_begun_after_the_end(counter: Counter):
    (digest,) = await asked_often(counter, 1)
    octets, now, opened = await counter.town.house.vault.get(digest), [0.0], [0]
    until = Deadline.after(60, lambda: now[0])

    async def found() -> AsyncIterator[Evidence]:
        for second in range(0, 100, 20):
            opened[0] += 1
            now[0] = float(second)
            yield evidence_from(octets)

    trials, before = counter.town.house.trials, await in_force(counter)
    told = await trials.compare(before, before, ENTRY, given=found(), until=until)
    assert (told.replies, told.cut, opened[0]) == (3, True, 4)


async def test_nothing_kept_is_looked_at_after_the_end_though_it_is_none_of_those_wanted(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
):
    """Other kinds have no reply at all: the search for them would go through everything that is kept."""
    await asked_often(counter, 6)
    now, opened, kept = [0.0], [0], type(counter.town.house.vault).open

    async def slow(*asked: Any) -> Any:
        opened[0] += 1
        now[0] += 20
        return await kept(*asked)

    monkeypatch.setattr(type(counter.town.house.vault), "open", slow)
    trials, before = counter.town.house.trials, await in_force(counter)
    told = await trials.compare(before, before, ENTRY, per_kind=1, until=Deadline.after(60, lambda: now[0]))
    assert (told.replies, told.cut, now[0]) == (1, True, 60)
    now[0], opened[0] = 0, 0
    told = await trials.compare(before, before, ENTRY, per_kind=1, until=Deadline.after(900, lambda: now[0]))
    assert (told.replies, told.cut, opened[0] > 3) == (1, False, True)


async def test_what_neither_version_reads_is_no_difference_whatever_the_reasons(counter: Counter):
    await asked_often(counter, 1)
    for was, becomes in (
        ("success: {at: type, in: [success]}", "success: {at: type, in: [ok]}"),
        ("total_investment_wan: {at: ztz", "total_investment_wan: {at: bajg"),
    ):
        await counter.draft(counter.manifest.replace(was, becomes, 1))
    for version, other in ((2, 3), (3, 2), (2, 2)):
        told = await compared(counter, version, f"?against={other}")
        assert (told["replies"], told["unreadable"], told["differing"], told["failed"]) == (1, 1, 0, 0)
        assert (told["samples"], told["failures"]) == ([], [])
    apart = [(await compared(counter, version))["failures"][0]["why"]["en"] for version in (2, 3)]
    assert apart[0] != apart[1]


def sample(fields: int, *, failed: bool = False, same: bool = False) -> SampleCompared:
    parting = tuple(
        FieldCompared(row=row, field=f"buildings[{row}].name", verdict=Standing.CHANGED)
        for row in range(0 if same else fields)
    )
    trouble: Any = {
        "type": "evidence-off-contract",
        "class": "configuration",
        "detail": {"zh": "坏", "en": "bad"},
    }
    return SampleCompared.model_validate(
        {
            "kind": FILING,
            "evidence": "sha256:" + "0" * 64,
            "received_at": parse_instant("2026-03-02T06:05:09.000Z"),
            "fields": parting,
            "alike": 4,
            "after_error": trouble if failed else None,
            "before_error": trouble if failed and same else None,
        }
    )


def counted(*samples: SampleCompared) -> Comparison:
    tally = Tally()
    for each in samples:
        tally.add(each)
    return tally.made(AGENCY, 1, 2, cut=False)


def test_what_is_counted_and_what_is_told_in_full():
    told = counted(sample(3), sample(2, failed=True), sample(0, same=True), sample(0, failed=True, same=True))
    assert (told.replies, told.differing, told.failed, told.unreadable) == (4, 2, 1, 1)
    assert [(each.field, each.replies) for each in told.fields] == [("buildings[].name", 1)]
    assert [len(each.fields) for each in told.samples] == [3, 2]
    assert [(each.why.en, each.replies) for each in told.failures] == [("bad", 1)]


def test_however_much_differs_only_so_much_is_kept_of_it():
    many = counted(*[sample(2)] * (TOLD + 7))
    assert (many.differing, len(many.samples), many.fields[0].replies) == (TOLD + 7, TOLD, TOLD + 7)
    wide = counted(*[sample(FIELDS_TOLD)] * 3)
    assert (wide.differing, sum(len(each.fields) for each in wide.samples)) == (3, FIELDS_TOLD)
    cut = counted(*[sample(FIELDS_TOLD - 100)] * 2)
    assert [(len(each.fields), each.left) for each in cut.samples] == [
        (FIELDS_TOLD - 100, 0),
        (100, FIELDS_TOLD - 200),
    ]
    (alone,) = counted(sample(FIELDS_TOLD + 7)).samples
    assert (len(alone.fields), alone.left, alone.alike) == (FIELDS_TOLD, 7, 4)


def test_what_of_a_reply_has_no_room_is_counted_on_the_page_and_at_the_terminal(
    capsys: pytest.CaptureFixture[str],
):
    told = counted(sample(FIELDS_TOLD + 7))
    (shown,) = samples_shown(told)
    assert len(shown.fields) + shown.left == FIELDS_TOLD + 7
    _show_comparison(told)
    assert re.search(r"\b7 more differences are not listed|另有 7 处不同未列出", capsys.readouterr().out)


async def test_the_projects_an_agency_was_last_asked_about_each_once_newest_first(counter: Counter):
    trials = counter.town.house.trials
    assert await trials.projects(AGENCY, 50) == []
    for code in (CODE, TWO.project_code, CODE):
        await counter.town.ask(kinds=[FILING], project_code=code, max_age=0)
    await trials.pull(await in_force(counter), TrialOrder(project_code=TRIED_ONLY), "person:nora")
    assert await trials.projects(AGENCY, 50) == [str(CODE), str(TWO.project_code)]
    assert await trials.projects(AGENCY, 1) == [str(CODE)]
    assert await trials.projects("mdj-hc", 50) == []


TRIED_ONLY = "2301-231005-04-01-123456"


async def ran(
    counter: Counter, text: str, count: int, end: Deadline | None = None, kinds: tuple[str, ...] = (FILING,)
) -> Any:
    registry = counter.town.house.registry
    draft = await registry.draft(DocumentKind.AGENCY, AGENCY, text, ENTRY)
    orders = [TrialOrder(project_code=CODE, known={"project_name": (str(ONE.name),)}, kinds=kinds)] * count
    return await run(counter.town.house.trials, draft, orders, "person:paul", end or Deadline.after(60))


async def test_when_the_log_fails_a_run_is_over_for_all_its_projects(counter: Counter):
    counter.gate.open.clear()
    trials, asked = counter.town.house.trials, [0]
    rooms = trials._rooms

    async def out_at_third(draft: Draft) -> Any:
        if draft.kind is EntryKind.ASKED:
            asked[0] += 1
            if asked[0] == SIDE_BY_SIDE:
                await until(lambda: len(counter.gate.heard) == SIDE_BY_SIDE - 1)
                raise LogUnavailable
        return await rooms.record(draft)

    trials._rooms = replace(rooms, record=out_at_third)
    with pytest.raises(LogUnavailable):
        await ran(counter, counter.manifest + "# 改\n", 10)
    ends = [each["kind"] for each in await counter.town.asks()]
    assert (sorted(ends), asked[0]) == (["asked"] * 2 + ["failed"] * 2, SIDE_BY_SIDE)


async def test_an_agency_is_not_called_silent_when_the_run_had_no_more_time_for_it(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
):
    """The time is over once the first kind has been answered; what it said is still told and compared."""
    now, vault = [0.0], type(counter.town.house.vault)
    put = vault.put

    async def kept(*given: Any) -> Any:
        now[0] = 60.0
        return await put(*given)

    monkeypatch.setattr(vault, "put", kept)
    end = Deadline.after(60, lambda: now[0])
    (tried,) = await ran(counter, counter.manifest + "# 改\n", 1, end, (FILING, PERMIT))
    assert (tried.late, tried.well) == (True, False)
    assert "before the agency had answered" in tried.problem.en
    assert ([kind.kind for kind in tried.trial.kinds], len(tried.digests)) == ([FILING], 1)


@pytest.mark.parametrize(
    ("fault", "over", "late"),
    [
        (Ill.NOT_ADMITTED, True, False),
        (Ill.TOO_LARGE, True, False),
        (Ill.SILENT, True, True),
        (Ill.SILENT, False, False),
        (Ill.QUEUED, False, True),
    ],
)
def test_what_more_time_would_not_have_mended_is_told_as_it_is(fault: Ill, over: bool, late: bool):
    """`over`: the run's time, when the pull had ended."""
    kind = KindTried(kind=FILING, error=trouble_of(failed(fault)))
    at = parse_instant("2026-03-02T06:05:09.000Z")
    trial = Trial(agency=AGENCY, version=2, digest="sha256:" + "0" * 64, tried_at=at, kinds=(kind,))
    tried = _heard(CODE, trial, over=over)
    assert (tried.late, tried.troubled) == (late, () if late else (kind,))
    assert not tried.well


def test_that_one_number_came_too_late_hides_neither_the_fault_nor_the_reply_of_another():
    reply = ReplyTried(kind=FILING, evidence="sha256:" + "1" * 64, status=200)
    refused = KindTried(kind=FILING, key="a", error=trouble_of(failed(Ill.NOT_ADMITTED)))
    found = KindTried(kind=FILING, key="b", replies=(reply,), kept=1)
    silent = KindTried(kind=FILING, key="c", error=trouble_of(failed(Ill.SILENT)), kept=2)
    at = parse_instant("2026-03-02T06:05:09.000Z")
    kinds = (refused, found, silent)
    trial = Trial(agency=AGENCY, version=2, digest="sha256:" + "0" * 64, tried_at=at, kinds=kinds)
    tried = _heard(CODE, trial, over=True)
    assert tried.trial
    assert (tried.late, tried.trial.kinds) == (True, (refused, found))
    assert (tried.troubled, tried.kept) == ((refused,), ((FILING, 3),))
    assert retrieval_of(kinds) == {FILING: "unavailable"}


def test_that_a_reply_could_not_be_kept_is_told_before_one_that_could():
    """Whoever asks on would ask in vain, and whoever reads on would think that all came."""
    reply = ReplyTried(
        kind=FILING, evidence="sha256:" + "1" * 64, status=200, error=trouble_of(failed(Ill.TOO_LARGE))
    )
    out = StoreUnavailable()
    first = Way(KindTried(kind=FILING, replies=(reply,)), 10)
    second = Way(KindTried(kind=FILING, error=unkept(out)), 0, out)
    (shown,) = shown_of([first, second])
    assert (shown.error, shown.kept) == (unkept(out), 1)


@pytest.mark.parametrize("shown", [True, False])
def test_what_came_of_a_kind_before_its_time_was_over_is_told_and_counted(shown: bool):
    """`shown`: it came by the last key as well, not only by one before."""
    reply = ReplyTried(kind=FILING, evidence="sha256:" + "1" * 64, status=200)
    came: Any = {"replies": (reply,) if shown else (), "kept": 2}
    kind = KindTried(kind=FILING, error=trouble_of(failed(Ill.SILENT)), **came)
    at = parse_instant("2026-03-02T06:05:09.000Z")
    trial = Trial(agency=AGENCY, version=2, digest="sha256:" + "0" * 64, tried_at=at, kinds=(kind,))
    tried = _heard(CODE, trial, over=True)
    assert (tried.late, tried.digests) == (True, (reply.evidence,) if shown else ())
    assert [each.error for each in tried.troubled] == []
    assert pulled([tried, tried]) == {FILING: 4}


async def test_who_would_get_no_turn_before_the_end_is_late_as_well(counter: Counter):
    limits = "limits: {concurrency: 4, per_second: 0.01, "
    paced = counter.manifest.replace("limits: {concurrency: 4, ", limits)
    tried = await ran(counter, paced, 2)
    assert sorted((each.late, each.well) for each in tried) == [(False, True), (True, False)]
    assert len(counter.desk.asked) == 1


async def test_a_run_leaves_an_agency_alone_that_fails_and_production_goes_on(counter: Counter):
    limits = "limits: {concurrency: 4, breaker: {least: 2, pause: 10m}, "
    await counter.town.ask(kinds=[FILING])
    counter.desk.fault, heard = Fault.BROKEN, len(counter.desk.asked)
    tried = await ran(counter, counter.manifest.replace("limits: {concurrency: 4, ", limits), 30)
    assert 2 <= len(counter.desk.asked) - heard < 15
    assert all(each.troubled for each in tried)
    counter.desk.fault = None
    assert material(await counter.town.ask(kinds=[FILING], max_age=0), FILING)["retrieval"] == "received"


async def test_a_run_has_as_many_at_the_agency_as_its_version_allows_and_waits_its_turn(counter: Counter):
    """Places are the run's; turns are those of everybody who asks this agency."""
    taken: list[tuple[str, float]] = []
    flags = counter.town.house.lookout.flags
    given = flags.turn

    async def turn(name: str, interval: float, patience: float) -> float | None:
        taken.append((name, interval))
        return await given(name, interval, patience)

    flags.turn = turn  # type: ignore[method-assign]
    limits = "limits: {concurrency: 1, per_second: 50, "
    text = counter.manifest.replace("limits: {concurrency: 4, ", limits)
    assert text != counter.manifest
    tried = await ran(counter, text, 6)
    assert all(each.trial and not each.trial.kinds[0].error for each in tried)
    assert taken == [(f"turn/{AGENCY}", 1 / 50)] * 6


async def test_one_place_is_one_place_for_all_projects_of_a_run(counter: Counter):
    counter.gate.open.clear()
    limits = "limits: {concurrency: 1, "
    running = asyncio.create_task(
        ran(counter, counter.manifest.replace("limits: {concurrency: 4, ", limits), SIDE_BY_SIDE)
    )

    async def all_begun() -> bool:
        assert not running.done()
        return [each["kind"] for each in await counter.town.entries()].count("asked") == SIDE_BY_SIDE

    await until(all_begun)
    await until(lambda: bool(counter.gate.heard))
    assert len(counter.gate.heard) == 1
    counter.gate.open.set()
    assert len(await running) == SIDE_BY_SIDE


async def test_of_what_came_only_how_it_stands_stays_in_memory(counter: Counter):
    (tried,) = await ran(counter, counter.manifest + "# 改\n", 1)
    (reply,) = tried.trial.kinds[0].replies
    assert [each.retrieval.value for each in reply.materials] == ["received"]
    assert all(not each.fields and not each.attachments for each in reply.materials)
    assert reply.rows[0][0].value
    assert tried.digests == (reply.evidence,)
