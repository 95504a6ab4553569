"""Retries: what may be asked again, how often, how soon, and how much of it an agency can bear."""

import asyncio
from datetime import timedelta

import pytest

from adapters.resilience.retry import ATTEMPTS, EXTRA_LOAD, RESERVE, repeatable
from adapters.resilience.watch import ILL
from contracts.errors import AgencyFailed, Fault
from tests.adapters.resilience.conftest import KEYS, KIND, START, Kit, reply

GOOD = reply()


def test_what_may_be_gone_on_the_next_try_is_spelled_out():
    assert {
        Fault.REFUSED,
        Fault.SILENT,
        Fault.RESET,
        Fault.TRUNCATED,
        Fault.SHEDDING,
        Fault.BROKEN,
    } == ILL


@pytest.mark.parametrize("fault", list(Fault))
async def test_only_what_may_be_gone_is_asked_again(around, ask, fault):
    kit = Kit(fault)
    assert await ask(around(kit)) is fault
    assert kit.calls == (ATTEMPTS if fault in ILL else 1)


async def test_the_answer_after_a_failure_is_the_answer(around, ask):
    kit = Kit(Fault.RESET, GOOD)
    assert await ask(around(kit)) == [GOOD]
    assert kit.calls == 2


@pytest.mark.parametrize("step", [Fault.RESET, reply(503)])
async def test_what_is_not_a_query_is_asked_once(around, ask, step):
    kit = Kit(step, GOOD)
    await ask(around(kit, repeatable=False))
    assert kit.calls == 1


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_reply_that_says_busy_or_broken_is_asked_again(around, ask, status):
    kit = Kit(reply(status), GOOD)
    assert await ask(around(kit)) == [GOOD]


async def test_the_last_reply_is_evidence_whatever_it_says(around, ask):
    kit = Kit(reply(503), reply(503), reply(500))
    assert await ask(around(kit)) == [reply(500)]


async def test_a_plain_no_under_a_status_of_500_is_not_asked_again(around, ask):
    kit = Kit(reply(500))
    kit.says[500] = Fault.DECLINED
    assert await ask(around(kit)) == [reply(500)]
    assert kit.calls == 1


async def test_a_pause_is_anything_up_to_a_window_that_doubles(around, ask, time):
    for _ in range(40):
        await ask(around(Kit(Fault.RESET), breaker={"least": 10_000}))  # each with a load budget of its own
    first, second = time.slept[::2], time.slept[1::2]
    assert len(first) == len(second) == 40
    assert min(first) >= 0
    assert max(first) <= 0.1 < max(second) <= 0.2
    assert len(set(first)) == 40
    assert min(first) < 0.05 < max(first)


async def test_the_pause_must_fit_what_is_left(around, ask, time):
    kit = Kit(Fault.RESET)

    async def slow() -> Fault:
        time.seconds += 4.9999999
        return Fault.RESET

    kit.script = [slow]
    assert await ask(around(kit)) is Fault.RESET
    assert (kit.calls, time.slept) == (1, [])


async def test_the_agencys_own_deadline_covers_all_attempts(around, ask, time):
    async def slow() -> Fault:
        time.seconds += 1.0
        return Fault.RESET

    kit = Kit(slow)
    assert await ask(around(kit, deadline="1s"), seconds=60) is Fault.RESET
    assert kit.calls == 1


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("2", 2),
        ("Mon, 02 Mar 2026 06:00:03 GMT", 3),
        ("0", 0),
        ("-1", 0),
        ("soon", 0),
        ("Mon, 02 Mar 2026 05:00:00 GMT", 0),
        ("Mon, 02 Mar 2026 06:00:03", 0),
        ("99999999999999999999", 0),
        ("٣", 0),
    ],
)
async def test_an_agency_that_names_its_time_is_not_asked_earlier(around, ask, time, said, seconds):
    kit = Kit(reply(429, ("Retry-After", said)), GOOD)
    assert await ask(around(kit)) == [GOOD]
    assert len(time.slept) == 1
    assert seconds <= time.slept[0] <= seconds + 0.1


@pytest.mark.parametrize("said", ["5", "3600"])
async def test_a_time_beyond_the_budget_is_not_waited_for(around, ask, time, said):
    busy = reply(429, ("Retry-After", said))
    kit = Kit(busy, GOOD)
    assert await ask(around(kit)) == [busy]
    assert (kit.calls, time.slept) == (1, [])


def test_a_failure_says_when_the_agency_wants_to_be_asked_again(around):
    adapter = around(Kit())
    with pytest.raises(AgencyFailed) as caught:
        adapter.read(reply(503, ("retry-after", "120")))
    assert caught.value.next_try == START + timedelta(seconds=120)
    with pytest.raises(AgencyFailed) as caught:
        adapter.read(reply(503))
    assert caught.value.next_try is None


def test_a_plain_no_promises_no_other_time(around):
    kit = Kit()
    kit.says[403] = Fault.UNAUTHORISED
    with pytest.raises(AgencyFailed) as caught:
        around(kit).read(reply(403, ("retry-after", "120")))
    assert caught.value.next_try is None


async def test_in_its_bad_hour_an_agency_hears_a_tenth_more(around, ask):
    kit = Kit(Fault.RESET)
    adapter = around(kit, breaker={"least": 10_000})
    for _ in range(1000):
        await ask(adapter)
    assert 1000 + RESERVE <= kit.calls <= 1000 + RESERVE + 1000 * EXTRA_LOAD


async def test_what_is_not_retried_saves_up_for_no_more_than_the_reserve(around, ask):
    kit = Kit(GOOD)
    adapter = around(kit, breaker={"least": 10_000})
    for _ in range(1000):
        await ask(adapter)
    kit.script = [Fault.RESET]
    for _ in range(10):
        await ask(adapter)
    assert kit.calls - 1010 <= RESERVE + 10 * EXTRA_LOAD


async def test_giving_up_is_not_a_failure_to_retry(around, grant_for, time):
    entered, gate = asyncio.Event(), asyncio.Event()

    async def hang():
        entered.set()
        await gate.wait()

    kit = Kit(hang)
    task = asyncio.create_task(around(kit).pull(grant_for(KIND), KEYS, time.deadline()))
    await entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert kit.calls == 1


async def test_a_retry_holds_no_place_while_it_waits(around, grant_for, lookout, time):
    order: list[str] = []
    paused, go = asyncio.Event(), asyncio.Event()

    async def sleep(_: float) -> None:
        order.append("pause")
        paused.set()
        await go.wait()

    lookout.sleep = sleep
    kit = Kit(Fault.RESET, GOOD)
    adapter = around(kit, concurrency=1)
    first = asyncio.create_task(adapter.pull(grant_for(KIND), KEYS, time.deadline()))
    await paused.wait()
    assert await adapter.pull(grant_for(KIND), KEYS, time.deadline()) == [GOOD]
    order.append("second")
    go.set()
    assert await first == [GOOD]
    assert order == ["pause", "second"]


@pytest.mark.parametrize(
    ("ask", "may"),
    [
        ('ask: {method: GET, path: /dchy/queryZtxx, query: {tyshxydm: "{holder_uscc}"}}', True),
        ('ask: {method: POST, path: /x, form: {tyshxydm: "{holder_uscc}"}}', False),
        ('ask: {method: POST, idempotent: true, path: /x, form: {tyshxydm: "{holder_uscc}"}}', True),
    ],
)
def test_the_manifest_says_which_posts_are_queries(manifest_at, ask, may):
    old = 'ask: {method: GET, path: /dchy/queryZtxx, query: {tyshxydm: "{holder_uscc}"}}'
    manifest = manifest_at(**{old: ask})
    assert (KIND in repeatable(manifest)) is may


def test_what_is_not_plain_http_is_repeatable_only_by_its_own_word(manifest_at):
    old = 'ask: {method: GET, path: /dchy/queryZtxx, query: {tyshxydm: "{holder_uscc}"}}'
    stated = old.replace("method: GET", "method: GET, idempotent: true")
    other = {"protocol: rest": "protocol: other"}
    assert repeatable(manifest_at(**other)) == {"construction-planning-permit", "planning-verification"}
    assert KIND in repeatable(manifest_at(**other, **{old: stated}))
