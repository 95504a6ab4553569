"""What manifests are written in: paths, durations, hours, tokens, headers; the closed base of all rules."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import time
from typing import Annotated, TypeVar
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from adapters.decode import Path, XmlPath
from contracts.exchange import KEY_NAMES
from contracts.text import text

SECRET = re.compile(r"secret:([a-z0-9][a-z0-9-]*)/([a-z0-9][a-z0-9-]*)")
"""A reference to a secret: agency and name. The value never stands in a manifest."""

PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
"""Where a key's value goes; filled by the kit and escaped for its place."""

DATABASE = "postgresql"
"""The scheme of a database's address."""

PORTS = {"http": 80, "https": 443, DATABASE: 5432}
"""By scheme of a base address: the port where it names none."""

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# Ours to write, or about the connection itself.
_OWN_HEADERS = {"accept-encoding", "connection", "content-encoding", "content-length", "content-type"} | {
    "cookie",
    "host",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
}


Item = TypeVar("Item")

Place = tuple[str | int, ...]
"""The way to something in a manifest, by names and numbers."""


class Unusable(ValueError):
    """A value in a manifest that cannot be used; says why in both languages."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.reason = text(zh, en)


IN_XML: ContextVar[bool] = ContextVar("in_xml", default=False)
"""Whether the paths being read are XPaths: what a reply is decoded to says so, for all of its rule."""


def _path(raw: object) -> object:
    if not isinstance(raw, str):
        return raw
    try:
        return XmlPath(raw) if IN_XML.get() else Path(raw)
    except ValueError as error:
        language = "XPath" if IN_XML.get() else "JMESPath"
        raise Unusable(f"不是可用的 {language} 路径", str(error)) from None


def _seconds(raw: object) -> object:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)", raw) if isinstance(raw, str) else None
    if found is None:
        raise Unusable("应为时长，如 8s、10m、24h、7d", "a duration is expected, such as 8s, 10m, 24h, 7d")
    return float(found[1]) * _UNITS[found[2]]


def _hours(raw: object) -> object:
    found = re.fullmatch(r"(\d{2}:\d{2})-(\d{2}:\d{2})", raw) if isinstance(raw, str) else None
    try:
        opens, closes = found.groups() if found else ("", "")
        return time.fromisoformat(opens), time.fromisoformat(closes)
    except ValueError:
        raise Unusable(
            "应为时段，如 06:00-23:00", "opening hours are expected, such as 06:00-23:00"
        ) from None


def some(items: tuple[Item, ...]) -> tuple[Item, ...]:
    """The items, of which there must be one."""
    if not items:
        raise Unusable("至少一项", "at least one is needed")
    return items


def base_address(raw: str) -> str:
    """An http(s) address, or a PostgreSQL database's; without user, query and closing slash."""
    parts = urlsplit(raw)
    plain = not (parts.query or parts.fragment or "@" in parts.netloc) and raw == raw.strip()
    if not (plain and parts.scheme in PORTS and parts.hostname and _port_fits(parts)):
        raise Unusable(
            "应为 http(s) 地址，不含账号、参数；前置库为 postgresql://主机:端口/库名",
            "an http(s) address without user or query is expected; postgresql://host:port/name of a database",
        )
    return raw.rstrip("/")


def _port_fits(parts: SplitResult) -> bool:
    try:
        return parts.port != 0
    except ValueError:
        return False


def _header_lines(headers: dict[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        if not _HEADER.fullmatch(name) or name.lower() in _OWN_HEADERS or re.search(r"[\r\n\0]", value):
            raise Unusable(f"请求头 {name} 不可设置", f"header {name} cannot be set")
    return headers


def _token(raw: object) -> object:
    if raw is None:
        return "null"
    return str(raw).lower() if isinstance(raw, bool) else raw


def texts(content: object, place: Place = ()) -> Iterator[tuple[Place, str]]:
    """Every text within mappings and sequences, and where it stands."""
    if isinstance(content, str):
        yield place, content
    elif isinstance(content, dict | list | tuple):
        for key, below in content.items() if isinstance(content, dict) else enumerate(content):
            yield from texts(below, (*place, key))


def short_field(raw: object) -> object:
    """A path alone is a field taken from there."""
    return {"at": raw} if isinstance(raw, str) else raw


def short_step(raw: object) -> object:
    """A name alone is a decoding step on the whole."""
    return {"as": raw} if isinstance(raw, str) else raw


def one_or_many(raw: object) -> object:
    """One name alone is a list of one."""
    return (raw,) if isinstance(raw, str) else raw


class Rule(BaseModel):
    """A part of a manifest: closed and frozen. Lax about types only where YAML is."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        coerce_numbers_to_str=True,
        arbitrary_types_allowed=True,
        validate_default=False,
    )


PathRule = Annotated[
    Path | XmlPath,
    BeforeValidator(_path),
    WithJsonSchema(
        {"type": "string", "description": "JMESPath; XPath where decode ends in XML", "maxLength": 200}
    ),
]
Duration = Annotated[
    float,
    BeforeValidator(_seconds),
    WithJsonSchema({"type": "string", "pattern": r"^\d+(\.\d+)?(ms|s|m|h|d)$"}),
]
Hours = Annotated[
    tuple[time, time],
    BeforeValidator(_hours),
    WithJsonSchema({"type": "string", "pattern": r"^\d\d:\d\d-\d\d:\d\d$"}),
]
Token = Annotated[
    str, BeforeValidator(_token), WithJsonSchema({"type": ["string", "integer", "boolean", "null"]})
]
Headers = Annotated[dict[str, str], AfterValidator(_header_lines)]
KeyNameRule = Annotated[str, Field(json_schema_extra={"enum": sorted(KEY_NAMES)})]
