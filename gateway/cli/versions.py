"""`landbridge adapter draft`, `submit`, `publish`, `rollback`, `history`: a document's life at the terminal.

The person is the account of this machine. Whoever submitted here does not publish here: somebody else does,
at the terminal under an account of their own or over the API. `grants` stands for the grant sheet.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from contracts.conflicts import OtherDigest
from contracts.text import text
from gateway.api import documents
from gateway.api.documents import Because, Gone, Refusal, Seen, Which, Written
from gateway.api.sheets import SHEET
from gateway.cli.inside import in_house, own_act
from gateway.cli.moments import clock_time
from gateway.cli.options import Reason
from gateway.cli.words import pick
from gateway.registry import DocumentKind

if TYPE_CHECKING:
    from gateway.api.documents import History, VersionShown, VersionText
    from gateway.house import House

Name = Annotated[str, typer.Argument(help=pick("部门标识，或 grants", "the agency, or grants"))]
Version = Annotated[int, typer.Argument(min=1, help=pick("版本号", "version"))]
Digest = Annotated[
    str,
    typer.Option(help=pick("所核对内容的摘要（sha256: 加至少 12 位）", "digest of the text you looked at")),
]
Perhaps = Annotated[str | None, typer.Option(help=pick("理由", "why"))]


def draft(file: Path, version: int | None) -> None:
    """The file's name is the document's; every problem is named, none keeps the draft from being kept."""
    which, order = which_of(file.stem), Written(text=file.read_text("utf-8"))
    _same_name(file, order.text)

    async def work(house: House) -> VersionText:
        if version is None:
            return await documents.draft(house, which, order, own_act())
        return await documents.edit(house, which, version, order, own_act())

    drafted = in_house(work)
    _say_version(which.name, drafted.version)
    for each in drafted.problems:
        typer.echo(f"  {each.line or '-'}\t{each.field}\t{pick(each.why.zh, each.why.en)}")


def _same_name(file: Path, written: str) -> None:
    """A file under another name than its agency's would become another agency's draft."""
    said = re.search(r"^agency:\s*[\"']?([a-z][a-z0-9-]*)[\"']?\s*(#.*)?$", written, re.MULTILINE)
    if said and said[1] != file.stem:
        name = f"{said[1]}.yaml"
        raise typer.BadParameter(
            pick(
                f"{file.name} 的 agency 是 {said[1]}，文件应命名为 {name}",
                f"{file.name} is of the agency {said[1]}; name it {name}",
            )
        )


def submit(name: Name, version: Version, reason: Perhaps = None) -> None:
    """Ask a second person to look."""

    async def work(house: House) -> VersionShown:
        seen = await documents.version_text(house, which_of(name), version)
        order = Seen(digest=seen.version.digest, reason=reason)
        return await documents.submit(house, which_of(name), version, order, own_act())

    _say_version(name, in_house(work))


def withdraw(name: Name, version: Version, reason: Perhaps = None) -> None:
    """Give a draft up."""
    order = Gone(reason=reason)
    _say_version(
        name, in_house(lambda house: documents.withdraw(house, which_of(name), version, order, own_act()))
    )


def reject(name: Name, version: Version, *, digest: Digest, reason: Reason) -> None:
    """Say no to a submission."""

    async def work(house: House) -> VersionShown:
        order = Refusal(digest=await _whole(house, name, version, digest), reason=reason)
        return await documents.reject(house, which_of(name), version, order, own_act())

    _say_version(name, in_house(work))


def publish(name: Name, version: Version, *, digest: Digest, reason: Perhaps = None) -> None:
    """Put a submission in force; its digest stands in `landbridge adapter history`."""

    async def work(house: House) -> VersionShown:
        order = Seen(digest=await _whole(house, name, version, digest), reason=reason)
        return await documents.publish(house, which_of(name), version, order, own_act())

    _say_version(name, in_house(work))


def rollback(name: Name, version: Version, *, reason: Reason) -> None:
    """Effective on a running gateway within two seconds; asks under way end on the version they began on."""
    order = Because(reason=reason)
    _say_version(
        name, in_house(lambda house: documents.roll_back(house, which_of(name), version, order, own_act()))
    )


def history(
    name: Name,
    diff: Annotated[
        tuple[int, int] | None, typer.Option(help=pick("比较两个版本的文本", "two versions' texts compared"))
    ] = None,
    text: Annotated[int | None, typer.Option(help=pick("显示该版本的文本", "show a version's text"))] = None,
) -> None:
    """Every version and what was done to it; or one text, or where two part."""
    which = which_of(name)
    if diff:
        typer.echo(in_house(lambda house: documents.diff(house, which, *diff)).diff)
    elif text is not None:
        typer.echo(in_house(lambda house: documents.version_text(house, which, text)).text, nl=False)
    else:
        _show_history(in_house(lambda house: documents.history(house, which)))


def which_of(name: str) -> Which:
    """The document of this name."""
    return SHEET if name == SHEET.name else Which(DocumentKind.AGENCY, name)


async def _whole(house: House, name: str, version: int, digest: str) -> str:
    """A digest written short, as the whole it begins. Raises OtherDigest, NoSuchThing."""
    seen = (await documents.version_text(house, which_of(name), version)).version.digest
    short = digest if digest.startswith("sha256:") else f"sha256:{digest}"
    if len(short) < len("sha256:") + 12 or not seen.startswith(short):
        raise OtherDigest(text(f"该版本现内容的摘要为 {seen}", f"The digest of its text is now {seen}"))
    return seen


def _say_version(name: str, shown: VersionShown) -> None:
    typer.echo(f"{name} v{shown.version}\t{shown.state.value}\t{shown.digest}")


def _show_history(found: History) -> None:
    if not found.versions:
        typer.echo(pick("没有这个名称的版本。", "There are no versions under this name."), err=True)
    console = Console()
    table = Table(box=None, pad_edge=False)
    for title in (
        pick("版本", "version"),
        pick("状态", "state"),
        pick("作者", "author"),
        pick("摘要", "digest"),
    ):
        table.add_column(title, overflow="fold")
    for each in found.versions:
        table.add_row(str(each.version), each.state.value, each.author, each.digest[:19])
    console.print(table)
    for act in found.acts:
        why = f"\t{act.reason}" if act.reason else ""
        typer.echo(f"{clock_time(act.at)}\tv{act.version}\t{act.act}\t{act.by}\t{act.digest[:19]}{why}")
