"""Auditors' pages without a browser: what scripts do not have to do, and what the log says of it."""

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from contracts.audit import Draft, EntryKind
from contracts.errors import AskMalformed
from gateway.audit import saved
from gateway.audit.log import AuditLog
from gateway.audit.proof import Proof, proof_of
from gateway.console.log import entry as room
from tests.console.walk import Walk, open_walk
from tests.gateway.town import CODE, ONE
from tests.stores import outsider_at

LISTED = re.compile('<p><a class="num" href="/console/log/([0-9]+)">')
OLDER = re.compile("before=([0-9]+)")

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def walk(tmp_path_factory: pytest.TempPathFactory, sqlite_octets: bytes) -> AsyncIterator[Walk]:
    """An auditor signed in; one ask was answered."""
    async with open_walk(tmp_path_factory.mktemp("auditing"), sqlite_octets, "auditor") as ready:
        assert (await ready.town.ask()).status_code == 200
        yield ready


async def page(walk: Walk, path: str) -> str:
    answer = await walk.browsers["auditor"].get(path)
    assert answer.status_code == 200, answer.text
    return answer.text


async def post(walk: Walk, path: str, **fields: str) -> httpx2.Response:
    return await walk.browsers["auditor"].post(path, data={"token": walk.tokens["auditor"], **fields})


async def subject(walk: Walk) -> dict[str, Any]:
    """What the last entry is about, which the auditor made."""
    last = (await walk.town.entries())[-1]
    assert (last["kind"], last["operator"]) == ("audit", "person:a-auditor")
    found: dict[str, Any] = last["subject"]
    return found


async def index_of(walk: Walk, kind: str) -> int:
    return max(place for place, each in enumerate(await walk.town.entries()) if each["kind"] == kind)


async def test_a_search_is_an_entry_and_the_empty_form_is_none(walk: Walk):
    before = len(await walk.town.entries())
    await page(walk, "/console/log")
    assert len(await walk.town.entries()) == before
    number = next(alias["value"] for alias in ONE.aliases if alias["key"] == "supervision_no")
    assert "答复了 3 项材料中的 3 项" in await page(walk, f"/console/log?project={number}&kind=answered")
    assert await subject(walk) == {"type": "search", "id": f"project={CODE} kind=answered"}
    await page(walk, "/console/log?from=2026-03-02&until=2026-03-02&kind=answered")
    days = "since=2026-03-01T16:00:00.000Z until=2026-03-02T16:00:00.000Z"
    assert (await subject(walk))["id"] == f"kind=answered {days}"


async def test_pages_of_finds_follow_each_other(walk: Walk):
    for _ in range(51):
        await page(walk, "/console/log?kind=strangers")
    first = await page(walk, "/console/log?kind=audit")
    assert len(LISTED.findall(first)) == 50
    (cursor,) = OLDER.findall(first)
    older = LISTED.findall(await page(walk, f"/console/log?kind=audit&before={cursor}"))
    assert not {*LISTED.findall(first)} & {*older}
    assert int(older[0]) == int(cursor) - 1


async def test_the_log_says_what_was_saved_and_not_what_it_was_called(walk: Walk):
    answer = await post(walk, "/console/log/saved", name="张三查过的项目", case="DJ-1")
    assert answer.headers["location"].startswith("/console/log?case=DJ-1")
    assert await subject(walk) == {"type": "saved-search", "id": "case=DJ-1", "note": "saved"}
    assert "张三" not in str(await walk.town.entries())
    await post(walk, "/console/log/saved", name="张三查过的项目", case="DJ-2")
    log = walk.town.house.log
    assert [each.words for each in await saved.listed(log, "a-auditor")] == [{"case": "DJ-2"}]
    assert await saved.listed(log, "somebody-else") == []
    assert (await post(walk, "/console/log/saved", name="", case="DJ-2")).status_code == 400
    assert (await post(walk, "/console/log/saved", name="x", case="no case at all")).status_code == 400
    await post(walk, "/console/log/saved/deletion", name="张三查过的项目")
    assert await saved.listed(log, "a-auditor") == []


async def test_a_person_keeps_a_hundred_searches(walk: Walk):
    log = walk.town.house.log
    entry = Draft(kind=EntryKind.AUDIT)
    for number in range(saved.MOST):
        await saved.keep(log, "a-auditor", saved.Saved(f"s-{number}", {}), entry)
    await saved.keep(log, "a-auditor", saved.Saved("s-7", {"case": "DJ-3"}), entry)  # in the place of another
    with pytest.raises(AskMalformed):
        await saved.keep(log, "a-auditor", saved.Saved("one more", {}), entry)


async def test_an_entry_is_verified_by_the_server_where_scripts_do_not_run(walk: Walk):
    index = await index_of(walk, "answered")
    await page(walk, f"/console/log/{index}")
    assert (await subject(walk))["id"] == f"{index}+1"
    said = (await post(walk, f"/console/log/{index}/verification")).text
    assert "<dt>用途</dt><dd>首次登记</dd>" in said
    assert "<dt>结果</dt><dd>已答复 <code>200</code>" in said
    assert shown(said) == {"good-served"}
    assert (await walk.browsers["auditor"].get("/console/log/999999")).status_code == 404
    told = (await walk.browsers["auditor"].get(f"/console/log/{index}/proof")).json()
    assert set(told) == {"index", "size", "leaf", "path", "note", "vkey"}
    for note, sound in ((told["note"], True), (told["note"].replace("\n", "\r\n"), True), ("x", False)):
        assert (await post(walk, "/console/log/signature", note=note)).json() == {"sound": sound}


async def test_a_forged_and_a_blanked_entry_are_told_apart(walk: Walk):
    index = await index_of(walk, "asked")
    with outsider_at(walk.town.house.settings.database) as outsider:
        kept = outsider.disarm()
        (body,) = outsider.execute("SELECT body FROM entries WHERE idx = ?", (index,)).fetchone()
        outsider.execute("UPDATE entries SET body = ? WHERE idx = ?", (body.replace(b"demo", b"DEMO"), index))
        said = (await post(walk, f"/console/log/{index}/verification")).text
        assert shown(said) == {"bad"}
        assert "该条目与日志不符" in await page(walk, "/console/log?kind=asked")
        outsider.execute("UPDATE entries SET body = NULL WHERE idx = ?", (index,))
        said = (await post(walk, f"/console/log/{index}/verification")).text
        assert shown(said) == {"good-served"}
        assert "留存期满" in said
        outsider.execute("UPDATE entries SET body = ? WHERE idx = ?", (body, index))
        for made in kept:
            outsider.raw.execute(made)


async def test_a_verdict_is_on_the_octets_that_stand_beside_it(walk: Walk, monkeypatch: pytest.MonkeyPatch):
    """Somebody alters an entry just after it was proven: the page shows what was proven."""
    index = await index_of(walk, "asked")
    with outsider_at(walk.town.house.settings.database) as outsider:
        kept = outsider.disarm()
        (body,) = outsider.execute("SELECT body FROM entries WHERE idx = ?", (index,)).fetchone()
        forged = body.replace(b"demo", b"DEMO")

        async def proven(log: AuditLog, place: int) -> Proof:
            found = await proof_of(log, place)
            outsider.execute("UPDATE entries SET body = ? WHERE idx = ?", (forged, place))
            return found

        monkeypatch.setattr(room, "proof_of", proven)
        said = (await post(walk, f"/console/log/{index}/verification")).text
        assert (shown(said), b"DEMO" in body, "DEMO" in said) == ({"good-served"}, False, False)
        assert shown((await post(walk, f"/console/log/{index}/verification")).text) == {"bad"}
        outsider.execute("UPDATE entries SET body = ? WHERE idx = ?", (body, index))
        for made in kept:
            outsider.raw.execute(made)


async def test_a_report_names_purposes_and_outcomes_as_people_do(walk: Walk):
    told = await page(walk, "/console/report?year=2026&month=3")
    assert "<td>首次登记</td>" in told
    assert "<td>registration</td>" in told
    assert "<td>已答复 <code>200</code></td>" in told


def shown(said: str) -> set[str]:
    """Which verdict a page shows."""
    parts = said.split('data-verdict="')[1:]
    return {part.split('"')[0] for part in parts if not part.split('"', 1)[1].startswith(" hidden")}


async def test_a_verification_that_runs_shows_how_far_it_is(walk: Walk):
    with outsider_at(walk.town.house.settings.database) as outsider:
        now = "2026-03-02T06:05:09.120Z"
        outsider.execute(
            "INSERT INTO verifications (id, by, began_at, seen_at, done, due) VALUES (?, ?, ?, ?, ?, ?)",
            ("ver-1", "person:a-auditor", now, "9" + now[1:], 1000, 4000),
        )
        said = await page(walk, "/console/integrity")
        assert 'max="4000" value="1000"' in said
        assert "开始全量核验" not in said
        told = (await walk.browsers["auditor"].get("/console/integrity/ver-1/progress")).json()
        assert told == {"state": "running", "done": 1000, "due": 4000}
        outsider.execute("DELETE FROM verifications")


async def test_exports_are_listed_and_leave_with_an_entry(walk: Walk):
    assert (await post(walk, "/console/exports", format="pdf")).status_code == 400
    await post(walk, "/console/exports", format="jsonl", case="202211250018")
    entry = await index_of(walk, "audit")
    assert f"/console/exports/{entry}/file" in await page(walk, "/console/exports")
    assert (await subject(walk))["type"] == "exports"
    lines = (await page(walk, f"/console/exports/{entry}/file")).splitlines()
    assert len(lines) == 2
    assert (await subject(walk))["note"] == "jsonl file"
    assert "landbridge-export/v1" in await page(walk, f"/console/exports/{entry}/manifest")
    assert (await walk.browsers["auditor"].get("/console/exports/1/file")).status_code == 404
    with outsider_at(walk.town.house.settings.database) as outsider:
        outsider.execute("INSERT INTO exports (entry, note) VALUES (?, ?)", (1, "nobody signed this"))
        told = await page(walk, "/console/exports")
        outsider.execute("DELETE FROM exports WHERE entry = 1")
    assert f"/console/exports/{entry}/file" in told
    assert '<a href="/console/log/1">条目 1</a></td><td colspan="4"><strong>保存的导出清单' in told
