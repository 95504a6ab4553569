"""The door: bounded, strict, asking everybody who they are, described as it is."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from openapi_spec_validator import validate

from contracts import errors, manners
from contracts.errors import AskMalformed, LandbridgeError
from contracts.exchange import Ask
from contracts.manners import RangeNotHeld
from contracts.problems import TYPES
from gateway.api.consumers import part_of
from gateway.api.door import BODY_LIMIT, read_json
from gateway.api.doors import DOORS
from gateway.app import SILENT_TELEMETRY, create
from gateway.settings import Settings
from tests.gateway.town import CODE, Town, ask

OPEN_DOORS = {path for (_, path), door in DOORS.items() if door.open}


async def test_a_stranger_gets_past_no_door(town: Town):
    page = (await town.http.get("/openapi.json")).json()
    tried = 0
    for path, operations in page["paths"].items():
        for method in operations:
            answer = await town.http.request(method, path.replace("{", "").replace("}", ""))
            if path not in OPEN_DOORS:
                tried += 1
                assert answer.status_code in {401, 429}, path
    assert tried >= 10


async def test_the_frameworks_telemetry_is_off(town: Town):
    assert not any(SILENT_TELEMETRY.values())
    assert set(SILENT_TELEMETRY) >= {"tracing", "metrics", "logs", "operation_spans", "auto_configure"}


def test_the_environment_cannot_turn_telemetry_on(tmp_path: Any):
    """With every switch of the usual exporter set, importing and building the gateway starts no exporter."""
    code = (
        "import sys; from pathlib import Path; from gateway.app import create; "
        "from gateway.settings import Settings; create(Settings(home=Path('h'), config=Path('c'))); "
        "print([m for m in sys.modules if m.startswith(('opentelemetry.exporter', 'opentelemetry.sdk'))])"
    )
    switches = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9",
        "OTEL_TRACES_EXPORTER": "console",
        "OTEL_LOGS_EXPORTER": "console",
        "PYTHONPATH": str(Path.cwd()),
    }
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=os.environ | switches,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(("extra", "status"), [(31_000, 401), (33_000, 431)])
async def test_header_blocks_are_bounded(town: Town, extra: int, status: int):
    answer = await town.http.get("/v1/catalogue", headers={"x-long": "x" * extra})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_many_small_headers_count_too(town: Town):
    answer = await town.http.get("/v1/catalogue", headers={f"x-{n}": "y" * 20 for n in range(1300)})
    assert answer.status_code == 431


BODY = json.dumps(ask()).encode()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b"\xff\xfe",
        BODY.replace(b'"case"', b'"case": "1", "case"'),
        BODY.replace(b'"202211250018"', b"NaN"),
        BODY.replace(b'"procedure"', b'"max_age": Infinity, "procedure"'),
        BODY.replace(b'"procedure"', b'"max_age": "5", "procedure"'),
        BODY.replace(b'"procedure"', b'"max_age": 1e400, "procedure"'),
        BODY.replace(b'"procedure"', b'"extra": 1, "procedure"'),
        BODY.replace(
            b'"procedure"',
            b'"declared": {"land-right": [{"x": ' + b"[" * 40 + b"]" * 40 + b'}]}, "procedure"',
        ),
        b"[" * 100_000,
        b'{"declared": ' + b'{"a":' * 5000 + b"1" + b"}" * 5001,
        BODY.replace(b'"reg-017"', b'"\\ud800"'),
        BODY.replace(b'"procedure"', b'"max_age": ' + b"9" * 6000 + b', "procedure"'),
        BODY + b" " * BODY_LIMIT,
        BODY + b"x",
        BODY.decode().encode("utf-16"),
    ],
)
async def test_bodies_that_are_no_ask_are_refused_with_an_entry(town: Town, body: bytes):
    answer = await town.http.post("/v1/dossiers", content=body, headers=town.bearer("registration"))
    assert answer.status_code == 400
    assert answer.json()["type"] == TYPES + "ask-malformed"
    assert [entry["kind"] for entry in await town.asks()] == ["refused"]
    assert town.land.heard == []


def test_duplicate_names_are_refused_at_any_depth():
    with pytest.raises(AskMalformed):
        read_json(Ask, BODY.replace(b'"known": {', b'"known": {"project_name": "x", '))


def test_a_reading_error_quotes_nothing_of_the_body():
    with pytest.raises(AskMalformed) as refused:
        read_json(Ask, BODY.replace(b'"202211250018"', '"张三 230102199003070314"'.encode()))
    assert "case" in refused.value.detail.en
    assert "230102" not in refused.value.detail.en + refused.value.detail.zh


@pytest.mark.parametrize(
    ("header", "picked"),
    [
        (None, None),
        ("bytes=0-0", range(1)),
        ("bytes=0-99", range(100)),
        ("bytes=0-100", range(100)),
        ("bytes=0-", range(100)),
        ("bytes=99-", range(99, 100)),
        ("bytes=10-19", range(10, 20)),
        ("bytes=-1", range(99, 100)),
        ("bytes=-100", range(100)),
        ("bytes=-1000", range(100)),
        ("bytes=0-1,5-6", None),
        ("rows=0-1", None),
        ("bytes=100-", RangeNotHeld),
        ("bytes=100-200", RangeNotHeld),
        ("bytes=5-4", RangeNotHeld),
        ("bytes=-0", RangeNotHeld),
        ("bytes=-", AskMalformed),
        ("bytes=", AskMalformed),
        ("bytes=a-b", AskMalformed),
        ("bytes=--5", AskMalformed),
        ("bytes=1-2-3", AskMalformed),
        ("bytes=+1-2", AskMalformed),
        ("bytes=１-2", AskMalformed),
        ("bytes=" + "9" * 19 + "-", AskMalformed),
    ],
)
def test_ranges(header: str | None, picked: Any):
    if isinstance(picked, type):
        with pytest.raises(picked):
            part_of(header, 100)
    else:
        assert part_of(header, 100) == picked


def test_an_empty_file_has_no_part():
    assert part_of(None, 0) is None
    for header in ("bytes=0-", "bytes=-1", "bytes=0-0"):
        with pytest.raises(RangeNotHeld):
            part_of(header, 0)


@pytest.mark.parametrize(
    ("operator", "status"),
    [
        ("reg-017", 200),
        ("reg%2D017", 200),
        ("reg%40city", 200),
        ("%E5%BC%A0%E4%B8%89", 400),
        ("%ff%fe", 400),
        ("230102199003070314", 400),
        ("a%0Ab", 400),
        ("", 400),
    ],
)
async def test_the_operator_header_is_percent_encoded_utf_8(town: Town, operator: str, status: int):
    path = f"/v1/projects/{CODE}/materials/investment-filing"
    answer = await town.get(path, landbridge_operator=operator)
    assert answer.status_code == status
    (*_, last) = await town.asks()
    assert last["kind"] == ("answered" if status == 200 else "refused")
    if status == 200:
        assert last["operator"] in {"reg-017", "reg@city"}


async def test_the_short_form_and_the_main_form_ask_the_same(town: Town):
    short = await town.get(f"/v1/projects/{CODE}/dossier?procedure=first-registration&max_age=60&wait=5")
    assert short.status_code == 200
    main = await town.ask(kinds=None, known=None, max_age=60, wait=5)
    assert short.json() == main.json()


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The description, as it is sent: of the routes, whatever store is behind them."""
    folder = tmp_path_factory.mktemp("described")
    described: dict[str, Any] = json.loads(json.dumps(create(Settings(home=folder, config=folder)).openapi()))
    return described


def test_the_description_is_valid_and_complete(page: dict[str, Any]):
    validate(page)
    for path, operations in page["paths"].items():
        for method, operation in operations.items():
            assert operation.get("summary")
            assert operation.get("description")
            unreadable = operation["responses"].get("422", {}).get("content", {})
            assert "application/json" not in unreadable
            turns = "/versions/{version}" in path and method != "get"
            assert bool(unreadable) == ("materials" in path or path == "/v1/dossiers" or turns)
            assert bool(operation.get("security")) == (path not in OPEN_DOORS)


def test_what_must_be_said_is_described_as_required(page: dict[str, Any]):
    reason = {"Landbridge-Case", "Landbridge-Purpose", "Landbridge-Operator"}
    for path in ("/v1/projects/{project_code}/dossier", "/v1/projects/{project_code}/materials/{kind}"):
        parameters = page["paths"][path]["get"]["parameters"]
        required = {each["name"] for each in parameters if each.get("required")}
        assert reason <= required
        assert ("procedure" in required) == path.endswith("dossier")


def test_every_example_fits_its_schema(page: dict[str, Any]):
    checked = 0
    for schema, example in examples(page):
        jsonschema.validate(example, {**schema, "components": page["components"]})
        checked += 1
    assert checked > 30


def examples(page: dict[str, Any]) -> Iterator[tuple[dict[str, Any], Any]]:
    for operations in page["paths"].values():
        for operation in operations.values():
            contents = [operation.get("requestBody", {}).get("content", {})]
            contents += [answer.get("content", {}) for answer in operation["responses"].values()]
            for media in (media for content in contents for media in content.values()):
                if "example" in media:
                    yield media["schema"], media["example"]
                for example in media.get("examples", {}).values():
                    yield media["schema"], example["value"]
            for parameter in operation.get("parameters", ()):
                for example in parameter["schema"].get("examples", ()):
                    yield parameter["schema"], example


def every_error(base: type[LandbridgeError] = LandbridgeError) -> Iterator[type[LandbridgeError]]:
    for child in base.__subclasses__():
        yield child
        yield from every_error(child)


def test_every_problem_an_ask_may_meet_is_described_somewhere(page: dict[str, Any]):
    told = {
        example["type"] for _, example in examples(page) if isinstance(example, dict) and "type" in example
    }
    leaves = {
        error.type
        for error in every_error()
        if not error.__subclasses__() and error.__module__ in {errors.__name__, manners.__name__}
    }
    # Said before any route is known, the last by the front.
    at_the_desk = {"headers-too-large", "method-not-allowed", "gateway-unavailable"}
    assert {TYPES + kind for kind in leaves - at_the_desk} <= told


async def test_the_ask_example_is_an_ask_we_answer(town: Town, page: dict[str, Any]):
    example = page["paths"]["/v1/dossiers"]["post"]["requestBody"]["content"]["application/json"]["example"]
    answer = await town.http.post("/v1/dossiers", json=example, headers=town.bearer("registration"))
    assert answer.status_code == 200


async def test_health_tells_what_is_wrong(town: Town):
    assert (await town.http.get("/health/live")).status_code == 200
    assert (await town.http.get("/health/ready")).status_code == 200
    await town.house.database.close()
    answer = await town.http.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["parts"]["log"] != "ok"


async def test_the_catalogue_is_for_consumers(town: Town):
    found = (await town.get("/v1/catalogue")).json()
    assert {kind["id"] for kind in found["kinds"]} >= {"M01", "M29"}


async def test_proofs_of_places_the_log_does_not_have_are_404(town: Town):
    size = len(await town.entries())
    for path in (
        f"inclusion?index={size}&size={size}",
        f"inclusion?index=0&size={size + 1}",
        "inclusion?index=0&size=0",
        f"consistency?first=0&second={size}",
        f"consistency?first={size}&second={size - 1}",
        f"consistency?first=1&second={size + 1}",
    ):
        assert (await town.get(f"/v1/log/proofs/{path}")).status_code == 404, path
    assert (await town.get("/v1/log/proofs/inclusion?index=-1&size=1")).status_code == 400


@pytest.mark.parametrize(
    ("path", "who"), [("/v1/dossiers", "registration"), ("/v1/stand-ins/papers", "registrar")]
)
async def test_who_hangs_up_before_all_was_sent_asked_nothing_and_is_no_fault_of_ours(
    town: Town, path: str, who: str
):
    await town.enrol("registrar")
    before, kept, told = await town.entries(), len(objects_of(town)), []
    heard = iter(({"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}))

    async def receive() -> Any:
        return next(heard)

    async def send(message: Any) -> None:
        told.append(message)

    headers = {"host": "landbridge.test", "content-length": "2"} | town.bearer(who)
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("10.0.0.2", 4001),
        "server": ("127.0.0.1", 80),
        "scheme": "http",
    }
    await town.app(scope, receive, send)  # what is a fault is raised on, to be in the log of the process
    assert told[0]["status"] == 400
    assert (await town.entries(), len(objects_of(town))) == (before, kept)


def objects_of(town: Town) -> list[Path]:
    return [path for path in (town.house.settings.home / "vault").rglob("*") if path.is_file()]


async def test_a_body_that_never_ends_is_cut_off(town: Town):
    sent = 0

    async def endless() -> Any:
        nonlocal sent
        while sent < 64 * BODY_LIMIT:
            sent += 65536
            yield b" " * 65536
            await asyncio.sleep(0)

    answer = await town.http.post("/v1/dossiers", content=endless(), headers=town.bearer("registration"))
    assert answer.status_code == 400
    assert sent < 4 * BODY_LIMIT
