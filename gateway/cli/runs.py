"""`landbridge adapter try --last`: a version on the projects that its agency was last asked about."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NoReturn

import typer

from adapters.base import Deadline
from contracts.errors import AskMalformed, LogUnavailable
from contracts.text import text
from gateway.cli.inside import in_house, operator
from gateway.cli.words import pick
from gateway.trials import TrialOrder, run

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from typing import Any

    from gateway.house import House
    from gateway.registry import Document
    from gateway.trials import Tried

SECONDS = 600
"""All projects together; what is not begun by then is told so."""

_NOBODY = text("还没有人向该部门查询过项目", "Nobody has asked this agency about a project yet")


def over_last(
    found: Callable[[House], Awaitable[Document]],
    count: int,
    kinds: Sequence[str],
    case: str,
    *,
    as_json: bool,
) -> NoReturn:
    """A few side by side; ends with 1 where any has something to mend.

    Raises AskMalformed: nobody asked; LogUnavailable, once what came before is printed.
    """

    async def work(house: House) -> tuple[list[Tried], LogUnavailable | None]:
        document = await found(house)
        codes = await house.trials.projects(document.name, count)
        if not codes:
            raise AskMalformed(_NOBODY)
        words: dict[str, Any] = {"case": case} | ({"kinds": tuple(kinds)} if kinds else {})
        orders = [TrialOrder.model_validate(words | {"project_code": code}) for code in codes]
        ended: list[Tried] = []
        try:
            until = Deadline.after(SECONDS)
            return await run(house.trials, document, orders, operator(), until, ended), None
        except LogUnavailable as error:
            return ended, error

    tried, broken = in_house(work)
    if tried or not broken:
        _print(tried, as_json=as_json)
    if broken:
        raise broken
    raise typer.Exit(0 if all(each.well for each in tried) else 1)


def _print(tried: Sequence[Tried], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(list(map(_shown, tried)), ensure_ascii=False, indent=2))
    else:
        for each in tried:
            typer.echo(f"{each.project}\t{_said(each)}")


def _said(each: Tried) -> str:
    if each.problem:
        return pick(each.problem.zh, each.problem.en)
    names = ", ".join(kind.kind for kind in each.troubled)
    return pick(f"需要处理：{names}", f"to look at: {names}") if names else pick("正常", "well")


def _shown(each: Tried) -> dict[str, Any]:
    trial = each.trial.model_dump(mode="json", by_alias=True, exclude_none=True) if each.trial else None
    problem = {"zh": each.problem.zh, "en": each.problem.en} if each.problem else None
    return {"project": each.project, "well": each.well, "trial": trial, "problem": problem}
