"""A drop that changes between one look and the next: each moment chosen by the test, none by the clock."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.intake import folder as folders
from gateway.intake import parcel
from gateway.intake.folder import DropFolder
from tests.intake.bench import PDF, notice, package, sha256, zipped
from tests.intake.conftest import SETTLE, Harbour, harbour
from tests.intake.test_hostile import refused
from tests.stores import only_sqlite

__all__ = ["harbour"]

SECRET = b"of another agency, or of the machine's"
LIST = (
    "文书编号,项目代码,项目名称,文书类型,人防面积,易地建设费,出具日期,状态,文件名,材料类型,字节数,SHA256\r\n"
    "W-1,2012-231005-04-01-735188,翰林示例城,竣工验收备案,4200,,2022/10/27,有效,{name},人防文书,{size},{digest}\r\n"
)


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder that is none of the agency's, with files of the names a delivery has."""
    place = tmp_path / "outside"
    place.mkdir()
    (place / "文书.pdf").write_bytes(SECRET)
    package(place, {"宗地图.pdf": SECRET})
    return place


def loose(harbour: Harbour, octets: bytes) -> Path:
    """A folder of loose files that states the octets' digest, one of them in a folder of its own."""
    place = harbour.inbox("mdj-defence") / "W-1"
    (place / "附").mkdir(parents=True)
    (place / "附" / "文书.pdf").write_bytes(octets)
    listed = LIST.format(name="附/文书.pdf", size=len(octets), digest=sha256(octets))
    (place / "清单.csv").write_bytes(listed.encode("gbk"))
    return place


def swap(place: Path, target: Path) -> None:
    """Where something was, a link stands now."""
    place.rename(place.with_name(f".{place.name}"))
    place.symlink_to(target)


def just_after(monkeypatch: pytest.MonkeyPatch, where: Any, name: str, then: Callable[[], None]) -> None:
    """Once, as soon as the house has done this, somebody else does that."""
    done, waiting = getattr(where, name), [then]

    def doing(*args: Any, **words: Any) -> Any:
        found = done(*args, **words)
        if waiting:
            waiting.pop()()
        return found

    monkeypatch.setattr(where, name, doing)


def leaked(harbour: Harbour, outside: Path) -> bool:
    """Whether anything of outside was taken, read or moved."""
    kept = [path for path in (harbour.home / "vault").rglob("*") if path.is_file()]
    return not (outside / "文书.pdf").exists() or not (outside / "P.zip").exists() or bool(kept)


@only_sqlite
async def test_a_folder_swapped_for_a_link_after_its_files_were_listed(
    harbour: Harbour, outside: Path, monkeypatch: pytest.MonkeyPatch
):
    place = loose(harbour, SECRET)
    just_after(monkeypatch, parcel, "files_below", lambda: swap(place / "附", outside))
    swept = await harbour.take_in()
    assert (swept.ingested, await harbour.files()) == (0, [])
    assert (outside / "文书.pdf").read_bytes() == SECRET
    assert [row.reason for row in await harbour.refusals()] == ["link"]


@only_sqlite
async def test_the_folder_above_a_zip_swapped_for_a_link_after_it_was_seen(
    harbour: Harbour, outside: Path, monkeypatch: pytest.MonkeyPatch
):
    inner = harbour.inbox() / "三月"
    package(inner)
    await harbour.sweep()
    just_after(monkeypatch, DropFolder, "candidates", lambda: swap(inner, outside))
    swept = await harbour.sweep(SETTLE)
    assert swept.ingested == 0
    assert await harbour.deliveries() == []
    assert not leaked(harbour, outside)


@only_sqlite
async def test_the_folder_above_swapped_between_reading_and_moving(
    harbour: Harbour, outside: Path, monkeypatch: pytest.MonkeyPatch
):
    """What was read is ours by then; what is moved is never what the link leads to."""
    inner = harbour.inbox() / "三月"
    package(inner)
    before = (outside / "P.zip").read_bytes()
    await harbour.sweep()
    move = DropFolder.put_by

    def moved(*args: Any) -> None:
        swap(inner, outside)
        move(*args)

    monkeypatch.setattr(DropFolder, "put_by", moved)
    await harbour.sweep(SETTLE)
    assert (outside / "P.zip").read_bytes() == before
    assert harbour.lying("done") == []


@only_sqlite
async def test_a_zip_swapped_for_a_link_after_it_was_seen(
    harbour: Harbour, outside: Path, monkeypatch: pytest.MonkeyPatch
):
    place = package(harbour.inbox())
    await harbour.sweep()
    just_after(monkeypatch, DropFolder, "candidates", lambda: swap(place, outside / "P.zip"))
    swept = await harbour.sweep(SETTLE)
    assert swept.ingested == 0
    assert await harbour.deliveries() == []
    assert not leaked(harbour, outside)


@only_sqlite
async def test_a_file_that_grows_while_it_is_read_is_what_it_said_or_nothing(
    harbour: Harbour, monkeypatch: pytest.MonkeyPatch
):
    place = loose(harbour, PDF)

    def grow() -> None:
        with (place / "附" / "文书.pdf").open("ab") as file:
            file.write(b"more")

    just_after(monkeypatch, parcel, "open_plain", grow)
    just_after(monkeypatch, parcel, "files_below", grow)
    assert await refused(harbour, "mdj-defence") in {"digest-wrong", "size-wrong"}


@only_sqlite
async def test_a_zip_that_grows_without_end_while_it_is_copied_stops_at_the_limit(
    harbour: Harbour, monkeypatch: pytest.MonkeyPatch
):
    """The size is looked at once; what comes after it is refused, not kept."""
    place = package(harbour.inbox())

    def grow() -> None:
        place.write_bytes(place.read_bytes() + b"x" * 4096)

    just_after(monkeypatch, parcel, "open_plain", grow)
    assert await refused(harbour) in {"digest-wrong", "zip-damaged", "too-large"}


@only_sqlite
async def test_a_zip_replaced_by_another_between_sidecar_and_copy_is_not_the_one_that_was_sealed(
    harbour: Harbour, monkeypatch: pytest.MonkeyPatch
):
    place = package(harbour.inbox())

    def replace() -> None:
        other = zipped(harbour.home / "other.zip", {"manifest.xml": notice(), "宗地图.pdf": b"another"})
        other.replace(place)

    just_after(monkeypatch, parcel, "_sidecar", replace)
    assert await refused(harbour) == "digest-wrong"


@only_sqlite
async def test_a_delivery_taken_back_while_it_is_looked_at_waits(
    harbour: Harbour, monkeypatch: pytest.MonkeyPatch
):
    place = package(harbour.inbox())
    await harbour.sweep()
    just_after(monkeypatch, DropFolder, "candidates", place.unlink)
    swept = await harbour.sweep(SETTLE)
    assert (swept.waiting, swept.failed, swept.quarantined) == (1, 0, 0)


def test_no_descriptor_is_left_behind(tmp_path: Path):
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    (deep / "x").write_bytes(b"x")
    before = len(list(Path("/proc/self/fd").iterdir()))
    for name in ("x", "absent"):
        try:
            folders.open_plain(deep / name, tmp_path).close()
        except FileNotFoundError:
            assert name == "absent"
    assert len(list(Path("/proc/self/fd").iterdir())) == before
