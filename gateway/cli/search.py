"""`landbridge audit search, uses, export, verify-export, reindex`: the auditor's search at the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from contracts.audit import EntryKind, Subject
from gateway.audit import extract, index
from gateway.audit.checkpoint import NoteUntrusted, Verifier
from gateway.audit.export import export as export_lines
from gateway.audit.extract import Format
from gateway.cli.inside import in_house, own_act
from gateway.cli.moments import clock_time
from gateway.cli.options import AsJson, Before, Limit, Since, Until
from gateway.cli.words import pick

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from gateway.api.searches import Hits
    from gateway.house import House

PIECE = 1 << 20

Project = Annotated[
    str | None, typer.Option(help=pick("项目代码或其他名称", "project code, or another name of it"))
]
Case = Annotated[str | None, typer.Option(help=pick("办件编号", "case number"))]
Consumer = Annotated[str | None, typer.Option(help=pick("需求方", "consumer"))]
Operator = Annotated[str | None, typer.Option("--operator", help=pick("操作员账号", "operator's account"))]
Agency = Annotated[str | None, typer.Option(help=pick("部门", "agency"))]
Kind = Annotated[str | None, typer.Option(help=pick("条目类型，如 used", "kind of entry, such as used"))]
Material = Annotated[str | None, typer.Option(help=pick("材料类别", "kind of material"))]
Outcome = Annotated[str | None, typer.Option(help=pick("HTTP 状态或问题类型", "HTTP status or problem type"))]


def search(
    *,
    project: Project = None,
    case: Case = None,
    consumer: Consumer = None,
    who: Operator = None,
    agency: Agency = None,
    kind: Kind = None,
    material: Material = None,
    outcome: Outcome = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 50,
    before: Before = None,
    as_json: AsJson = False,
) -> None:
    """One sentence an entry, newest first, its index before it; the search itself is an entry."""
    from gateway.api.searches import SearchAsked, looked_for, query_of, shown

    words = _words(since, until, project, case, consumer, who, agency, kind, material, outcome)
    asked = SearchAsked.model_validate(words | {"limit": limit, "before": before})

    async def find(house: House) -> Hits:
        page = await looked_for(house, await query_of(house, asked), asked, own_act(EntryKind.AUDIT))
        return await shown(house, page)

    page = in_house(find)
    if as_json:
        typer.echo(page.model_dump_json())
        return
    print_hits(page)


def print_hits(page: Hits) -> None:
    """One sentence a find, marked where it does not fit; what belongs to it below it."""
    if not page.hits:
        typer.echo(pick("没有符合条件的条目。", "No entry fits."), err=True)
    for hit in page.hits:
        doubt = "" if hit.fits else pick("【与叶哈希或索引不符】", "[does not fit its leaf or the index] ")
        typer.echo(f"{hit.index}\t{doubt}{pick(hit.sentence.zh, hit.sentence.en)}")
        for use in hit.uses:
            typer.echo(f"  {use.index}\t{pick(use.sentence.zh, use.sentence.en)}")
    _say_older(page.before)


def _say_older(before: int | None) -> None:
    if before is not None:
        typer.echo(pick(f"更早的：--before {before}", f"older: --before {before}"), err=True)


def uses(
    agency: Annotated[str, typer.Argument(help=pick("部门", "the agency"))],
    since: Since = None,
    until: Until = None,
    limit: Limit = 50,
    before: Before = None,
) -> None:
    """Counts by consumer and purpose, then the uses one by one."""
    from gateway.api.searches import UsesAsked, used

    asked = UsesAsked.model_validate(_period(since, until) | {"limit": limit, "before": before})
    found = in_house(lambda house: used(house, agency, asked, own_act(EntryKind.AUDIT)))
    if not found.counts:
        typer.echo(
            pick(
                f"此期间没有人使用过 {agency} 的数据；标识是否有误？（landbridge adapter history {agency}）",
                f"Nobody used data of {agency} in this period. Is that its name? (landbridge adapter history"
                f" {agency})",
            ),
            err=True,
        )
    counts = Table(box=None, pad_edge=False)
    for title in (
        pick("需求方", "consumer"),
        pick("用途", "purpose"),
        pick("类型", "kind"),
        pick("次数", "times"),
        pick("最近", "last"),
    ):
        counts.add_column(title)
    for each in found.counts:
        counts.add_row(each.consumer, each.purpose, each.kind, str(each.count), clock_time(each.last))
    Console().print(counts)
    for use in found.uses:
        told = (use.kind if use.act is None else use.act, use.consumer, use.purpose, use.project)
        typer.echo("\t".join([str(use.index), clock_time(use.at), *(str(word or "") for word in told)]))
    _say_older(found.before)


def export(
    folder: Annotated[Path, typer.Argument(help=pick("输出目录", "where to"))],
    *,
    form: Annotated[
        Format | None,
        typer.Option("--format", help=pick("检索所得导出为何种文件", "what is found, as this kind of file")),
    ] = None,
    project: Project = None,
    case: Case = None,
    consumer: Consumer = None,
    who: Operator = None,
    agency: Agency = None,
    kind: Kind = None,
    material: Material = None,
    outcome: Outcome = None,
    since: Since = None,
    until: Until = None,
) -> None:
    """The whole log as `docs/verify_log.py` reads it; or, with --format, finds and their signed manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    words = _words(since, until, project, case, consumer, who, agency, kind, material, outcome)
    if form is None:
        if words:
            raise typer.BadParameter(pick("按条件导出须指定 --format", "to export finds, give --format"))
        size = in_house(lambda house: _whole_log(house, folder))
        typer.echo(pick(f"已导出 {size} 条：{folder}", f"{size} entries exported to {folder}"))
        return
    count = _extracted(folder, form, words)
    typer.echo(pick(f"已导出 {count} 条及签名清单：{folder}", f"{count} entries and the manifest: {folder}"))


async def _whole_log(house: House, folder: Path) -> int:
    subject = Subject(type="export", id="log")
    await house.log.append(own_act(EntryKind.AUDIT, subject=subject))
    note = await house.log.checkpoint()
    size = house.log.verifier.checkpoint(note).size
    (folder / "checkpoint").write_text(note, "utf-8")
    (folder / "vkey").write_text(house.log.verifier.vkey + "\n", "utf-8")
    with (folder / "log.jsonl").open("wb") as lines:
        async for line in export_lines(house.log, size):
            lines.write(line)
    return size


def _extracted(folder: Path, form: Format, words: dict[str, Any]) -> int:
    """The file stands under its name only once the log has the export."""
    from gateway.api.exports import signed
    from gateway.api.searches import Wanted, query_of

    asked = Wanted.model_validate(words)

    async def write(house: House) -> int:
        query = await query_of(house, asked, size=await house.log.size())
        measured, place = extract.Measured(), folder / f".export.{form}.part"
        with place.open("wb") as file:
            async for octets in extract.octets(house.log, query, form, measured):
                file.write(octets)
        note = await signed(house, query, form, measured, own_act(EntryKind.AUDIT))
        # The log has the export: only now may the file be found under its name.
        place.replace(folder / f"export.{form}")
        (folder / "export.manifest").write_text(note, "utf-8")
        return measured.entries

    try:
        return in_house(write)
    finally:
        (folder / f".export.{form}.part").unlink(missing_ok=True)


def verify_export(
    file: Annotated[Path, typer.Argument(exists=True, help=pick("导出的文件", "the exported file"))],
    manifest: Annotated[Path, typer.Argument(exists=True, help=pick("签名清单", "its signed manifest"))],
    vkey: Annotated[
        str | None, typer.Option(help=pick("日志公钥；默认本机的", "the log's verifier key; ours by default"))
    ] = None,
) -> None:
    """Ends with 1 when anything was changed; with --vkey it needs no database."""
    try:
        verifier = Verifier.parse(vkey) if vkey else _own_verifier()
        wrong = extract.check(_pieces(file), manifest.read_bytes().decode(), verifier)
    except (NoteUntrusted, UnicodeDecodeError):
        typer.echo(pick("公钥或清单无法识别", "The key or the manifest cannot be read"), err=True)
        raise typer.Exit(1) from None
    for sentence in wrong:
        typer.echo(pick(sentence.zh, sentence.en))
    if not wrong:
        typer.echo(pick("文件与签名清单相符", "The file is the one the manifest names"))
    raise typer.Exit(1 if wrong else 0)


def reindex() -> None:
    """In one transaction; nothing else is written meanwhile."""

    async def rebuild(house: House) -> int:
        subject = Subject(type="index", id="rebuilt")
        await house.log.append(own_act(EntryKind.AUDIT, subject=subject))
        return await house.database.write(index.rebuild)

    size = in_house(rebuild)
    typer.echo(pick(f"已为 {size} 条重建检索索引", f"The search index of {size} entries was made anew"))


def _own_verifier() -> Verifier:
    async def own(house: House) -> Verifier:
        return house.log.verifier

    return in_house(own, looking=True)


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as octets:
        while piece := octets.read(PIECE):
            yield piece


def _words(since: datetime | None, until: datetime | None, *words: str | None) -> dict[str, Any]:
    names = ("project", "case", "consumer", "operator", "agency", "kind", "material", "outcome")
    named = dict(zip(names, words, strict=True))
    return {name: word for name, word in named.items() if word} | _period(since, until)


def _period(since: datetime | None, until: datetime | None) -> dict[str, Any]:
    return {name: word for name, word in (("from", since), ("until", until)) if word}
