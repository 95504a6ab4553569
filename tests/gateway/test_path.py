"""The way of one ask: what each step leaves in the log when it breaks, and that nothing leaves unrecorded."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from contracts.audit import Draft, Recorded
from contracts.errors import (
    AgencyUnavailable,
    EvidenceOffContract,
    EvidenceUntrusted,
    LandbridgeError,
    LogUnavailable,
    StoreUnavailable,
    VaultDamaged,
)
from contracts.exchange import Ask
from contracts.material import digest_of
from gateway.api.door import read_words
from gateway.rooms import Knock
from gateway.settings import Settings
from gateway.store.backend import BUSY_MILLISECONDS
from gateway.trail import BRIEFLY, Reply, Trail
from tests.gateway.town import CODE, DEVELOPER, FULL, Town, ask, material, materials
from tests.stores import Outsider, only_sqlite, outsider_at
from tests.waiting import until


class Door:
    """A room whose one door breaks the time it is told to, after letting others through."""

    def __init__(self, room: Any, method: str, error: Exception, *, skip: int = 0) -> None:
        self._room, self._method, self._error, self._skip = room, method, error, skip

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._room, name)
        if name != self._method:
            return found

        def broken(*args: Any, **kwargs: Any) -> Any:
            if self._skip:
                self._skip -= 1
                return found(*args, **kwargs)
            raise self._error

        return broken


class Break(NamedTuple):
    """A fault at one step: how it is planted, and what must be left."""

    step: str
    plant: Callable[[Town, Exception], None]
    error: Exception
    status: int
    left: list[str]
    asked: bool = False


def at(room: str, method: str, skip: int = 0) -> Callable[[Town, Exception], None]:
    return lambda town, error: town.change(
        **{room: Door(getattr(town.rooms, room), method, error, skip=skip)}
    )


def called(room: str) -> Callable[[Town, Exception], None]:
    def plant(town: Town, error: Exception) -> None:
        async def broken(*_: Any) -> Any:
            raise error

        town.change(**{room: broken})

    return plant


def recording(skip: int) -> Callable[[Town, Exception], None]:
    """The log breaks at an entry of this ask, once: the one after `skip` others."""

    def plant(town: Town, error: Exception) -> None:
        write, seen = town.rooms.record, 0

        async def record(draft: Any) -> Any:
            nonlocal seen
            seen += 1
            if seen == skip + 1:
                raise error
            return await write(draft)

        town.change(record=record)

    return plant


def office(attribute: str) -> Callable[[Town, Exception], None]:
    return lambda town, error: setattr(town.land, attribute, error)


def rules(town: Town, error: Exception) -> None:
    town.change(verdicts=Door(town.rooms.verdicts, "of", error))


BUG, STORE = RuntimeError("a bug"), StoreUnavailable()
FAILED, ASKED_FAILED = ["failed"], ["asked", "failed"]
ASKED_ANSWERED = ["asked", "answered"]

BREAKS = [
    Break("1 who asks: store", at("access", "recognise"), STORE, 503, []),
    Break("2 grants: ours", called("grants"), STORE, 503, FAILED),
    Break("2 grants: bug", called("grants"), BUG, 500, FAILED),
    Break("2 agencies: ours", called("agencies"), STORE, 503, FAILED),
    Break("3 cache: bug", at("cache", "recall"), BUG, 500, FAILED),
    Break("4 aliases: ours", at("aliases", "names"), STORE, 503, FAILED),
    Break("4 aliases: bug", at("aliases", "names"), BUG, 500, FAILED),
    Break("5 asked: the log", recording(0), LogUnavailable(), 503, []),
    Break("5 asked: bug", recording(0), BUG, 500, FAILED),
    Break("6 pull: the agency", office("trouble"), AgencyUnavailable(), 200, ASKED_ANSWERED, asked=True),
    Break("6 pull: ours", office("trouble"), STORE, 503, ASKED_FAILED, asked=True),
    Break("6 pull: bug", office("trouble"), BUG, 500, ASKED_FAILED, asked=True),
    Break("6 vault: ours", at("vault", "put"), STORE, 503, ASKED_FAILED, asked=True),
    Break("6 vault: bug", at("vault", "put"), BUG, 500, ASKED_FAILED, asked=True),
    Break("7 seals", office("unreadable"), EvidenceUntrusted(), 200, ASKED_ANSWERED, asked=True),
    Break("8 read", office("unreadable"), EvidenceOffContract(), 200, ASKED_ANSWERED, asked=True),
    Break("8 read: bug", office("unreadable"), BUG, 200, ASKED_ANSWERED, asked=True),
    Break("9 keep: bug", at("cache", "keep"), BUG, 500, ASKED_FAILED, asked=True),
    Break("9 shelf: ours", at("shelf", "put_up"), STORE, 503, ASKED_FAILED, asked=True),
    Break("9 learn: ours", at("aliases", "learn"), STORE, 503, ASKED_FAILED, asked=True),
    Break("9 learn: bug", at("aliases", "learn"), BUG, 500, ASKED_FAILED, asked=True),
    Break("9 names again: ours", at("aliases", "names", skip=1), STORE, 503, ASKED_FAILED, asked=True),
    Break("10 shelf: bug", at("shelf", "show"), BUG, 500, ASKED_FAILED, asked=True),
    Break("10 conflicts: ours", at("aliases", "conflicts"), STORE, 503, ASKED_FAILED, asked=True),
    Break("10 rules: bug", rules, BUG, 500, ASKED_FAILED, asked=True),
    Break("11 answered: the log", recording(1), LogUnavailable(), 503, ["asked"], asked=True),
    Break("11 answered: bug", recording(1), BUG, 500, ASKED_FAILED, asked=True),
    Break("12 sign: bug", at("signer", "headers"), BUG, 500, ASKED_ANSWERED, asked=True),
    Break("12 sign: ours", at("signer", "headers"), VaultDamaged(), 500, ASKED_ANSWERED, asked=True),
]


@pytest.mark.parametrize("fault", BREAKS, ids=[fault.step for fault in BREAKS])
async def test_a_break_at_any_step_leaves_exactly_its_entries(town: Town, fault: Break):
    fault.plant(town, fault.error)
    answer = await town.ask()
    left = await town.asks()
    assert (answer.status_code, [entry["kind"] for entry in left]) == (fault.status, fault.left)
    assert bool(town.land.heard) == fault.asked
    if fault.left and fault.left != ["asked"]:
        assert left[-1].get("asked") == (left[0]["index"] if len(left) == 2 else None)
    assert_recorded(answer, left)
    if fault.status != 200:
        assert_tells_nothing(answer)


def assert_recorded(answer: Any, left: list[dict[str, Any]]) -> None:
    """What is answered is what the log has; what it does not have carries no receipt and no fact."""
    if "landbridge-receipt" not in answer.headers:
        assert answer.status_code >= 500
        return
    closing = left[-1]
    assert closing["answer_digest"] == digest_of(answer.content)
    assert closing["outcome"]["status"] == answer.status_code
    assert f"index={closing['index']}," in answer.headers["landbridge-receipt"]
    assert "signature" in answer.headers


def assert_tells_nothing(answer: Any) -> None:
    """A problem and no fact."""
    assert answer.headers["content-type"] == "application/problem+json"
    assert "materials" not in answer.text
    for fact in (DEVELOPER, CODE, "a bug"):
        assert fact not in answer.text


async def test_the_whole_way_leaves_two_entries_and_a_full_hit_one(town: Town):
    first, second = await town.ask(), await town.ask()
    assert (first.status_code, second.status_code) == (200, 200)
    assert {each["retrieval"] for each in materials(first)} == {"received"}
    kinds = [entry["kind"] for entry in await town.asks()]
    assert kinds == ["asked", "answered", "answered"]
    asked, answered, hit = await town.asks()
    assert answered["asked"] == asked["index"]
    assert "asked" not in hit
    assert hit["outcome"]["cached"] == 3
    assert len(town.land.heard) == 2


async def test_asked_names_every_agency_and_kind_that_may_hear_of_it(town: Town):
    await town.ask()
    asked, _ = await town.asks()
    assert asked["agencies"] == ["demo-land", "demo-market"]
    assert asked["kinds"] == sorted(FULL)


async def test_the_agency_hears_nothing_before_asked_is_durable(town: Town):
    """At the moment of the pull the entry can already be read from the database."""
    seen: list[list[str]] = []
    pull = town.land.pull

    async def watched(*args: Any) -> Any:
        seen.append([entry["kind"] for entry in await town.asks()])
        return await pull(*args)

    town.land.pull = watched  # type: ignore[method-assign, assignment]
    await town.ask()
    assert seen
    assert all(kinds == ["asked"] for kinds in seen)


async def test_the_answer_is_durable_before_it_is_signed(town: Town):
    """The signer is the last to touch an answer; by then the log has it."""
    signer, seen = town.rooms.signer, []

    class Watched:
        def headers(self, **words: Any) -> dict[str, str]:
            seen.append(len(committed(town)))
            return signer.headers(**words)

    before = len(committed(town))
    town.change(signer=Watched())
    await town.ask()
    assert seen == [before + 2]


def committed(town: Town) -> list[Any]:
    """What another process sees in the database file now."""
    with outsider_at(town.house.settings.database) as other:
        return list(other.execute("SELECT idx FROM entries").fetchall())


async def test_a_fault_of_one_agency_is_a_material_that_says_so(town: Town):
    town.land.trouble = AgencyUnavailable()
    answer = await town.ask()
    contract = material(answer, "land-transfer-contract")
    assert contract["retrieval"] == "unavailable"
    assert contract["error"]["class"] == "passing"
    assert not answer.json()["complete"]


async def test_evidence_is_kept_whatever_it_says(town: Town):
    town.land.unreadable = EvidenceOffContract()
    answer = await town.ask(kinds=["investment-filing"])
    digest = materials(answer)[0]["provenance"]["evidence"]
    assert (await town.asks())[-1]["evidence"] == [digest]
    assert await town.house.vault.get(digest)


@pytest.mark.parametrize("when", ["before asked", "before answered"])
async def test_a_log_that_cannot_be_written_gives_503_in_time_and_no_facts(
    town: Town, outsider: Outsider, when: str
):
    if when == "before asked":
        outsider.lock()
        asking = asyncio.create_task(town.ask())
    else:
        town.land.gate.clear()
        asking = asyncio.create_task(town.ask())
        await town.land.arrived.wait()
        outsider.lock()
        town.land.gate.set()
    try:
        async with asyncio.timeout(4):
            answer = await asking
    finally:
        outsider.rollback()
    assert answer.status_code == 503
    assert "landbridge-receipt" not in answer.headers
    assert bool(town.land.heard) == (when == "before answered")
    assert_tells_nothing(answer)


@only_sqlite
async def test_a_log_whose_disk_is_full_gives_503_and_no_facts(town: Town):
    """The database may not grow by another page, as on a full disk."""

    def full(connection: Any) -> None:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")

    await town.house.database.write(full)
    answers = [await town.ask(kinds=["investment-filing"], max_age=0) for _ in range(12)]
    assert answers[-1].status_code == 503
    refused = next(answer for answer in answers if answer.status_code != 200)
    assert refused.status_code == 503
    assert "landbridge-receipt" not in refused.headers
    assert_tells_nothing(refused)
    recorded = [entry for entry in await town.asks() if entry["kind"] == "answered"]
    assert len(recorded) == sum(answer.status_code == 200 for answer in answers)


async def test_after_a_store_that_kept_us_waiting_the_log_is_not_waited_for_again():
    """It never comes back; without a bound of its own the ask would wait for it for good."""

    async def record(_: Draft) -> Recorded:
        return await asyncio.Future()

    async def answer() -> Reply:
        raise StoreUnavailable

    with pytest.raises(LogUnavailable):
        async with asyncio.timeout(30):
            await Trail(record, "registration").ended(answer)


async def test_the_asker_hanging_up_leaves_a_closed_ask(town: Town):
    town.land.gate.clear()
    asking = asyncio.create_task(town.ask())
    await town.land.arrived.wait()
    asking.cancel()
    await asyncio.wait([asking])
    town.land.gate.set()

    async def closed() -> bool:
        return len(await town.asks()) == 2

    await until(closed)  # behind the asker's back
    left = await town.asks()
    assert [entry["kind"] for entry in left] == ["asked", "answered"]
    assert left[1]["asked"] == left[0]["index"]


async def test_an_ask_given_up_inside_the_house_is_closed_too(town: Town):
    """The command line has no shield around it: Ctrl-C cancels the walk itself."""
    knock = Knock(
        town.keys["registration"],
        "cli",
        "POST",
        "http://gateway.test/v1/dossiers",
        lambda: read_words(Ask, ask()),
    )
    town.land.gate.clear()
    walking = asyncio.create_task(town.house.exchange.dossier(knock))
    await town.land.arrived.wait()
    walking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await walking
    assert [entry["kind"] for entry in await town.asks()] == ["asked", "failed"]


async def test_a_bug_is_told_to_the_operator_without_its_message(
    town: Town, caplog: pytest.LogCaptureFixture
):
    town.land.trouble = RuntimeError("买受人 230102199003070314")
    with caplog.at_level(logging.DEBUG):
        answer = await town.ask()
    assert answer.status_code == 500
    assert "RuntimeError" in caplog.text
    assert "offices.py" in caplog.text
    assert "230102199003070314" not in caplog.text
    assert "230102199003070314" not in str(await town.entries())


async def test_only_our_own_errors_come_out_of_the_house(town: Town):
    town.change(signer=Door(town.rooms.signer, "headers", ValueError("odd")))
    knock = Knock(
        town.keys["registration"], "cli", "POST", "http://gateway.test/", lambda: read_words(Ask, ask())
    )
    with pytest.raises(LandbridgeError):
        await town.house.exchange.dossier(knock)


async def test_an_address_that_cannot_be_signed_is_refused_with_an_entry(town: Town):
    answer = await town.get(f"/v1/projects/{CODE}/dossier?procedure=first-registration&x=" + "x" * 8200)
    assert answer.status_code == 400
    assert "signature" not in answer.headers
    assert [(entry["kind"], entry["answer_digest"]) for entry in await town.asks()] == [
        ("refused", digest_of(answer.content))
    ]


def test_an_ask_that_cannot_be_recorded_ends_within_two_seconds_by_its_bounds():
    """One wait for the store's lock and a brief one for the log; or the log's own patience."""
    assert BUSY_MILLISECONDS / 1000 + BRIEFLY < 2
    assert Settings.model_fields["log_patience_seconds"].default <= 2
