"""`landbridge contracts export`, `config diff`, `keys show`: what is promised, set and published."""

from __future__ import annotations

import difflib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from contracts.schemas import export as schemas
from gateway.cli.inside import in_house
from gateway.cli.words import pick
from gateway.keys import KeyRing
from gateway.settings import Settings

if TYPE_CHECKING:
    from gateway.registry import Difference

contracts_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
config_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
keys_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@contracts_app.command(
    help=pick("导出各材料与接口的 JSON Schema", "Write JSON Schemas of kinds and interfaces")
)
def export(
    folder: Annotated[Path, typer.Argument(help=pick("输出目录", "where to"))] = Path("schemas"),
) -> None:
    """One file for each kind and each interface model, JSON Schema 2020-12."""
    folder.mkdir(parents=True, exist_ok=True)
    found = schemas()
    for name, schema in found.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(json.dumps(schema, ensure_ascii=False, indent=2) + "\n", "utf-8")
    typer.echo(pick(f"已写入 {len(found)} 个文件：{folder}", f"{len(found)} files written to {folder}"))


@contracts_app.callback()
def _contracts() -> None:
    """Keeps `export` a word of its own."""


@config_app.command(help=pick("比较配置文件与在用版本", "Where the files and the versions in force part"))
def diff() -> None:
    """Ends with 1 when they part: after the next start, or never, depending on which is newer."""
    parts = in_house(lambda house: house.registry.differences(house.settings.config), looking=True)
    for part in parts:
        _show_difference(part)
    if not parts:
        typer.echo(pick("配置文件与在用版本一致。", "Files and versions in force agree."))
    raise typer.Exit(1 if parts else 0)


@config_app.callback()
def _config() -> None:
    """Keeps `diff` a word of its own."""


def _show_difference(part: Difference) -> None:
    words = {
        "new": pick("文件尚未导入，下次启动时生效", "the file is new and takes effect at the next start"),
        "gone": pick("在用，但没有对应文件", "in force, and no file holds it"),
        "changed": pick("文件与在用版本不同", "the file differs from the version in force"),
    }
    typer.echo(f"{part.kind.value} {part.name} v{part.published_version or '-'}: {words[part.what]}")
    old, new = part.published_text.splitlines(), part.file_text.splitlines()
    if part.what == "changed":
        for line in difflib.unified_diff(old, new, "in force", "file", lineterm="", n=1):
            typer.echo(f"  {line}")


@keys_app.command(
    help=pick("显示公钥，供需求方和审计方核验", "Show the public keys, for consumers and auditors")
)
def show() -> None:
    """The JWK set as served at /.well-known/jwks.json; private keys never leave their files."""
    settings = Settings()
    ring = KeyRing.open(settings.home, create=False)
    typer.echo(json.dumps(ring.jwks(settings.log_origin), indent=2))


@keys_app.callback()
def _keys() -> None:
    """Keeps `show` a word of its own."""
