"""A page's frame leaves before what it is about is found; whoever looks is in the log before it follows."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from contracts.errors import LogUnavailable, StoreUnavailable
from gateway.console.doors import POLLED
from gateway.repulls import Order
from tests.console.decisions import ROLES, decided
from tests.console.guests import Guest, Reception, open_reception, said
from tests.console.walk import OWN, open_walk

if TYPE_CHECKING:
    from starlette.types import Send

ACCOUNTS = "/console/accounts"
REPULL = "/console/agencies/{agency}/repulls/{repull}"


@pytest.fixture
async def reception(tmp_path: Path, sqlite_octets: bytes) -> AsyncIterator[Reception]:
    async with open_reception(tmp_path, sqlite_octets) as ready:
        yield ready


async def arriving(reception: Reception, guest: Guest, path: str) -> AsyncIterator[str]:
    """A page as it arrives, piece by piece; the server's own fault comes after the last of them."""
    arrived: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
    cookie = f"landbridge={guest.http.cookies['landbridge']}"
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"host", b"gateway.test"), (b"cookie", cookie.encode())],
        "client": ("10.0.0.2", 4001),
        "server": ("gateway.test", 80),
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def serve() -> None:
        try:
            await reception.town.app(scope, receive, cast("Send", arrived.put))
        finally:
            arrived.put_nowait(None)

    serving = asyncio.create_task(serve())
    while (message := await arrived.get()) is not None:
        if message["type"] == "http.response.body":
            yield message["body"].decode()
    await serving


async def test_the_frame_is_there_while_the_facts_are_still_looked_for(
    reception: Reception, monkeypatch: pytest.MonkeyPatch
):
    guest = await reception.guest("sec", "security-admin")
    people, found = reception.town.house.people, asyncio.Event()
    whole = people.listed

    async def slowly() -> Any:
        await found.wait()
        return await whole()

    monkeypatch.setattr(people, "listed", slowly)
    pieces = arriving(reception, guest, ACCOUNTS)
    head, menu = await anext(pieces), await anext(pieces)
    assert "<title>人员账号 · 陆桥</title>" in head
    assert "</nav>" not in head
    frame = head + menu
    assert 'aria-current="page"' in frame
    assert "<main" not in frame
    found.set()
    rest = "".join([piece async for piece in pieces])
    assert rest.startswith("<main")
    assert rest.rstrip().endswith("</html>")
    assert 'href="/console/accounts/sec"' in rest
    monkeypatch.undo()
    assert frame + rest == (await guest.open(ACCOUNTS)).text


@asynccontextmanager
async def out(owner: Any, name: str, error: Exception) -> AsyncIterator[None]:
    """While this lasts it fails."""

    async def fails(*_: object, **__: object) -> None:
        raise error

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, name, fails)
        yield


async def test_what_fails_then_is_told_where_the_facts_would_stand(reception: Reception):
    guest = await reception.guest("sec", "security-admin")
    async with out(reception.town.house.people, "listed", StoreUnavailable()):
        page = await guest.open(ACCOUNTS)
    told = StoreUnavailable()
    assert (page.text.count("<main"), page.text.rstrip()[-7:]) == (1, "</html>")
    assert told.todo.zh in said(page)
    assert "sec" not in page.text.partition("<main")[2].partition("</main>")[0]


async def test_nobody_sees_what_the_log_did_not_take(reception: Reception):
    guest = await reception.guest("sec", "security-admin")
    async with out(reception.town.house.log, "append", LogUnavailable()):
        page = await guest.open(ACCOUNTS)
    assert LogUnavailable().todo.zh in said(page)
    assert "/console/accounts/sec" not in page.text


async def test_who_keeps_the_house_sees_how_it_is_also_then(reception: Reception):
    guest = await reception.guest("sys", "system-admin")
    async with out(reception.town.house.log, "append", LogUnavailable()):
        page = await guest.open("/console/health")
    assert "存证库密钥" in said(page)


async def test_a_fault_of_ours_ends_the_page_with_a_word_and_the_server_hears_of_it(reception: Reception):
    guest, page = await reception.guest("sec", "security-admin"), ""

    async def read() -> None:
        nonlocal page
        async for piece in arriving(reception, guest, ACCOUNTS):
            page += piece

    async with out(reception.town.house.people, "listed", RuntimeError("planted")):
        with pytest.raises(RuntimeError, match="planted"):
            await read()
    assert "系统内部错误" in page
    assert "planted" not in page
    assert page.rstrip().endswith("</html>")


FORMS = {
    "/console",
    "/console/password",
    "/console/log",
    "/console/log/follow",
    "/console/report",
    "/console/grants/decisions",
}
"""Nothing of anybody's is on these."""


PARTS = {"/console/log/{index}/proof"}
"""What a page that was noted fetches for itself."""


async def test_whatever_is_looked_at_is_an_entry_of_who_looks(tmp_path: Path, sqlite_octets: bytes):
    """Every page there is without a form, opened by somebody it is for, and nothing that was typed noted."""
    async with open_walk(tmp_path, sqlite_octets, *ROLES) as walk:
        town, seen = walk.town, set()
        for (method, path), marks in decided().items():
            if method != "GET" or not marks or path in POLLED - {REPULL}:
                continue
            role = next(each for each in marks if marks[each] != ".")
            before = len(await town.entries())
            address = re.sub(r"\{(\w+)\}", lambda found: OWN if found[1] == "agency" else "1", path)
            page = await walk.browsers[role].get(address, params={"x": "typed-in"})
            new = (await town.entries())[before:]
            if page.status_code != 200 or path in FORMS or path in PARTS:
                assert not new, (path, page.status_code)
                continue
            assert new, path
            assert {each["operator"] for each in new} == {f"person:a-{role}"}, path
            assert "typed-in" not in str(new), path
            seen.add(path)
    assert len(seen) >= 15
    assert {"/console/health", "/console/accounts", "/console/consumers", "/console/agencies"} <= seen


async def test_what_stands_round_a_form_that_comes_back_was_looked_at(reception: Reception):
    guest = await reception.guest("sec", "security-admin")
    page = await guest.send(ACCOUNTS, account="No such name", role="auditor", agencies="")
    assert (page.status_code, "/console/accounts/sec" in page.text) == (400, True)
    entry = (await reception.town.entries())[-1]
    assert (entry["kind"], entry["operator"], entry["subject"]["id"]) == ("looked", "person:sec", ACCOUNTS)
    async with out(reception.town.house.log, "append", LogUnavailable()):
        page = await guest.send(ACCOUNTS, account="Typed Before", role="auditor", agencies="")
    assert (page.status_code, 'value="Typed Before"' in page.text) == (400, True)


OUTAGE = "touched?cause=outage&from=2026-03-01T00:00&until=2026-03-02T00:00"


@pytest.mark.parametrize("page", ["uses", OUTAGE])
async def test_of_what_is_told_with_an_entry_of_its_own_nothing_is_shown_without_it(
    reception: Reception, page: str
):
    guest = await reception.guest("hui", "agency-admin", "demo-market")
    async with out(reception.town.house.log, "append", LogUnavailable()):
        shown = await guest.open(f"/console/agencies/demo-market/{page}")
    assert LogUnavailable().todo.zh in said(shown)
    assert "<form" not in shown.text.partition("<main")[2].partition("</main>")[0]


async def test_progress_is_noted_for_who_opens_it_and_not_for_what_looks_again(reception: Reception):
    guest = await reception.guest("hui", "agency-admin", "demo-market")
    order = Order(
        "demo-market", ("company-record",), (("DJ-1", "2012-231005-04-01-735188"),), "person:x", "x"
    )
    noted = await reception.town.house.repulls.order(order)
    path, kinds = f"/console/agencies/demo-market/repulls/{noted}", []
    for headers in ({}, {"landbridge-again": "1"}):
        assert (await guest.http.get(path, headers=headers)).status_code == 200
        entries = [each for each in await reception.town.entries() if each.get("operator") == "person:hui"]
        kinds.append([each["kind"] for each in entries if each["kind"] == "looked"])
    assert kinds == [["looked"], ["looked"]]


async def test_who_follows_a_consumer_reads_who_looked_at_it(reception: Reception):
    guest = await reception.guest("sec", "security-admin")
    await guest.open("/console/consumers/registration")
    auditor = await reception.guest("aud", "auditor")
    page = await auditor.open("/console/log/follow?what=consumer&who=registration")
    assert "/console/consumers/registration" in said(page)


async def test_a_page_of_an_agency_is_found_by_the_agency(reception: Reception):
    guest = await reception.guest("hui", "agency-admin", "demo-land")
    await guest.open("/console/agencies/demo-land/secrets")
    entry = (await reception.town.entries())[-1]
    assert (entry["kind"], entry["operator"], entry["agencies"]) == ("looked", "person:hui", ["demo-land"])
    assert entry["subject"] == {"type": "page", "id": "/console/agencies/demo-land/secrets"}
