"""Secrets and personal values planted wherever anything comes in: in no record, entry, metric or problem."""

import json
import logging
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
from starlette.responses import HTMLResponse, JSONResponse

from demo.control import Fault
from tests.conftest import Clock
from tests.gateway.town import CODE, ask
from tests.hostile.questions import VERSIONS, reason
from tests.hostile.scene import OWN, Scene, open_scene

PERSON = "230102199003070314"
MOBILE = "13945670123"
NAME = "欧阳植入"
SECRET = "Zq81!planted-password"
PLANTED = (PERSON, MOBILE, NAME, SECRET)
ALL = f"{NAME} {PERSON} {MOBILE} {SECRET}"


@pytest.fixture
async def scene(
    tmp_path: Path, clock: Clock, database_url: str, caplog: pytest.LogCaptureFixture
) -> AsyncIterator[Scene]:
    async with open_scene(tmp_path, database_url, clock) as opened:
        for client in ("httpx2", "httpcore2"):
            caplog.set_level(logging.CRITICAL, client)  # the asker's own
        caplog.set_level(logging.DEBUG)  # last: what it catches is by the last level it was told
        yield opened


def shows(written: str) -> list[str]:
    """What of the planted can be read there, escaped or not."""
    forms = {value: (value, quote(value), json.dumps(value)[1:-1], value.encode().hex()) for value in PLANTED}
    return [value for value, several in forms.items() if any(form in written for form in several)]


async def check(scene: Scene, caplog: pytest.LogCaptureFixture, *answers: httpx2.Response) -> None:
    """Nothing in log records, entries, metrics, in what these answers say, nor in the rooms' own repr.

    What was written stays written: one look after several answers sees what one after each would.
    """
    assert shows(caplog.text) == []
    assert shows((await scene.send("GET", "/metrics", "system-admin")).text) == []
    assert shows(str(await scene.town.entries())) == []
    assert shows(repr(scene.town.house)) == []
    for answer in answers:
        assert answer.status_code >= 400
        assert shows(answer.text + str(answer.headers)) == [], answer.text


VALUES = (*PLANTED, ALL)
ANY = {
    "POST /v1/dossiers": "registration",
    "POST /v1/events": "registration",
    f"POST /v1/projects/{CODE}/aliases/decisions": "rita",
    f"POST /v1/projects/{CODE}/stand-ins": "rita",
    f"POST /v1/agencies/{OWN}/repulls": "nora",
    f"POST /v1/agencies/{OWN}/versions": "nora",
    f"POST /v1/agencies/{OWN}/versions/1/submission": "nora",
    f"POST /v1/agencies/{OWN}/versions/1/rollback": "nora",
    f"POST /v1/agencies/{OWN}/versions/1/trials": "nora",
    f"PUT /v1/agencies/{OWN}/secrets/token": "nora",
    "POST /v1/cache/purge": "system-admin",
    "POST /v1/log/exports": "audit-office",
}
"""Doors that read a body, and somebody whom they let in."""


def unfit(value: str) -> list[Any]:
    """Bodies that hold the value and fit no door."""
    return [
        value,
        [value],
        {value: value},
        {"kind": value, "fields": {value: value}},
        {"kinds": [value], "kind": value, "case": value, "cases": [{"case": value, "project_code": value}]},
        {"project_code": value, "known": {value: value}},
        {"events": [{"id": value, "receipt": value, "event": value, "operator": value}]},
        {"digest": value, "reason": value},
        {"content": value, "decision": value, "key": value, "value": {value: value}},
        {"format": value, "project": value, "agency": value, "everything": value},
        ask(kinds=[value]),
        ask(declared={value: [{value: value}]}),
        ask(declared={"land-right": [{"cert_no": value, "parcel_code": value, "area_m2": value}]}),
        ask(known={"project_name": value, value: value}),
        ask(case=value),
        ask(purpose=value),
        ask(scope={"buildings": [value], value: [value]}),
    ]


@pytest.mark.parametrize("door", ANY)
async def test_an_unfit_body_is_refused_without_quoting_it(
    scene: Scene, caplog: pytest.LogCaptureFixture, door: str
):
    method, path = door.split()
    for value in VALUES:
        told = [await scene.send(method, path, ANY[door], json=body) for body in unfit(value)]
        broken = await scene.send(method, path, ANY[door], content=f'{{"case": "{value}", '.encode())
        await check(scene, caplog, broken, *(answer for answer in told if answer.status_code >= 400))


PATHS = [
    "/v1/projects/{}/dossier?procedure=first-registration",
    f"/v1/projects/{CODE}/dossier?procedure={{}}&max_age={{}}&wait={{}}",
    "/v1/projects/{}/materials/{}",
    f"/v1/projects/{CODE}/materials/{{}}",
    "/v1/attachments/{}",
    "/v1/agencies/{}/versions",
    f"/v1/agencies/{OWN}/versions/{{}}",
    "/v1/agencies/{}/uses",
    f"/v1/agencies/{OWN}/repulls/{{}}",
    f"/v1/agencies/{OWN}/touched?cause={{}}&{{}}={{}}",
    "/v1/projects/{}/stand-ins",
    "/v1/projects/{}/aliases",
    "/v1/log/search?kind={}&{}={}",
    "/v1/log/search?case={}",
    "/v1/log/search?operator={}",
    "/v1/log/entries/{}",
    "/v1/log/exports?format={}&size={}",
    "/{}",
]


@pytest.mark.parametrize("path", PATHS)
async def test_an_unfit_address_is_refused_without_quoting_it(
    scene: Scene, caplog: pytest.LogCaptureFixture, path: str
):
    for value in VALUES:
        written, told = path.replace("{}", quote(value, safe="")), []
        for who in ("registration", "nora", "audit-office", "rita", "system-admin"):
            answer = await scene.send("GET", written, who, headers=reason("first-registration"))
            if answer.status_code < 400:  # a number is a fit case or account, and nobody's
                answer = await scene.send("GET", f"{written}&%00", None)
            told.append(answer)
        await check(scene, caplog, *told)


@pytest.mark.parametrize("name", ["case", "purpose", "operator"])
async def test_nor_from_a_header(scene: Scene, caplog: pytest.LogCaptureFixture, name: str):
    for value in (PERSON, NAME, ALL):
        headers = reason("first-registration") | {f"landbridge-{name}": quote(value)}
        path = f"/v1/projects/{CODE}/dossier?procedure=first-registration"
        await check(scene, caplog, await scene.send("GET", path, "registration", headers=headers))


async def test_nor_from_a_key(scene: Scene, caplog: pytest.LogCaptureFixture):
    for credential in (SECRET, f"lb_{SECRET}_{SECRET}", f"lb__{SECRET}", f"Basic {SECRET}"):
        for path in ("/v1/catalogue", f"/v1/projects/{CODE}/dossier?procedure=first-registration"):
            headers = {"authorization": f"Bearer {credential}"}
            await check(scene, caplog, await scene.send("GET", path, None, headers=headers))


SAID = {
    "a word of refusal": JSONResponse({"type": "error", "message": ALL}),
    "a broken reply": JSONResponse({"type": "error", "message": ALL}, 500),
    "a page": HTMLResponse(f"<html><body>{ALL}</body></html>"),
    "an unauthorised reply": JSONResponse(
        {"message": ALL}, 401, {"WWW-Authenticate": f'Basic realm="{SECRET}"'}
    ),
    "a redirect": JSONResponse({}, 302, {"Location": f"http://{SECRET}.test/?id={PERSON}&tel={MOBILE}"}),
    "fields nobody knows": JSONResponse({"type": "success", ALL: ALL, "result": {ALL: [{ALL: ALL}]}}),
    "rows of nonsense": JSONResponse({"type": "success", "result": {"data": [{ALL: ALL}, ALL]}}),
}


@pytest.mark.parametrize("said", SAID)
async def test_nor_from_what_an_agency_says(scene: Scene, caplog: pytest.LogCaptureFixture, said: str):
    town = scene.town
    desk = scene.control.desks[OWN]
    desk.replies, desk.fault = {Fault.BROKEN: lambda: SAID[said]}, Fault.BROKEN
    dossier = await town.ask(kinds=["investment-filing", "land-transfer-contract", "company-record"])
    assert dossier.status_code == 200
    assert shows(dossier.text) == []
    alone = await town.get(f"/v1/projects/{CODE}/materials/investment-filing")
    await check(scene, caplog, *([alone] if alone.status_code >= 400 else []))
    for who, path in (("system-admin", "/v1/agencies"), ("audit-office", "/v1/log/entries")):
        assert shows((await scene.send("GET", path, who)).text) == []


async def test_a_secret_is_set_and_used_and_seen_nowhere(scene: Scene, caplog: pytest.LogCaptureFixture):
    set_ = await scene.send("PUT", f"/v1/agencies/{OWN}/secrets/token", "nora", json={"value": SECRET})
    assert (set_.status_code, shows(set_.text)) == (200, [])
    assert shows((await scene.send("GET", f"/v1/agencies/{OWN}/secrets", "nora")).text) == []
    assert (await scene.send("POST", "/v1/secrets/rotation", "system-admin")).status_code == 200
    manifest = scene.manifests[OWN].replace(
        "connection:\n", f"connection:\n  credentials: {{headers: {{X-Key: 'secret:{OWN}/token'}}}}\n", 1
    )
    drafted = await scene.send("POST", f"/v1/agencies/{OWN}/versions", "nora", json={"text": manifest})
    assert drafted.json()["problems"] == []
    number = drafted.json()["version"]["version"]
    trials = f"/v1/agencies/{OWN}/versions/{number}/trials"
    tried = await scene.send("POST", trials, "nora", json={"project_code": CODE})
    assert (tried.status_code, shows(tried.text)) == (200, [])
    scene.control.desks[OWN].fault = Fault.DOWN
    failed = await scene.send("POST", trials, "nora", json={"project_code": CODE})
    assert shows(failed.text) == []
    await check(scene, caplog)


async def test_what_people_say_freely_is_kept_from_the_log(scene: Scene, caplog: pytest.LogCaptureFixture):
    """Reasons are shown to those who may see the thing itself; an entry says that and not why."""
    free = f"{NAME} {MOBILE}"
    found = await scene.drafted(OWN, "nora")
    address = f"{VERSIONS.replace('{agency}', OWN)}/{found.version}"
    turn = {"digest": found.digest, "reason": free}
    assert (await scene.send("POST", f"{address}/submission", "nora", json=turn)).status_code == 200
    assert (await scene.send("POST", f"{address}/rejection", "system-admin", json=turn)).status_code == 200
    again = {"cases": [{"case": "A-1", "project_code": CODE}], "reason": free}
    assert (await scene.send("POST", f"/v1/agencies/{OWN}/repulls", "nora", json=again)).status_code == 202
    typed = await scene.proposal() | {"reason": free, "evidence_name": f"{NAME}.pdf"}
    made = await scene.send("POST", f"/v1/projects/{CODE}/stand-ins", "rita", json=typed)
    assert made.status_code == 201
    decision = {"content": made.json()["content"], "decision": "approve"}
    path = f"/v1/stand-ins/{made.json()['id']}/decisions"
    assert (await scene.send("POST", path, "rolf", json=decision)).status_code == 200
    await scene.send("POST", "/v1/stand-ins/papers", "rita", content=ALL.encode())
    for path in ("entries?limit=1000", "search?limit=200", "exports?format=csv&size=20"):
        assert shows((await scene.send("GET", f"/v1/log/{path}", "audit-office")).text) == []
    await check(scene, caplog)


async def test_a_drop_is_set_aside_without_being_quoted(scene: Scene, caplog: pytest.LogCaptureFixture):
    house = scene.town.house
    text = (Path(__file__).parents[2] / "config" / "agencies" / "mdj-survey.yaml").read_text("utf-8")
    scene.manifests["mdj-survey"] = text
    await scene.drafted("mdj-survey", "author", "set-aside")
    inbox = house.settings.drops / "mdj-survey" / "in"
    inbox.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(inbox / f"{NAME}{PERSON}.zip", "w") as packed:
        packed.writestr(f"../{NAME}-{MOBILE}.txt", ALL)
    scene.town.clock.advance(60)
    for _ in range(3):
        await house.intake.sweep(scene.town.clock())
        scene.town.clock.advance(7200)
    kinds = [entry["kind"] for entry in await scene.town.entries()]
    assert "quarantined" in kinds
    await check(scene, caplog)


async def test_the_house_keeps_its_own_keys_to_itself(scene: Scene, caplog: pytest.LogCaptureFixture):
    house = scene.town.house
    await scene.town.ask()
    answers = [
        await scene.send("GET", path, who)
        for path in ("/health/ready", "/.well-known/jwks.json", "/openapi.json", "/metrics", "/v1/agencies")
        for who in ("audit-office", "system-admin", "registration")
    ]
    written = caplog.text + str(await scene.town.entries()) + repr(house) + repr(house.keys)
    written += "".join(answer.text + str(answer.headers) for answer in answers)
    for key in scene.town.keys.values():
        assert key.split("_", 2)[2] not in written
    for octets in (house.keys.vault, house.keys.cache):
        assert octets.hex() not in written
        assert repr(octets)[2:-1] not in written
