"""How the agencies stand, and purging: who may, what is recorded, what is forgotten."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from contracts.material import Drift
from gateway.cli.commands import app
from tests.cache.conftest import Store
from tests.conftest import Clock
from tests.gateway.town import CODE, FULL, ONE, Town, open_town, settings_in

ROOT = Path(__file__).resolve().parents[2]
LIMITS = 'limits: {hours: "06:00-23:00", per_second: 500, '
ADMINS = ("agency-admin", "system-admin", "security-admin", "registrar")


@pytest.fixture
async def town(tmp_path, clock: Clock, database_url):
    settings = settings_in(tmp_path, database_url)
    manifest = (ROOT / "config" / "agencies" / "mdj-nr.yaml").read_text("utf-8")
    (settings.config / "agencies" / "mdj-nr.yaml").write_text(
        manifest.replace("http://127.0.0.1:8101", "http://127.0.0.1:1").replace("limits: {", LIMITS), "utf-8"
    )
    async with open_town(settings, clock) as opened:
        for role in ADMINS:
            await opened.enrol(role, *(("mdj-nr",) if role == "agency-admin" else ()))
        yield opened


async def states(town: Town, who: str = "system-admin"):
    return await town.http.get("/v1/agencies", headers=town.bearer(who))


async def purge(town: Town, who: str = "system-admin", **order):
    return await town.http.post("/v1/cache/purge", json=order, headers=town.bearer(who))


def connected(town: Town) -> None:
    """The registry's own agencies, not the town's offices."""
    town.change(agencies=town.house.agencies.all)


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("agency-admin", 200),
        ("system-admin", 200),
        ("audit-office", 200),
        ("registration", 403),
        ("security-admin", 403),
        ("registrar", 403),
    ],
)
async def test_who_may_see_how_the_agencies_stand(town, who, status):
    assert (await states(town, who)).status_code == status


@pytest.mark.parametrize(("own", "seen"), [("mdj-nr", ["mdj-nr"]), ("mdj-hc", [])])
async def test_an_agency_admin_sees_its_own(town, own, seen):
    await town.enrol("agency-admin", own, name="of-one")
    assert [state["agency"] for state in (await states(town, "of-one")).json()["agencies"]] == seen


async def test_an_agency_nobody_asked_yet(town):
    (state,) = (await states(town)).json()["agencies"]
    assert state["agency"] == "mdj-nr"
    assert state["breaker"] == "closed"
    assert (state["outcomes"], state["busy"]) == (0, 0)
    assert state["last_success"] is state["last_failure"] is state["last_fault"] is state["next_try"] is None
    assert state["hours"] == "06:00-23:00"
    assert (state["concurrency"], state["per_second"]) == (4, 500)


async def test_replies_that_changed_shape_are_shown(town):
    (adapter,) = await town.house.agencies.all()
    signal = Drift(kind="investment-filing", path="XMMC_NEW", reason="unmapped")
    await town.house.agencies.drifted(adapter, (signal,))
    (state,) = (await states(town)).json()["agencies"]
    assert state["drift"] == [signal.model_dump()]


async def test_an_agency_that_is_out_shows_it(town, clock):
    connected(town)
    for _ in range(8):
        await town.ask(known={"project_name": ONE.name, "holder_uscc": str(ONE.developer["uscc"])})
    (state,) = (await states(town)).json()["agencies"]
    assert state["breaker"] == "open"
    assert (state["last_fault"], state["last_fault_class"]) == ("refused", "passing")
    assert state["failures"] == state["outcomes"]
    assert state["outcomes"] >= 20  # those already under way when it opened count too
    assert state["next_try"] > state["last_failure"]


@pytest.mark.parametrize("who", ["agency-admin", "audit-office", "registration", "security-admin"])
async def test_who_may_not_purge_changes_nothing(town, who):
    await town.ask()
    assert (await purge(town, who, everything=True)).status_code == 403
    assert len(town.rooms.cache) == len(FULL)
    assert not [entry for entry in await town.entries() if entry["kind"] == "purged"]


@pytest.mark.parametrize(
    "order",
    [
        {},
        {"everything": False},
        {"everything": True, "kind": "company-record"},
        {"kind": "no-such-kind"},
        {"project_code": "张三"},
        {"agency": "*"},
        {"all": True},
    ],
)
async def test_an_order_that_does_not_say_what_is_refused(town, order):
    await town.ask()
    assert (await purge(town, **order)).status_code == 400
    assert len(town.rooms.cache) == len(FULL)


@pytest.mark.parametrize(
    ("order", "forgotten"),
    [
        ({"everything": True}, 3),
        ({"kind": "company-record"}, 1),
        ({"agency": "demo-land"}, 2),
        ({"agency": "demo-land", "kind": "company-record"}, 0),
        ({"project_code": CODE}, 3),
        ({"project_code": "2018-231005-70-03-211406"}, 0),
    ],
)
async def test_what_is_purged_is_asked_again_and_the_log_says_who_ordered_it(town, order, forgotten):
    await town.ask()
    heard = len(town.land.heard) + len(town.market.heard)
    assert (await purge(town, **order)).json() == {"forgotten": forgotten}
    await town.ask()
    assert len(town.land.heard) + len(town.market.heard) - heard == forgotten
    (entry,) = [entry for entry in await town.entries() if entry["kind"] == "purged"]
    assert entry["consumer"] == "system-admin"
    assert entry.get("project") == order.get("project_code")
    assert entry.get("agencies", []) == ([order["agency"]] if "agency" in order else [])
    assert entry.get("kinds", []) == ([order["kind"]] if "kind" in order else [])


async def test_a_project_is_purged_under_every_name_it_goes_by(town):
    await town.ask()
    for question, kept in list(town.rooms.cache._kept.items()):
        town.rooms.cache._kept[question] = type(kept)(
            kept.materials, kept.manifest_version, kept.retrieved_at, kept.fresh_until, kept.stale_until
        )
    assert (await purge(town, project_code=CODE)).json()["forgotten"] >= 2


async def test_nothing_is_forgotten_unrecorded(town, monkeypatch):
    from contracts.errors import LogUnavailable

    await town.ask()

    async def out(_draft):
        raise LogUnavailable

    monkeypatch.setattr(town.house.log, "append", out)
    assert (await purge(town, everything=True)).status_code == 503
    assert len(town.rooms.cache) == len(FULL)


async def test_a_purge_the_store_did_not_hear_is_503(tmp_path, clock, store: Store, database_url):
    settings = settings_in(tmp_path, database_url).model_copy(update={"redis_url": store.connection_url})
    async with open_town(settings, clock) as town:
        await town.enrol("system-admin")
        await town.ask()
        store.hang()
        answer = await purge(town, everything=True)
        assert (answer.status_code, answer.json()["type"]) == (
            503,
            "urn:landbridge:problem:store-unavailable",
        )


@pytest.fixture
def landbridge(home, tmp_path, monkeypatch):
    monkeypatch.setenv("LANDBRIDGE_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("LANDBRIDGE_LANG", "en")
    return lambda *words: CliRunner().invoke(app, ["cache", "purge", *words])


def test_the_command_without_a_store_says_where_the_cache_is(landbridge):
    done = landbridge("--all")
    assert done.exit_code == 2
    assert "POST /v1/cache/purge" in done.output


def test_the_command_purges_the_store(landbridge, store, monkeypatch):
    monkeypatch.setenv("LANDBRIDGE_REDIS_URL", store.connection_url)
    store.raw().set("landbridge/kept/old", b"rubbish")
    assert landbridge().exit_code == 2
    done = landbridge("--all")
    assert (done.exit_code, done.output.strip()) == (0, "1 answers forgotten.")
    assert not store.raw().exists("landbridge/kept/old")


def test_the_stores_password_is_not_shown(monkeypatch):
    from gateway.settings import Settings

    monkeypatch.setenv("LANDBRIDGE_REDIS_URL", "redis://:hunter2@127.0.0.1:6379")
    assert "hunter2" not in repr(Settings())
