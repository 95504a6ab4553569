"""`landbridge contracts export`, `config diff`, `keys show`, `doctor`: what is promised, set, installed."""

from __future__ import annotations

import asyncio
import difflib
import json
from functools import partial
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import ValidationError

from contracts.errors import LandbridgeError
from contracts.schemas import export as schemas
from contracts.text import Text, text
from gateway.app import open_house
from gateway.cli.words import pick
from gateway.keys import KeyRing
from gateway.settings import Settings
from gateway.store.migrate import is_empty, pending

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gateway.registry import Difference

contracts_app = typer.Typer(help=pick("数据契约", "What we promise"), no_args_is_help=True)
config_app = typer.Typer(
    help=pick("配置文件与在用版本", "Files and the versions in force"), no_args_is_help=True
)
keys_app = typer.Typer(help=pick("公钥", "Public keys"), no_args_is_help=True)


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

    async def inside() -> list[Difference]:
        async with open_house(Settings(), looking=True) as house:
            return await house.registry.differences(house.settings.config)

    parts = asyncio.run(inside())
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


def doctor() -> None:
    """Each finding in one line; problems come with their fix, and end the command with 1."""
    sound = True
    for name, trouble in _findings():
        sound = sound and trouble is None
        mark = pick("正常", "ok") if trouble is None else pick("问题", "PROBLEM")
        typer.echo(f"{mark}\t{name}" + (f"\t{pick(trouble.zh, trouble.en)}" if trouble else ""))
    raise typer.Exit(0 if sound else 1)


def _findings() -> Iterator[tuple[str, Text | None]]:
    yield "packages", _packages()
    try:
        settings = Settings()
    except (ValidationError, LandbridgeError) as error:
        yield "settings", text(f"设置无效：{error}", f"Settings: {error}")
        return
    yield "settings", None
    yield "public_url", _public_url(settings)
    out_of_reach = _trial(lambda: is_empty(settings.database))
    yield "database", out_of_reach or _database(settings)
    if not out_of_reach and not is_empty(settings.database):
        yield "keys", _trial(lambda: KeyRing.open(settings.home, create=False))
        yield from asyncio.run(_inside(settings))


def _packages() -> Text | None:
    """Our package names are generic: another distribution owning one would shadow ours."""
    owners = packages_distributions()
    for package in ("gateway", "adapters", "contracts", "demo"):
        others = sorted(set(owners.get(package, ())) - {"landbridge"})
        if others:
            return text(
                f"{others[0]} 也提供 {package} 包；请在独立环境中安装陆桥",
                f"{others[0]} owns the package {package} too; give Landbridge an environment of its own",
            )
    return None


def _public_url(settings: Settings) -> Text | None:
    if settings.public_url or settings.host in {"127.0.0.1", "::1", "localhost"}:
        return None
    return text(
        "未设置 LANDBRIDGE_PUBLIC_URL；签名覆盖的地址与需求方访问的地址不一致时核验会失败",
        "LANDBRIDGE_PUBLIC_URL is not set; signatures fail where it differs from the address consumers use",
    )


def _database(settings: Settings) -> Text | None:
    if is_empty(settings.database):
        return text(
            "尚未初始化；首次运行 landbridge serve 时自动完成",
            "Not set up yet; the first landbridge serve does it",
        )
    if waiting := pending(settings.database):
        return text(
            f"有 {waiting} 个待升级版本；重启网关即可", f"{waiting} migrations wait; restart the gateway"
        )
    return None


def _trial(attempt: Callable[[], object]) -> Text | None:
    try:
        attempt()
    except LandbridgeError as error:
        return error.detail
    return None


async def _inside(settings: Settings) -> list[tuple[str, Text | None]]:
    """What only an open house can tell: readiness, drifted files, missing secrets."""
    try:
        async with open_house(settings, looking=True) as house:
            found = list((await house.readiness()).items())
            parts = await house.registry.differences(settings.config)
            found.append(("config", _drift(len(parts)) if parts else None))
            for adapter in await house.agencies.all():
                found += [(named, _trial(partial(house.safe, named))) for named in adapter.secrets]
    except LandbridgeError as error:
        return [("house", error.detail)]
    return found


def _drift(count: int) -> Text:
    return text(
        f"{count} 个配置文件与在用版本不同；运行 landbridge config diff",
        f"{count} files differ; run landbridge config diff",
    )
