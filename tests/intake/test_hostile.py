"""What is sick is set aside with its reason beside it, in the database and in the log."""

import os
import re
import stat
import struct
import zipfile
import zlib
from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import pytest

from contracts.audit import EntryKind
from contracts.errors import SetupIncomplete
from gateway.intake import Drop
from gateway.intake.refusals import REASONS
from tests.intake.bench import PDF, line, notice, notice_of, package, seal, sha256, zipped
from tests.intake.conftest import PATIENCE, SETTLE, manifest_of

GOOD = {"宗地图.pdf": PDF}


def member(name, octets=PDF, *, utf8=True, attributes=0):
    info = zipfile.ZipInfo(name)
    info.external_attr = attributes << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    return {info: octets}


def hand_made(path, entries):
    """A ZIP of (raw name, flags, method, octets) exactly so; stored unless deflated already."""
    body, directory = b"", b""
    for raw, flags, method, packed, size in entries:
        facts = struct.pack(
            "<5H3L2H", 20, flags, method, 0, 0x21, zlib.crc32(PDF), len(packed), size, len(raw), 0
        )
        directory += (
            b"PK\1\2" + struct.pack("<H", 20) + facts + struct.pack("<3H2L", 0, 0, 0, 0, len(body)) + raw
        )
        body += b"PK\3\4" + facts + raw + packed
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, len(entries), len(entries), len(directory), len(body), 0)
    path.write_bytes(body + directory + end)
    return seal(path)


async def refused(harbour, agency="mdj-survey"):
    """Sweep; exactly one is refused and nothing is known. Gives the reason's code."""
    swept = await harbour.take_in()
    assert (swept.ingested, swept.quarantined, swept.failed) == (0, 1, 0)
    (row,) = await harbour.refusals()
    assert await harbour.deliveries() == await harbour.files() == await harbour.keys() == []
    assert row.agency == agency
    assert harbour.lying("in", agency) == harbour.lying("done", agency) == []
    lying = harbour.lying("quarantine", agency)
    assert f"{row.id}.txt" in lying
    assert len(lying) > 1
    written = (harbour.root / agency / "quarantine" / f"{row.id}.txt").read_text("utf-8")
    assert row.zh in written
    assert row.en in written
    assert f"[{row.reason}]" in written
    (draft,) = harbour.recorded
    assert draft.kind is EntryKind.QUARANTINED
    assert draft.subject is not None
    assert (draft.subject.id, draft.subject.note, draft.subject.digest) == (row.id, row.reason, row.digest)
    assert list((harbour.home / "spool").iterdir()) == []
    return row.reason


UNSAFE = [
    "../宗地图.pdf", "a/../../b.pdf", "/etc/passwd", "C:/x.pdf", "c:x.pdf", "\\\\server\\x.pdf", "..\\x.pdf",
    "a//b.pdf", "./a.pdf", "a/./b.pdf", "x\x07.pdf", "x\u202egpj.pdf", "x.pdf ", "x.", "NUL", "con.pdf",
    "x" * 256, "图" * 86, "x\u200b.pdf",
]  # fmt: skip


@pytest.mark.parametrize("name", UNSAFE)
async def test_an_unsafe_name_in_a_zip(harbour, name):
    zipped(harbour.inbox() / "P.zip", {"manifest.xml": notice(line("宗地图.pdf")), name: PDF})
    assert await refused(harbour) == "name-unsafe"


@pytest.mark.parametrize("name", ["../../x.pdf", "/x.pdf", "a/../x.pdf"])
async def test_an_unsafe_name_in_a_notice(harbour, name):
    zipped(harbour.inbox() / "P.zip", {"manifest.xml": notice(line("宗地图.pdf", PDF), line(name)), **GOOD})
    assert await refused(harbour) == "name-unsafe"


async def test_what_stands_behind_a_nul(harbour):
    raw = b"a.pdf\0.exe"
    hand_made(harbour.inbox() / "P.zip", [(raw, 0, 0, PDF, len(PDF))])
    assert await refused(harbour) == "name-unsafe"


async def test_folders_too_deep(harbour):
    path = "/".join("abcdefghi") + ".pdf"
    zipped(harbour.inbox() / "P.zip", {"manifest.xml": notice_of({path: PDF}), path: PDF})
    assert await refused(harbour) == "too-deep"


@pytest.mark.parametrize(
    ("one", "two"),
    [("a.pdf", "A.PDF"), ("e\u0301.pdf", "\u00e9.pdf"), ("a.pdf", "a.pdf"),
     ("a/b.pdf", "A/b.pdf"), ("ß.pdf", "SS.pdf")]
)  # fmt: skip
async def test_two_names_that_some_file_systems_take_for_one(harbour, one, two):
    with pytest.warns(UserWarning, match="Duplicate") if one == two else nullcontext():
        path = harbour.inbox() / "P.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("manifest.xml", notice_of({one: PDF}))
            archive.writestr(one, PDF)
            archive.writestr(two, PDF)
        seal(path)
    assert await refused(harbour) == "name-twice"


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK])
async def test_a_link_in_a_zip(harbour, kind):
    members: dict[Any, bytes] = {
        "manifest.xml": notice_of(GOOD),
        **member("宗地图.pdf", PDF, attributes=kind | 0o777),
    }
    zipped(harbour.inbox() / "P.zip", members)
    assert await refused(harbour) == "link"


async def test_a_link_in_place_of_a_delivery_is_not_followed(harbour, tmp_path):
    outside = package(tmp_path / "outside")
    (harbour.inbox() / "P.zip").symlink_to(outside)
    seal(harbour.inbox() / "P.zip")
    await harbour.sweep()
    swept = await harbour.sweep(PATIENCE)
    assert (swept.ingested, swept.quarantined) == (0, 2)
    assert outside.exists()
    assert not (harbour.root / "mdj-survey" / "quarantine").joinpath("P.zip").exists()
    assert {row.reason for row in await harbour.refusals()} == {"stray"}


async def test_a_linked_sidecar_is_not_read(harbour, tmp_path):
    sidecar = package(harbour.inbox()).with_name("P.zip.sha256")
    sidecar.rename(tmp_path / "elsewhere")
    sidecar.symlink_to(tmp_path / "elsewhere")
    assert await refused(harbour) == "link"


async def test_a_bomb_that_says_so_is_not_even_begun(harbour, monkeypatch):
    from gateway.intake import archive

    def never(*_):
        raise AssertionError("something was unpacked")

    monkeypatch.setattr(archive, "unpacked", never)
    zipped(
        harbour.inbox() / "P.zip",
        {"manifest.xml": notice_of({"a.bin": bytes(8 << 20)}), "a.bin": bytes(8 << 20)},
    )
    assert await refused(harbour) == "bomb"


async def test_a_bomb_in_the_place_of_the_notice(harbour):
    zipped(harbour.inbox() / "P.zip", {"manifest.xml": b" " * (4 << 20), **GOOD})
    assert await refused(harbour) == "bomb"


async def test_a_bomb_that_states_a_small_size_is_counted_as_it_unpacks(harbour):
    packer = zlib.compressobj(9, wbits=-15)
    packed = packer.compress(bytes(8 << 20)) + packer.flush()
    hand_made(harbour.inbox() / "P.zip", [(b"manifest.xml", 0, 8, packed, 100)])
    assert await refused(harbour) == "not-a-zip"


async def test_octets_are_counted_whatever_the_archive_states(monkeypatch):
    """The library stops at the stated size; what is counted here does not rest on that."""
    import io

    from gateway.intake import archive
    from gateway.intake.archive import Packed, unpacked
    from gateway.intake.refusals import Refused

    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("a", bytes(2 << 20))
    with zipfile.ZipFile(file) as opened:
        entry = opened.infolist()[0]
        with pytest.raises(Refused) as caught:
            list(unpacked(opened, Packed("a", entry), 64 << 20))
        assert caught.value.reason == "bomb"
        monkeypatch.setattr(archive, "RATIO", 10_000)
        with pytest.raises(Refused) as caught:
            list(unpacked(opened, Packed("a", entry), 1 << 20))
        assert caught.value.reason == "too-large"


async def test_too_much_in_all(harbour, monkeypatch):
    harbour.drops[0] = type(harbour.drops[0])(
        manifest_of("mdj-survey", **{"    settle: 10s": "    settle: 10s\n    total_bytes: 100000"}), 1
    )
    files = {f"{place}.pdf": bytes(30_000) for place in range(4)}
    package(harbour.inbox(), files)

    async def never(*_):
        raise AssertionError("something was kept before the whole was known to be too large")

    monkeypatch.setattr(harbour.vault, "put_stream", never)
    assert await refused(harbour) == "too-large"


async def test_one_file_too_large(harbour):
    harbour.drops[0] = type(harbour.drops[0])(
        manifest_of("mdj-survey", **{"attachment_bytes: 4294967296": "attachment_bytes: 2000"}), 1
    )
    package(harbour.inbox(), {"a.pdf": os.urandom(2001)})
    assert await refused(harbour) == "too-large"


async def test_a_file_at_the_very_limit(harbour):
    harbour.drops[0] = type(harbour.drops[0])(
        manifest_of("mdj-survey", **{"attachment_bytes: 4294967296": "attachment_bytes: 2000"}), 1
    )
    package(harbour.inbox(), {"a.pdf": os.urandom(2000)})
    assert (await harbour.take_in()).ingested == 1


async def test_too_many_files(harbour):
    harbour.drops[0] = type(harbour.drops[0])(
        manifest_of("mdj-survey", **{"    settle: 10s": "    settle: 10s\n    files: 3"}), 1
    )
    package(harbour.inbox(), {f"{place}.pdf": PDF for place in range(3)})
    assert await refused(harbour) == "too-many-files"


async def test_a_directory_of_millions_is_refused_before_it_is_read(harbour, monkeypatch):
    def never(*_, **__):
        raise AssertionError("the directory was read")

    path = harbour.inbox() / "P.zip"
    path.write_bytes(struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 60_000, 60_000, 0x7FFFFFFF, 0, 0))
    seal(path)
    monkeypatch.setattr(zipfile, "ZipFile", never)
    assert await refused(harbour) == "too-many-files"


async def test_a_zip64_directory_of_millions_is_refused_before_it_is_read(harbour, monkeypatch):
    def never(*_, **__):
        raise AssertionError("the directory was read")

    end64 = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 10**7, 10**7, 2**33, 0)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, 0, 1)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, 46, 0, 0)  # what a naive look would believe
    path = harbour.inbox() / "P.zip"
    path.write_bytes(end64 + locator + end)
    seal(path)
    monkeypatch.setattr(zipfile, "ZipFile", never)
    assert await refused(harbour) == "too-many-files"


async def test_a_healthy_zip64_is_taken_in(harbour):
    path = package(harbour.inbox())
    octets = path.read_bytes()
    count, size, start = struct.unpack("<HLL", octets[-12:-2])
    end64 = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, start)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, start + size, 1)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    path.write_bytes(octets[:-22] + end64 + locator + end)
    seal(path)
    assert (await harbour.take_in()).ingested == 1


async def test_an_encrypted_file(harbour):
    hand_made(harbour.inbox() / "P.zip", [(b"manifest.xml", 1, 0, PDF, len(PDF))])
    assert await refused(harbour) == "encrypted"


async def test_an_exotic_method(harbour):
    path = harbour.inbox() / "P.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("manifest.xml", notice_of(GOOD))
    seal(path)
    assert await refused(harbour) == "method"


async def test_a_name_in_no_encoding(harbour):
    hand_made(harbour.inbox() / "P.zip", [(b"\xff\xff.pdf", 0, 0, PDF, len(PDF))])
    assert await refused(harbour) == "name-encoding"


async def test_files_that_share_octets(harbour):
    path = harbour.inbox() / "P.zip"
    inner = struct.pack("<5H3L2H", 20, 0, 0, 0, 0x21, zlib.crc32(PDF), len(PDF), len(PDF), 1, 0)
    body = b"PK\3\4" + inner + b"a" + PDF
    lines = [
        b"PK\1\2" + struct.pack("<H", 20) + inner + struct.pack("<3H2L", 0, 0, 0, 0, 0) + name
        for name in (b"a", b"b")
    ]
    directory = b"".join(lines)
    path.write_bytes(
        body + directory + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 2, 2, len(directory), len(body), 0)
    )
    seal(path)
    assert await refused(harbour) == "overlapping"


@pytest.mark.parametrize("sick", ["", "PK", "not a zip at all", "PK\5\6" + "x" * 17])
async def test_no_zip(harbour, sick):
    (harbour.inbox() / "P.zip").write_bytes(sick.encode("latin-1"))
    seal(harbour.inbox() / "P.zip")
    assert await refused(harbour) == "not-a-zip"


@pytest.mark.parametrize("place", [40, 400, -30, -60])
async def test_a_zip_damaged_or_cut_after_it_was_sealed_by_its_writer(harbour, place):
    path = package(harbour.inbox(), {"a.pdf": os.urandom(4000)})
    octets = bytearray(path.read_bytes())
    octets[place] ^= 0xFF
    path.write_bytes(octets)
    assert await refused(harbour) == "digest-wrong"


@pytest.mark.parametrize("place", range(0, 900, 37))
async def test_a_damaged_zip_sealed_as_it_is_never_gets_in_as_another(harbour, place):
    """Flipped octets are refused, or were nothing anybody reads."""
    whole = {"a.pdf": bytes(range(256)) * 2}
    path = package(harbour.inbox(), whole)
    octets = bytearray(path.read_bytes())
    octets[place % len(octets)] ^= 0x55
    path.write_bytes(octets)
    seal(path)
    swept = await harbour.take_in()
    assert swept.failed == swept.waiting == 0
    for row in await harbour.files():
        assert await harbour.vault.get(row.sha256) == whole["a.pdf"]


SICK_NOTICES = {
    "notice-unreadable": [
        b"", b"<package", b"<package/>", b"<other no='1'/>", notice(line("a.pdf", PDF, sha256="xyz")),
        notice(line("a.pdf", PDF, size="-1")), notice(line("", PDF)), notice(line("a.pdf", PDF), package=" "),
        notice(line("a.pdf", PDF), package="9" * 400),
        b'<!DOCTYPE p [<!ENTITY e SYSTEM "file:///etc/passwd">]><package no="&e;"/>',
        b'<!DOCTYPE p [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><package no="&b;"/>',
        b"<package no='1'>" + b"<a>" * 100 + b"</a>" * 100 + b"</package>",
    ],
    "digest-wrong": [notice(line("a.pdf", PDF, sha256="0" * 64))],
    "size-wrong": [notice(line("a.pdf", PDF, size="1"))],
    "file-unlisted": [notice(), notice(line("b.pdf"))],
    "file-missing": [
        notice(line("a.pdf", PDF), line("b.pdf", PDF)), notice(line("a.pdf", PDF), line("b.pdf", size="7")),
    ],
    "listed-twice": [notice(line("a.pdf", PDF), line("a.pdf", PDF))],
}  # fmt: skip


@pytest.mark.parametrize(
    ("reason", "octets"), [(reason, each) for reason, several in SICK_NOTICES.items() for each in several]
)
async def test_a_sick_notice(harbour, reason, octets):
    zipped(harbour.inbox() / "P.zip", {"manifest.xml": octets, "a.pdf": PDF})
    assert await refused(harbour) == reason


async def test_no_notice(harbour):
    zipped(harbour.inbox() / "P.zip", {"a.pdf": PDF, "Manifest.XML": notice_of({"a.pdf": PDF})})
    assert await refused(harbour) == "notice-missing"


async def test_two_notices(harbour):
    inner = notice_of({"a.pdf": PDF})
    zipped(harbour.inbox() / "P.zip", {"x/manifest.xml": inner, "y/manifest.xml": inner, "x/a.pdf": PDF})
    assert await refused(harbour) == "notice-missing"


async def test_a_file_beside_the_folder_of_the_notice(harbour):
    inner = notice_of({"a.pdf": PDF})
    zipped(harbour.inbox() / "P.zip", {"x/manifest.xml": inner, "x/a.pdf": PDF, "b.pdf": PDF})
    assert await refused(harbour) == "file-unlisted"


async def test_a_file_without_a_digest_needs_a_sealed_zip(harbour):
    unsealed = {"sidecar: required": "sidecar: optional"}
    harbour.drops[0] = Drop(manifest_of("mdj-survey", **unsealed), 1)
    path = zipped(harbour.inbox() / "P.zip", {"manifest.xml": notice(line("a.pdf")), "a.pdf": PDF})
    sealed = path.read_bytes()
    path.with_name("P.zip.sha256").unlink()
    assert await refused(harbour) == "undigested"
    path.write_bytes(sealed)
    seal(path)
    assert (await harbour.take_in()).ingested == 1


@pytest.mark.parametrize(
    "sidecar", [b"", b"no digest", b"0" * 63, b"0" * 65, b"0" * 64 + b" " + b"1" * 64, b" " * 5000]
)
async def test_a_sidecar_that_states_nothing(harbour, sidecar):
    package(harbour.inbox()).with_name("P.zip.sha256").write_bytes(sidecar)
    assert await refused(harbour) == "sidecar-unreadable"


async def test_a_stray_waits_and_is_then_set_aside(harbour):
    (harbour.inbox() / "图纸.rar").write_bytes(b"Rar!")
    assert (await harbour.take_in()).waiting == 1
    assert (await harbour.sweep(PATIENCE - SETTLE - timedelta(seconds=1))).waiting == 1
    assert (await harbour.sweep(timedelta(seconds=1))).quarantined == 1
    assert (await harbour.refusals())[0].reason == "stray"


async def test_a_refused_delivery_may_come_again_mended(harbour):
    package(harbour.inbox()).write_bytes(b"cut off")
    assert await refused(harbour) == "digest-wrong"
    package(harbour.inbox())
    assert (await harbour.take_in()).ingested == 1


async def test_a_copy_of_it_refused_again_is_another_refusal(harbour):
    for _ in range(2):
        package(harbour.inbox()).write_bytes(b"cut off")
        assert (await harbour.take_in()).quarantined == 1
    assert len(await harbour.refusals()) == 2
    assert len(harbour.lying("quarantine")) == 6


async def test_without_sm3_nothing_is_refused_and_nothing_taken_in(harbour, monkeypatch):
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import hashes

    from gateway.intake import digests

    path = package(harbour.inbox())
    seal(path, "sm3")

    def none(_):
        raise UnsupportedAlgorithm("sm3")

    with monkeypatch.context() as patched:
        patched.setattr(hashes, "Hash", none)
        with pytest.raises(SetupIncomplete):
            digests.Sm3()
        swept = await harbour.take_in()
        assert (swept.failed, swept.ingested, swept.quarantined) == (1, 0, 0)
    assert (await harbour.sweep()).ingested == 1


def test_every_reason_speaks_both_languages():
    for told in REASONS.values():
        assert told.zh.strip()
        assert told.en.strip()
        assert told.zh != told.en
        places = [set(re.findall(r"{(\w+)}", words)) for words in (told.zh, told.en)]
        assert places[0] == places[1]


async def test_a_reason_that_quotes_another_error_does_so_in_each_language(harbour):
    zipped(harbour.inbox() / "P.zip", {"manifest.xml": b"<package", "a.pdf": PDF})
    await refused(harbour)
    (row,) = await harbour.refusals()
    assert "XML" in row.zh
    assert "无法解析" in row.zh
    assert "XML" in row.en
    assert "zh=" not in row.en


class TestFolders:
    """The same for loose files."""

    LIST = (
        "文书编号,项目代码,项目名称,文书类型,人防面积,易地建设费,出具日期,状态,文件名,材料类型,字节数,SHA256\r\n"
        "W-1,2012-231005-04-01-735188,翰林示例城,竣工验收备案,4200,,2022/10/27,有效,{name},人防文书,{size},{digest}\r\n"
    )  # fmt: skip

    def lay(self, harbour, octets=PDF, name="文书.pdf", digest=None, size=None):
        folder = harbour.inbox("mdj-defence") / "W-1"
        folder.mkdir(parents=True)
        (folder / "文书.pdf").write_bytes(octets)
        listed = self.LIST.format(
            name=name, size=len(octets) if size is None else size, digest=digest or sha256(octets)
        )
        (folder / "清单.csv").write_bytes(listed.encode("gbk"))
        return folder

    async def test_healthy(self, harbour):
        self.lay(harbour)
        assert (await harbour.take_in()).ingested == 1
        assert [row.path for row in await harbour.files()] == ["文书.pdf"]

    async def test_the_same_again_is_nothing_new_and_other_octets_are_a_version(self, harbour):
        for octets, known in ((PDF, 0), (PDF, 1), (PDF + b"2", 0)):
            self.lay(harbour, octets)
            assert (await harbour.take_in()).known == known
        assert [row.version for row in await harbour.deliveries()] == [1, 2]

    async def test_it_waits_while_anything_in_it_is_being_written(self, harbour):
        folder = self.lay(harbour)
        (folder / "附图.pdf.tmp").write_bytes(b"half")
        await harbour.take_in()
        assert await harbour.deliveries() == []
        (folder / "附图.pdf.tmp").unlink()
        assert (await harbour.take_in()).ingested == 1

    async def test_a_file_that_changes_late_starts_the_wait_anew(self, harbour):
        folder = self.lay(harbour)
        await harbour.sweep()
        (folder / "文书.pdf").write_bytes(PDF)
        os.utime(folder / "文书.pdf", ns=(5, 5))
        assert (await harbour.sweep(SETTLE)).waiting == 1

    async def test_wrong_digest(self, harbour):
        self.lay(harbour, digest="0" * 64)
        assert await refused(harbour, "mdj-defence") == "digest-wrong"

    async def test_a_link_is_not_followed(self, harbour, tmp_path):
        folder = self.lay(harbour)
        (tmp_path / "secret").write_bytes(PDF)
        (folder / "文书.pdf").unlink()
        (folder / "文书.pdf").symlink_to(tmp_path / "secret")
        assert await refused(harbour, "mdj-defence") == "link"

    async def test_a_linked_folder_is_not_followed(self, harbour, tmp_path):
        folder = self.lay(harbour)
        (tmp_path / "outside").mkdir()
        (folder / "more").symlink_to(tmp_path / "outside")
        assert await refused(harbour, "mdj-defence") == "link"

    async def test_a_pipe_is_not_waited_for(self, harbour):
        os.mkfifo(self.lay(harbour) / "pipe.pdf")
        assert await refused(harbour, "mdj-defence") == "link"

    async def test_a_file_that_becomes_a_link_after_it_was_looked_at(self, harbour, tmp_path, monkeypatch):
        from gateway.intake import parcel
        from gateway.intake.folder import files_below

        folder = self.lay(harbour)
        (tmp_path / "secret").write_bytes(PDF)
        look = files_below

        def looked(*args):
            found = look(*args)
            (folder / "文书.pdf").unlink()
            (folder / "文书.pdf").symlink_to(tmp_path / "secret")
            return found

        monkeypatch.setattr(parcel, "files_below", looked)
        assert await refused(harbour, "mdj-defence") == "link"

    @pytest.mark.parametrize("listed", ["..\\文书.pdf", "../文书.pdf", "/文书.pdf"])
    async def test_an_unsafe_name_in_the_list(self, harbour, listed):
        self.lay(harbour, name=listed)
        assert await refused(harbour, "mdj-defence") == "name-unsafe"
