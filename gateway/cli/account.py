"""`landbridge account`: people's accounts for the console, where nobody can sign in yet, or any more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from gateway.cli.inside import in_house, operator
from gateway.cli.moments import clock_time
from gateway.cli.words import language, pick
from gateway.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.access.people import Invitation

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

Name = Annotated[str, typer.Argument(help=pick("账号", "the account"))]


@app.command(
    help=pick("首次使用：建立三员账号并给出开通链接", "First use: the three administrators and their links")
)
def begin() -> None:
    """Print the three links; where somebody has an account already there is nothing to begin."""
    made = in_house(lambda house: house.people.begin(by=operator()))
    if not made:
        typer.echo(
            pick(
                "已有账号，不再建立；补发链接请用 landbridge account invite 账号。",
                "There are accounts already; for another link: landbridge account invite ACCOUNT.",
            ),
            err=True,
        )
        raise typer.Exit(1)
    show_links(made, Settings().base_url)


@app.command(help=pick("新建账号，链接只显示一次", "Make an account; its link is shown once"))
def add(
    name: Name,
    role: Annotated[str, typer.Option(help=pick("角色，一个账号一个", "its one role"))],
    agency: Annotated[
        list[str] | None,
        typer.Option(help=pick("部门管理员所管的部门，可多次", "an agency admin's agency, repeatable")),
    ] = None,
) -> None:
    """For a house whose security administrator cannot sign in; otherwise accounts are made in the console."""
    agencies = tuple(agency or ())
    made = in_house(lambda house: house.people.make(name, role, agencies, by=operator()))
    show_links([made], Settings().base_url)


@app.command(
    help=pick("补发开通链接；原密码和验证器即失效", "Another link; the password and phone are forgotten")
)
def invite(name: Name) -> None:
    """Print the link."""
    show_links([in_house(lambda house: house.people.invite(name, by=operator()))], Settings().base_url)


@app.command(help=pick("解除锁定", "Unlock"))
def unlock(name: Name) -> None:
    """Forget the failures to sign in."""
    in_house(lambda house: house.people.unlock(name, by=operator()))
    typer.echo(pick(f"已解除 {name} 的锁定。", f"{name} is unlocked."))


@app.command(help=pick("停用账号；不能恢复", "Close an account, for good"))
def close(name: Name) -> None:
    """Its sittings end at once."""
    in_house(lambda house: house.people.close(name, by=operator()))
    typer.echo(pick(f"已停用 {name}。", f"{name} is closed."))


@app.command("list", help=pick("列出账号", "List accounts"))
def list_all() -> None:
    """Every account with its role and state."""
    from gateway.console.words import WORDS

    table = Table(box=None, pad_edge=False)
    for title in (
        pick("账号", "account"),
        pick("角色", "role"),
        pick("部门", "agencies"),
        pick("状态", "state"),
        pick("最近登录", "last signed in"),
    ):
        table.add_column(title)
    for each in in_house(lambda house: house.people.listed()):
        role, state = (getattr(WORDS[word], language()) for word in (each.role, each.state))
        seen = clock_time(each.last_seen_at) if each.last_seen_at else "-"
        table.add_row(each.id, role, ",".join(each.agencies) or "-", state, seen)
    Console().print(table)


def show_links(invitations: Sequence[Invitation], base: str) -> None:
    """On standard output: standard error is for the log, and a link is a secret. None: nothing is said."""
    from gateway.access.roles import TITLES

    if not invitations:
        return
    typer.echo(
        pick(
            "控制台开通链接，只显示这一次，请分别交给本人：",
            "Links that open accounts of the console, shown only now; hand each to its person:",
        )
    )
    for each in invitations:
        title = getattr(TITLES[each.role], language())
        typer.echo(f"  {each.account}  {title}  {pick('有效至', 'good until')} {clock_time(each.until)}")
        typer.echo(f"    {base}/console/enrolment#{each.token}")
