"""`landbridge doctor`: each finding in one line, each problem with its fix."""

from __future__ import annotations

import asyncio
import json

import typer

from gateway.cli.options import AsJson
from gateway.cli.words import pick
from gateway.doctor import Finding, examine


def doctor(*, as_json: AsJson = False) -> None:
    """Ends with 1 when there is a problem."""
    found = asyncio.run(_found())
    if as_json:
        lines = [
            {
                "name": each.name,
                "ok": each.trouble is None,
                "trouble": each.trouble and each.trouble.model_dump(),
            }
            for each in found
        ]
        typer.echo(json.dumps(lines, ensure_ascii=False, indent=2))
    else:
        for each in found:
            typer.echo(_line(each))
    raise typer.Exit(1 if any(each.trouble for each in found) else 0)


async def _found() -> list[Finding]:
    return [finding async for finding in examine()]


def _line(finding: Finding) -> str:
    if finding.trouble is None:
        return f"{pick('正常', 'ok')}\t{finding.name}"
    return f"{pick('问题', 'PROBLEM')}\t{finding.name}\t{pick(finding.trouble.zh, finding.trouble.en)}"
