"""`landbridge cache`: kept answers forgotten by order."""

from __future__ import annotations

from typing import Annotated, NoReturn

import typer
from pydantic import ValidationError

from contracts.audit import Draft, EntryKind
from gateway.api.operations import PurgeOrder, forget
from gateway.cli.inside import in_house, operator
from gateway.cli.words import pick
from gateway.settings import Settings

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.command(help=pick("清除共享缓存中的答复；操作留痕", "Forget answers kept in the shared cache; an entry"))
def purge(
    agency: Annotated[str | None, typer.Option(help=pick("部门", "of this agency"))] = None,
    kind: Annotated[str | None, typer.Option(help=pick("材料种类", "of this kind"))] = None,
    project: Annotated[str | None, typer.Option(help=pick("项目代码", "about this project code"))] = None,
    everything: Annotated[bool, typer.Option("--all", help=pick("全部", "all of them"))] = False,
) -> None:
    """A running gateway's own memory is reached through the shared cache only; without one it is told so."""
    settings = Settings()
    if settings.redis_url is None:
        _refuse(
            "未设置 LANDBRIDGE_REDIS_URL：缓存在运行中的网关内存里，请调用 POST /v1/cache/purge 或重启网关。",
            "LANDBRIDGE_REDIS_URL is not set: answers are in the running gateway's memory. "
            "Use POST /v1/cache/purge, or restart it.",
        )
    try:
        order = PurgeOrder(agency=agency, kind=kind, project_code=project, everything=everything)
    except ValidationError as error:
        _refuse(
            f"请指定 --agency、--kind、--project 之一，或 --all：{error.errors()[0]['msg']}",
            f"Name --agency, --kind or --project, or say --all: {error.errors()[0]['msg']}",
        )
    forgotten = in_house(
        lambda house: forget(house, order, Draft(kind=EntryKind.PURGED, operator=operator()))
    )
    typer.echo(pick(f"已清除 {forgotten} 条。", f"{forgotten} answers forgotten."))


def _refuse(zh: str, en: str) -> NoReturn:
    typer.echo(pick(zh, en), err=True)
    raise typer.Exit(2)


@app.callback()
def _cache() -> None:
    """Keeps `purge` a word of its own."""
