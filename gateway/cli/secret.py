"""`landbridge secret`: set and given another value, never shown; sealed anew; listed."""

from __future__ import annotations

import re
import sys
from typing import Annotated

import typer
from pydantic import SecretStr
from rich.console import Console
from rich.table import Table

from contracts.errors import AskMalformed
from contracts.text import text
from gateway.api.credentials import SecretShown, Value, listed, put_secret
from gateway.cli.inside import in_house, own_act
from gateway.cli.moments import clock_time
from gateway.cli.options import Agency
from gateway.cli.words import pick

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

Name = Annotated[str, typer.Argument(help=pick("凭据名称，如 app", "the secret's name, such as app"))]

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


@app.command("set", help=pick("设置凭据；值从标准输入读取", "Set a secret, read from standard input"))
def put(agency: Agency, name: Name) -> None:
    """A value on the command line would stand in the shell's history and the process list: never there."""
    _put(agency, name, known=False)


@app.command(
    help=pick(
        "不带参数：更换封装密钥，重新封存全部凭据；带参数：更换该凭据的值",
        "Without arguments: new wrapping keys for every secret. With: another value for this one",
    )
)
def rotate(
    agency: Annotated[str | None, typer.Argument(help=pick("部门标识", "the agency"))] = None,
    name: Annotated[str | None, typer.Argument(help=pick("凭据名称", "the secret's name"))] = None,
) -> None:
    """Effective on a running gateway within two seconds."""
    if agency and name:
        _put(agency, name, known=True)
        return
    if agency:
        raise typer.BadParameter(pick("须同时给出部门和名称", "name an agency and a secret, or neither"))
    count = in_house(lambda house: house.safe.rewrap(own_act()))
    typer.echo(pick(f"已重新封存 {count} 项凭据。", f"{count} secrets sealed anew."))


@app.command(
    "list", help=pick("列出凭据：来源、使用处、最近使用日", "Secrets: whence, where used, last when")
)
def list_all(
    agency: Annotated[str | None, typer.Argument(help=pick("部门标识", "the agency"))] = None,
) -> None:
    """Never a value."""
    table = Table(box=None, pad_edge=False)
    for title in (
        pick("凭据", "secret"),
        pick("来源", "source"),
        pick("版本", "version"),
        pick("设置人", "set by"),
        pick("设置时间", "set"),
        pick("最近使用", "last used"),
        pick("使用处", "used by"),
    ):
        table.add_column(title, overflow="fold")
    for each in in_house(lambda house: listed(house, agency)).secrets:
        table.add_row(*_cells(each))
    Console().print(table)


def _cells(each: SecretShown) -> tuple[str, ...]:
    rest = (each.set_by or "", clock_time(each.set_at), each.last_used_day or "", ",".join(each.used_by))
    return (f"{each.agency}/{each.name}", each.source, str(each.version or ""), *rest)


def _put(agency: str, name: str, *, known: bool) -> None:
    if not _NAME.fullmatch(agency) or not _NAME.fullmatch(name):
        raise AskMalformed(
            text("名称只能用小写字母、数字和连字符", "Names are of lower-case letters, digits and hyphens")
        )
    if not (value := _asked()):
        raise AskMalformed(
            text("凭据值为空；请从标准输入给出", "The value is empty; give it on standard input")
        )
    order = Value(value=SecretStr(value))
    shown = in_house(lambda house: put_secret(house, (agency, name), order, own_act(), known=known))
    typer.echo(f"{shown.agency}/{shown.name} v{shown.version}")
    if not shown.used_by:
        typer.echo(
            pick(
                f"注意：在用清单都没有引用 secret:{agency}/{name}；请核对名称。",
                f"Note: no manifest in force names secret:{agency}/{name}; is it the right name?",
            ),
            err=True,
        )
    if shown.source != "database":
        typer.echo(
            pick(
                f"注意：本机的{shown.source}优先，数据库中的值暂不使用。",
                f"Note: this machine's {shown.source} goes before it; the value in the database is not used.",
            ),
            err=True,
        )


def _asked() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt(pick("凭据值", "value"), hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\r\n")
