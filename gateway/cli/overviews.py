"""`landbridge audit follow, overview`: one thread of the log, and a period in figures, at the terminal."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from contracts.audit import Draft, EntryKind
from gateway.cli.inside import in_house, operator
from gateway.cli.moments import moment_option
from gateway.cli.search import Before, Limit
from gateway.cli.words import pick

Since = Annotated[
    datetime | None,
    moment_option("--from", zh="起（含，北京时间），如 2026-03-01", en="from, such as 2026-03-01, at +08:00"),
]
Until = Annotated[datetime | None, moment_option(zh="止（不含，北京时间）", en="until, exclusive, at +08:00")]


def follow(
    what: Annotated[str, typer.Argument(help="project | operator | consumer")],
    who: Annotated[str, typer.Argument(help=pick("代码、名称或账号", "its code, a name, or the account"))],
    since: Since = None,
    until: Until = None,
    limit: Limit = 50,
    before: Before = None,
) -> None:
    """One sentence an entry, newest first, what others did about it among them."""
    from gateway.api.overviews import FollowAsked, followed
    from gateway.audit.sentence import sentence

    words = {"what": what, "who": who, "from": since, "until": until, "limit": limit, "before": before}
    asked = FollowAsked.model_validate(words)
    page = in_house(lambda house: followed(house, asked, _entry()))
    for found in page.finds:
        told = sentence(found.entry)
        typer.echo(f"{found.index}\t{pick(told.zh, told.en)}")
    if page.before is not None:
        typer.echo(pick(f"更早的：--before {page.before}", f"older: --before {page.before}"), err=True)


def overview(
    since: Since = None,
    until: Until = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help=pick("输出 JSON", "print JSON"))] = False,
) -> None:
    """What stands out, then how often who asked; the last thirty days by default."""
    from gateway.api.overviews import overview as seen_of
    from gateway.api.overviews import span_of, told
    from gateway.api.searches import Period

    asked = Period.model_validate({"from": since, "until": until})
    seen = in_house(lambda house: seen_of(house, span_of(house, asked), _entry()))
    if as_json:
        typer.echo(told(seen).model_dump_json())
        return
    for found in seen.findings:
        typer.echo(f"{found.rule}\t{pick(found.told.zh, found.told.en)}")
    if not seen.findings:
        typer.echo(pick("没有异常。", "Nothing stands out."), err=True)
    for share in seen.figures.consumers:
        zh = f"{share.name}\t{share.asks} 次查询：答复 {share.answered}，拒绝 {share.refused}，"
        en = f"{share.name}\t{share.asks} asks: {share.answered} answered, {share.refused} refused, "
        typer.echo(pick(f"{zh}未能答复 {share.failed}", f"{en}{share.failed} failed"))


def _entry() -> Draft:
    return Draft(kind=EntryKind.AUDIT, operator=operator())
