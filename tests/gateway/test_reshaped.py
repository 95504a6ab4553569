"""Replies that no longer fit their manifest, by the agency's doing or by ours: seen, then mended."""

import json
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from contracts.audit import Draft, EntryKind
from demo import hc, nr
from demo.city import HC, NR, PROJECTS, configured
from demo.control import Control
from gateway.jobs import repull
from gateway.registry import Document, DocumentKind
from gateway.settings import Settings
from tests.conformance.offices import Tongue, spoken
from tests.conftest import Clock
from tests.gateway.town import BASE, CODE, Town, material, open_town

PERMIT, FILING, FIRE = "construction-permit", "completion-filing", "fire-acceptance"
CONTRACT = "land-transfer-contract"
NATIVES = json.loads(PROJECTS.read_text("utf-8"), parse_float=Decimal)["projects"]
ONE, TWO = (Draft(kind=EntryKind.DRAFTED, consumer=who) for who in ("one", "two"))


@dataclass
class Street:
    """The town's gateway asking two bureaus over HTTP, whose words a test may change meanwhile."""

    town: Town
    tongues: dict[str, Tongue]

    async def ask(self, case: str, *kinds: str) -> dict[str, str]:
        """Ask the agencies anew in a case; the status of each kind."""
        answer = await self.town.ask(case=case, kinds=list(kinds), max_age=0, wait=30)
        assert answer.status_code == 200, answer.text
        self.town.clock.advance(60)
        return {kind: material(answer, kind)["retrieval"] for kind in kinds}

    async def touched(self, agency: str, cause: str, **words: Any) -> dict[str, dict[str, str]]:
        """The touched cases, and of each the status by kind."""
        answer = await self.told(f"/v1/agencies/{agency}/touched", cause=cause, **words)
        return {each["case"]: each["kinds"] for each in answer["cases"]}

    async def told(self, path: str, **words: Any) -> dict[str, Any]:
        answer = await self.town.http.get(path, params=words, headers=self.town.bearer("system-admin"))
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


@pytest.fixture
async def street(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> AsyncIterator[Street]:
    # The test does the jobs itself, when it says so.
    monkeypatch.setattr("gateway.jobs.repull.keep_working", _nothing)
    control, tongues = Control(), {HC: Tongue(), NR: Tongue()}
    hc_base = await control.open(HC, lambda desk: spoken(hc.create(NATIVES, desk), tongues[HC]))
    nr_base = await control.open(NR, lambda desk: spoken(nr.create(NATIVES, desk), tongues[NR]))
    config = configured(tmp_path / "config", {HC: hc_base, NR: nr_base})
    settings = Settings(home=tmp_path / "home", config=config, database_url=database_url, public_url=BASE)
    async with open_town(settings, clock, connected=True) as town:
        await town.enrol("system-admin")
        yield Street(town, tongues)
    await control.close()


async def _nothing(_house: object) -> None:
    return


@pytest.mark.parametrize(
    ("agency", "kind", "column", "path"),
    [
        (HC, PERMIT, "SGXKZBH", "/ROOT/DATA/ROW/SGXKZBHX"),
        (NR, CONTRACT, "htbh", "result.data[].htbhX"),
    ],
    ids=["soap", "rest"],
)
async def test_a_renamed_column_is_a_signal_though_nothing_can_be_read(
    street: Street, agency: str, kind: str, column: str, path: str
):
    assert await street.ask("A-1", kind) == {kind: "received"}
    street.tongues[agency].change = lambda body: body.replace(column.encode(), f"{column}X".encode())
    assert await street.ask("B-2", kind) == {kind: "invalid"}
    standing = await street.told("/v1/agencies")
    (drift,) = [each["drift"] for each in standing["agencies"] if each["agency"] == agency]
    assert {"kind": kind, "path": path, "reason": "unmapped"} in drift
    assert next(each["reason"] for each in drift if not each["path"]).startswith("The reply does not fit")
    assert len(drift) == 2
    entries = [each for each in await street.town.entries() if each["kind"] == "drifted"]
    assert [(each["agencies"], each["kinds"]) for each in entries] == [([agency], [kind])]
    assert await street.touched(agency, "drift") == {"B-2": {kind: "invalid"}}


async def test_a_code_nobody_listed_is_a_signal(street: Street):
    street.tongues[HC].change = lambda body: re.sub(rb"(WSLX&gt;)\d(&lt;)", rb"\g<1>7\2", body)
    assert await street.ask("A-1", FIRE) == {FIRE: "invalid"}
    standing = await street.told("/v1/agencies")
    (signal,) = [each for agency in standing["agencies"] for each in agency["drift"]]
    assert (signal["kind"], signal["path"]) == (FIRE, "")
    assert "field kind" in signal["reason"]
    assert "7" not in signal["reason"]
    assert await street.touched(HC, "drift") == {"A-1": {FIRE: "invalid"}}


async def test_an_agencys_plain_no_is_no_signal(street: Street):
    no = b"&lt;TRACE&gt;7&lt;/TRACE&gt;&lt;CODE&gt;0&lt;"  # with a word that no rule leads to
    street.tongues[HC].change = lambda body: body.replace(b"&lt;CODE&gt;-1&lt;", no)
    assert await street.ask("A-1", FIRE) == {FIRE: "unavailable"}
    standing = await street.told("/v1/agencies")
    assert [each["drift"] for each in standing["agencies"]] == [[], []]


async def publish(town: Town, edit: Callable[[str], str]) -> Document:
    """A version of the bureau's manifest put in force by a second person; gives the one that was."""
    registry = town.house.registry
    before = (await registry.current(DocumentKind.AGENCY))[HC]
    text = edit(before.text)
    assert text != before.text
    made = await registry.draft(DocumentKind.AGENCY, HC, text, ONE)
    sent = await registry.submit(made, made.digest, ONE)
    await registry.publish(sent, made.digest, TWO)
    town.clock.advance(60)
    return await registry.version(DocumentKind.AGENCY, HC, before.version)


async def repulled(street: Street, cases: dict[str, Any]) -> list[dict[str, Any]]:
    """The touched cases asked about afresh: what came of each."""
    order = {
        "cases": [{"case": case, "project_code": CODE} for case in cases],
        "reason": "回退后重新取数",
    }
    admin = street.town.bearer("system-admin")
    noted = await street.town.http.post(f"/v1/agencies/{HC}/repulls", json=order, headers=admin)
    await repull.work(street.town.house)
    done = await street.told(f"/v1/agencies/{HC}/repulls/{noted.json()['id']}")
    found: list[dict[str, Any]] = done["cases"]
    return found


def mistyped(text: str) -> str:
    """A path that leads nowhere: of the permit nothing can be read any more."""
    return text.replace("at: SGXKZBH,", "at: SGXKZBHX,")


def elsewhere(text: str) -> str:
    """An address where nobody listens."""
    lines = [f"  base: {NOBODY}" if line.startswith("  base: ") else line for line in text.splitlines()]
    return "\n".join(lines) + "\n"


NOBODY = "http://127.0.0.1:1"


@pytest.mark.parametrize(
    ("edit", "permit", "filing"),
    [(mistyped, "invalid", "received"), (elsewhere, "unavailable", "unavailable")],
)
async def test_a_bad_publication_touches_what_was_answered_under_it(
    street: Street, edit: Callable[[str], str], permit: str, filing: str
):
    town = street.town
    await street.ask("A-1", PERMIT)
    good = await publish(town, edit)
    bad = good.version + 1
    assert await street.ask("B-2", PERMIT) == {PERMIT: permit}  # all of the case's kinds broke
    assert await street.ask("C-3", PERMIT, FILING) == {PERMIT: permit, FILING: filing}
    await town.house.registry.roll_back(good, TWO, "版本有误")
    town.clock.advance(60)
    assert await street.ask("D-4", PERMIT) == {PERMIT: "received"}
    found = await street.touched(HC, "publication", version=bad)
    assert found == {"C-3": {PERMIT: permit, FILING: filing}, "B-2": {PERMIT: permit}}
    done = await repulled(street, found)
    assert {each["case"]: (each["state"], each["told"][PERMIT]) for each in done} == {
        "B-2": ("done", "received"),
        "C-3": ("done", "received"),
    }
    assert await street.touched(HC, "publication", version=bad) == {}
    answer = await town.ask(case="B-2", kinds=[PERMIT])
    assert material(answer, PERMIT)["manifest_version"] == good.version
