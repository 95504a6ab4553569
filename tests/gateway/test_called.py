"""Sentences call everybody as people do, as it is when they are read; what is stored and signed does not."""

from typing import Any

import pytest
from sqlalchemy import insert, text

from contracts.audit import Act, Draft, EntryKind, Event
from contracts.text import text as both
from gateway.aliases import rows
from gateway.api import called
from gateway.api.called import names_in
from gateway.audit.names import Names
from gateway.audit.search import Found
from gateway.store.tables import aliases
from tests.gateway.town import CODE, LAND, MARKET, ONE, TWO, Town

OTHER = TWO.project_code
AT = "2026-03-02T06:05:09.120Z"
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
async def busy(town: Town, monkeypatch: pytest.MonkeyPatch) -> Town:
    """One answered ask; the consumer and an agency have titles, the project a name."""

    async def titles(_house: object) -> dict[str, Any]:
        return {LAND: both("自然资源局", "Resources Bureau"), MARKET: None}

    monkeypatch.setattr(called, "titles", titles)
    await town.house.access.entitle("registration", "登记系统", by="os:t")
    await heard(town, CODE, str(ONE.name), "learned")
    assert (await town.ask()).status_code == 200
    return town


async def sentences(town: Town, **words: str) -> list[str]:
    found = await town.http.get("/v1/log/search", params=words, headers=town.bearer("audit-office"))
    assert found.status_code == 200, found.text
    return [hit["sentence"]["zh"] for hit in found.json()["hits"]]


async def heard(town: Town, project: str, name: str, state: str, at: str = AT) -> None:
    row = {
        "project": project,
        "key": "project_name",
        "norm": name[:300],
        "raw": name,
        "source": "a",
        "at": at,
    }
    await town.house.database.write(
        lambda writing: writing.execute(insert(aliases).values(state=state, **row))
    )


def about(*projects: str) -> list[Found]:
    entries = [{"kind": "answered", "at": AT, "project": project} for project in projects]
    return [Found(place, b"", b"", entry, fits=True) for place, entry in enumerate(entries)]


async def called_now(town: Town, project: str = OTHER) -> str | None:
    return (await names_in(town.house, about(project))).projects.get(project)


async def test_a_hit_names_who_asked_for_what_and_its_entry_does_not(busy: Town):
    (answered,) = await sentences(busy, kind="answered")
    assert answered.startswith(
        "2026-03-02 14:05 登记系统（操作员 reg-017）为办件 202211250018（首次登记）"
        f"查询 “{ONE.name}”（{CODE}）；答复了 3 项材料中的 3 项"
    )
    (asked,) = await sentences(busy, kind="asked")
    assert asked.endswith(f"；即将询问 自然资源局、{MARKET}")
    assert not {str(ONE.name), "登记系统"} & set(str(await busy.entries()).split("'"))


async def test_a_thread_a_use_and_its_answer_are_told_alike(busy: Town):
    place = next(n for n, each in enumerate(await busy.entries()) if each["kind"] == "answered")
    used = Draft(
        kind=EntryKind.USED,
        answer=place,
        consumer="registration",
        project=CODE,
        event=Event(id="e-1", act=Act.VIEW),
    )
    await busy.house.log.append(used)
    bearer = busy.bearer("audit-office")
    words = {"what": "consumer", "who": "registration"}
    thread = (await busy.http.get("/v1/log/follow", params=words, headers=bearer)).json()["hits"]
    assert "登记系统" in thread[0]["sentence"]["zh"]
    (hit,) = (await busy.http.get("/v1/log/search?kind=used", headers=bearer)).json()["hits"]
    assert f"登记系统 查看了第 {place} 条答复中 “{ONE.name}”（{CODE}）的材料" in hit["sentence"]["zh"]
    assert "登记系统" in hit["answer"]["sentence"]["en"]
    (hit,) = (await busy.http.get("/v1/log/search?kind=answered", headers=bearer)).json()["hits"]
    assert f"({CODE})" in hit["uses"][0]["sentence"]["en"]


async def test_what_was_searched_for_is_named_too(busy: Town):
    await sentences(busy, project=CODE)
    assert f"检索日志：项目 “{ONE.name}”（{CODE}）" in (await sentences(busy, kind="audit"))[0]


async def test_the_surest_name_is_told_and_none_that_was_rejected(busy: Town):
    assert await called_now(busy) is None
    await heard(busy, OTHER, "有人说", "known", "2026-01-01T00:00:00.000Z")
    assert await called_now(busy) == "有人说"
    await heard(busy, OTHER, "后来的", "learned", "2026-03-01T00:00:00.000Z")
    await heard(busy, OTHER, "更早的", "learned", "2026-02-01T00:00:00.000Z")
    assert await called_now(busy) == "更早的"
    await heard(busy, OTHER, "认定的", "confirmed", "2026-03-02T00:00:00.000Z")
    assert await called_now(busy) == "认定的"
    for name in ("认定的", "更早的", "后来的", "有人说"):
        assert await called_now(busy) == name
        await busy.house.aliases.decide(OTHER, "project_name", name, confirm=False, by="os:t")
    assert await called_now(busy) is None


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("翰林\n\t示例城", "翰林 示例城"),
        ("翰林\u202e示例\u2066城\u200b\x00", "翰林示例城"),
        ("城" * 10_000, "城" * 59 + "…"),
        (f"{SCRIPT}", SCRIPT),
        ("\u3000" * 400 + "城", None),
        ("\u200f\u200e", None),
    ],
    ids=["lines", "directions", "endless", "script", "blank-for-long", "invisible"],
)
async def test_a_hostile_name_is_one_short_line_or_none(busy: Town, name: str, shown: str | None):
    if busy.house.settings.database.startswith("postgresql"):
        name = name.replace("\x00", "")  # which PostgreSQL does not take at all
    await heard(busy, OTHER, name, "learned")
    assert await called_now(busy) == shown
    await busy.house.log.append(Draft(kind=EntryKind.ANSWERED, project=OTHER))
    (told,) = await sentences(busy, project=OTHER)
    expected = OTHER if shown is None else f"“{shown}”（{OTHER}）"
    assert f"查询 {expected}；" in told


async def test_titles_that_look_alike_carry_their_ids(busy: Town):
    access = busy.house.access
    await access.entitle("hall", "登 记 系统", by="os:t")
    await access.entitle("stranger-kin", "ＨＡＬＬ", by="os:t")  # as another is called by its id
    names = (await names_in(busy.house, about(CODE))).consumers
    assert names["registration"].zh == "登记系统（registration）"
    assert names["hall"].en == "登 记 系统 (hall)"
    assert names["stranger-kin"].zh == "ＨＡＬＬ（stranger-kin）"
    assert "audit-office" not in names
    assert names["console"].zh == "控制台"


async def test_a_page_is_named_in_as_many_reads_as_one_entry(busy: Town, monkeypatch: pytest.MonkeyPatch):
    reads = 0
    read = busy.house.database.read

    async def counted(work: Any) -> Any:
        nonlocal reads
        reads += 1
        return await read(work)

    for room in (busy.house.aliases, busy.house.access):
        monkeypatch.setattr(room._database, "read", counted)
    codes = [f"2012-231005-04-01-{place:06d}" for place in range(700)]
    await names_in(busy.house, about(codes[0]))
    one, reads = reads, 0
    await names_in(busy.house, about(*codes))
    assert reads == one <= 3
    assert await names_in(busy.house, []) == Names()
    assert reads == one


async def test_names_are_found_by_the_index_of_projects(busy: Town):
    def plan(connection: Any) -> list[str]:
        if connection.dialect.name != "sqlite":
            return ["USING INDEX"]
        wanted = rows.surest_names([CODE, OTHER]).compile(connection, compile_kwargs={"literal_binds": True})
        return [row.detail for row in connection.execute(text(f"EXPLAIN QUERY PLAN {wanted}"))]

    steps = await busy.house.database.read(plan)
    assert not [step for step in steps if "SCAN aliases" in step]
    assert any("INDEX" in step for step in steps)


async def test_a_signed_file_is_the_same_whatever_they_are_called_later(busy: Town):
    bearer = busy.bearer("audit-office")
    made = await busy.http.post("/v1/log/exports", json={"format": "csv", "project": CODE}, headers=bearer)
    size = dict(line.split(" ", 1) for line in made.text.splitlines() if " " in line)["size"]
    words = {"format": "csv", "project": CODE, "size": size}
    before = (await busy.http.get("/v1/log/exports", params=words, headers=bearer)).content
    await busy.house.access.entitle("registration", "另一个称呼", by="os:t")
    await busy.house.aliases.decide(CODE, "project_name", str(ONE.name), confirm=False, by="os:t")
    after = (await busy.http.get("/v1/log/exports", params=words, headers=bearer)).content
    assert after == before
    assert (
        f"registration（操作员 reg-017）为办件 202211250018（first-registration）查询 {CODE}；".encode()
        in after
    )
