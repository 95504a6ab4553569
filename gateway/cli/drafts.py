"""`landbridge adapter draft`: a version into the registry, or a manifest drafted from an agency's papers."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from adapters.base import Deadline
from contracts.catalogue import KINDS
from contracts.errors import AskMalformed, ManifestInvalid
from contracts.text import Text, text
from gateway.cli import tables, versions
from gateway.cli.freeze import SECONDS, WEB, from_folder
from gateway.cli.words import language, pick

if TYPE_CHECKING:
    from adapters.drafting import Description, Draft, Drop, Frame, Sample, Wish
    from adapters.manifest import WsdlRule

_NO_WSDL_HOST = "http://wsdl.invalid"
"""Stands for a WSDL's own place when it came as a file (RFC 2606 §2): nobody asks there."""

_OPTION = typer.Option
Described = Annotated[str | None, _OPTION(help=pick("WSDL 的地址或文件", "address or file of a WSDL"))]
OpenApi = Annotated[
    str | None,
    _OPTION("--openapi", help=pick("OpenAPI 的地址或文件", "address or file of an OpenAPI document")),
]
SampleFile = Annotated[
    Path | None,
    _OPTION(
        exists=True,
        dir_okay=False,
        help=pick("样例返回（或投递清单）文件", "a sample reply, or a delivery's notice"),
    ),
]
ContentType = Annotated[
    str, _OPTION(help=pick("样例的 Content-Type，如 text/xml; charset=GBK", "the sample's Content-Type"))
]


File = Annotated[
    Path | None,
    typer.Argument(
        exists=True, dir_okay=False, help=pick("YAML 文件：存为登记版本", "YAML file, kept as a version")
    ),
]
Version = Annotated[
    int | None, _OPTION(help=pick("修改该版本的草稿，而非新建", "edit this draft instead of a new one"))
]
Database = Annotated[
    str | None,
    _OPTION("--table", help=pick("前置库地址 postgresql://主机/库名", "postgresql://host/database")),
]
Schema = Annotated[str, _OPTION(help=pick("前置库的模式", "the database's schema"))]
User = Annotated[str | None, _OPTION(help=pick("前置库的只读账号", "the account at the database"))]
Secret = Annotated[
    str | None,
    _OPTION(
        "--secret",
        help=pick(
            "口令所在的凭据 secret:部门/名称；无则从标准输入读取",
            "the secret with its password, secret:agency/name; else it is read from standard input",
        ),
    ),
]
Tls = Annotated[
    Literal["verify", "require", "off"], _OPTION(help=pick("前置库的加密连接", "encryption to the database"))
]
DropForm = Annotated[
    Literal["zip", "folder"] | None,
    _OPTION(help=pick("样例为文件投递的清单；投递形式", "the sample is the notice of such a delivery")),
]
Named = Annotated[str | None, _OPTION(help=pick("操作名称", "name of the operation"))]
Wanted = Annotated[list[str] | None, _OPTION(help=pick("材料类别，可多次", "kind, repeatable"))]
Arguments = Annotated[
    list[str] | None,
    _OPTION(
        help=pick("参数的示例，形如 xmlStr=文件，可多次", "an input's example, as xmlStr=FILE; repeatable")
    ),
]
Agency = Annotated[str | None, _OPTION(help=pick("部门标识", "the agency's slug"))]
Title = Annotated[
    tuple[str, str] | None, _OPTION(help=pick("部门名称：中文 英文", "the agency's name: Chinese, English"))
]
Sharing = Annotated[
    Literal["unconditional", "conditional", "internal", "none"] | None,
    _OPTION(help=pick("共享类型", "class of sharing")),
]
Base = Annotated[str | None, _OPTION(help=pick("接口地址（协议、主机、端口）", "the address asked"))]
Private = Annotated[
    bool, _OPTION("--allow-private", help=pick("允许内网与本机地址", "admit private and loopback addresses"))
]
Output = Annotated[Path | None, _OPTION(dir_okay=False, help=pick("写入文件", "write to this file"))]


def draft(
    file: File = None,
    *,
    version: Version = None,
    wsdl: Described = None,
    openapi: OpenApi = None,
    table: Database = None,
    schema: Schema = "public",
    user: User = None,
    secret: Secret = None,
    tls: Tls = "verify",
    sample: SampleFile = None,
    content_type: ContentType = "",
    drop: DropForm = None,
    operation: Named = None,
    kind: Wanted = None,
    argument: Arguments = None,
    agency: Agency = None,
    title: Title = None,
    sharing: Sharing = None,
    base: Base = None,
    allow_private: Private = False,
    output: Output = None,
) -> None:
    """A FILE becomes a draft version; from --wsdl, --openapi, --table or --sample a manifest is drafted."""
    descriptions = [each for each in (wsdl, openapi, table) if each is not None]
    if (file is None) == (not descriptions and sample is None) or len(descriptions) > 1:
        raise AskMalformed(
            text(
                "给出一个 YAML 文件，或 --wsdl、--openapi、--table、--sample 之一（样例可与描述同用）",
                "Give a YAML file, or --wsdl or --openapi or --table or --sample (a sample beside one, too)",
            )
        )
    if table is not None and base is not None:
        raise AskMalformed(text("--table 已含地址，不用 --base", "--table has the address: leave --base out"))
    if file is not None:
        versions.draft(file, version)
        return
    from adapters.drafting import Frame

    frame = Frame(agency, Text(zh=title[0], en=title[1]) if title else None, sharing, base, allow_private)
    seen = _sample(sample, content_type, drop) if sample else None
    if table is not None:
        reader = tables.Reader(schema, user, secret, tls)
        description = tables.described(table, reader, allow_private=allow_private)
        frame, path = replace(frame, base=table.rstrip("/"), table=reader.part(agency)), "/"
    else:
        description, frame, path = _described(wsdl, openapi, frame, seen, dropped=drop is not None)
    if not kind:
        _show_choices(description, seen)
        return
    wishes = [_wish(each, operation, seen, argument) for each in kind]
    _finish(_drafted(frame, description, wishes, path, _dropped(drop, sample)), output)


def _sample(place: Path, content_type: str, drop: str | None) -> Sample:
    from adapters.drafting import opened, opened_notice
    from adapters.web import charset_of

    octets = place.read_bytes()
    if drop is None:
        return opened(octets, charset_of((("Content-Type", content_type),)))
    return opened_notice(octets, _form(place))


def _form(place: Path) -> Literal["xml", "json", "csv"]:
    forms: dict[str, Literal["xml", "json", "csv"]] = {".xml": "xml", ".json": "json", ".csv": "csv"}
    if place.suffix.lower() not in forms:
        raise AskMalformed(
            text("投递清单应为 .xml、.json 或 .csv 文件", "A notice is an .xml, .json or .csv file")
        )
    return forms[place.suffix.lower()]


def _dropped(drop: Literal["zip", "folder"] | None, sample: Path | None) -> Drop | None:
    from adapters.drafting import Drop

    return Drop(drop, sample.name, _form(sample)) if drop and sample else None


def _described(
    wsdl: str | None, openapi: str | None, frame: Frame, sample: Sample | None, *, dropped: bool
) -> tuple[Description, Frame, str]:
    """What the agency declares, the frame with the address it was found at, a SOAP service's path."""
    from urllib.parse import urlsplit

    from adapters.drafting import Description, fetching
    from adapters.drafting import openapi as openapi_room
    from adapters.drafting import wsdl as wsdl_room

    at = wsdl or openapi or ""
    if at.startswith(WEB) and frame.base is None:
        frame = replace(frame, base=fetching.base_of(at))
    if wsdl:
        described = wsdl_room.described(asyncio.run(_wsdl(wsdl, allow_private=frame.allow_private)))
        return described, frame, urlsplit(wsdl if at.startswith(WEB) else described.address or "").path or "/"
    if openapi:
        octets = asyncio.run(_octets(openapi, allow_private=frame.allow_private))
        return openapi_room.described(octets), frame, "/"
    soap = sample is not None and bool(sample.steps) and sample.steps[0].how.startswith("soap")
    return Description("filedrop" if dropped else "soap" if soap else "rest", ()), frame, "/"


async def _wsdl(wsdl: str, *, allow_private: bool) -> WsdlRule:
    from adapters.drafting import fetching
    from adapters.egress import Egress
    from adapters.soap import freeze

    if not wsdl.startswith(WEB):
        await asyncio.to_thread(_read, Path(wsdl))
        place = f"{_NO_WSDL_HOST}/{Path(wsdl).name}"
        return await freeze(place, from_folder(place, Path(wsdl)))
    async with Egress() as egress:
        return await fetching.wsdl_at(egress, wsdl, Deadline.after(SECONDS), allow_private=allow_private)


async def _octets(openapi: str, *, allow_private: bool) -> bytes:
    from adapters.drafting import fetching
    from adapters.egress import Egress

    if not openapi.startswith(WEB):
        return await asyncio.to_thread(_read, Path(openapi))
    async with Egress() as egress:
        return await fetching.octets_at(egress, openapi, Deadline.after(SECONDS), allow_private=allow_private)


def _read(place: Path) -> bytes:
    if not place.is_file():
        raise AskMalformed(text(f"没有文件 {place.name}", f"There is no file {place.name}"))
    return place.read_bytes()


def _wish(kind: str, operation: str | None, sample: Sample | None, arguments: list[str] | None) -> Wish:
    from adapters.drafting import Wish

    if kind not in KINDS:
        raise AskMalformed(text(f"没有材料类别 {kind}", f"There is no kind {kind}"))
    pairs = (each.partition("=") for each in arguments or ())
    examples = {name: _read(Path(place)).decode("utf-8", "replace") for name, _, place in pairs}
    return Wish(kind, operation, sample, examples)


def _drafted(
    frame: Frame, description: Description, wishes: list[Wish], path: str, drop: Drop | None
) -> Draft:
    from adapters.drafting import drafted

    wanted = next((each.operation for each in wishes if each.operation), None)
    if wanted and description.operation(wanted) is None:
        raise AskMalformed(text(f"没有操作 {wanted}", f"There is no operation {wanted}"))
    return drafted(frame, description, wishes, path=path, drop=drop)


def _finish(made: Draft, output: Path | None) -> None:
    """The manifest on its way, and beside it what a person has to do."""
    from adapters.drafting import written
    from adapters.manifest import load as load_manifest
    from gateway.cli.drawing import report

    document = written(made, language())
    if output is None:
        typer.echo(document, nl=False)
    else:
        output.write_text(document, "utf-8")
        typer.echo(pick(f"已写入 {output}", f"Written to {output}"))
    try:
        load_manifest(document, output.name if output else "draft")
        loads = True
    except ManifestInvalid:
        loads = False
    report(made, loads=loads)


def _show_choices(description: Description, sample: Sample | None) -> None:
    from adapters.drafting import ranked
    from gateway.cli.drawing import show_kinds, show_operations

    if description.operations:
        show_operations(description)
    if sample is not None:
        show_kinds(ranked(sample, KINDS))
