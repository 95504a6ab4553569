"""What Prometheus is told: counted where it happens, by labels nobody outside can add to."""

import os
import subprocess
import sys

import pytest
from prometheus_client.parser import text_string_to_metric_families

from adapters.base import Deadline, Key
from contracts.audit import EntryKind
from contracts.errors import AgencyUnavailable, Fault, LogUnavailable
from contracts.exchange import Grant
from gateway.api.doors import DOORS
from gateway.metrics import METRICS, SHARED, Metrics, share_between_workers
from gateway.observed import Observed, Recent
from tests.conftest import Clock
from tests.gateway.town import CODE, LAND, Town, land_office, noon, on_file, open_town, settings_in


@pytest.fixture
async def town(tmp_path, clock: Clock):
    async with open_town(settings_in(tmp_path, on_file(tmp_path)), clock) as opened:
        await opened.enrol("system-admin")
        yield opened


async def samples(town: Town, who: str = "system-admin") -> dict[tuple[str, frozenset], float]:
    page = await town.http.get("/metrics", headers=town.bearer(who))
    assert page.status_code == 200
    return read(page.text)


def read(page: str) -> dict[tuple[str, frozenset], float]:
    found = text_string_to_metric_families(page)
    return {(each.name, frozenset(each.labels.items())): each.value for one in found for each in one.samples}


def value(found: dict, name: str, **labels: str) -> float:
    return found.get((name, frozenset(labels.items())), 0.0)


def watched(town: Town) -> None:
    """The offices as `app` would have assembled them."""

    async def agencies():
        return tuple(
            Observed(office, town.house.metrics, town.house.recent) for office in (town.land, town.market)
        )

    town.change(agencies=agencies)


async def test_asks_are_counted_by_how_they_ended(town: Town):
    await town.ask()
    await town.ask()
    await town.ask(who="stranger-kin")
    found = await samples(town)
    assert value(found, "landbridge_asks_total", outcome="answered") == 2
    assert value(found, "landbridge_asks_total", outcome="refused") == 1
    ended = {dict(labels)["outcome"] for name, labels in found if name == "landbridge_asks_total"}
    assert ended == {"answered", "refused"}  # to have asked an agency is no end
    assert value(found, "landbridge_log_entries_total", kind="asked") == 1


async def test_an_ask_the_log_could_not_take_is_counted_too(town: Town):
    async def out(draft):
        raise LogUnavailable

    town.change(record=town.house.metrics.asking(out))
    assert (await town.ask()).status_code == 503
    assert value(await samples(town), "landbridge_asks_total", outcome="unrecorded") == 1


async def test_pulls_are_timed_and_named_by_their_fault(town: Town):
    watched(town)
    town.market.trouble = AgencyUnavailable(Fault.SILENT)
    await town.ask()
    found = await samples(town)
    assert value(found, "landbridge_agency_pull_seconds_count", agency=LAND, outcome="evidence") == 2
    silent = value(found, "landbridge_agency_pull_seconds_count", agency="demo-market", outcome="silent")
    assert silent == 1


async def test_the_second_ask_hits_the_cache(town: Town):
    await town.ask()
    before = await samples(town)
    await town.ask()
    after = await samples(town)
    assert value(before, "landbridge_cache_lookups_total", result="hit") == 0
    assert value(before, "landbridge_cache_lookups_total", result="miss") > 0
    assert value(after, "landbridge_cache_lookups_total", result="hit") == 3
    assert value(after, "landbridge_cache_answers") == 3


async def test_commits_are_measured_and_the_head_ages_by_our_clock(town: Town):
    before = await samples(town)
    town.clock.advance(90)
    after = await samples(town)
    assert value(after, "landbridge_log_head_age_seconds") == 90
    entries = value(before, "landbridge_log_commit_entries_sum")
    assert entries == value(before, "landbridge_log_size") == await town.house.log.size()


async def test_only_admins_and_auditors_look_and_what_strangers_make_up_is_other(town: Town):
    assert (await town.http.get("/metrics")).status_code == 401
    assert (await town.http.get("/metrics", headers=town.bearer("registration"))).status_code == 403
    assert await samples(town, "audit-office")
    await town.http.get("/v1/made-up/by-a-stranger")
    await town.http.request("BREW", "/metrics")
    await town.ask()
    page = (await town.http.get("/metrics", headers=town.bearer("system-admin"))).text
    assert "made-up" not in page
    assert "BREW" not in page
    assert CODE not in page
    assert "reg-017" not in page
    addresses = {dict(labels).get("address") for name, labels in read(page) if "http_seconds" in name}
    assert addresses <= {path for _, path in DOORS} | {"other"}
    assert {"other", "/v1/dossiers"} <= addresses


async def test_every_label_stays_within_its_list(town: Town):
    watched(town)
    await town.ask()
    for name, labels in await samples(town):
        told = dict(labels)
        if name == "landbridge_log_entries_total":
            assert told["kind"] in set(EntryKind)
        if "agency_pull" in name:
            assert told["outcome"] in {"evidence", "given-up", *(fault.value for fault in Fault)}


async def test_what_is_told_is_what_is_declared(town: Town):
    await town.ask()
    page = (await town.http.get("/metrics", headers=town.bearer("system-admin"))).text
    told = {family.name: family.type for family in text_string_to_metric_families(page)}
    declared = {metric.name.removesuffix("_total"): metric.type for metric in METRICS}
    assert told.items() <= declared.items()
    unlikely_here = {"landbridge_breaker_state", "landbridge_agency_busy", "landbridge_drift_signals"}
    assert set(declared) - set(told) <= unlikely_here


async def test_a_pull_that_is_given_up_is_counted_once(clock: Clock):
    metrics, office = Metrics(), land_office(clock)
    office.trouble = TimeoutError()
    day = noon(1).date()
    grant = Grant(
        id="g", consumer="c", kind="investment-filing", purpose="trial", valid_from=day, valid_until=day
    )
    key = Key("project_code", CODE, confirmed=True)
    with pytest.raises(TimeoutError):
        await Observed(office, metrics, Recent(clock)).pull(grant, {key.name: (key,)}, Deadline.after(1))
    found = read(metrics.page([]).decode())
    assert value(found, "landbridge_agency_pull_seconds_count", agency=LAND, outcome="given-up") == 1


WORKER = """
from gateway.metrics import Metrics
metrics = Metrics()
for _ in range({times}):
    metrics.answered("GET", "/metrics", "2xx", 0.01)
    metrics.committed(3)
print(metrics.page([("landbridge_log_size", (), {times})]).decode())
"""


def test_workers_add_up_whichever_is_asked(tmp_path, monkeypatch):
    monkeypatch.setenv(SHARED, "")
    share_between_workers(tmp_path / "metrics")
    pages = [
        subprocess.run(
            [sys.executable, "-c", WORKER.format(times=times)],
            env=dict(os.environ),
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for times in (2, 5)
    ]
    found = read(pages[-1])
    assert value(found, "landbridge_log_commit_entries_count") == 7
    assert value(found, "landbridge_log_commit_entries_sum") == 21
    assert value(found, "landbridge_log_size") == 5
