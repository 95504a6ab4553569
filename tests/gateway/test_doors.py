"""The table of doors: complete, believed by the routes, and kept to by those whose reach is their own."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter, Depends, FastAPI
from starlette.responses import Response
from starlette.routing import Match, Route

from gateway.api import doors
from gateway.api.doors import DOORS, Door, Reach, Wing, check_doors
from gateway.app import create, tables
from gateway.console import doors as console_doors
from gateway.console.door import admitted, expected
from tests.gateway.town import Town, settings_in


def with_route(app: FastAPI, method: str, path: str, *asking: Callable[..., Any]) -> FastAPI:
    router = APIRouter(dependencies=[Depends(each) for each in asking])
    router.add_api_route(path, _nothing, methods=[method])
    app.include_router(router)
    return app


ODD = ("/console/", "/console//", "/consoles", "/console/log/", "/console/log/1/2/3", "/console/none", "/v1")


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_a_wing_finds_what_looking_at_each_of_its_routes_in_turn_finds(town: Town, method: str):
    (wing,) = [route for route in town.app.router.routes if isinstance(route, Wing)]
    for path in (*(re.sub(r"\{\w+\}", "1", route.path) for route in wing.routes), *ODD):
        scope = {"type": "http", "method": method, "path": path, "root_path": ""}
        tried = [(route, route.matches(dict(scope))[0]) for route in wing.routes]
        fits = [*(each for each in tried if each[1] is Match.FULL)]
        fits += [each for each in tried if each[1] is Match.PARTIAL]
        match, child = wing.matches(dict(scope))
        assert (child.get("route"), match) == (fits[0] if fits else (None, Match.NONE)), path


def test_a_wing_has_no_route_whose_first_step_may_be_anything():
    with pytest.raises(AssertionError, match="no fixed step below /wing"):
        Wing("/wing", [Route("/wing/{any}", lambda _: Response())])


async def _nothing() -> Response:
    return Response()


def test_every_route_is_in_the_table_and_asks_what_it_says(town: Town):
    check_doors(town.app, tables())
    assert len(DOORS) >= 18


def test_a_route_nobody_decided_on_stops_the_start(town: Town):
    with pytest.raises(AssertionError, match="/v1/unlisted"):
        check_doors(with_route(town.app, "GET", "/v1/unlisted"), tables())


def test_the_application_does_not_start_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    rest = {place: door for place, door in DOORS.items() if place != ("GET", "/v1/log/search")}
    monkeypatch.setattr(doors, "DOORS", rest)
    with pytest.raises(AssertionError, match="/v1/log/search"):
        create(settings_in(tmp_path, f"sqlite:///{tmp_path / 'none.sqlite'}"))


def test_so_does_a_row_without_a_route(town: Town, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(doors, "DOORS", {**DOORS, ("GET", "/v1/gone"): Door(open=True)})
    with pytest.raises(AssertionError, match="/v1/gone"):
        check_doors(town.app, tables())


def test_so_does_a_route_that_does_not_ask_who_you_are(town: Town, monkeypatch: pytest.MonkeyPatch):
    row = {("GET", "/v1/careless"): Door(roles={"auditor": Reach.ALL})}
    monkeypatch.setattr(doors, "DOORS", {**DOORS, **row})
    with pytest.raises(AssertionError, match="careless"):
        check_doors(with_route(town.app, "GET", "/v1/careless"), tables())


@pytest.mark.parametrize("asking", [(), (expected, admitted)])
def test_so_does_a_page_that_asks_who_sits_there_not_at_all_or_twice(
    town: Town, monkeypatch: pytest.MonkeyPatch, asking: tuple[Callable[..., Any], ...]
):
    row = {("GET", "/console/careless"): Door(roles={"auditor": Reach.ALL})}
    monkeypatch.setattr(console_doors, "PAGES", {**console_doors.PAGES, **row})
    app = with_route(town.app, "GET", "/console/careless", *asking)
    with pytest.raises(AssertionError, match="careless"):
        check_doors(app, tables())
    check_doors(with_route(town.app, "GET", "/console/careless", expected), tables())


@pytest.mark.parametrize(
    ("method", "path", "status", "media"),
    [
        ("GET", "/console/sign-in", 200, "text/html"),
        ("POST", "/console/log/follow", 405, "text/html"),
        ("GET", "/console/nothing", 404, "text/html"),
        ("GET", "/consoles", 404, "application/problem+json"),
        ("GET", "/v1/catalogue", 401, "application/problem+json"),
    ],
)
async def test_pages_and_doors_are_found_each_in_its_wing(town: Town, method, path, status, media):
    answer = await town.http.request(method, path)
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (status, media)


def test_the_farthest_of_several_roles_counts():
    door = Door(roles={"auditor": Reach.ALL, "agency-admin": Reach.OWN})
    assert door.reach(["agency-admin", "auditor"]) is Reach.ALL
    assert door.reach(["agency-admin"]) is Reach.OWN
    assert door.reach(["consumer"]) is None


async def test_who_is_refused_for_a_role_is_not_sent_for_a_grant(town: Town):
    answer = await town.http.get("/v1/log/search", headers=town.bearer("registration"))
    assert answer.status_code == 403
    assert "whose work this is" in answer.json()["todo"]["en"]
    ungranted = await town.ask(purpose="curiosity")
    assert "record a grant" in ungranted.json()["todo"]["en"]
