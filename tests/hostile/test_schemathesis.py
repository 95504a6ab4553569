"""Every question the description allows, and many it forbids, asked by every role.

No 5xx, nothing undocumented, nothing off its schema, nothing unfit taken.
"""

from collections.abc import Iterator
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
EXAMPLES = 100 if SOAK else 2
"""Of each operation, way and store; each is asked by every role."""

WAYS = ("fit", "unfit", "rooted")
"""As described; not as described; as described, about things that are there."""

REASON = {
    "Landbridge-Case": "202211250018",
    "Landbridge-Purpose": "first-registration",
    "Landbridge-Operator": "reg-017",
}


@pytest.fixture
def knocked(tmp_path: Path, clock: Clock, database_url: str) -> Iterator[Listening]:
    with listening(tmp_path, database_url, clock) as opened:
        yield opened


@pytest.mark.timeout(7200 if SOAK else 600)
def test_no_question_is_answered_otherwise_than_described(knocked: Listening):
    schema = schemathesis.openapi.from_dict(knocked.scene.town.app.openapi())
    there = places(knocked)
    failures: dict[str, str] = {}
    with requests.Session() as session:
        for found in schema.get_all_operations():
            assert isinstance(found, Ok), found
            for way in WAYS:
                failures |= asked(knocked, session, found.ok(), way, there)
    assert not failures, "\n\n".join(failures.values())


def places(knocked: Listening) -> dict[str, Any]:
    """What stands in a path and is there."""

    async def made() -> dict[str, Any]:
        stand_in, _ = await knocked.scene.typed_in("rita")
        repull = await knocked.scene.repulled(OWN)
        return {"stand_in": stand_in, "repull": repull}

    plain = {"agency": OWN, "version": 1, "index": 1, "project_code": CODE, "kind": "land-transfer-contract"}
    return plain | knocked.do(made)


def asked(
    knocked: Listening, session: requests.Session, operation: Any, way: str, there: dict[str, Any]
) -> dict[str, str]:
    """The failures of one operation, each once."""
    failures: dict[str, str] = {}
    path = {name: value for name, value in there.items() if f"{{{name}}}" in operation.path}
    if way == "rooted" and not path:
        return failures
    mode = GenerationMode.NEGATIVE if way == "unfit" else GenerationMode.POSITIVE
    rooted = {"path_parameters": path} if way == "rooted" else {}

    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), database=None)
    @given(case=operation.as_strategy(generation_mode=mode, **rooted))
    def everybody_asks(case: Case) -> None:
        for who in ROLES.values():
            failures.update(answered(knocked, session, case, way, who))

    try:
        everybody_asks()
    except Unsatisfiable:
        assert way == "unfit", operation.path  # nothing there that could be unfit
    return failures


def answered(knocked: Listening, session: requests.Session, case: Case, way: str, who: str) -> dict[str, str]:
    """What is wrong with the answer to one question, if anything, by a name of its own."""
    rooted = REASON if way == "rooted" else {}
    headers = knocked.scene.town.bearer(who) | rooted
    answer = case.call(base_url=knocked.base, session=session, headers=headers)
    try:
        case.validate_response(answer, checks=CHECKS)
    except BaseExceptionGroup as several:
        told = several.exceptions
    else:
        return {}
    place = f"{case.method} {case.operation.path}"
    said = f"{who}, {way}: {case.path_parameters!r} {case.query!r} {case.body!r}"[:600]
    return {
        f"{place} {type(each).__name__} {answer.status_code}": f"{place}\n{each}\n{said}\n{answer.text[:300]}"
        for each in told
    }
