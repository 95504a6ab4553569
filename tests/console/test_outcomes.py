"""What a page tells of many trials and comparisons: what is wrong first, below 200 kB whatever came."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from contracts.audit import Draft, EntryKind
from contracts.text import text
from gateway.console import dryruns
from gateway.console.outcomes import samples_shown, trials_shown
from gateway.registry import DocumentKind
from gateway.trials import PROJECTS, Trial, Tried
from gateway.trials.comparing import FieldCompared, SampleCompared, Standing, Tally
from gateway.trials.results import FieldTried, KindTried, ReplyTried
from tests.console.walk import OWN, Walk, open_walk
from tests.gateway.town import ROOT

DIGEST = "sha256:" + "0" * 64
KINDS = ("construction-permit", "completion-filing", "fire-acceptance", "drawing-review")
LOUD = "<&\"'>" * 60
PAGE = 200_000


def trial(kinds: int, rows: int, value: str = LOUD, *, wrong: bool = True) -> Trial:
    error = text(LOUD, LOUD) if wrong else None
    field = FieldTried(field="permit_no", path="a" * 60, raw=value, value=value, error=error)
    reply = ReplyTried(kind=KINDS[0], evidence=DIGEST, status=200, rows=((field,) * 10,) * rows)
    tried = tuple(KindTried(kind=KINDS[each % 4], replies=(reply,) * 3) for each in range(kinds))
    return Trial(agency=OWN, version=1, digest=DIGEST, tried_at="2026-03-02T06:05:09.000Z", kinds=tried)  # type: ignore[arg-type]


def test_projects_with_trouble_stand_first_and_what_has_no_room_is_counted():
    tried = [Tried("a", trial(1, 1, "x", wrong=False), None), Tried("b", trial(1, 1, "x"), None)]
    assert [each.tried.project for each in trials_shown(tried)] == ["b", "a"]
    assert [each.left for each in trials_shown(tried)] == [0, 0]
    (one,) = trials_shown([Tried("c", trial(4, 20), None)])
    told = sum(len(row) for kind in one.kinds for reply in kind.replies for row in reply.rows)
    assert 10 < told < 600
    assert one.left == 4 * 3 * 20 * 10 - told
    assert len(trials_shown([Tried(str(each), trial(4, 20), None) for each in range(50)])) == 1


def test_a_kind_that_is_told_has_its_replies_however_full_the_page_is():
    """Whatever room is left where a kind begins: less than its heading takes, too."""
    for size in range(0, 400, 5):
        told = FieldTried(field="permit_no", path="a", raw="x" * size, value="x")
        reply = ReplyTried(kind=KINDS[0], evidence=DIGEST, status=200, rows=((told,),))
        many = tuple(KindTried(kind=KINDS[0], replies=(reply,)) for _ in range(60))
        every = trial(0, 0).model_copy(update={"kinds": many})
        shown = trials_shown([Tried("a", every, None)] * 2)
        assert all(kind.replies for each in shown for kind in each.kinds)
        assert 10 < sum(len(each.kinds) for each in shown) < 60


def test_replies_that_differ_stand_as_far_as_there_is_room():
    tally = Tally()
    for _ in range(40):
        tally.add(sample(30))
    shown = samples_shown(tally.made(OWN, 1, 2, cut=False))
    assert 1 <= len(shown) < 40
    assert shown[0].left == 0 or len(shown) == 1
    assert all(len(each.fields) + each.left == 30 for each in shown)
    assert samples_shown(None) == []


def sample(count: int) -> SampleCompared:
    fields = tuple(
        FieldCompared(row=each, field=f"f{each}", verdict=Standing.CHANGED, before=LOUD, after=LOUD)
        for each in range(count)
    )
    told: dict[str, Any] = {"kind": KINDS[0], "evidence": DIGEST, "fields": fields, "alike": 3}
    return SampleCompared(received_at="2026-03-02T06:05:09.000Z", **told)  # type: ignore[arg-type]


@pytest_asyncio.fixture
async def walk(tmp_path: Path, sqlite_octets: bytes) -> AsyncIterator[Walk]:
    agencies = tmp_path / "config" / "agencies"
    agencies.mkdir(parents=True)
    written = (ROOT / "config" / "agencies" / f"{OWN}.yaml").read_text("utf-8")
    (agencies / f"{OWN}.yaml").write_text(written, "utf-8")
    async with open_walk(tmp_path, sqlite_octets, "agency-admin") as ready:
        for _ in range(60):
            author = Draft(kind=EntryKind.DRAFTED, operator="person:li")
            await ready.town.house.registry.draft(DocumentKind.AGENCY, OWN, written, author)
        yield ready


async def post(walk: Walk, what: str, **form: Any) -> httpx2.Response:
    place = f"/console/agencies/{OWN}/versions/2/{what}"
    sent = {"token": walk.tokens["agency-admin"]} | form
    return await walk.browsers["agency-admin"].post(place, data=sent)


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_the_page_stays_below_its_bound(walk: Walk, monkeypatch: pytest.MonkeyPatch, language: str):
    """The worst that could come of it: every project in trouble, every reply read otherwise, loudly."""
    tally = Tally()
    for _ in range(200):
        tally.add(sample(60))
    compared = tally.made(OWN, 1, 2, cut=True)

    async def tried(*_: Any) -> list[Tried]:
        told = text(LOUD * 4, LOUD * 4)
        found = [Tried("2301-231005-04-01-12345" + str(each % 10), trial(9, 5), None) for each in range(40)]
        return found + [Tried("x" * 20, None, told)] * 10

    async def other(*_: Any) -> Any:
        return compared

    monkeypatch.setattr(dryruns, "run", tried)
    monkeypatch.setattr(dryruns, "_beside", other)
    walk.browsers["agency-admin"].cookies.set("landbridge-language", language)
    page = await post(walk, "trials", projects="\n".join(["2301-231005-04-01-123456"] * PROJECTS))
    assert page.status_code == 200
    assert 120_000 < len(page.content) < PAGE
    assert page.text.count("<tr>") > 100


async def test_what_is_typed_and_chosen_is_bounded_and_stays_in_the_form(walk: Walk):
    codes = "\n".join(f"2301-231005-04-01-{each:06}" for each in range(PROJECTS + 1))
    page = await post(walk, "trials", projects=codes, against="30", last="20")
    assert page.status_code == 400
    assert str(PROJECTS) in page.text
    assert '<option value="30" selected>' in page.text
    assert '<option value="20" selected>' in page.text
    for wrong in ({"replies": "201"}, {"replies": "0"}, {"against": "x"}, {"against": "999"}):
        assert (await post(walk, "comparisons", **wrong)).status_code in (400, 404)
    assert (await post(walk, "trials", last="10")).status_code == 400


async def test_any_version_is_compared_with_and_the_one_in_force_without_a_word(walk: Walk):
    async def noted(**form: str) -> str:
        assert (await post(walk, "comparisons", **form)).status_code == 200
        return str((await walk.town.entries())[-1]["subject"]["note"])

    assert await noted() == "beside version 1"
    assert await noted(against="5") == "beside version 5"
    page = await walk.browsers["agency-admin"].get(f"/console/agencies/{OWN}/versions/2/trials")
    offered = re.search(r'<select id="f-against" .*?</select>', page.text, re.DOTALL)
    assert offered is not None
    assert offered[0].count("<option") == 1 + 50
    assert 'value="2"' not in offered[0]


async def test_a_versions_page_shows_where_it_parts_from_whichever_is_chosen(walk: Walk):
    house, author = walk.town.house, Draft(kind=EntryKind.DRAFTED, operator="person:li")
    written = (await house.registry.version(DocumentKind.AGENCY, OWN, 1)).text
    made = [
        (await house.registry.draft(DocumentKind.AGENCY, OWN, f"{written}# {word}\n", author)).version
        for word in ("甲", "乙")
    ]
    place = f"/console/agencies/{OWN}/versions/{made[1]}"
    browser = walk.browsers["agency-admin"]
    for asked, title, gone in (
        ("", "与在用版本 1 的差异", False),
        (f"?beside={made[0]}", f"与版本 {made[0]} 的差异", True),
        ("?beside=1", "与在用版本 1 的差异", False),
        ("?beside=x", "与在用版本 1 的差异", False),
    ):
        page = (await browser.get(place + asked)).text
        assert title in page
        assert '<span class="added">+# 乙' in page
        assert ('<span class="gone">-# 甲' in page) is gone
