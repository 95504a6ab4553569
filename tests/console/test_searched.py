"""What cannot be searched for is told by the form's own words, beside the field that is meant."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlencode

import httpx2
import pytest
import pytest_asyncio

from gateway.console.log.search import WORDS
from tests.console.guests import Guest, open_reception, said, wrong_in

pytestmark = pytest.mark.asyncio(loop_scope="module")

NUMBER = "11010519491231002X"
IMPOSSIBLE: dict[str, tuple[str, ...]] = {
    "project": ("x" * 201, "无此项目"),
    "case": ("第 18 号", "x" * 65, NUMBER, "13800138000"),
    "consumer": ("登记系统", "a b", NUMBER),
    "operator": ("张三", "reg 017", "!", NUMBER),
    "agency": ("住建局", "MDJ-HC", "-zjj"),
    "kind": ("查询", "asks"),
    "material": ("许可证", "no-such-kind"),
    "outcome": ("已答复", "999", "Not Granted"),
    "from": ("2026-13-01", "yesterday"),
    "until": ("2026-02-30", "9999-12-31"),
}
CASES = [(name, typed) for name, several in IMPOSSIBLE.items() for typed in several]
PLAIN = {
    "zh": re.compile("如|请从列表中选择|没有项目使用此代码或名称"),
    "en": re.compile("such as|reads|chosen|No project bears"),
}
RAW = re.compile(
    r"接口说明|API description|pattern|Input should|String should|取值不符合|enum|Value error|：格式|字段",
    re.IGNORECASE,
)

_BOX = re.compile(r'<div class="box bad" role="alert".*?</div>', re.DOTALL)
_LABELS = re.compile(r'<label for="f-([a-z]+)">([^<]+)</label>')


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def auditor(tmp_path_factory: pytest.TempPathFactory, sqlite_octets: bytes) -> AsyncIterator[Guest]:
    folder: Path = tmp_path_factory.mktemp("searched")
    async with open_reception(folder, sqlite_octets) as reception:
        yield await reception.guest("aud", "auditor")


def told(page: httpx2.Response, field: str, typed: str, language: str, shown: str = "") -> None:
    """The box calls the field what its label does, says what it takes, and nothing of how that is checked."""
    assert page.status_code in {400, 404}, page.text
    (box,) = _BOX.findall(page.text)
    words, name = said(httpx2.Response(200, text=box)), shown or field
    assert f"“{dict(_LABELS.findall(page.text))[name]}”" in words
    assert PLAIN[language].search(words), words
    assert not RAW.search(words), words
    assert typed not in words
    assert wrong_in(page) == [name]


@pytest.mark.parametrize(("field", "typed"), CASES)
@pytest.mark.parametrize("language", ["zh", "en"])
async def test_every_field_of_a_search_says_what_it_takes(
    auditor: Guest, field: str, typed: str, language: str
):
    auditor.http.cookies.set("landbridge-language", language)
    told(await auditor.open(f"/console/log?{urlencode({field: typed})}"), field, typed, language)
    told(await auditor.send("/console/log/saved", name="one", **{field: typed}), field, typed, language)
    told(await auditor.send("/console/exports", format="csv", **{field: typed}), field, typed, language)


async def test_every_field_was_tried():
    assert set(IMPOSSIBLE) == set(WORDS)


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_a_period_that_ends_before_it_begins_is_told_so(auditor: Guest, language: str):
    auditor.http.cookies.set("landbridge-language", language)
    for path in ("/console/log?", "/console/log/follow?what=consumer&who=hall&"):
        page = await auditor.open(f"{path}from=2026-03-02&until=2026-03-01")
        assert (page.status_code, wrong_in(page)) == (400, ["until"])
        assert ("起始日期不能晚于结束日期" if language == "zh" else "must not lie after") in said(page)
    assert (await auditor.open("/console/log?from=2026-03-02&until=2026-03-02")).status_code == 200


@pytest.mark.parametrize("what", ["project", "operator", "consumer"])
@pytest.mark.parametrize("language", ["zh", "en"])
async def test_whom_to_follow_is_told_by_the_one_field_there_is(auditor: Guest, what: str, language: str):
    auditor.http.cookies.set("landbridge-language", language)
    for typed in ("张三 李四", *IMPOSSIBLE[what]):
        page = await auditor.open(f"/console/log/follow?{urlencode({'what': what, 'who': typed})}")
        told(page, what, typed, language, "who")


async def test_an_export_is_of_a_kind_that_there_is(auditor: Guest):
    auditor.http.cookies.set("landbridge-language", "zh")
    page = await auditor.send("/console/exports", format="pdf")
    assert (page.status_code, wrong_in(page)) == (400, ["format"])
    assert "“文件格式”请从列表中选择" in said(page)


async def test_nothing_is_marked_where_nothing_is_wrong(auditor: Guest):
    page = await auditor.open("/console/log?operator=person%3Ali&outcome=not-granted&consumer=hall")
    assert (page.status_code, wrong_in(page)) == (200, [])
