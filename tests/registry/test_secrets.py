"""Secrets: set, sealed, used, rotated; never shown again, wherever one looks."""

import logging
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from contracts.errors import LogUnavailable, SetupIncomplete, VaultDamaged
from gateway.safe import Safe
from gateway.store.lately import LATELY_SECONDS
from gateway.store.tables import secrets
from tests.registry.counter import AGENCY, VERSIONS, Counter, about

FILING = "investment-filing"
REFERENCE = f"secret:{AGENCY}/app"
VALUE, OTHER = "geheim&wax/+ %41", "zweites-wort-7"
PLACE = f"/v1/agencies/{AGENCY}/secrets"


@pytest.fixture
async def keyed(counter: Counter) -> Counter:
    """The manifest in force sends a secret in a header."""
    text = counter.manifest.replace(
        "  allow_private", '  credentials: {headers: {X-App-Key: "secret:mdj-nr/app"}}\n  allow_private'
    )
    await counter.published(text)
    return counter


async def put(counter: Counter, value: str = VALUE, who: str = "nora", name: str = "app") -> Any:
    return await counter.call("PUT", f"{PLACE}/{name}", who, value=value)


async def listed(counter: Counter, who: str = "nora") -> Any:
    answer = await counter.call("GET", PLACE, who)
    assert answer.status_code == 200
    return answer.json()["secrets"]


async def rows(counter: Counter) -> list[Any]:
    return await counter.town.house.database.read(
        lambda connection: list(connection.execute(select(secrets).order_by(secrets.c.version)))
    )


async def test_a_secret_set_over_the_api_reaches_its_agency(keyed: Counter):
    assert (await listed(keyed))[0]["source"] == "missing"
    answer = await put(keyed)
    assert (answer.status_code, answer.json()["version"], answer.json()["set_by"]) == (200, 1, "nora")
    await keyed.town.ask(kinds=[FILING])
    assert f"x-app-key: {VALUE}" in keyed.gate.heard[-1]
    (shown,) = await listed(keyed)
    assert (shown["source"], shown["used_by"], shown["last_used_day"]) == ("database", [AGENCY], "2026-03-02")


async def test_it_is_shown_nowhere_again(keyed: Counter, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    answers = [await put(keyed), await keyed.call("GET", PLACE, "nora"), await put(keyed, VALUE + "\x07")]
    answers.append(await keyed.town.ask(kinds=[FILING]))
    answers.append(await keyed.call("POST", f"{VERSIONS}/2/trials", "paul", **about(kinds=[FILING])))
    safe = keyed.town.house.safe
    told = [answer.text for answer in answers]
    told += [repr(safe), str(safe), repr(safe._held), repr(keyed.town.house), caplog.text]
    told.append(str(await keyed.town.entries()))
    assert [VALUE in words or "geheim" in words for words in told] == [False] * len(told)
    home = keyed.town.house.settings.home
    kept = b"".join(path.read_bytes() for path in home.parent.rglob("*") if path.is_file())
    assert b"geheim" not in kept
    assert b"geheim" not in b"".join(row.sealed or b"" for row in await rows(keyed))
    assert "secret" in await keyed.kinds()


async def test_every_act_is_an_entry_without_the_value_and_comes_first(keyed: Counter):
    await put(keyed)
    entry = await keyed.last("secret")
    assert (entry["consumer"], entry["agencies"]) == ("nora", [AGENCY])
    assert entry["subject"] == {"type": "secret", "id": f"{AGENCY}/app", "version": 1, "note": "set"}

    async def out(_: object) -> Any:
        raise LogUnavailable

    keyed.town.house.safe._record = out
    assert (await put(keyed, OTHER)).status_code == 503
    assert (await keyed.call("POST", "/v1/secrets/rotation", "system-admin")).status_code == 503
    assert keyed.town.house.safe(REFERENCE) == VALUE
    assert len(await rows(keyed)) == 1


async def test_another_value_destroys_the_one_before(keyed: Counter):
    await put(keyed)
    assert (await put(keyed, OTHER, "system-admin")).json()["version"] == 2
    assert [(row.version, row.sealed is None, row.by) for row in await rows(keyed)] == [
        (1, True, "nora"),
        (2, False, "system-admin"),
    ]
    await keyed.town.ask(kinds=[FILING])
    assert f"x-app-key: {OTHER}" in keyed.gate.heard[-1]


@pytest.mark.parametrize("who", ["hugo", "sara", "audit-office", "registrar", "registration"])
async def test_nobody_else_sets_one(keyed: Counter, who: str):
    assert (await put(keyed, who=who)).status_code == 403
    assert await rows(keyed) == []
    assert (await keyed.call("POST", "/v1/secrets/rotation", who)).status_code == 403


async def test_who_may_look(keyed: Counter):
    for who in ("nora", "sara", "audit-office", "system-admin"):
        assert [each["name"] for each in await listed(keyed, who)] == ["app"]
    assert (await keyed.call("GET", PLACE, "hugo")).status_code == 403


@pytest.mark.parametrize("value", ["", " x", "x\n", "x" * 5000, "\x00"])
async def test_what_no_header_could_carry_is_refused(keyed: Counter, value: str):
    assert (await put(keyed, value)).status_code == 400
    assert await rows(keyed) == []


async def test_sealing_anew_changes_every_key_and_no_value(keyed: Counter):
    await put(keyed)
    await put(keyed, OTHER, name="second")
    before = [row.sealed for row in await rows(keyed)]
    answer = await keyed.call("POST", "/v1/secrets/rotation", "system-admin")
    assert answer.json() == {"rewrapped": 2}
    after = [row.sealed for row in await rows(keyed)]
    assert all(
        old[4:20] != new[4:20] and old[32:80] != new[32:80] for old, new in zip(before, after, strict=True)
    )
    safe = keyed.town.house.safe
    assert (safe(REFERENCE), safe(f"secret:{AGENCY}/second")) == (VALUE, OTHER)
    assert (await keyed.last("secret"))["subject"]["note"] == "2 sealed anew"


async def test_a_secret_moved_or_altered_does_not_open(keyed: Counter):
    await put(keyed)
    await put(keyed, OTHER, name="second")
    (first, second) = sorted(await rows(keyed), key=lambda row: str(row.name))
    safe, database = keyed.town.house.safe, keyed.town.house.database

    def swap(blob: bytes) -> Any:
        return lambda connection: connection.execute(
            update(secrets).where(secrets.c.name == "app").values(sealed=blob)
        )

    for blob in (second.sealed, first.sealed[:-1] + bytes([first.sealed[-1] ^ 1]), b"LBS1"):
        await database.write(swap(blob))
        await safe._look()
        with pytest.raises(SetupIncomplete):
            safe(REFERENCE)
        with pytest.raises(VaultDamaged):
            await safe.rewrap(await _draft())
    assert [row.sealed for row in await rows(keyed) if row.name == "second"] == [second.sealed]


async def _draft() -> Any:
    from contracts.audit import Draft, EntryKind

    return Draft(kind=EntryKind.SECRET, operator="os:me")


async def test_the_machines_environment_and_files_go_first_and_the_list_says_so(
    keyed: Counter, monkeypatch: pytest.MonkeyPatch
):
    await put(keyed)
    safe, folder = keyed.town.house.safe, keyed.town.house.settings.home / "secrets" / AGENCY
    _write(folder, "aus-der-datei")
    assert (safe(REFERENCE), (await listed(keyed))[0]["source"]) == ("aus-der-datei", "file")
    monkeypatch.setenv("LANDBRIDGE_SECRET_MDJ_NR_APP", "aus-der-umgebung")
    assert (safe(REFERENCE), (await listed(keyed))[0]["source"]) == ("aus-der-umgebung", "environment")
    assert (await put(keyed, OTHER)).json()["source"] == "environment"


def _write(folder: Path, value: str) -> None:
    folder.mkdir(parents=True)
    (folder / "app").write_text(value + "\n", "utf-8")


async def test_a_secret_set_by_another_process_is_used_a_second_later(keyed: Counter):
    """Another node, or the command line: the same database, a safe of its own."""
    house, hand = keyed.town.house, [0.0]
    folder = house.settings.home / "secrets"
    reading = Safe(
        house.database, house.keys.vault, folder, house.log.append, keyed.town.clock, lambda: hand[0]
    )
    await reading.refresh()
    await put(keyed)
    await reading.refresh()
    with pytest.raises(SetupIncomplete):
        reading(REFERENCE)
    hand[0] += LATELY_SECONDS
    await reading.refresh()
    assert reading(REFERENCE) == VALUE
    assert LATELY_SECONDS <= 1.0


async def test_the_day_of_last_use_is_written_once_a_day(keyed: Counter):
    await put(keyed)
    safe, written = keyed.town.house.safe, []
    write = keyed.town.house.database.write

    async def counted(fn: Any) -> Any:
        written.append(fn)
        return await write(fn)

    safe._database.write = counted  # type: ignore[method-assign]
    for _ in range(3):
        safe(REFERENCE)
        await safe.settle()
        await safe._look()
    assert len(written) == 1
    keyed.town.clock.advance(86_400)
    safe(REFERENCE)
    await safe.settle()
    await safe._look()
    assert len(written) == 2
    assert (await listed(keyed))[0]["last_used_day"] == "2026-03-03"
