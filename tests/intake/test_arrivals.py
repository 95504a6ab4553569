"""What arrives whole is taken in once: settled, found by its keys, versioned, and never twice."""

import asyncio
import hashlib
from datetime import timedelta

import pytest

from adapters.base import Deadline, Key
from contracts.audit import EntryKind
from contracts.material import AttachmentState, Retrieval
from contracts.time import BEIJING
from demo.drop import deliver_document, deliver_drawings, deliver_package, write_zip
from gateway.intake import Drop, Swept
from tests.intake.bench import PACKAGE, PARCEL, PDF, PROJECT, line, notice, notice_of, package, seal, zipped
from tests.intake.conftest import PATIENCE, SETTLE, manifest_of

SECOND = timedelta(seconds=1)


async def material_of(
    harbour, grant_for, key=("package_no", PACKAGE), kind="survey-package", agency="mdj-survey"
):
    adapter = harbour.adapter(agency)
    keys = {key[0]: (Key(key[0], key[1], confirmed=True),)}
    evidence = await adapter.pull(grant_for(kind), keys, Deadline.after(5))
    return [material for each in evidence for material in adapter.read(each).materials]


@pytest.fixture
def grant_for():
    from datetime import date

    from contracts.exchange import Grant

    def grant(kind):
        return Grant(
            id="g1", consumer="registration", purpose="first-registration", kind=kind,
            valid_from=date(2026, 1, 1), valid_until=date(2026, 12, 31),
        )  # fmt: skip

    return grant


async def test_a_package_is_taken_in_when_it_has_not_changed_for_long_enough(harbour):
    package(harbour.inbox())
    assert (await harbour.sweep()).waiting == 1
    assert (await harbour.sweep(SETTLE - SECOND)).waiting == 1
    assert await harbour.deliveries() == []
    assert (await harbour.sweep(SECOND)).ingested == 1
    (row,) = await harbour.deliveries()
    assert (row.agency, row.package, row.version, row.superseded_at) == ("mdj-survey", PACKAGE, 1, None)
    assert harbour.lying("in") == []
    assert harbour.lying("done") == [f"{row.id}/P.zip", f"{row.id}/P.zip.sha256"]
    (file,) = await harbour.files()
    assert file.path == "宗地图.pdf"
    assert await harbour.vault.get(file.sha256) == PDF
    assert list((harbour.home / "spool").iterdir()) == []


async def test_a_file_that_still_grows_waits_anew(harbour):
    whole = package(harbour.inbox()).read_bytes()
    target = harbour.inbox() / "P.zip"
    target.write_bytes(whole[:50])
    await harbour.sweep()
    target.write_bytes(whole)
    assert (await harbour.sweep(SETTLE)).waiting == 1
    assert (await harbour.sweep(SETTLE - SECOND)).waiting == 1
    assert (await harbour.sweep(SECOND)).ingested == 1


async def test_same_size_and_another_time_is_a_change(harbour):
    path = package(harbour.inbox())
    await harbour.sweep()
    octets = path.read_bytes()
    path.write_bytes(octets)
    import os

    os.utime(path, ns=(1, 1))
    assert (await harbour.sweep(SETTLE)).waiting == 1


async def test_what_is_being_written_is_not_looked_at(harbour):
    ready = package(harbour.inbox() / "later")
    for name in ("P.zip.tmp", ".P.zip", "P.zip.PART", "P.filepart"):
        (harbour.inbox() / name).write_bytes(ready.read_bytes())
    ready.unlink()
    ready.with_name("P.zip.sha256").unlink()
    await harbour.sweep()
    assert await harbour.sweep(PATIENCE) == await harbour.sweep() == Swept()
    assert await harbour.refusals() == []
    (harbour.inbox() / "P.zip.tmp").rename(harbour.inbox() / "P.zip")
    seal(harbour.inbox() / "P.zip")
    assert (await harbour.take_in()).ingested == 1


async def test_a_zip_waits_for_its_digest_and_not_for_ever(harbour):
    path = package(harbour.inbox())
    sidecar = path.with_name("P.zip.sha256")
    sidecar.rename(sidecar.with_suffix(".sha256.tmp"))
    await harbour.sweep()
    assert (await harbour.sweep(PATIENCE - SECOND)).waiting == 1
    assert (await harbour.sweep(SECOND)).quarantined == 1
    (row,) = await harbour.refusals()
    assert row.reason == "sidecar-missing"


@pytest.mark.parametrize("algorithm", ["sha256", "sm3"])
@pytest.mark.parametrize("form", ["{digest}", "{digest} *P.zip", "SM3(P.zip)= {digest}", "{DIGEST}\r\n"])
async def test_a_sidecar_may_be_written_as_the_usual_tools_do(harbour, algorithm, form):
    path = package(harbour.inbox())
    path.with_name("P.zip.sha256").unlink()
    digest = hashlib.new(algorithm, path.read_bytes()).hexdigest()
    written = form.format(digest=digest, DIGEST=digest.upper())
    path.with_name(f"P.zip.{algorithm}").write_bytes(written.encode())
    assert (await harbour.take_in()).ingested == 1


async def test_a_sidecar_s_name_may_be_in_capitals(harbour):
    sidecar = package(harbour.inbox(), name="P.ZIP").with_name("P.ZIP.sha256")
    sidecar.rename(sidecar.with_name("P.zip.SHA256"))
    assert (await harbour.take_in()).ingested == 1


async def test_one_wrong_sidecar_of_two_is_enough(harbour):
    path = package(harbour.inbox())
    path.with_name("P.zip.sm3").write_text("0" * 64)
    assert (await harbour.take_in()).quarantined == 1
    assert (await harbour.refusals())[0].reason == "digest-wrong"


async def test_the_same_octets_again_are_nothing_new(harbour):
    path = package(harbour.inbox())
    octets = path.read_bytes()
    await harbour.take_in()
    again = harbour.inbox() / "231005" / "again.zip"
    again.parent.mkdir()
    again.write_bytes(octets)
    seal(again)
    assert (await harbour.take_in()).known == 1
    assert len(await harbour.deliveries()) == 1
    assert harbour.lying("in") == []
    assert [draft.kind for draft in harbour.recorded] == [EntryKind.INGESTED]


async def test_a_later_delivery_of_a_package_replaces_it(harbour, grant_for):
    first = package(harbour.inbox()).read_bytes()
    await harbour.take_in()
    (before,) = await material_of(harbour, grant_for)
    package(harbour.inbox(), {"宗地图.pdf": PDF + b"2"})
    harbour.clock.advance(3600)
    await harbour.take_in()
    old, new = await harbour.deliveries()
    assert (old.version, new.version) == (1, 2)
    assert old.superseded_at == new.arrived_at
    assert new.superseded_at is None
    (after,) = await material_of(harbour, grant_for)
    assert after.attachments[0].sha256 == hashlib.sha256(PDF + b"2").hexdigest()
    assert after.attachments[0].id != before.attachments[0].id
    # The first version once more, out of order: it was known, and does not come back into force.
    (harbour.inbox() / "P.zip").write_bytes(first)
    seal(harbour.inbox() / "P.zip")
    assert (await harbour.take_in()).known == 1
    assert [row.superseded_at is None for row in await harbour.deliveries()] == [False, True]


async def test_another_package_replaces_nothing(harbour, grant_for):
    package(harbour.inbox())
    package(harbour.inbox(), name="Q.zip", package="DCHY-231005-2023-0001")
    assert (await harbour.take_in()).ingested == 2
    assert {row.version for row in await harbour.deliveries()} == {1}
    assert len(await material_of(harbour, grant_for, ("project_code", PROJECT))) == 2
    assert len(await material_of(harbour, grant_for)) == 1


async def test_two_agencies_may_use_the_same_number(harbour):
    harbour.drops = [
        harbour.drops[0],
        Drop(manifest_of("mdj-survey", **{"mdj-survey": "mdj-other"}), 1),
    ]
    for agency in ("mdj-survey", "mdj-other"):
        package(harbour.inbox(agency))
    assert (await harbour.take_in()).ingested == 2
    assert [row.superseded_at for row in await harbour.deliveries()] == [None, None]


async def test_a_named_file_may_come_late(harbour, grant_for):
    late = notice(line("宗地图.pdf", PDF), line("竣工图.zip"))
    zipped(harbour.inbox() / "P.zip", {"manifest.xml": late, "宗地图.pdf": PDF})
    await harbour.take_in()
    (material,) = await material_of(harbour, grant_for)
    assert [file.state for file in material.attachments] == [AttachmentState.HELD, AttachmentState.ABSENT]
    package(harbour.inbox(), {"宗地图.pdf": PDF, "竣工图.zip": b"PK drawing"})
    await harbour.take_in()
    (material,) = await material_of(harbour, grant_for)
    assert [file.state for file in material.attachments] == [AttachmentState.HELD] * 2


async def test_names_in_gbk_and_in_utf8_come_out_the_same(harbour):
    files = {"分层分户图/榕园1#楼—镕.pdf": PDF}
    write_zip(
        harbour.inbox() / "P.zip",
        {"manifest.xml": lambda: iter([notice_of(files)]), **{name: lambda: iter([PDF]) for name in files}},
    )
    await harbour.take_in()
    package(harbour.inbox(), files, package="other")
    await harbour.take_in()
    assert [row.path for row in await harbour.files()] == list(files) * 2


async def test_a_name_in_pieces_is_the_one_the_notice_lists(harbour):
    listed, stored = "caf\u00e9.pdf", "cafe\u0301.pdf"
    zipped(harbour.inbox() / "P.zip", {"manifest.xml": notice(line(listed, PDF)), stored: PDF})
    assert (await harbour.take_in()).ingested == 1
    assert [row.path for row in await harbour.files()] == [listed]


async def test_a_package_inside_one_folder_is_read_from_there(harbour):
    inner = notice_of({"宗地图.pdf": PDF})
    zipped(
        harbour.inbox() / "P.zip",
        {
            "DCHY/": b"", "DCHY/manifest.xml": inner, "DCHY/宗地图.pdf": PDF,
            "__MACOSX/DCHY/._x": b"junk", "DCHY/Thumbs.db": b"junk",
        },
    )  # fmt: skip
    assert (await harbour.take_in()).ingested == 1
    assert [row.path for row in await harbour.files()] == ["宗地图.pdf"]


async def test_sm3_in_the_notice_is_checked(harbour):
    harbour.drops[0] = Drop(
        manifest_of("mdj-survey", **{"name: name, sha256: sha256, bytes: size": "name: name, sm3: sm3"}), 1
    )
    right = hashlib.new("sm3", PDF).hexdigest()
    for name, digest in (("right", right), ("wrong", right[::-1])):
        listed = f'<file name="宗地图.pdf" type="" size="{len(PDF)}" sm3="{digest}"/>'
        zipped(
            harbour.inbox() / f"{name}.zip",
            {"manifest.xml": notice(listed, package=name), "宗地图.pdf": PDF},
        )
    swept = await harbour.take_in()
    assert (swept.ingested, swept.quarantined) == (1, 1)
    assert (await harbour.deliveries())[0].package == "RIGHT"
    assert (await harbour.refusals())[0].reason == "digest-wrong"


async def test_the_entry_says_which_delivery_and_nothing_of_names(harbour):
    package(harbour.inbox(), name="张三的成果.zip")
    await harbour.take_in()
    (row,), (draft,) = await harbour.deliveries(), harbour.recorded
    assert draft.kind is EntryKind.INGESTED
    assert draft.subject is not None
    assert (draft.subject.id, draft.subject.version, draft.subject.digest) == (row.id, 1, row.digest)
    assert (draft.agencies, draft.kinds, draft.evidence, draft.count) == (
        ("mdj-survey",), ("survey-package",), (row.notice,), 1,
    )  # fmt: skip
    said = draft.model_dump_json()
    assert "张三" not in said
    assert PACKAGE not in said


async def test_the_demo_s_packages_and_documents_are_taken_in(harbour, projects, grant_for):
    for project in projects:
        deliver_package(harbour.root, project)
        deliver_document(harbour.root, project)
    assert (await harbour.take_in()).ingested == 4
    assert await harbour.refusals() == []
    for project in projects:
        for number, kind, agency in (
            ("M15", "survey-package", "mdj-survey"),
            ("M13", "civil-defence", "mdj-defence"),
        ):
            key = ("project_code", project["project_code"])
            (material,) = await material_of(harbour, grant_for, key, kind, agency)
            assert {file.state for file in material.attachments} == {AttachmentState.HELD}
            assert len(material.attachments) == len(project["materials"][number]["attachments"])


async def test_before_anything_came_it_is_pending_and_says_when_the_last_one_came(harbour, grant_for):
    await harbour.take_in()  # the first look makes the folder
    (material,) = await material_of(harbour, grant_for)
    assert material.retrieval is Retrieval.PENDING
    assert material.error is not None
    assert material.error.detail.en.endswith("—")
    package(
        harbour.inbox(), package="another", project="2103-231003-04-01-209465", zddm="231003005012GB00034"
    )
    await harbour.take_in()
    (material,) = await material_of(harbour, grant_for)
    assert material.retrieval is Retrieval.PENDING
    assert material.error is not None
    standing = await harbour.intake.standing("mdj-survey")
    assert standing.usable
    assert standing.last_arrived == harbour.clock()
    shown = standing.last_arrived.astimezone(BEIJING)
    assert material.error.detail.zh.endswith(f"{shown:%Y-%m-%d %H:%M}")


async def test_it_is_found_by_every_key_and_by_no_other_value(harbour, grant_for):
    package(harbour.inbox())
    await harbour.take_in()
    for key in (("package_no", PACKAGE.lower()), ("project_code", PROJECT), ("parcel_code", PARCEL)):
        (material,) = await material_of(harbour, grant_for, key)
        assert material.retrieval is Retrieval.RECEIVED
        assert material.fields["package_no"] == PACKAGE
    for key in (("package_no", PACKAGE[:-1]), ("package_no", "%"), ("parcel_code", PARCEL[:-1] + "2")):
        (material,) = await material_of(harbour, grant_for, key)
        assert material.retrieval is Retrieval.PENDING


async def test_a_name_that_goes_on_is_found_where_the_manifest_says_so(harbour, projects, grant_for):
    deliver_document(harbour.root, projects[0] | {"name": "翰林示例城一期"})
    deliver_document(harbour.root, projects[1] | {"name": "锦绣_示例城"})
    await harbour.take_in()

    async def retrieval(name):
        found = await material_of(harbour, grant_for, ("project_name", name), "civil-defence", "mdj-defence")
        return [material.retrieval for material in found]

    assert await retrieval("翰林示例城") == [Retrieval.RECEIVED]
    assert await retrieval("翰林示例城一期二") == [Retrieval.PENDING]
    assert await retrieval("锦绣%") == [Retrieval.PENDING]


async def test_evidence_is_the_notice_and_the_same_whoever_asks_and_when(harbour, grant_for):
    package(harbour.inbox())
    await harbour.take_in()
    adapter, keys = harbour.adapter(), {"package_no": (Key("package_no", PACKAGE, confirmed=True),)}
    (first,) = await adapter.pull(grant_for("survey-package"), keys, Deadline.after(5))
    arrived = harbour.clock()
    harbour.clock.advance(86_400)
    (second,) = await adapter.pull(grant_for("survey-package"), keys, Deadline.after(5))
    assert first == second
    assert first.received_at == arrived
    assert first.body == notice_of({"宗地图.pdf": PDF})


async def test_a_new_manifest_version_finds_what_came_before_it(harbour, grant_for):
    package(harbour.inbox(), htbh="DCHY-OLD-1")
    await harbour.take_in()
    assert {row.key for row in await harbour.keys()} == {"package_no", "project_code", "parcel_code"}
    changed = manifest_of(
        "mdj-survey",
        **{
            "parcel_code: zddm}\n    fields": "contract_no: htbh}\n    fields",
            "project_code, parcel_code]": "project_code, contract_no]",
        },
    )
    harbour.drops[0] = Drop(changed, 2)
    await harbour.sweep()
    assert {row.key for row in await harbour.keys()} == {"package_no", "project_code", "contract_no"}
    (row,) = await harbour.deliveries()
    assert (row.manifest_version, row.version) == (2, 1)


async def test_one_sick_delivery_does_not_keep_the_others(harbour):
    (harbour.inbox() / "A.zip").write_bytes(b"no zip")
    seal(harbour.inbox() / "A.zip")
    package(harbour.inbox())
    swept = await harbour.take_in()
    assert (swept.quarantined, swept.ingested) == (1, 1)


async def test_a_store_that_fails_leaves_the_delivery_for_the_next_sweep(harbour, monkeypatch):
    from contracts.errors import StoreUnavailable

    package(harbour.inbox())

    async def full(*_):
        raise StoreUnavailable

    with monkeypatch.context() as patched:
        patched.setattr(harbour.vault, "put_stream", full)
        assert (await harbour.take_in()).failed == 1
    assert harbour.lying("in") == ["P.zip", "P.zip.sha256"]
    assert list((harbour.home / "spool").iterdir()) == []
    assert (await harbour.sweep()).ingested == 1


async def test_sweeping_goes_on_until_cancelled_and_after_a_sweep_that_failed(harbour, monkeypatch):
    package(harbour.inbox())
    calls = 0

    async def drops():
        nonlocal calls
        calls += 1
        if calls == 1:
            raise RuntimeError("a bug")
        return harbour.drops

    monkeypatch.setattr(harbour.intake, "_drops", drops)

    def later():
        harbour.clock.advance(SETTLE.total_seconds())
        return harbour.clock()

    task = asyncio.create_task(harbour.intake.keep_sweeping(0.001, later))
    while not await harbour.deliveries():  # noqa: ASYNC110  only the database can say
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert list((harbour.home / "spool").iterdir()) == []


async def test_drawings_come_apart_and_nothing_is_said_before(harbour, projects, grant_for):
    late = ("completion-filing", "mdj-archive")
    key = ("project_code", projects[1]["project_code"])
    assert await material_of(harbour, grant_for, key, *late) == []
    deliver_drawings(harbour.root, projects[1], present=False)
    assert (await harbour.take_in()).ingested == 1
    (part,) = await material_of(harbour, grant_for, key, *late)
    assert part.retrieval is Retrieval.PARTIAL
    assert [file.name for file in part.attachments] == ["竣工图二期.zip"]
    assert part.attachments[0].state is AttachmentState.HELD
