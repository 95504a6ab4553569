"""`landbridge backup`: made while the gateway runs, proven, restored up to its first answered dossier."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from contracts.audit import Draft, EntryKind, Subject
from contracts.errors import SetupIncomplete
from contracts.text import text
from gateway.cli.dossier import Known, ask_house, known_keys, show
from gateway.cli.inside import operator as account
from gateway.cli.options import AsJson
from gateway.cli.words import pick

if TYPE_CHECKING:
    from gateway.backup import Findings, Manifest
    from gateway.rooms import Answer
    from gateway.settings import Settings

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

Folder = Annotated[Path, typer.Argument(help=pick("备份目录", "the backup's folder"))]
PassphraseFile = Annotated[
    Path | None,
    typer.Option(
        exists=True,
        dir_okay=False,
        help=pick("密钥包口令所在文件（首行）", "file whose first line is the passphrase of the keys"),
    ),
]


@app.command(
    help=pick(
        "运行中备份：数据库、留存文件、密钥、配置", "Back up a running gateway: database, vault, keys, config"
    )
)
def create(
    folder: Folder,
    passphrase_file: PassphraseFile = None,
    plain_keys: Annotated[
        bool, typer.Option(help=pick("密钥不加密存放（目录须自行保护）", "leave the keys in plain"))
    ] = False,
) -> None:
    """The backup is proven before it is believed; it ends with 1 and keeps the folder if that fails."""
    from gateway.backup import create as make
    from gateway.backup import prove
    from gateway.building import VERSION, open_house, utc_now
    from gateway.settings import Settings

    passphrase = None if plain_keys else _passphrase(passphrase_file, twice=True)

    async def inside() -> Manifest:
        async with open_house(Settings()) as house:
            return await make(house, folder, account(), passphrase, VERSION)

    asyncio.run(inside())
    _tell(prove(folder, utc_now, passphrase))


@app.command(
    help=pick("核验备份：摘要、日志、密钥、每个留存文件", "Prove a backup: digests, log, keys, every object")
)
def verify(folder: Folder, passphrase_file: PassphraseFile = None) -> None:
    """Without the passphrase sealed keys and vault contents are not opened, and it says so."""
    from gateway.backup import prove
    from gateway.building import utc_now

    passphrase = _passphrase(passphrase_file) if passphrase_file else None
    _tell(prove(folder, utc_now, passphrase))


@app.command(
    help=pick(
        "恢复到空目录，核验日志；可当场出具一个项目的材料包",
        "Restore to an empty home, verify the log, and answer a dossier on the spot",
    )
)
def restore(
    folder: Folder,
    *,
    home: Annotated[Path, typer.Option(help=pick("新的 LANDBRIDGE_HOME", "the new LANDBRIDGE_HOME"))],
    database: Annotated[
        str | None,
        typer.Option(
            help=pick(
                "空数据库地址，默认取 LANDBRIDGE_DATABASE_URL，未设置则为新目录中的 SQLite",
                "an empty database; default LANDBRIDGE_DATABASE_URL, without it SQLite in the new home",
            )
        ),
    ] = None,
    passphrase_file: PassphraseFile = None,
    prove: Annotated[
        str | None, typer.Option(help=pick("当场查询的项目代码", "project code to answer a dossier about"))
    ] = None,
    case: Annotated[str, typer.Option(help=pick("办件或任务编号", "case or task number"))] = "restore",
    purpose: Annotated[str, typer.Option(help=pick("用途", "purpose"))] = "trial",
    operator: Annotated[str | None, typer.Option(help=pick("经办账号", "operator's account"))] = None,
    known: Known = None,
    as_json: AsJson = False,
) -> None:
    """Only an empty home and an empty database are written to; the restored log says that it was restored."""
    from sqlalchemy import make_url

    from gateway.backup import Manifest
    from gateway.backup import restore as put_back
    from gateway.settings import Settings

    database = database or Settings().database_url
    sealed = Manifest.read(folder).private == "sealed"
    manifest = put_back(folder, home, database, _passphrase(passphrase_file) if sealed else None)
    words: dict[str, Any] = {"project_code": prove, "procedure": "first-registration", "case": case}
    words |= {
        "purpose": purpose,
        "operator": operator or account().removeprefix("os:"),
        "known": known_keys(known),
    }
    answer = asyncio.run(_open(restored_settings(home, database), manifest, words if prove else None))
    typer.echo(
        pick(
            f"已恢复到 {home}，日志 {manifest.log.size} 条，核验无误。"
            "请确认旧网关已停用：两处同时写入即为分叉，可用此后任一检查点发现（audit verify --checkpoint）。",
            f"Restored to {home}: {manifest.log.size} log entries, sound. Make sure the old gateway is off: "
            "two that go on are a fork, and any later checkpoint shows it (audit verify --checkpoint).",
        ),
        err=True,
    )
    place = f"LANDBRIDGE_DATABASE_URL={make_url(database).render_as_string()} " if database else ""
    typer.echo(
        f"LANDBRIDGE_HOME={home} LANDBRIDGE_CONFIG={home / 'config'} {place}landbridge serve", err=True
    )
    if answer:
        show(answer, as_json=as_json)


def restored_settings(home: Path, database: str | None, config: Path | None = None) -> Settings:
    """The restored house's own: what the environment says of another house must not lead there.

    `config` is where its configuration is now, None for where it was restored to.
    """
    from gateway.settings import Settings

    url = database or f"sqlite:///{(home / 'landbridge.sqlite').absolute()}"
    return Settings(home=home, config=config or home / "config", database_url=url, drop=home / "drop")


async def _open(settings: Settings, manifest: Manifest, words: dict[str, Any] | None) -> Answer | None:
    """Verify, say in the log that this copy goes on from here, and answer."""
    from gateway.audit.verify import verify_log
    from gateway.building import open_house

    async with open_house(settings) as house:
        report = await verify_log(house.log, older=manifest.log.checkpoint)
        if not report.sound:
            for sentence in report.sentences():
                typer.echo(pick(sentence.zh, sentence.en), err=True)
            raise typer.Exit(1)
        subject = Subject(type="backup", id=manifest.made_at, version=manifest.log.size)
        await house.log.append(Draft(kind=EntryKind.RESTORED, operator=account(), subject=subject))
        # From here this copy's history is its own; its next checkpoints are no continuation of the old
        # gateway's, should that still run.
        if words is None:
            return None
        await house.intake.sweep(house.clock())  # makes the drop folders, which no backup has
        return await ask_house(house, words)


def _passphrase(file: Path | None, *, twice: bool = False) -> str:
    """From the file, the variable or the terminal. Raises SetupIncomplete: empty."""
    if file:
        given = (file.read_text("utf-8").splitlines() or [""])[0]
    else:
        given = os.environ.get("LANDBRIDGE_BACKUP_PASSPHRASE") or typer.prompt(
            pick("密钥包口令", "Passphrase of the keys"), hide_input=True, confirmation_prompt=twice
        )
    if not given:
        raise SetupIncomplete(text("口令为空", "The passphrase is empty"))
    return given


def _tell(findings: Findings) -> None:
    for sentence in findings.sentences():
        typer.echo(pick(sentence.zh, sentence.en))
    raise typer.Exit(0 if findings.sound else 1)
