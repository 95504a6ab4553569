"""In one word how an agency is: the worst that is to be said of it."""

from datetime import datetime, timedelta

import pytest

from adapters.resilience import BreakerState
from contracts.text import text
from gateway.api.agencies import AgencySheet
from gateway.api.operations import AgencyState, PauseShown
from gateway.console.agencies import condition
from tests.gateway.town import noon

EARLY, LATE = noon(1), noon(2)
PAUSE = PauseShown(by="person:hui", at=EARLY, reason="核实中")


def state(
    *,
    breaker: BreakerState = BreakerState.CLOSED,
    paused: PauseShown | None = None,
    heard: datetime | None = LATE,
    missed: datetime | None = None,
) -> AgencyState:
    return AgencyState(
        agency="mdj-hc",
        manifest_version=1,
        kinds=(),
        breaker=breaker,
        next_try=None,
        last_success=heard,
        last_failure=missed,
        last_fault=None,
        last_fault_class=None,
        outcomes=0,
        failures=0,
        hours=None,
        per_second=None,
        concurrency=4,
        busy=0,
        drift=(),
        paused=paused,
    )


def sheet(found: AgencyState | None, *, broken: bool = False, drops: bool = False) -> AgencySheet:
    return AgencySheet(
        agency="mdj-hc",
        title=None,
        state=found,
        broken=text("第 3 行", "line 3") if broken else None,
        last_arrived=None,
        remedy=None,
        drops=drops,
        contact=None,
        waiting=(),
        kinds=(),
        recent_since=EARLY,
        recent=(),
    )


@pytest.mark.parametrize(
    ("found", "word"),
    [
        (None, "agency-unconnected"),
        (sheet(None), "agency-unconnected"),
        (sheet(None, broken=True), "agency-unusable"),
        (sheet(state()), "agency-well"),
        (sheet(state(heard=None)), "agency-unheard"),
        (sheet(state(heard=None), drops=True), "agency-well"),
        (sheet(state(missed=EARLY)), "agency-well"),
        (sheet(state(missed=LATE + timedelta(seconds=1))), "agency-failing"),
        (sheet(state(heard=None, missed=EARLY)), "agency-failing"),
        (sheet(state(breaker=BreakerState.OPEN, missed=EARLY)), "agency-resting"),
        (sheet(state(breaker=BreakerState.HALF_OPEN)), "agency-testing"),
        (sheet(state(paused=PAUSE, breaker=BreakerState.OPEN)), "agency-paused"),
    ],
)
def test_the_worst_is_said(found: AgencySheet | None, word: str):
    assert condition(found).word == word
