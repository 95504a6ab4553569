"""A few hundred entries as a working registry leaves them, repeatable from a seed."""

import random
from collections.abc import Iterator
from typing import Any

from contracts.audit import Act, Draft, EntryKind, Event, Outcome, Subject

PROJECTS = [f"2012-23100{n}-04-01-73518{n}" for n in range(6)]
CONSUMERS = ("registration", "hall", "archive")
AGENCIES = ("mdj-hc", "mdj-nr", "mdj-tax", "mdj-survey")
KINDS = ("investment-filing", "land-transfer-contract", "completion-filing", "survey-report")


def drafts(count: int, seed: int = 7) -> Iterator[Draft]:
    """Asks, their answers, refusals, uses, and what people do to the house in between."""
    dice = random.Random(seed)
    answers: list[tuple[int, Draft]] = []
    for index in range(count):
        draft = _one(dice, index, answers)
        if draft.kind is EntryKind.ANSWERED:
            answers.append((index, draft))
        yield draft


def _one(dice: random.Random, index: int, answers: list[tuple[int, Draft]]) -> Draft:
    turn = dice.random()
    consumer = dice.choice(CONSUMERS)
    who: dict[str, Any] = {
        "consumer": consumer,
        "operator": f"{consumer[:3]}-{dice.randrange(9):03}",
        "case": f"DJ-{dice.randrange(40)}",
        "purpose": dice.choice(["first-registration", "pre-acceptance"]),
        "project": dice.choice(PROJECTS),
    }
    agencies = tuple(sorted(dice.sample(AGENCIES, dice.randrange(1, 4))))
    kinds = tuple(sorted(dice.sample(KINDS, dice.randrange(1, 4))))
    if turn < 0.3:
        return Draft(kind=EntryKind.ASKED, agencies=agencies, kinds=kinds, **who)
    if turn < 0.7:
        retrieval = dict.fromkeys(kinds, "received") | ({"sales-contract": "withheld"} if turn > 0.6 else {})
        outcome = Outcome(status=dice.choice([200, 200, 200, 503]), retrieval=retrieval)
        more: dict[str, Any] = {"agencies": agencies, "kinds": kinds, "personal": turn < 0.4}
        return Draft(kind=EntryKind.ANSWERED, outcome=outcome, **more, **who)
    if turn < 0.8:
        problem, status = dice.choice([("not-granted", 403), ("ask-malformed", 400)])
        return Draft(kind=EntryKind.REFUSED, outcome=Outcome(status=status, problem=problem), **who)
    if turn < 0.9 and answers:
        answer, of = dice.choice(answers)
        event = Event(id=f"E-{index}", act=dice.choice(list(Act)))
        told = {
            name: getattr(of, name)
            for name in ("consumer", "case", "purpose", "project", "kinds", "agencies")
        }
        return Draft(kind=EntryKind.USED, answer=answer, event=event, operator="reg-001", **told)
    if turn < 0.95:
        subject = Subject(type="account", id=f"li-{dice.randrange(3)}", note="closed")
        return Draft(kind=EntryKind.ACCOUNT, operator="person:sec", subject=subject)
    return Draft(kind=EntryKind.STARTED)
