"""`landbridge alias`: a project's other names, confirmed and rejected by a person."""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

import typer
from pydantic import TypeAdapter
from rich.console import Console
from rich.table import Table

from contracts.audit import Draft, EntryKind
from contracts.exchange import ProjectCode
from gateway.api.names import Decision, decide, show
from gateway.cli.inside import in_house, operator
from gateway.cli.words import pick

T = TypeVar("T")

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

Project = Annotated[str, typer.Argument(help=pick("项目代码", "the project code"))]
KeyName = Annotated[str, typer.Argument(help=pick("键名，如 supervision_no", "key, such as supervision_no"))]
Value = Annotated[str, typer.Argument(help=pick("键值", "the value"))]


@app.command("list", help=pick("列出项目的别名；查看留痕", "List a project's names; looking is an entry"))
def list_all(project: Project) -> None:
    """Every name with how sure it is, who taught it and who decided."""
    code = _project_code(project)
    found = in_house(lambda house: show(house, code, _entry()))
    table = Table(box=None, pad_edge=False)
    for title in (
        pick("键", "key"),
        pick("值", "value"),
        pick("状态", "state"),
        pick("来源", "source"),
        pick("认定", "decided by"),
    ):
        table.add_column(title, overflow="fold")
    for alias in found.aliases:
        table.add_row(alias.key, alias.value, alias.state.value, alias.source, alias.decided_by or "")
    Console().print(table)


@app.command(help=pick("确认别名属于该项目；操作留痕", "Confirm that a name is the project's; an entry"))
def confirm(project: Project, key: KeyName, value: Value) -> None:
    """Effective on a running gateway within a second."""
    _decide(project, key, value, "confirm")


@app.command(help=pick("否定别名；操作留痕", "Reject a name; an entry"))
def reject(project: Project, key: KeyName, value: Value) -> None:
    """Effective on a running gateway within a second."""
    _decide(project, key, value, "reject")


def _decide(project: str, key: str, value: str, decision: Literal["confirm", "reject"]) -> None:
    code, order = _project_code(project), Decision(key=key, value=value, decision=decision)
    decided = in_house(lambda house: decide(house, code, order, _entry()))
    typer.echo(f"{decided.key} {decided.value}: {decided.state.value}")


def _project_code(raw: str) -> str:
    """Raises ValidationError for what is no project code."""
    code: str = TypeAdapter(ProjectCode).validate_python(raw)
    return code


def _entry() -> Draft:
    return Draft(kind=EntryKind.ALIAS, operator=operator())
