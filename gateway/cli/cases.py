"""`landbridge cases`: open cases that trouble at an agency touched, and their materials asked for afresh."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from gateway.api.recovery import Trouble, kinds_of, look
from gateway.cli.inside import in_house, operator
from gateway.cli.moments import clock_time, moment_option
from gateway.cli.options import Agency, Reason
from gateway.cli.words import pick
from gateway.jobs import repull as job
from gateway.repulls import Order
from gateway.touched import Cause

if TYPE_CHECKING:
    from gateway.house import House
    from gateway.repulls import Progress
    from gateway.touched import Touched

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

Why = Annotated[
    Cause,
    typer.Option(
        help=pick(
            "原因：outage 中断、drift 接口变化、publication 问题版本", "what went wrong there, or with us"
        )
    ),
]
Since = Annotated[
    datetime | None,
    moment_option("--from", zh="中断开始时间（北京时间）", en="an outage's first instant, at +08:00"),
]
Until = Annotated[
    datetime | None, moment_option(zh="中断结束时间（北京时间）", en="the first instant after it, at +08:00")
]
Version = Annotated[
    int | None, typer.Option(min=1, help=pick("有问题的版本号", "the publication that was bad"))
]


@app.command(help=pick("列出受影响的在办件；查看留痕", "List the touched cases; looking is an entry"))
def touched(
    agency: Agency,
    *,
    cause: Why = Cause.OUTAGE,
    since: Since = None,
    until: Until = None,
    version: Version = None,
) -> None:
    """By their newest answer, newest first."""
    trouble = _trouble(cause, since, until, version)
    found = in_house(lambda house: look(house, agency, trouble, operator()))
    table = Table(box=None, pad_edge=False)
    for title in (("办件", "case"), ("项目代码", "project code"), ("答复时间", "answered")):
        table.add_column(pick(*title), no_wrap=True)
    table.add_column(pick("材料", "kinds"), overflow="fold")
    for case in found.cases:
        kinds = ", ".join(f"{kind} {status}" for kind, status in sorted(case.kinds.items()))
        table.add_row(case.case, case.project, clock_time(case.at), kinds)
    Console().print(table)
    if not found.complete:
        typer.echo(pick("答复过多，仅列出最近部分。", "There are more; these are the newest."), err=True)


@app.command(help=pick("为受影响的在办件重新取数；操作留痕", "Ask afresh for the touched cases; an entry"))
def repull(
    agency: Agency,
    *,
    reason: Reason,
    cause: Why = Cause.OUTAGE,
    since: Since = None,
    until: Until = None,
    version: Version = None,
) -> None:
    """Every case is an ask of its own, granted and logged; ends with 1 if one failed."""
    trouble = _trouble(cause, since, until, version)

    async def inside(house: House) -> Progress | None:
        found = await look(house, agency, trouble, operator())
        if not found.cases:
            return None
        noted = await house.repulls.order(await _order(house, agency, found, reason))
        await job.work(house)
        return await house.repulls.progress(agency, noted)

    done = in_house(inside)
    if done is None:
        typer.echo(pick("没有受影响的在办件。", "No open case was touched."))
        return
    for case in done.cases:
        told = ", ".join(f"{kind} {status}" for kind, status in sorted(case.told.items()))
        typer.echo(f"{case.case}\t{case.project}\t{case.state}\t{told}")
    raise typer.Exit(0 if all(case.state == "done" for case in done.cases) else 1)


async def _order(house: House, agency: str, found: Touched, reason: str) -> Order:
    cases = tuple((case.case, case.project) for case in found.cases)
    return Order(agency, await kinds_of(house, agency, ()), cases, operator(), reason)


def _trouble(cause: Cause, since: datetime | None, until: datetime | None, version: int | None) -> Trouble:
    """Raises ValidationError."""
    words = {"cause": cause, "from": since, "until": until, "version": version}
    return Trouble.model_validate(words)
