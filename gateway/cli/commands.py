"""`landbridge`: every command and group of commands by its name, imported when it is wanted."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

import typer
from typer.core import TyperGroup

from contracts.errors import LandbridgeError
from contracts.reasons import why
from gateway.cli.loading import loading
from gateway.cli.words import pick
from gateway.logs import speak

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Place(NamedTuple):
    """Where a command or a group is found, as `module:name` within this package, and what it is for."""

    found_at: str
    help: str


COMMANDS = {
    "dossier": Place(
        "dossier:dossier",
        pick(
            "查询一个项目的材料包（以需求方 cli 的身份，须授权并留痕）",
            "Ask for a project's dossier as the consumer cli",
        ),
    ),
    "check": Place(
        "check:check", pick("按核验规则离线核验项目文件", "Judge a project file by the rules, offline")
    ),
    "doctor": Place(
        "doctor:doctor",
        pick("检查安装与配置，逐项给出修复办法", "Check the installation; each problem with its fix"),
    ),
    "serve": Place("serve:serve", pick("启动网关", "Run the gateway")),
    "demo": Place(
        "demo:demo",
        pick(
            "演示：启动示例部门与网关，查询、核验、断供、再核验",
            "The demo: agencies, gateway, asks, proofs, an outage",
        ),
    ),
    "account": Place("account:app", pick("控制台人员账号", "People's accounts for the console")),
    "consumer": Place("consumer:app", pick("数据需求方及其密钥", "Consumers and their keys")),
    "adapter": Place("adapter:app", pick("部门接口适配", "How agencies are asked")),
    "alias": Place("alias:app", pick("项目的别名", "A project's other names")),
    "audit": Place("audit:app", pick("审计日志", "The audit log")),
    "backup": Place("backup:app", pick("备份与恢复", "Backup and restore")),
    "cache": Place("cache:app", pick("缓存的部门答复", "Kept answers")),
    "cases": Place(
        "cases:app", pick("受影响的在办件与重新取数", "Open cases that trouble touched, and re-pulls")
    ),
    "stand-in": Place(
        "standin:app", pick("部门中断期间的人工补录", "Materials typed in while an agency is out")
    ),
    "secret": Place("secret:app", pick("部门接口凭据（只写）", "Agencies' secrets, write-only")),
    "contracts": Place("setup:contracts_app", pick("数据契约", "What we promise")),
    "config": Place("setup:config_app", pick("配置文件与在用版本", "Files and the versions in force")),
    "keys": Place("setup:keys_app", pick("公钥", "Public keys")),
}


class _Wanted(Mapping[str, Any]):
    """The commands by name, each imported when it is looked up."""

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)

    def __getitem__(self, name: str) -> Any:
        place = COMMANDS[name]
        module, _, inside = place.found_at.partition(":")
        with loading():
            found: typer.Typer | Callable[..., object] = getattr(
                import_module(f"gateway.cli.{module}"), inside
            )
        if not isinstance(found, typer.Typer):
            alone = typer.Typer(add_completion=False, rich_markup_mode=None)
            alone.command(name, help=place.help)(found)
            return typer.main.get_command(alone)
        group = typer.main.get_group(found)
        group.name, group.help = name, place.help
        return group


class Commands(TyperGroup):
    """Importing all of the house takes seconds; `--help` needs none of it, most commands little."""

    def __init__(self, **attrs: Any) -> None:
        super().__init__(**attrs | {"commands": _Wanted()})

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002  the framework's signature
        """What each is for, said without importing it."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, place.help) for name, place in COMMANDS.items()])


app = typer.Typer(
    cls=Commands,
    name="landbridge",
    help=pick(
        "陆桥：不动产登记数据共享网关", "Landbridge: the data-sharing gateway for real-estate registration"
    ),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.callback()(lambda: None)  # without a command of its own it would be none; `Commands` brings them


def run() -> None:
    """Run a command; our own errors come out as a sentence and what to do, never as a traceback."""
    speak("text", "warning")  # whatever a library has to say, it says without secrets; `serve` sets its own
    try:
        app()
    except LandbridgeError as error:
        _complain(pick(error.detail.zh, error.detail.en), pick(error.todo.zh, error.todo.en))
    except ValueError as error:
        from pydantic import ValidationError

        if not isinstance(error, ValidationError):
            raise
        first = error.errors(include_input=False, include_url=False)[0]
        place, told = ".".join(str(step) for step in first["loc"]), why(first)
        _complain(pick(f"{place} 无效：{told.zh}", f"{place}: {told.en}"), _where(error.title, place))


def _where(model: str, place: str) -> str:
    """What to change: a setting, or what was given on the command line."""
    if model != "Settings":
        return pick("请检查命令的参数和选项（--help）。", "Look at the arguments and options (--help).")
    variable = f"LANDBRIDGE_{place.upper()}"
    return pick(
        f"请修改环境变量 {variable} 或 config/landbridge.yaml。",
        f"Change the variable {variable}, or config/landbridge.yaml.",
    )


def _complain(sentence: str, todo: str) -> None:
    from rich.console import Console

    console = Console(stderr=True, highlight=False)
    console.print(sentence, style="bold red", markup=False)
    if todo:
        console.print(todo, markup=False)
    sys.exit(1)
