"""Every address, every caller, one's own, somebody else's and nobody's: each cell decided, and tried."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio

from gateway.api.doors import _methods, routes_of
from tests.conftest import Clock
from tests.hostile.decisions import CALLERS, Place, decided
from tests.hostile.questions import QUESTIONS, Asking
from tests.hostile.scene import ROLES, Scene, open_scene

pytestmark = pytest.mark.asyncio(loop_scope="module")

DECIDED = decided()
ACCOUNTS = {"nobody": None, "revoked": "gone"} | ROLES
SCOPED = {"other", "absent"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(tmp_path_factory: pytest.TempPathFactory, sqlite_octets: bytes) -> AsyncIterator[Scene]:
    """One town for all: what is decided on is made anew for each cell."""
    folder = tmp_path_factory.mktemp("matrix")
    (folder / "landbridge.sqlite").write_bytes(sqlite_octets)
    clock = Clock(datetime(2026, 3, 2, 6, 5, 9, 120_000, tzinfo=UTC))
    async with open_scene(folder, f"sqlite:///{folder / 'landbridge.sqlite'}", clock) as opened:
        yield opened


def places(scene: Scene) -> set[Place]:
    """Every address the application has, but for people's pages: those have a table of their own."""
    return {
        (method, route.path)
        for route in routes_of(scene.town.app.routes)
        for method in _methods(route)
        if not route.path.startswith("/console")
    }


async def test_every_address_is_in_the_matrix_with_every_object_it_may_be_about(scene: Scene):
    tried = {place for place, _ in DECIDED}
    assert tried == places(scene)
    assert tried == set(QUESTIONS)
    for place in tried:
        objects = {about for one, about in DECIDED if one == place}
        assert objects == {"-"} or "own" in objects or "mine" in objects
        if "{" in place[1]:
            assert {"absent"} <= objects, f"{place} is about something"
        if "{agency}" in place[1]:
            assert {"own", "other", "absent"} <= objects, f"{place} is about somebody's agency"
        if "{agency}" in place[1] and place[1].count("{") > 1 and "{name}" not in place[1]:
            assert "gone" in objects, f"{place} may be about something that an agency has not"


@pytest.mark.parametrize("about", sorted(DECIDED), ids=lambda cell: " ".join((*cell[0], cell[1])))
async def test_each_cell_is_answered_as_decided(scene: Scene, about: tuple[Place, str]):
    (method, _), object_ = about
    found = {}
    for caller in CALLERS:
        who = ACCOUNTS[caller]
        path, words = await QUESTIONS[about[0]](Asking(scene, who or "nobody", object_))
        answer = await scene.send(method, path, who, **words)
        found[caller] = answer.status_code
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == "application/problem+json"
    assert found == DECIDED[about]


@pytest.mark.parametrize("place", sorted({one for one, about in DECIDED if about in SCOPED}), ids=" ".join)
async def test_what_one_may_not_see_looks_like_what_is_not_there(scene: Scene, place: Place):
    """Where both are refused alike, the answers are alike to the letter; our own word only is echoed."""
    if not {(place, "other"), (place, "absent")} <= set(DECIDED):
        return
    for caller in CALLERS:
        statuses = {DECIDED[place, about][caller] for about in SCOPED}
        if len(statuses) > 1 or statuses & {200, 201, 202}:
            continue
        told = []
        for about in sorted(SCOPED):
            who = ACCOUNTS[caller]
            path, words = await QUESTIONS[place](Asking(scene, who or "nobody", about))
            answer = await scene.send(place[0], path, who, **words)
            told.append((answer.text, set(answer.headers)))
        plain = [(re.sub("curiosity|pre-acceptance", "…", text), headers) for text, headers in told]
        assert plain[0] == plain[1]
