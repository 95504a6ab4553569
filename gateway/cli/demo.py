"""`landbridge demo`."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.account import show_links
from gateway.cli.inside import operator
from gateway.cli.show import print_dossier
from gateway.cli.words import pick, say

if TYPE_CHECKING:
    from demo.city import City

Stay = Annotated[
    bool,
    typer.Option(
        "--stay",
        help=pick("演示后继续运行，给出控制台开通链接", "go on running; print links that open the console"),
    ),
]

_MORE = (("agency-admin", "admin-hc"), ("registrar", "reg-017"))
"""Who there is at the console beside the three administrators."""


def demo(*, stay: Stay = False) -> None:
    """Run the demo; its exit code says whether everything held."""
    from demo.run import run as play

    raise typer.Exit(asyncio.run(play(say, print_dossier, stay=_open if stay else None)))


async def _open(city: City) -> None:
    """The console with an account for every role, until somebody ends it."""
    people, by = city.house.people, operator()
    made = list(await people.begin(by=by))
    for role, account in _MORE:
        agencies = ("mdj-hc", "mdj-nr", "mdj-survey", "mdj-new") if role == "agency-admin" else ()
        made.append(await people.make(account, role, agencies, by=by))
    show_links(made, city.url)
    say(
        f"\n演示城市继续运行，控制台：{city.url}/console 。按 Ctrl-C 结束。",
        f"\nThe city goes on; the console is at {city.url}/console . Ctrl-C ends it.",
    )
    ended = asyncio.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(each, ended.set)
    await ended.wait()
