"""How drafting looks at the terminal: operations found, kinds a sample may be, what a draft leaves open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text as Words

from contracts.catalogue import KINDS
from gateway.cli.page import clean, cut
from gateway.cli.show import WIDEST
from gateway.cli.words import pick

if TYPE_CHECKING:
    from adapters.drafting import Description, Draft, MaterialDraft, Operation

KINDS_SHOWN = 5
"""Kinds a sample may be that are named."""

_PLAIN = ("argument", "column")
"""Where inputs stand of which nothing need be said."""

DOC_SHOWN = 60
"""Columns of an input's documentation."""


def show_operations(description: Description) -> None:
    """Every operation, those that cannot be asked with the reason."""
    usable = sum(each.usable for each in description.operations)
    from adapters.drafting.tables import likely_kind

    count = len(description.operations)
    zh, en = f"操作 {count} 个，可用 {usable} 个", f"{count} operations, {usable} usable"
    if description.protocol == "table":
        zh, en = f"表 {count} 张，可读 {usable} 张", f"{count} tables, {usable} readable"
    typer.echo(pick(zh, en))
    for each in description.operations:
        _show_operation(each)
        if description.protocol == "table" and each.usable and (kind := likely_kind(each)):
            named = pick(KINDS[kind].zh, KINDS[kind].en)
            typer.echo(
                pick(f"    名称像：{named}（--kind {kind}）", f"    called like: {named} (--kind {kind})")
            )


def _show_operation(operation: Operation) -> None:
    mark = "▪" if operation.usable else "✗"
    doc = f"  {clean(operation.doc)}" if operation.doc else ""
    typer.echo(f"{mark} {clean(operation.name)}  {clean(operation.where)}{doc}")
    if operation.reason is not None:
        zh, en = clean(operation.reason.zh), clean(operation.reason.en)
        typer.echo(pick(f"    不可用：{zh}", f"    unusable: {en}"))
    for each in operation.inputs:
        needed = pick("必填", "required") if each.required else ""
        said = [clean(each.name), clean(each.type), "" if each.within in _PLAIN else each.within, needed]
        typer.echo(
            "    "
            + " ".join(filter(None, said))
            + ("  " + cut(clean(each.doc), DOC_SHOWN) if each.doc else "")
        )


def show_kinds(ranking: list[tuple[str, int]]) -> None:
    """The kinds a sample may be, the likeliest first."""
    if not ranking:
        typer.echo(pick("样例与任何材料都不相符", "The sample is like no kind"))
        return
    typer.echo(
        pick("样例像以下材料（以 --kind 选定）：", "The sample may be one of these; choose with --kind:")
    )
    for slug, _ in ranking[:KINDS_SHOWN]:  # the likeliest first; what it was measured by is nobody's concern
        typer.echo(f"  {slug}\t{pick(KINDS[slug].zh, KINDS[slug].en)}")


def report(draft: Draft, *, loads: bool) -> None:
    """What was found and what is open, for each kind, beside the manifest itself."""
    console = Console(stderr=True, highlight=False, width=min(Console(stderr=True).width, WIDEST))
    for material in draft.materials:
        named = _count(material, "ignore", "around")
        told = f"{material.kind}: " + pick(
            f"建议 {len(material.proposals)} 个字段，按名忽略 {named} 处，"
            f"未映射 {_count(material, 'undecided')} 处",
            f"{len(material.proposals)} fields proposed, {named} leaves ignored "
            f"by name, {_count(material, 'undecided')} unmapped",
        )
        console.print(told, markup=False)
    missing = [each for each in draft.decisions if each.missing]
    if loads:
        console.print(pick("可以载入。", "It loads."), markup=False)
    if missing:
        console.print(pick("还须决定：", "Still to decide:"), markup=False)
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for each in missing:
        place = ".".join(map(str, each.place))
        grid.add_row(Words(f"  {place}"), Words(pick(each.why.zh, each.why.en)))
    console.print(grid)


def _count(material: MaterialDraft, *sorts: str) -> int:
    return sum(len(material.left(sort)) for sort in sorts)
