"""`landbridge check`: the rules over the projects of a file, offline; no agency is asked, nothing is kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from contracts.errors import AskMalformed
from contracts.procedures import FIRST_REGISTRATION, assess
from contracts.project_file import ProjectFile, ProjectFileUnreadable, read_project_file
from contracts.rules import Profile
from contracts.rules import run as run_rules
from contracts.text import text
from contracts.time import day_of
from contracts.verdicts import Check, RequirementState, Result, State
from gateway.cli.marks import RESULT, STATE
from gateway.cli.options import AsJson
from gateway.cli.show import WIDEST
from gateway.cli.words import language, pick


def check(
    file: Annotated[
        Path,
        typer.Argument(exists=True, dir_okay=False, help=pick("项目文件（JSON）", "project file (JSON)")),
    ],
    *,
    profile: Annotated[
        str, typer.Option(help=pick("核验方案，见 rules.yaml", "rule profile, see rules.yaml"))
    ] = "shipped",
    as_json: AsJson = False,
) -> None:
    """Judge every project of the file; ends with 1 if any check failed."""
    from gateway.building import utc_now
    from gateway.rules import profile_named
    from gateway.settings import Settings

    chosen, now = profile_named(Settings().config, profile), utc_now()
    today = day_of(now)
    projects = _read(file)
    found = [
        run_rules(each.all_materials(), chosen, today, project_code=each.project_code, now=now)
        for each in projects
    ]
    if as_json:
        typer.echo(json.dumps(_wire(projects, found), ensure_ascii=False, indent=2))
    else:
        _print(projects, found, chosen)
    raise typer.Exit(1 if any(each.result is Result.FAIL for checks in found for each in checks) else 0)


def _read(file: Path) -> list[ProjectFile]:
    """The projects of the file. Raises AskMalformed."""
    try:
        return read_project_file(file.read_text("utf-8"))
    except (ProjectFileUnreadable, UnicodeDecodeError) as error:
        why = str(error) if isinstance(error, ProjectFileUnreadable) else "not UTF-8"
        raise AskMalformed(
            text(f"{file.name} 不是项目文件：{why}", f"{file.name} is not a project file: {why}")
        ) from None


def _wire(projects: list[ProjectFile], found: list[list[Check]]) -> dict[str, Any]:
    """One project's checks, or every project's by its code."""
    dumped = [[each.model_dump(mode="json") for each in checks] for checks in found]
    if len(projects) == 1:
        return {"checks": dumped[0]}
    pairs = zip(projects, dumped, strict=True)
    return {"projects": [{"project_code": each.project_code, "checks": checks} for each, checks in pairs]}


def _print(projects: list[ProjectFile], found: list[list[Check]], profile: Profile) -> None:
    console = Console()
    for project, checks in zip(projects, found, strict=True):
        console.print(Text(_title(project, profile), "bold"))
        console.print(_table(checks), width=min(console.width, WIDEST))
        console.print(Text(_summary(checks)))
        console.print(_readiness(assess(FIRST_REGISTRATION, project.all_materials(), checks=checks)))
        console.print()


def _title(project: ProjectFile, profile: Profile) -> str:
    named = _clean(f"{project.project_code}  {project.name or ''}".rstrip())
    return pick(f"{named}（核验方案 {profile.name}）", f"{named} (profile {profile.name})")


def _table(checks: list[Check]) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    for width in (8, 5, None):
        table.add_column(width=width, overflow="fold")
    for each in checks:
        said = Text(_clean(pick(each.message.zh, each.message.en)))
        if compared := _compared(each):
            said.append(f"\n{compared}", "dim")
        table.add_row(RESULT[each.result.value].text(language()), Text(each.rule), said)
    return table


def _compared(check: Check) -> str:
    """The values compared, and the tolerance; what is empty is left out."""
    shown = [f"{name}: {_value(value)}" for name, value in check.compared.items() if value not in ([], "")]
    return _clean("  ".join(shown) + (f"  ({check.tolerance})" if check.tolerance and shown else ""))


def _value(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return str(value)


def _clean(words: str) -> str:
    """A file's text must not steer the reader's terminal."""
    return "".join(sign if sign.isprintable() else "�" for sign in words)


def _summary(checks: list[Check]) -> str:
    counts = {result: sum(each.result is result for each in checks) for result in Result}
    return "  ".join(
        f"{RESULT[result.value].text(language()).plain} {count}" for result, count in counts.items()
    )


def _readiness(states: list[RequirementState]) -> Text:
    """Whether first registration has all it requires, and what stands in the way."""
    open_ones = [each for each in states if each.state not in {State.MET, State.DECLARED}]
    if not open_ones:
        return Text(pick("首次登记要件齐备", "first registration: everything required is there"), "green")
    named = pick("；", "; ").join(map(_open, open_ones))
    return Text(pick(f"首次登记要件未齐备：{named}", f"first registration, open: {named}"), "yellow")


def _open(need: RequirementState) -> str:
    """One open requirement: its state, and the failed rules or the buildings left out."""
    word = STATE[need.state.value].text(language()).plain
    out = need.coverage if need.coverage and need.coverage.missing else None
    few = [pick(f"{out.have}/{out.of} 幢", f"{out.have} of {out.of} buildings")] if out else []
    why = " ".join((word, *need.conflicts, *few))
    return pick(f"{need.title.zh}（{why}）", f"{need.title.en} ({why})")
