"""A database's tables read anew for a draft: its agency added a column; what is mapped stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from pydantic import ValidationError

from adapters.drafting import fetching
from adapters.manifest import Connection
from adapters.manifest.parts import SECRET
from contracts.audit import EntryKind
from contracts.conflicts import SecondPerson, WrongState
from contracts.errors import AskMalformed, LandbridgeError
from contracts.text import text
from gateway.api.databases import tables_by_safe
from gateway.api.door import house_of
from gateway.console.connect import bench as benches
from gateway.console.connect.pages import OnBench, bench_again, place_of
from gateway.console.door import Admitted, Posted, go
from gateway.papers import CATALOGUE

if TYPE_CHECKING:
    from starlette.responses import Response

    from adapters.manifest.tables import TableRule
    from contracts.audit import Draft
    from gateway.console.connect.bench import Bench
    from gateway.house import House

router = APIRouter(prefix="/console/agencies/{agency}/connect", include_in_schema=False)

_NO_WAY = text(
    "草稿中的数据库连接不完整：请在草稿全文中补全地址、账号和口令的引用",
    "The draft's way to the database is not whole: mend address, account and password in its text",
)
_NEW_ADDRESS = text(
    "草稿指向从未发布过的地址，此处保存的口令不会发往该地址",
    "The draft names an address that was never published; no password that is kept here is sent there",
)
_NEW_ADDRESS_TODO = text(
    "请重新开始接入，填写该地址并键入账号和口令；或先由另一人发布此地址，再重新读取",
    "Begin a draft anew with this address, its account and password typed; or have somebody else publish the "
    "address first, then read its tables again",
)
_NOT_OWN = text("只能引用本部门的密钥", "Only this agency's own secrets may be named")


@router.post("/{version}/tables")
async def read_anew(request: Request, guest: Admitted, _form: Posted, bench: OnBench) -> Response:
    """Which tables and columns there are now, by what the draft and the safe say of the way there."""
    try:
        await _read(house_of(request), bench, guest.entry(EntryKind.TRIED), guest.id)
    except LandbridgeError as error:
        return await bench_again(request, guest, bench, error)
    return go(place_of(bench), "tables-read")


async def _read(house: House, bench: Bench, entry: Draft, person: str) -> None:
    """The log has it first; whoever may read anew is its author, so no second person can do it for them.

    Raises WrongState, AskMalformed, SetupIncomplete, AgencyFailed.
    """
    benches.check_author(bench, person)
    connection, table = _way(bench)
    named = {each for each in (table.user, table.password) if SECRET.fullmatch(each)}
    if any(not each.startswith(f"secret:{bench.agency}/") for each in named):
        raise AskMalformed(_NOT_OWN)
    document = await house.registry.version(*bench.which, bench.number)
    fetching.server_of(connection.base)
    try:
        await house.trials.check_address(document, connection, named, person)
    except SecondPerson:
        raise WrongState(_NEW_ADDRESS, _NEW_ADDRESS_TODO) from None
    found = await tables_by_safe(house, connection, entry)
    which, title = (bench.agency, bench.number), connection.base
    await house.papers.put(which, CATALOGUE, found, by=person, title=title)


def _way(bench: Bench) -> tuple[Connection, TableRule]:
    """The way to the database that a draft names, whatever else it lacks. Raises AskMalformed."""
    try:
        connection = Connection.model_validate(bench.content.get("connection"))
    except ValidationError:
        raise AskMalformed(_NO_WAY) from None
    if connection.table is None:
        raise AskMalformed(_NO_WAY)
    return connection, connection.table
