"""`landbridge adapter pause`, `note`, `deliveries`, …: an agency looked after at the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from gateway.api import agencies, deliveries, upkeep
from gateway.api.upkeep import Noted, PauseOrder
from gateway.cli.inside import in_house, own_act
from gateway.cli.moments import clock_time
from gateway.cli.options import Agency, Reason
from gateway.cli.words import pick

if TYPE_CHECKING:
    from contracts.text import Text


def probe(agency: Agency) -> None:
    """No project is asked about, so no grant is needed; ends with 1 if a step failed."""
    found = in_house(lambda house: upkeep.tested(house, agency, own_act()))
    words = {True: pick("通过", "ok"), False: pick("未通过", "failed"), None: pick("未测试", "not tried")}
    for step in found.steps:
        remedy = f"\t{_said(step.remedy)}" if step.remedy else ""
        typer.echo(f"{words[step.passed]}\t{step.name}\t{_said(step.detail)}{remedy}")
    raise typer.Exit(0 if found.passed else 1)


def show(agency: Agency) -> None:
    """What depends on it: kinds, the procedures that require them, the grants that name them."""
    found = in_house(lambda house: agencies.sheet(house, agency))
    typer.echo(f"{found.agency}\t{_said(found.title) if found.title else pick('未接入', 'not connected')}")
    if found.state and found.state.paused:
        typer.echo(pick("已暂停", "paused") + f"\t{found.state.paused.by}\t{found.state.paused.reason}")
    for version in found.waiting:
        typer.echo(pick("待另一人发布", "waits for a second person") + f"\tv{version}")
    for kind in found.kinds:
        typer.echo(f"{kind.kind}\t{_said(kind.title)}")
        for each in kind.required_by:
            alone = pick("唯一来源", "nothing else will do") if each.alone else ""
            typer.echo(f"  {each.procedure}\t{_said(each.title)}\t{alone}")
        for grant in kind.granted_to:
            typer.echo(f"  {grant.consumer}\t{grant.purpose}\t{grant.valid_until}")


def pause(agency: Agency, *, reason: Reason) -> None:
    """On every node within two seconds; its kinds come out as unavailable until it is resumed."""
    order = PauseOrder(reason=reason)
    found = in_house(lambda house: upkeep.paused(house, agency, order, own_act()))
    typer.echo(pick(f"{agency} 已暂停", f"{agency} is paused") + f"\t{clock_time(found.at)}")


def resume(agency: Agency) -> None:
    """On every node within two seconds."""
    in_house(lambda house: upkeep.resumed(house, agency, own_act()))
    typer.echo(pick(f"{agency} 已恢复", f"{agency} is asked again"))


def note(
    agency: Agency,
    words: Annotated[str, typer.Argument(help=pick("内容，不进入日志", "the text, which no log gets"))],
    *,
    contact: Annotated[
        bool, typer.Option("--contact", help=pick("作为联系人卡片", "as the contact card"))
    ] = False,
) -> None:
    """What was said in a call, or whom to call."""
    order = Noted.model_validate({"about": "contact" if contact else "call", "text": words})
    in_house(lambda house: upkeep.add_note(house, agency, order, own_act()))
    notes(agency)


def notes(agency: Agency) -> None:
    """Newest first."""
    for each in in_house(lambda house: upkeep.noted(house, agency)):
        typer.echo(f"{clock_time(each.at)}\t{each.about.value}\t{each.by}\t{each.text}")


def deliveries_of(agency: Agency) -> None:
    """The newest, those set aside with the reason."""
    found = in_house(lambda house: deliveries.delivered(house, agency))
    for each in found.arrived:
        newest = "" if each.superseded_at else pick("在用", "in force")
        typer.echo(
            f"{clock_time(each.arrived_at)}\t{each.id}\t{each.package} v{each.version}\t{each.files}"
            f"\t{newest}"
        )
    for aside in found.quarantined:
        again = pick("已重新投递", "put back") if aside.put_back_at else _said(aside.why)
        typer.echo(f"{clock_time(aside.at)}\t{aside.id}\t{aside.name}\t{again}")


def redeliver(
    agency: Agency,
    delivery: Annotated[str, typer.Argument(help=pick("隔离编号 qua-…", "its name in quarantine, qua-…"))],
) -> None:
    """It lies in the drop folder again; the next sweep takes it in or says what is wrong now."""
    in_house(lambda house: deliveries.redeliver(house, agency, delivery, own_act()))
    typer.echo(pick(f"{delivery} 已放回接收目录", f"{delivery} lies in the drop folder again"))


def _said(told: Text) -> str:
    return pick(told.zh, told.en)
