"""What no single field of a manifest knows: whether its parts agree with each other and with the contract."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, get_args
from urllib.parse import urlsplit

from pydantic import BaseModel

from adapters.functions import CATALOGUE
from adapters.manifest.asks import AskRule
from adapters.manifest.drops import DropRule
from adapters.manifest.model import (
    AttachmentRule,
    Connection,
    FieldRule,
    Manifest,
    MaterialRule,
    ReplyRule,
)
from adapters.manifest.parts import DATABASE, PLACEHOLDER, SECRET, Place, texts
from adapters.manifest.readable import OF_TABLES, Problem, of_table, reviewed
from contracts.exchange import KEY_NAMES
from contracts.identifiers import READERS
from contracts.kinds import FIELDS, personal_fields


def review(manifest: Manifest) -> Iterator[Problem]:
    """Everything wrong with a manifest whose fields are each well formed: place, and why in zh and en."""
    yield from _secrets(manifest)
    yield from _personal(manifest)
    if manifest.seal and manifest.connection.table:
        yield ("seal",), "数据库表没有签名或摘要", "a table has neither seal nor digest"
    elif manifest.seal and (manifest.seal.protocol == "hmac-sha256") != (manifest.seal.secret is not None):
        yield ("seal", "secret"), "HMAC 需要密钥，摘要不需要", "an HMAC needs a secret, a digest has none"
    if manifest.wsdl and manifest.wsdl.entry not in manifest.wsdl.documents:
        yield ("wsdl", "entry"), "不在 documents 之中", "not among the documents"
    yield from _connection(manifest)
    for index, rule in enumerate(manifest.materials):
        place: Place = ("materials", index)
        if rule.kind in manifest.kinds[:index]:
            yield (*place, "kind"), "同一材料只能出现一次", "a kind may appear only once"
        if manifest.connection.drop is not None:
            yield from _dropped(rule, place)
        else:
            yield from _keys(rule, place)
            yield from _asks(rule, manifest, place)
        yield from _contract(rule, place)
        yield from _functions_of(rule, place)


def _secrets(manifest: Manifest) -> Iterator[Problem]:
    """A manifest may name its own agency's secrets only: who may edit one must not be handed another's."""
    dumped = manifest.model_dump(mode="python", exclude={"title", "wsdl"}, by_alias=True)
    for place, value in texts(dumped):
        strangers = {agency for agency, _ in SECRET.findall(value)} - {manifest.agency}
        if strangers:
            yield place, "只能引用本部门的密钥", "only this agency's own secrets may be named"


def _personal(manifest: Manifest) -> Iterator[Problem]:
    for index, name in enumerate(manifest.sharing.personal):
        kind, _, field = name.partition(".")
        if kind not in manifest.kinds or field not in personal_fields(kind):
            yield (
                ("sharing", "personal", index),
                "不是本清单材料的个人信息字段",
                "not a personal field of a kind here",
            )


_SECTIONS = {"filedrop": "drop", "table": "table"}
"""By protocol: the section of `connection` that it alone has, and must have."""


def _connection(manifest: Manifest) -> Iterator[Problem]:
    connection = manifest.connection
    odd = [
        (protocol, section)
        for protocol, section in _SECTIONS.items()
        if (connection.protocol == protocol) != (getattr(connection, section) is not None)
    ]
    for protocol, section in odd:
        yield (
            ("connection", section),
            f"仅协议 {protocol} 需要 {section}",
            f"{section} is for the protocol {protocol}, and needed there",
        )
    if not odd:
        yield from _whereabouts(connection)


def _whereabouts(connection: Connection) -> Iterator[Problem]:
    if connection.drop is not None:
        yield from _folder(connection, connection.drop)
    elif not connection.base:
        yield ("connection", "base"), "缺少该字段", "a base address is needed"
    elif connection.table is not None:
        yield from reviewed(connection, connection.table)
    elif urlsplit(connection.base).scheme == DATABASE:
        yield ("connection", "base"), "仅协议 table 使用数据库地址", "a database is for the protocol table"


def _folder(connection: Connection, drop: DropRule) -> Iterator[Problem]:
    if connection.base:
        yield ("connection", "base"), "文件投递没有地址", "dropped files have no address"
    elif not _digested(drop):
        yield (
            ("connection", "drop", "notice", "files"),
            "没有任何摘要：清单须列出 sha256 或 sm3，或 ZIP 须附摘要文件",
            "no digest at all: the notice names sha256 or sm3, or a ZIP needs a sidecar",
        )


def _digested(drop: DropRule) -> bool:
    files = drop.notice.files
    return bool(files.sha256 or files.sm3) or (drop.form == "zip" and drop.sidecar == "required")


def _dropped(rule: MaterialRule, place: Place) -> Iterator[Problem]:
    """A delivery is found by what its notice says of itself, so every key must stand somewhere in it."""
    for index, name in enumerate(rule.ask_by):
        if name not in KEY_NAMES:
            yield (*place, "ask_by", index), "未知的键名", "an unknown key name"
        elif rule.about.get(name, "unstated") == "unstated":
            yield (*place, "about"), f"未说明何处写有 {name}", f"does not say where {name} stands"
    for name in sorted(set(rule.about) - set(rule.ask_by)):
        yield (*place, "ask_by"), f"未列出键 {name}", f"does not list {name}"
    for part in sorted({"ask", "decode"} & rule.model_fields_set):
        yield (*place, part), "文件投递无需该字段", "has no place where files are dropped"


def _keys(rule: MaterialRule, place: Place) -> Iterator[Problem]:
    if rule.supplements:
        yield (*place, "supplements"), "仅适用于文件投递", "only where files are dropped"
    for part in sorted({"ask", "decode"} - rule.model_fields_set):
        yield (*place, part), "缺少该字段", "Field required"
    first, here = rule.first, (*place, "list") if rule.listing else place
    for index, name in enumerate(rule.ask_by):
        if name not in KEY_NAMES:
            yield (*place, "ask_by", index), "未知的键名", "an unknown key name"
        elif name not in first.about:
            yield (*here, "about"), f"未说明在何处核对 {name}", f"does not say where {name} is checked"
        elif name not in first.ask.placeholders():
            yield (*here, "ask"), f"未使用键 {name}", f"has no place for {name}"
    own = _PAGES if first.pages else frozenset()
    for name in sorted((first.ask.placeholders() | set(first.about)) - set(rule.ask_by) - own):
        yield (*place, "ask_by"), f"未列出键 {name}", f"does not list {name}"
    if PLACEHOLDER.search(first.ask.path) and len(rule.ask_by) > 1:
        yield (
            (*here, "ask", "path"),
            "路径中有键时只能有一个键",
            "a path with a key in it allows one key only",
        )


def _asks(rule: MaterialRule, manifest: Manifest, place: Place) -> Iterator[Problem]:
    """Whether every question of a rule is one its protocol can ask."""
    if manifest.connection.protocol == "table":
        yield from of_table(rule, place)
        return
    yield from _ask(rule.ask, manifest, (*place, "ask"))
    yield from _pages(rule.first, (*place, "list") if rule.listing else place)
    if rule.listing:
        yield from _ask(rule.listing.ask, manifest, (*place, "list", "ask"))
        yield from _details(rule, place)
    if rule.attachments:
        yield from _call(rule.attachments, manifest, (*place, "attachments"))


def _ask(ask: AskRule, manifest: Manifest, place: Place) -> Iterator[Problem]:
    for part in sorted(OF_TABLES & ask.model_fields_set):
        yield (*place, part), "仅协议 table 使用", "is for the protocol table"
    if (manifest.connection.protocol == "soap") != ask.is_soap:
        yield (
            place,
            "SOAP 接口须有 operation 或 envelope，其他接口没有",
            "a SOAP question has an operation or an envelope, others have neither",
        )
        return
    if ask.is_soap:
        if ask.operation is not None and (manifest.wsdl is None or ask.envelope is not None):
            yield place, "operation 须有 wsdl，不与 envelope 同用", "operation needs the wsdl and no envelope"
        return
    bodies = (ask.form is not None) + (ask.json_body is not None)
    if bodies != (ask.method == "POST"):
        yield place, "GET 无正文；POST 须有 json 或 form 之一", "GET has no body; POST has json or form"


_PAGES = frozenset({"page", "size"})


def _pages(first: ReplyRule, place: Place) -> Iterator[Problem]:
    if first.pages and "page" not in first.ask.placeholders():
        yield (*place, "ask"), "分页须使用 {page}", "pages need a place for {page}"


def _details(rule: MaterialRule, place: Place) -> Iterator[Problem]:
    known = {"each", *rule.ask_by}
    if "each" not in rule.ask.placeholders() or "each" not in rule.about:
        yield (*place, "ask"), "明细须使用并核对 {each}", "a detail asks by {each} and checks it"
    for name in sorted((rule.ask.placeholders() | set(rule.about)) - known):
        yield (*place, "ask"), f"未知的键 {name}", f"an unknown key {name}"
    if rule.pages:
        yield (*place, "pages"), "明细不分页", "a detail has no pages"
    pages, most = rule.first.pages, rule.listing.most if rule.listing else 0
    if pages and pages.size * pages.most > most:
        yield (*place, "list", "pages"), "各页行数之和超过 list.most", "more rows on all pages than list.most"


def _call(files: AttachmentRule, manifest: Manifest, place: Place) -> Iterator[Problem]:
    if (files.via == "call") != (files.call is not None):
        yield place, "via: call 与 call 须同时出现", "via: call and call come together"
    if files.call is None:
        return
    yield from _ask(files.call.ask, manifest, (*place, "call", "ask"))
    if files.call.ask.placeholders() != {"file"}:
        yield (*place, "call", "ask"), "只能使用 {file}", "asks by {file} and nothing else"
    whole = not files.call.decode or files.call.decode[-1].how == "base64"
    if whole != (files.call.at is None):
        yield (
            (*place, "call"),
            "at 指明 decode 之后文件所在；以 base64 结尾或没有 decode 时不写",
            "at says where the file stands after decode; none where that ends in base64, or is not there",
        )


def _contract(rule: MaterialRule, place: Place) -> Iterator[Problem]:
    yield from _fits(FIELDS[rule.kind], rule.fields, (*place, "fields"))


def _fits(model: type[BaseModel], fields: Mapping[str, FieldRule], place: Place) -> Iterator[Problem]:
    """Whether the fields are the contract's: none unknown, none of the required ones missing."""
    for name, known in model.model_fields.items():
        if known.is_required() and name not in fields:
            yield place, f"缺少必填字段 {name}", f"lacks the required field {name}"
    for name, rule in fields.items():
        if name not in model.model_fields:
            yield (*place, name), "契约中没有该字段", "the contract has no such field"
        elif rule.fields is not None:
            inner = _row_model(model.model_fields[name].annotation)
            if inner is None:
                yield (*place, name), "契约中该字段不是明细", "the contract has no rows here"
            else:
                yield from _fits(inner, rule.fields, (*place, name, "fields"))


def _row_model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for part in get_args(annotation) if (model := _row_model(part))), None)


def _functions_of(rule: MaterialRule, place: Place) -> Iterator[Problem]:
    yield from _functions(rule.fields, (*place, "fields"))
    files = rule.attachments
    if files:
        specs = {
            name: getattr(files, name) for name in ("name", "at", "type", "bytes", "sha256", "media_type")
        }
        given = {name: spec for name, spec in specs.items() if spec is not None}
        yield from _functions(given, (*place, "attachments"))


def _functions(fields: Mapping[str, FieldRule], place: Place) -> Iterator[Problem]:
    for name, rule in fields.items():
        here = (*place, name)
        shapes = (
            rule.at is not None,
            rule.always is not None,
            rule.rows is not None and rule.fields is not None,
        )
        if sum(shapes) != 1 or (rule.rows is None) != (rule.fields is None):
            yield (
                here,
                "须有 at、always、rows 与 fields 三者之一",
                "needs one of: at; always; rows with fields",
            )
        if rule.fields is not None:
            yield from _functions(rule.fields, (*here, "fields"))
        for step in rule.functions:
            yield from _function(step, rule, here)


def _function(step: str, rule: FieldRule, here: Place) -> Iterator[Problem]:
    function = CATALOGUE.get(step)
    if function is None:
        yield (*here, "as"), f"没有函数 {step}", f"there is no function {step}"
        return
    for need in function.needs:
        if getattr(rule, need) is None:
            yield here, f"函数 {step} 需要 {need}", f"{step} needs {need}"
    if function.units and not {rule.unit, rule.to or rule.unit} <= set(function.units):
        yield (
            (*here, "unit"),
            f"单位应为 {'、'.join(function.units)}",
            f"a unit of {', '.join(function.units)} is needed",
        )
    if rule.key is not None and rule.key not in READERS:
        yield (*here, "key"), "没有该编号的格式规则", "no identifier of that name"
