"""Whatever the materials say within their contract, every rule answers."""

import random

import pytest

from contracts.exchange import Scope
from contracts.kinds import FIELDS
from contracts.material import Legal, Retrieval
from contracts.procedures import FIRST_REGISTRATION, assess
from contracts.rules import RULES, Profile, run
from contracts.verdicts import Result
from tests.contracts.rules.scene import PROJECTS, STRICT, TODAY

WORDS = (
    "",
    "0",
    "-1.00",
    "0.00",
    "9999-01-01",
    "0001-01-01",
    "1-8#",
    "、",
    "（",
    "\u200b",
    "地下车库",
    "S1",
    "号",
)
STATES = tuple(Retrieval)


def twisted(value, dice):
    """The same shape with other contents."""
    if isinstance(value, list):
        kept = [twisted(each, dice) for each in value]
        return dice.choice([kept, [], kept * 2, kept[1:]])
    if isinstance(value, dict):
        return {name: twisted(each, dice) for name, each in value.items()}
    if isinstance(value, str):
        return dice.choice([value, value, value[:-1], value * 2, dice.choice(WORDS)])
    if isinstance(value, bool) or value is None:
        return dice.choice([True, False, None])
    return dice.choice([value, 0, -1, 10**9])


def valid(kind, fields):
    """The fields that the kind's contract lets through, each judged alone."""
    model = FIELDS[kind]
    whole = {}
    for name, value in fields.items():
        try:
            model.__pydantic_validator__.validate_assignment(model.model_construct(), name, value)
        except ValueError:
            continue
        whole[name] = value
    return whole


def hostile(seed):
    dice = random.Random(seed)
    for each in dice.choice(PROJECTS).all_materials():
        fields = {n: twisted(v, dice) if dice.random() < 0.3 else v for n, v in each.fields.items()}
        state = dice.choice(STATES) if dice.random() < 0.2 else each.retrieval
        legal = dice.choice(tuple(Legal)) if dice.random() < 0.2 else each.legal
        update = {"fields": valid(each.kind, fields), "retrieval": state, "legal": legal}
        if dice.random() < 0.95:
            yield each.model_copy(update=update)


@pytest.mark.parametrize("seed", range(120))
def test_every_rule_answers_whatever_the_materials_say(seed):
    dice, materials = random.Random(-seed), list(hostile(seed))
    scope = Scope(
        buildings=tuple(dice.sample(("1", "S1", "99", "1-8#", "地下车库"), dice.randrange(3))),
        permits=tuple(dice.sample(("建字第231003202100029号", "号"), dice.randrange(2))),
        units=tuple(dice.sample(("231005003008GB00021F00010001", "0"), dice.randrange(2))),
    )
    for profile in (STRICT, Profile()):
        checks = run(materials, profile, TODAY, scope=scope, aliases=["", "x"])
        assert [each.rule for each in checks] == list(RULES)
        assert all(each.message.zh and each.message.en for each in checks)
        assert all(each.compared.get("missing") for each in checks if each.result is Result.SKIP)
        assess(
            FIRST_REGISTRATION,
            materials,
            checks=checks,
            scope=scope,
            extras=["fire-acceptance", "civil-defence"],
        )
