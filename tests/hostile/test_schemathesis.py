"""Every question the description allows, and many it forbids, asked by every role, on both stores.

No 5xx, nothing undocumented, nothing off its schema, nothing unfit taken.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import requests  # noqa: TID251  schemathesis knocks with it
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from gateway.api.doors import DOORS, Door
from tests.conftest import SOAK, Clock
from tests.gateway.town import CODE
from tests.hostile.listening import Listening, listening
from tests.hostile.scene import OWN, ROLES

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
EXAMPLES, BY_ALL = (100, 100) if SOAK else (6, 2)
"""Of each operation and way, asked on both stores by whom its door lets in; the first ones by every role."""

WAYS = ("fit", "unfit", "rooted")
"""As described; not as described; as described, about things that are there."""

REASON = {
    "Landbridge-Case": "202211250018",
    "Landbridge-Purpose": "first-registration",
    "Landbridge-Operator": "reg-017",
}


@dataclass(frozen=True)
class Knocked:
    """A house on one store, and what stands in a path and is there."""

    store: str
    house: Listening
    there: dict[str, Any]


@pytest.fixture
def houses(tmp_path: Path, clock: Clock, database_urls: dict[str, str]) -> Iterator[list[Knocked]]:
    """One on each store: they are asked the same, which is made once."""
    with ExitStack() as stack:
        opened = []
        for store, url in database_urls.items():
            (tmp_path / store).mkdir()
            house = stack.enter_context(listening(tmp_path / store, url, clock))
            opened.append(Knocked(store, house, places(house)))
        yield opened


@pytest.mark.timeout(7200 if SOAK else 600)
@pytest.mark.parametrize("way", WAYS)
def test_no_question_is_answered_otherwise_than_described(houses: list[Knocked], way: str):
    schema = schemathesis.openapi.from_dict(houses[0].house.scene.town.app.openapi())
    failures: dict[str, str] = {}
    with requests.Session() as session:
        session.trust_env = False  # the environment's proxies are looked for anew for every question
        for found in schema.get_all_operations():
            assert isinstance(found, Ok), found
            failures |= asked(houses, session, found.ok(), way)
    assert not failures, "\n\n".join(failures.values())


def places(knocked: Listening) -> dict[str, Any]:
    """What stands in a path and is there."""

    async def made() -> dict[str, Any]:
        stand_in, _ = await knocked.scene.typed_in("rita")
        repull = await knocked.scene.repulled(OWN)
        delivery = await knocked.scene.set_aside(OWN)
        return {"stand_in": stand_in, "repull": repull, "delivery": delivery}

    plain = {"agency": OWN, "version": 1, "index": 1, "project_code": CODE, "kind": "land-transfer-contract"}
    return plain | knocked.do(made)


def asked(houses: list[Knocked], session: requests.Session, operation: Any, way: str) -> dict[str, str]:
    """The failures of one operation, each once."""
    failures: dict[str, str] = {}
    path = {name: value for name, value in houses[0].there.items() if f"{{{name}}}" in operation.path}
    if way == "rooted" and not path:
        return failures
    mode = GenerationMode.NEGATIVE if way == "unfit" else GenerationMode.POSITIVE
    rooted = {"path_parameters": path} if way == "rooted" else {}

    turns, let_in = count(), guests(DOORS[operation.method.upper(), operation.path])

    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), database=None)
    @given(case=operation.as_strategy(generation_mode=mode, **rooted))
    def everybody_asks(case: Case) -> None:
        asking = list(ROLES.values()) if next(turns) < BY_ALL else let_in
        for knocked in houses:
            if rooted:  # some names of what is there are each house's own
                case.path_parameters |= {name: knocked.there[name] for name in path}
            for who in asking:
                failures.update(answered(knocked, session, case, way, who))

    try:
        everybody_asks()
    except Unsatisfiable:
        assert way == "unfit", operation.path  # nothing there that could be unfit
    return failures


def guests(door: Door) -> list[str]:
    """Somebody of each role that this door lets in; a grant is a consumer's."""
    roles = {"consumer"} if door.open or door.by_grant else set(door.roles)
    return [ROLES[role] for role in ROLES if role in roles]


def answered(knocked: Knocked, session: requests.Session, case: Case, way: str, who: str) -> dict[str, str]:
    """What is wrong with the answer to one question, if anything, by a name of its own."""
    rooted = REASON if way == "rooted" else {}
    headers = knocked.house.scene.town.bearer(who) | rooted
    answer = case.call(base_url=knocked.house.base, session=session, headers=headers)
    try:
        case.validate_response(answer, checks=CHECKS)
    except BaseExceptionGroup as several:
        told = several.exceptions
    else:
        return {}
    place = f"{knocked.store} {case.method} {case.operation.path}"
    said = f"{who}, {way}: {case.path_parameters!r} {case.query!r} {case.body!r}"[:600]
    return {
        f"{place} {type(each).__name__} {answer.status_code}": f"{place}\n{each}\n{said}\n{answer.text[:300]}"
        for each in told
    }
