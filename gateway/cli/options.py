"""Arguments and options that several commands take."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from gateway.cli.moments import moment_option
from gateway.cli.words import pick

Agency = Annotated[str, typer.Argument(help=pick("部门标识，如 mdj-nr", "the agency, such as mdj-nr"))]
Reason = Annotated[str, typer.Option(help=pick("理由", "why"))]
Kinds = Annotated[list[str] | None, typer.Option(help=pick("材料类别，可多次", "kind, repeatable"))]
AsJson = Annotated[bool, typer.Option("--json", help=pick("输出 JSON", "print JSON"))]
Since = Annotated[
    datetime | None,
    moment_option(
        "--from", zh="起（含），如 2026-03-01（北京时间）", en="from, such as 2026-03-01, at +08:00"
    ),
]
Until = Annotated[datetime | None, moment_option(zh="止（不含，北京时间）", en="until, exclusive, at +08:00")]
Limit = Annotated[int, typer.Option(min=1, max=200, help=pick("条数", "how many"))]
Before = Annotated[int | None, typer.Option(min=0, help=pick("上一页末尾的游标", "the page before's cursor"))]
