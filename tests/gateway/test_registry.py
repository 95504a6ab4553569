"""Files feed the record: what publishes, what changes nothing, what survives a restart."""

from pathlib import Path

import pytest
from sqlalchemy import update

from contracts.errors import LandbridgeError, ManifestInvalid
from gateway.building import open_house, prepare
from gateway.registry import DocumentKind, Registry
from gateway.settings import Settings
from gateway.store.lately import LATELY_SECONDS
from gateway.store.tables import documents
from tests.conftest import Clock
from tests.gateway.town import GRANTS, ROOT, Town, open_town, settings_in

NR = (ROOT / "config" / "agencies" / "mdj-nr.yaml").read_text("utf-8")


@pytest.fixture
def config(town: Town) -> Path:
    return town.house.settings.config


def put(config: Path, text: str, name: str = "mdj-nr") -> None:
    (config / "agencies" / f"{name}.yaml").write_text(text, "utf-8")


async def version(registry: Registry, name: str = "mdj-nr") -> int | None:
    found = await registry.in_force(DocumentKind.AGENCY, name)
    return found.version if found else None


async def test_a_new_text_is_a_new_version_with_an_entry_and_a_known_one_changes_nothing(
    town: Town, config: Path
):
    registry = town.house.registry
    put(config, NR)
    (document,) = await registry.import_files(config)
    assert (document.version, document.origin) == (1, "file")
    entry = (await town.entries())[-1]
    assert (entry["kind"], entry["subject"]["id"], entry["subject"]["digest"]) == (
        "published",
        "mdj-nr",
        document.digest,
    )
    size = len(await town.entries())
    assert await registry.import_files(config) == []
    assert len(await town.entries()) == size
    put(config, NR + "# 改\n")
    assert [each.version for each in await registry.import_files(config)] == [2]
    assert await version(registry) == 2


async def test_an_older_text_put_back_changes_nothing(town: Town, config: Path):
    """Its digest was seen; going back is a decision, not a file's."""
    registry = town.house.registry
    for text in (NR, NR + "# 改\n", NR):
        put(config, text)
        await registry.import_files(config)
    assert await version(registry) == 2


async def test_a_rollback_survives_a_restart(tmp_path: Path, clock: Clock, database_url: str):
    settings: Settings = settings_in(tmp_path, database_url)
    put(settings.config, NR)
    async with open_town(settings, clock):
        pass
    put(settings.config, NR + "# 改\n")
    async with open_town(settings, clock) as town:
        assert await version(town.house.registry) == 2

        def roll_back(connection):
            mine = documents.c.name == "mdj-nr"
            connection.execute(update(documents).where(mine).values(state="set-aside"))
            connection.execute(
                update(documents).where(mine, documents.c.version == 1).values(state="published")
            )

        await town.house.database.write(roll_back)
    async with open_town(settings, clock) as town:
        assert await version(town.house.registry) == 1
        assert "# 改" not in (await town.house.registry.current(DocumentKind.AGENCY))["mdj-nr"].text


@pytest.mark.parametrize(
    ("name", "octets", "told"),
    [
        ("agencies/mdj-nr.yaml", NR.replace("protocol: rest", "protocol: [").encode(), "mdj-nr.yaml"),
        ("agencies/mdj-nr.yaml", NR.replace("materials:", "matreials:").encode(), "matreials"),
        ("agencies/mdj-nr.yaml", NR.encode("gb18030"), "mdj-nr.yaml"),
        ("grants.yaml", b"grants: [{}]", "grants.yaml"),
        ("grants.yaml", b"\xff\xfe", "grants.yaml"),
    ],
)
async def test_a_broken_file_changes_nothing_and_names_the_place(
    town: Town, config: Path, name: str, octets: bytes, told: str
):
    """The good file beside it is not published either: a folder takes effect whole or not at all."""
    put(config, NR.replace("agency: mdj-nr", "agency: mdj-aa"), "mdj-aa")
    (config / name).write_bytes(octets)
    size = len(await town.entries())
    with pytest.raises(ManifestInvalid) as refused:
        await town.house.registry.import_files(config)
    assert told in refused.value.detail.en
    assert len(await town.entries()) == size
    assert await town.house.registry.current(DocumentKind.AGENCY) == {}


async def test_serving_refuses_a_file_that_only_an_older_version_could_read(
    tmp_path: Path, clock: Clock, database_url: str
):
    """Commands open the house all the same: they are what it is mended with."""
    settings: Settings = settings_in(tmp_path, database_url)
    async with open_town(settings, clock) as town:
        put(settings.config, NR.replace("materials:", "matreials:"))
        checks = {kind: (lambda *_: None) for kind in DocumentKind}
        older = Registry(town.house.database, town.house.log.append, clock, checks)
        assert len(await older.import_files(settings.config)) == 1
    async with open_house(settings, clock) as house:
        assert await version(house.registry) == 1
    with pytest.raises(ManifestInvalid, match="matreials"):
        await prepare(settings, clock, by="os:test")


async def test_differences_between_the_folder_and_the_record(town: Town, config: Path):
    registry = town.house.registry
    put(config, NR)
    await registry.import_files(config)
    assert await registry.differences(config) == []
    put(config, NR + "# 改\n")
    put(config, NR.replace("agency: mdj-nr", "agency: mdj-aa"), "mdj-aa")
    (config / "grants.yaml").unlink()
    found = {(each.name, each.what, each.published_version) for each in await registry.differences(config)}
    assert found == {("mdj-nr", "changed", 1), ("mdj-aa", "new", None), ("grants", "gone", 1)}


async def test_a_grant_taken_away_in_a_new_sheet_is_gone_within_the_second(town: Town, config: Path):
    assert (await town.ask()).status_code == 200
    sheet = GRANTS.replace("consumer: registration", "consumer: somebody-else")
    (config / "grants.yaml").write_text(sheet, "utf-8")
    await town.house.registry.import_files(config)
    assert (await town.ask()).status_code == 403


async def test_a_version_published_by_another_process_is_seen_a_second_later(town: Town, config: Path):
    hand = [0.0]
    reading = Registry(town.house.database, town.house.log.append, town.clock, {}, monotonic=lambda: hand[0])
    assert await version(reading) is None
    put(config, NR)
    await town.house.registry.import_files(config)
    assert await version(reading) is None
    hand[0] += LATELY_SECONDS
    assert await version(reading) == 1


async def test_nothing_is_in_force_that_the_log_does_not_know(town: Town, config: Path):
    """The entry cannot be written: the version is not published."""
    from contracts.errors import LogUnavailable

    async def out(_: object) -> None:
        raise LogUnavailable

    checks = {kind: (lambda *_: None) for kind in DocumentKind}
    registry = Registry(town.house.database, out, town.clock, checks)  # type: ignore[arg-type]
    put(config, NR)
    with pytest.raises(LandbridgeError):
        await registry.import_files(config)
    assert await version(Registry(town.house.database, out, town.clock, checks)) is None  # type: ignore[arg-type]


async def test_an_adapter_is_built_once_a_version(town: Town, config: Path):
    put(config, NR)
    await town.house.registry.import_files(config)
    (first,) = await town.house.agencies.all()
    (again,) = await town.house.agencies.all()
    assert first is again
    put(config, NR + "# 改\n")
    await town.house.registry.import_files(config)
    (newer,) = await town.house.agencies.all()
    assert (first.version, newer.version) == (1, 2)
