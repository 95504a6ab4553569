"""`landbridge audit follow, overview`: one thread of the log, and a period in figures, at the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from contracts.audit import EntryKind
from gateway.cli.inside import in_house, own_act
from gateway.cli.options import AsJson, Before, Limit, Since, Until
from gateway.cli.search import print_hits
from gateway.cli.words import pick

if TYPE_CHECKING:
    from gateway.api.searches import Hits
    from gateway.house import House


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
    from gateway.api.searches import shown

    words = {"what": what, "who": who, "from": since, "until": until, "limit": limit, "before": before}
    asked = FollowAsked.model_validate(words)

    async def find(house: House) -> Hits:
        return await shown(house, await followed(house, asked, own_act(EntryKind.AUDIT)))

    print_hits(in_house(find))


def overview(
    since: Since = None,
    until: Until = None,
    *,
    as_json: AsJson = False,
) -> None:
    """What stands out, then how often who asked; the last thirty days by default."""
    from gateway.api.overviews import overview as seen_of
    from gateway.api.overviews import span_of, told
    from gateway.api.searches import Period

    asked = Period.model_validate({"from": since, "until": until})
    seen = in_house(lambda house: seen_of(house, span_of(house, asked), own_act(EntryKind.AUDIT)))
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
