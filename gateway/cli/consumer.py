"""`landbridge consumer`: systems that ask, and their keys."""

from __future__ import annotations

from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from gateway.cli.inside import in_house, operator
from gateway.cli.moments import clock_time
from gateway.cli.words import pick

T = TypeVar("T")

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

Name = Annotated[str, typer.Argument(help=pick("需求方名称", "the consumer's name"))]


@app.command(
    help=pick("登记需求方并签发密钥；密钥只显示一次", "Register a consumer and issue a key, shown once")
)
def add(
    name: Name,
    role: Annotated[
        list[str] | None, typer.Option(help=pick("角色，可多次；默认 consumer", "role, repeatable"))
    ] = None,
    agency: Annotated[
        list[str] | None,
        typer.Option(help=pick("部门管理员所管的部门，可多次", "an agency admin's agency, repeatable")),
    ] = None,
    title: Annotated[str, typer.Option(help=pick("称呼，如 登记系统", "what people call it"))] = "",
) -> None:
    """Print the key and nothing else on standard output, so that it can be piped to where it is kept."""
    roles = tuple(role or ["consumer"])
    own = tuple(agency or ())
    key = in_house(lambda house: house.access.add(name, roles, by=operator(), agencies=own, title=title))
    typer.echo(
        pick(
            "密钥如下，仅此一次；请交给需求方妥善保存：", "The key, shown only now; hand it to the consumer:"
        ),
        err=True,
    )
    typer.echo(key)


@app.command("list", help=pick("列出需求方", "List consumers"))
def list_all() -> None:
    """Every consumer with its roles and how many keys are in force."""
    table = Table(box=None, pad_edge=False)
    for title in (
        pick("名称", "name"),
        pick("称呼", "title"),
        pick("角色", "roles"),
        pick("部门", "agencies"),
        pick("有效密钥", "keys"),
        pick("登记", "added"),
        pick("停用", "revoked"),
    ):
        table.add_column(title)
    for row in in_house(lambda house: house.access.listed()):
        roles, agencies = (
            ",".join(each) for each in (row["roles"], row["agencies"]) if isinstance(each, list)
        )
        times = [clock_time(at) for at in (row["created_at"], row["revoked_at"]) if isinstance(at, str)]
        table.add_row(str(row["id"]), row["title"] or "", roles, agencies, str(row["keys"]), *times)
    Console().print(table)


@app.command(
    help=pick(
        "设置需求方的称呼，日志中的句子以此称呼它；空则取消",
        "What people, and sentences of the log, call a consumer; empty: by its name again",
    )
)
def title(
    name: Name,
    title: Annotated[str, typer.Argument(help=pick("称呼，如 登记系统", "what people call it"))],
) -> None:
    """The log says that it was set, not to what."""
    in_house(lambda house: house.access.entitle(name, title, by=operator()))
    typer.echo(
        pick(f"{name} 的称呼已设置。", f"{name} has its title.")
        if title.strip()
        else pick(f"{name} 的称呼已取消。", f"{name} has no title any more.")
    )


@app.command(
    help=pick("停用需求方及其全部密钥，或其中一个", "Revoke a consumer and all its keys, or one of them")
)
def revoke(
    name: Name,
    key: Annotated[
        str | None,
        typer.Option(help=pick("只停用此密钥（lb_ 之后的编号）", "this key only, by what follows lb_")),
    ] = None,
) -> None:
    """Effective on a running gateway within a second."""
    fallen = in_house(lambda house: house.access.revoke(name, by=operator(), key=key))
    typer.echo(pick(f"已停用 {name}，失效密钥 {fallen} 个。", f"{name} revoked; {fallen} keys fell."))


@app.command(help=pick("列出需求方的密钥编号", "List a consumer's keys by their ids"))
def keys(name: Name) -> None:
    """Ids, never secrets; newest first."""
    table = Table(box=None, pad_edge=False)
    for title in (pick("编号", "id"), pick("签发", "made"), pick("停用", "revoked")):
        table.add_column(title)
    for each in in_house(lambda house: house.access.keys(name)):
        table.add_row(each.id, clock_time(each.created_at), clock_time(each.revoked_at))
    Console().print(table)
