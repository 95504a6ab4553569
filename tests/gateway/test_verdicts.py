"""The same materials are judged once; anything a verdict depends on is judged anew."""

from datetime import date
from typing import Any

import pytest

from contracts import rules
from contracts.exchange import Ask
from contracts.material import Material, Provenance, Retrieval
from contracts.rules import Profile
from gateway.verdicts import REMEMBERED, Verdicts
from tests.gateway.town import CODE, ask

TODAY = date(2026, 3, 2)


def question(**changes: Any) -> Ask:
    return Ask.model_validate(ask(**changes), strict=False)


def filing(code: str = CODE) -> Material:
    fields = {"project_code": code, "project_name": "甲"}
    return Material(kind="investment-filing", id="M01", retrieval=Retrieval.RECEIVED, fields=fields)


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[date]:
    """The days of every real judgement."""
    days: list[date] = []
    run = rules.run

    def counted(seen: Any, profile: Profile, today: date, **words: Any) -> Any:
        days.append(today)
        return run(seen, profile, today, **words)

    monkeypatch.setattr(rules, "run", counted)
    return days


def test_the_same_is_judged_once(judged: list[date]):
    verdicts = Verdicts(Profile())
    first = verdicts.of(question(), [filing()], TODAY)
    assert verdicts.of(question(case="other", operator="else"), [filing()], TODAY) == first
    assert len(judged) == 1


@pytest.mark.parametrize(
    ("changes", "seen", "today"),
    [
        ({}, [filing("2103-231003-04-01-209465")], TODAY),
        ({}, [filing(), filing()], TODAY),
        ({}, [], TODAY),
        ({}, [filing()], date(2026, 3, 3)),
        ({"procedure": "pre-acceptance"}, [filing()], TODAY),
        ({"project_code": "2103-231003-04-01-209465"}, [filing()], TODAY),
        ({"scope": {"buildings": ["1#楼"]}}, [filing()], TODAY),
    ],
)
def test_anything_else_is_judged_anew(judged: list[date], changes, seen, today):
    verdicts = Verdicts(Profile())
    verdicts.of(question(), [filing()], TODAY)
    asked = question(**changes)
    again = verdicts.of(asked, seen, today)
    assert len(judged) == 2
    assert again.checks == tuple(
        rules.run(seen, Profile(), today, project_code=asked.project_code, scope=asked.scope)
    )


def test_memory_is_bounded(judged: list[date]):
    verdicts = Verdicts(Profile())
    for day in range(1, 29):
        for month in range(1, 13):
            for year in range(2026, 2026 + REMEMBERED // 336 + 1):
                verdicts.of(question(), [], date(year, month, day))
    assert len(verdicts._said) == REMEMBERED


def test_when_something_was_asked_for_in_vain_changes_no_verdict(judged: list[date]):
    """Otherwise an agency that is out would have everything judged anew at every ask."""
    verdicts = Verdicts(Profile())
    for second in ("09", "10"):
        moment = f"2026-03-02T14:05:{second}.000+08:00"
        tried = Provenance.model_validate({"retrieved_at": moment, "fresh_until": moment}, strict=False)
        out = Material(
            kind="company-record", id="M19", retrieval=Retrieval.UNAVAILABLE, agency="x", provenance=tried
        )
        verdicts.of(question(), [filing(), out], TODAY)
    assert len(judged) == 1
