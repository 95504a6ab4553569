"""`landbridge`: serve, demo, dossier, doctor, and the groups of the other commands."""

from __future__ import annotations

import sys

import typer
from pydantic import ValidationError
from rich.console import Console

from contracts.errors import LandbridgeError
from gateway.cli import adapter, alias, audit, backup, cache, cases, consumer, secret, setup, standin
from gateway.cli.check import check
from gateway.cli.doctor import doctor
from gateway.cli.dossier import dossier
from gateway.cli.serve import serve
from gateway.cli.words import pick, say
from gateway.logs import speak

app = typer.Typer(
    name="landbridge",
    help=pick(
        "陆桥：不动产登记数据共享网关", "Landbridge: the data-sharing gateway for real-estate registration"
    ),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(consumer.app, name="consumer")
app.add_typer(adapter.app, name="adapter")
app.add_typer(alias.app, name="alias")
app.add_typer(audit.app, name="audit")
app.add_typer(backup.app, name="backup")
app.add_typer(cache.app, name="cache")
app.add_typer(cases.app, name="cases")
app.add_typer(standin.app, name="stand-in")
app.add_typer(secret.app, name="secret")
app.add_typer(setup.contracts_app, name="contracts")
app.add_typer(setup.config_app, name="config")
app.add_typer(setup.keys_app, name="keys")
app.command(
    help=pick(
        "查询一个项目的材料包（以需求方 cli 的身份，须授权并留痕）",
        "Ask for a project's dossier as the consumer cli",
    )
)(dossier)
app.command(help=pick("按核验规则离线核验项目文件", "Judge a project file by the rules, offline"))(check)
app.command(
    help=pick("检查安装与配置，逐项给出修复办法", "Check the installation; each problem with its fix")
)(doctor)


app.command(help=pick("启动网关", "Run the gateway"))(serve)


@app.command(
    help=pick(
        "演示：启动示例部门与网关，查询、核验、断供、再核验",
        "The demo: agencies, gateway, asks, proofs, an outage",
    )
)
def demo() -> None:
    """Run the demo; its exit code says whether everything held."""
    import asyncio

    from demo.run import run as play
    from gateway.cli.show import print_dossier

    raise typer.Exit(asyncio.run(play(say, print_dossier)))


def run() -> None:
    """Run a command; our own errors come out as a sentence and what to do, never as a traceback."""
    speak("text", "warning")  # whatever a library has to say, it says without secrets; `serve` sets its own
    try:
        app()
    except LandbridgeError as error:
        _complain(pick(error.detail.zh, error.detail.en), pick(error.todo.zh, error.todo.en))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(step) for step in first["loc"])
        _complain(pick(f"设置 {place} 无效：{first['msg']}", f"Setting {place}: {first['msg']}"), "")


def _complain(sentence: str, todo: str) -> None:
    console = Console(stderr=True, highlight=False)
    console.print(sentence, style="bold red", markup=False)
    if todo:
        console.print(todo, markup=False)
    sys.exit(1)
