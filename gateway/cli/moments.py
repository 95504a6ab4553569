"""Moments at the terminal: shown at +08:00 and read so too; an offset that is written is believed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import typer

from contracts.time import BEIJING, parse_instant, to_utc
from gateway.cli.words import pick


def moment(written: str) -> datetime:
    """`2026-03-01`, `2026-03-01 14:05` or RFC 3339, as UTC. Raises typer.BadParameter."""
    try:
        return parse_instant(written.strip())
    except ValueError:
        raise typer.BadParameter(
            pick(
                f"“{written}”不是日期或时间；请写作 2026-03-01、2026-03-01 14:05 或"
                " 2026-03-01T06:05:09Z（未写时区按北京时间）",
                f"{written!r} is no date or time; write 2026-03-01, 2026-03-01 14:05 or 2026-03-01T06:05:09Z"
                " (without an offset it is +08:00)",
            )
        ) from None


def moment_option(*names: str, zh: str, en: str) -> Any:
    """An option that takes a moment."""
    return typer.Option(*names, parser=moment, metavar="TIME", help=pick(zh, en))


def clock_time(instant: datetime | str | None) -> str:
    """`2026-03-02 14:05:09` at +08:00, as `moment` reads it; nothing for None."""
    if instant is None:
        return ""
    utc = parse_instant(instant) if isinstance(instant, str) else to_utc(instant)
    return f"{utc.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}"
