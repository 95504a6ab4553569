"""Many projects tried at once: a few side by side at the agency, and none begun once the time is over."""

import asyncio

from adapters.base import Deadline
from gateway.console.dryruns import TRYING_SECONDS
from gateway.registry import DocumentKind
from gateway.trials import TrialOrder, run
from gateway.trials.runs import SIDE_BY_SIDE
from tests.gateway.town import ONE, TWO
from tests.registry.conftest import counter  # noqa: F401  the fixture
from tests.registry.counter import AGENCY, Counter
from tests.waiting import until

FILING = "investment-filing"
CODES = [str(each.project_code) for each in (ONE, TWO, ONE, TWO, ONE)]


async def test_a_few_go_side_by_side_and_none_begins_after_the_end(counter: Counter):  # noqa: F811
    now, house = [0.0], counter.town.house
    deadline = Deadline.after(TRYING_SECONDS, lambda: now[0])
    found = (await house.registry.current(DocumentKind.AGENCY))[AGENCY]
    orders = [TrialOrder(project_code=code, kinds=(FILING,)) for code in CODES]
    counter.gate.open.clear()
    trying = asyncio.create_task(run(house.trials, found, orders, "person:nora", deadline))
    await until(lambda: len(counter.gate.heard) >= SIDE_BY_SIDE or trying.done())
    assert not trying.done()
    now[0] = TRYING_SECONDS
    counter.gate.open.set()
    tried = await trying
    assert [each.project for each in tried] == CODES
    late = [each.problem.zh.startswith("未试") if each.problem else False for each in tried]
    assert late == [False] * 3 + [True] * 2
    begun = [entry for entry in await counter.town.asks() if entry["kind"] == "asked"]
    assert sorted(entry["project"] for entry in begun) == sorted(CODES[:3])


async def test_a_trial_waits_no_longer_than_all_of_them_together(counter: Counter):  # noqa: F811
    now, house = [0.0], counter.town.house
    found = (await house.registry.current(DocumentKind.AGENCY))[AGENCY]
    order = TrialOrder(project_code=CODES[0], kinds=(FILING,))
    deadline = Deadline.after(TRYING_SECONDS, lambda: now[0])
    now[0] = TRYING_SECONDS
    reply = await house.trials.pull(found, order, "person:nora", deadline)
    assert b"did not finish within the deadline" in reply.body
    assert not counter.gate.heard
