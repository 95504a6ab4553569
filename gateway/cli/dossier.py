"""`landbridge dossier`: one Ask in process, as the consumer `cli`, granted and logged like any other."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from contracts.errors import AskMalformed
from contracts.exchange import Ask
from contracts.problems import Told
from contracts.text import text
from gateway.cli.options import AsJson
from gateway.cli.show import print_dossier
from gateway.cli.words import language, pick

if TYPE_CHECKING:
    from gateway.house import House
    from gateway.rooms import Answer

Case = Annotated[str, typer.Option(help=pick("办件编号或任务编号", "case or task number"))]
Purpose = Annotated[str, typer.Option(help=pick("用途", "purpose"))]
Operator = Annotated[str, typer.Option(help=pick("经办账号", "operator's account id"))]
Known = Annotated[
    list[str] | None,
    typer.Option(
        help=pick(
            "已知键，形如 project_name=翰林示例城，可多次", "a known key, such as project_name=…; repeatable"
        )
    ),
]
Full = Annotated[
    bool, typer.Option("--full", help=pick("全部材料、要件与核验", "every material, requirement and check"))
]
MaxAge = Annotated[
    int | None,
    typer.Option(help=pick("可接受的缓存秒数，0 为全部重新查询", "accepted age in seconds; 0 asks afresh")),
]


def dossier(
    project_code: Annotated[
        str | None,
        typer.Argument(
            help=pick(
                "投资项目代码；不知道时以 --known 给出其他编号",
                "project code; without it, what --known gives",
            )
        ),
    ] = None,
    *,
    case: Case,
    purpose: Purpose,
    operator: Operator,
    known: Known = None,
    procedure: Annotated[str, typer.Option(help=pick("登记事项", "procedure"))] = "first-registration",
    max_age: MaxAge = None,
    as_json: AsJson = False,
    full: Full = False,
) -> None:
    """Ask for a dossier and print it; where the keys name several projects, which they are."""
    words: dict[str, Any] = {"project_code": project_code, "procedure": procedure, "max_age": max_age}
    words |= {"case": case, "purpose": purpose, "operator": operator, "known": known_keys(known)}
    show(asyncio.run(ask_in_process(words)), as_json=as_json, full=full)


async def ask_in_process(words: dict[str, Any]) -> Answer:
    """Walk one Ask through the house without HTTP; the answer is signed and logged as over HTTP."""
    from gateway.building import open_house
    from gateway.settings import Settings

    async with open_house(Settings()) as house:
        return await ask_house(house, words)


async def ask_house(house: House, words: dict[str, Any]) -> Answer:
    """The same in a house that is open."""
    from gateway.api.door import read_words
    from gateway.rooms import Knock

    credential = house.access.insider("cli")
    knock = Knock(credential, "cli", "POST", f"{house.base_url}/v1/dossiers", lambda: read_words(Ask, words))
    return await house.exchange.dossier(knock)


def show(answer: Answer, *, as_json: bool, full: bool = False) -> None:
    """Print an answer; anything but a dossier ends the command with code 1."""
    body = json.loads(answer.body)
    if answer.status == 200 and not as_json:
        print_dossier(Console(), body, language(), full=full)
    elif answer.status == 200:
        typer.echo(json.dumps(body, ensure_ascii=False, indent=2))
    else:
        _say_problem(Told.of(answer.body))
    receipt = dict(answer.headers).get("landbridge-receipt", "")
    typer.echo(pick(f"回执：{receipt}", f"Receipt: {receipt}"), err=True)
    if answer.status != 200:
        raise typer.Exit(1)


def _say_problem(told: Told) -> None:
    zh, en = f"{told.title.zh}：{told.detail.zh}", f"{told.title.en}: {told.detail.en}"
    typer.echo(pick(zh, en), err=True)
    typer.echo(pick(told.todo.zh, told.todo.en), err=True)


def known_keys(given: list[str] | None) -> dict[str, tuple[str, ...]]:
    """`name=value` words as an Ask's known keys. Raises AskMalformed."""
    found: dict[str, tuple[str, ...]] = {}
    for word in given or ():
        name, equals, value = word.partition("=")
        if not equals or not value:
            raise AskMalformed(text(f"--known {word} 应写作 键=值", f"--known {word}: write key=value"))
        found[name] = (*found.get(name, ()), value)
    return found
