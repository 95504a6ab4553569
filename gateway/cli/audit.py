"""`landbridge audit`: verify the whole log, show its entries."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from contracts.audit import EntryKind, Subject
from gateway.audit.verify import verify_log
from gateway.cli import overviews, search
from gateway.cli.inside import in_house, own_act
from gateway.cli.words import pick

if TYPE_CHECKING:
    from gateway.house import House

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.command(
    help=pick(
        "全量核验审计日志，可附上以前保存的检查点",
        "Verify the whole log, against an older checkpoint if given",
    )
)
def verify(
    checkpoint: Annotated[
        Path | None, typer.Option(exists=True, help=pick("以前保存的检查点文件", "a checkpoint kept earlier"))
    ] = None,
) -> None:
    """Recompute every hash, root and signature; ends with 1 when anything does not fit."""
    older = checkpoint.read_text("utf-8") if checkpoint else None
    report = in_house(lambda house: verify_log(house.log, older=older), looking=True)
    for sentence in report.sentences():
        typer.echo(pick(sentence.zh, sentence.en))
    raise typer.Exit(0 if report.sound else 1)


@app.command(help=pick("查看日志条目；查看本身也会留痕", "Show entries; looking is an entry too"))
def show(
    start: Annotated[int, typer.Option(min=0, help=pick("起始序号", "first index"))] = 0,
    limit: Annotated[int, typer.Option(min=1, max=1000, help=pick("条数", "how many"))] = 50,
) -> None:
    """One line of canonical JSON for each entry, its index before it."""
    for index, line in in_house(lambda house: _entries(house, start, limit)):
        typer.echo(f"{index}\t{line}")


async def _entries(house: House, start: int, limit: int) -> list[tuple[int, str]]:
    subject = Subject(type="entries", id=f"{start}+{limit}")
    await house.log.append(own_act(EntryKind.AUDIT, subject=subject))
    lines = await house.log.lines(start, limit)
    return [(line.index, _readable(line.body)) for line in lines]


def _readable(body: bytes | None) -> str:
    if body is None:
        return pick("（留存期满，内容已清空）", "(blanked after its retention)")
    return json.dumps(json.loads(body), ensure_ascii=False)


app.command(help=pick("检索日志；检索本身留痕", "Search the log; the search is an entry"))(search.search)
app.command(help=pick("谁用过某部门的数据；查看留痕", "Who used an agency's data; looking is an entry"))(
    search.uses
)
app.command(
    help=pick(
        "按时间列出一个项目、操作员或需求方的全部记录；查看留痕",
        "Everything about one project, operator or consumer; looking is an entry",
    )
)(overviews.follow)
app.command(
    help=pick("一段时间的统计与异常；查看留痕", "A period in figures, and what stands out; an entry")
)(overviews.overview)
app.command(
    help=pick(
        "导出全部条目、检查点与公钥供离线核验；加 --format 则导出检索所得与签名清单",
        "Export the whole log to verify elsewhere; with --format, what is found and its signed manifest",
    )
)(search.export)
app.command(
    "verify-export",
    help=pick("核对导出文件与其签名清单", "Check an exported file against its signed manifest"),
)(search.verify_export)
app.command(
    help=pick(
        "由条目重建检索索引；期间网关不能写入", "Make the search index anew; nothing is written meanwhile"
    )
)(search.reindex)
