"""`landbridge stand-in`: a material typed in while its agency is out, and the second person's word."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from pydantic import TypeAdapter
from rich.console import Console
from rich.table import Table

from contracts.exchange import ProjectCode
from contracts.standins import Proposal, StandInShown, Verdict
from gateway.aliases import norm_of
from gateway.api.standins import keep_paper, look, look_at, typed_in
from gateway.building import utc_now
from gateway.cli.inside import in_house, operator
from gateway.cli.moments import clock_time
from gateway.cli.words import pick

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.house import House

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

ID_WIDTH = 28
"""Characters of a stand-in's id."""

Project = Annotated[str, typer.Argument(help=pick("项目代码", "the project code"))]
Identity = Annotated[str, typer.Argument(help=pick("补录编号", "the stand-in's id"))]
Content = Annotated[
    str, typer.Option(help=pick("所见内容的摘要 sha256:…", "digest of the content you saw, sha256:…"))
]


@app.command(
    help=pick("补录一项材料，待另一人复核；操作留痕", "Type a material in, for a second person to agree")
)
def add(
    project: Project,
    kind: Annotated[str, typer.Argument(help=pick("材料类别", "kind"))],
    *,
    fields: Annotated[
        Path,
        typer.Option(exists=True, dir_okay=False, help=pick("字段文件（JSON）", "file of the fields (JSON)")),
    ],
    paper: Annotated[
        Path, typer.Option(exists=True, dir_okay=False, help=pick("凭据文件", "file of the paper"))
    ],
    reason: Annotated[str, typer.Option(help=pick("补录原因", "why"))],
    days: Annotated[int, typer.Option(min=1, max=90, help=pick("有效天数", "days it may serve"))] = 7,
) -> None:
    """Print what the second person has to see: id, content digest and fields."""

    async def inside(house: House) -> StandInShown:
        kept = await keep_paper(house, _octets(paper), operator())
        order = Proposal.model_validate(
            {
                "kind": kind,
                "fields": json.loads(fields.read_text("utf-8")),
                "reason": reason,
                "evidence": kept.digest,
                "evidence_name": paper.name,
                "expires_at": utc_now() + timedelta(days=days),
            }
        )
        return await typed_in(house, _norm(project), order, operator())

    _show(in_house(inside))


@app.command(
    "list", help=pick("列出项目的补录材料；查看留痕", "List a project's stand-ins; looking is an entry")
)
def list_all(project: Project) -> None:
    """Newest first, with what the agency said when it was back."""
    found = in_house(lambda house: look(house, _norm(project), operator()))
    table = Table(box=None, pad_edge=False)
    table.add_column(pick("编号", "id"), no_wrap=True, min_width=ID_WIDTH)  # to be copied
    titles = (
        ("材料", "kind"),
        ("状态", "state"),
        ("录入", "typed by"),
        ("复核", "decided by"),
    )
    for title in (*titles, ("有效至", "until"), ("不一致", "differs")):
        table.add_column(pick(*title), overflow="fold")
    for each in found.stand_ins:
        until, differing = each.expires_at.date().isoformat(), ",".join(each.differing or ())
        who = (each.entered_by, each.decided_by or "")
        table.add_row(each.id, each.kind, each.state.value, *who, until, differing)
    Console().print(table)


@app.command(help=pick("显示一份补录材料，供复核；查看留痕", "Show what is to be agreed to; an entry"))
def show(identity: Identity) -> None:
    """What a second person has to see, and with which digest they agree to it."""
    _show(in_house(lambda house: look_at(house, identity, operator())))


@app.command(help=pick("复核通过；须由另一人操作", "Agree, as a second person"))
def approve(identity: Identity, *, content: Content) -> None:
    """It serves from then on, until the agency is back or its term ends."""
    _decide(identity, content, "approve")


@app.command(help=pick("复核不通过；须由另一人操作", "Refuse, as a second person"))
def refuse(identity: Identity, *, content: Content) -> None:
    """It never serves."""
    _decide(identity, content, "refuse")


@app.command(help=pick("撤回", "Withdraw"))
def withdraw(identity: Identity, *, content: Content) -> None:
    """It serves no longer."""
    _decide(identity, content, "withdraw")


def _decide(identity: str, content: str, decision: Literal["approve", "refuse", "withdraw"]) -> None:
    order = Verdict(content=content, decision=decision)
    decided = in_house(lambda house: house.stand_ins.decide(identity, order, by=operator()))
    typer.echo(f"{decided.id}: {decided.state.value}")


def _show(made: StandInShown) -> None:
    typer.echo(f"{made.id}\t{made.kind}\t{made.state.value}\t{made.content}")
    for title, told in (
        (("项目代码", "project code"), made.project_code),
        (("录入", "typed by"), f"{made.entered_by} {clock_time(made.entered_at)}"),
        (("原因", "reason"), made.reason),
        (("凭据", "paper"), f"{made.evidence} {made.evidence_name}"),
        (("有效至", "until"), clock_time(made.expires_at)),
        (("复核", "decided by"), made.decided_by and f"{made.decided_by} {clock_time(made.decided_at)}"),
        (("替换", "replaced"), clock_time(made.replaced_at)),
        (("不一致", "differs"), ", ".join(made.differing or ())),
    ):
        if told:
            typer.echo(f"{pick(*title)}: {told}")
    typer.echo(json.dumps(made.fields, ensure_ascii=False, indent=2))


async def _octets(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while chunk := await asyncio.to_thread(file.read, 1 << 20):
            yield chunk


def _norm(raw: str) -> str:
    """Raises ValidationError for what is no project code."""
    return norm_of("project_code", TypeAdapter(ProjectCode).validate_python(raw))
