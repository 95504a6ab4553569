"""What no single field of a manifest knows: whether its parts agree with each other and with the contract."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel

from adapters.functions import CATALOGUE
from adapters.manifest.model import PLACEHOLDER, SECRET, DropRule, FieldRule, Manifest, MaterialRule
from contracts.exchange import KEY_NAMES
from contracts.identifiers import READERS
from contracts.kinds import FIELDS, personal_fields

Place = tuple[str | int, ...]
Problem = tuple[Place, str, str]


def review(manifest: Manifest) -> Iterator[Problem]:
    """Everything wrong with a manifest whose fields are each well formed: place, and why in zh and en."""
    yield from _secrets(manifest)
    yield from _personal(manifest)
    if manifest.seal and (manifest.seal.protocol == "hmac-sha256") != (manifest.seal.secret is not None):
        yield ("seal", "secret"), "HMAC 需要密钥，摘要不需要", "an HMAC needs a secret, a digest has none"
    yield from _connection(manifest)
    for index, rule in enumerate(manifest.materials):
        place: Place = ("materials", index)
        if rule.kind in manifest.kinds[:index]:
            yield (*place, "kind"), "同一材料只能出现一次", "a kind may appear only once"
        yield from (_keys(rule, place) if manifest.connection.drop is None else _dropped(rule, place))
        yield from _contract(rule, place)
        yield from _functions_of(rule, place)


def _secrets(manifest: Manifest) -> Iterator[Problem]:
    """A manifest may name its own agency's secrets only: who may edit one must not be handed another's."""
    dumped = manifest.model_dump(mode="python", exclude={"title"}, by_alias=True)
    for place, value in _texts(dumped, ()):
        strangers = {agency for agency, _ in SECRET.findall(value)} - {manifest.agency}
        if strangers:
            yield place, "只能引用本部门的密钥", "only this agency's own secrets may be named"


def _texts(content: Any, place: Place) -> Iterator[tuple[Place, str]]:
    if isinstance(content, str):
        yield place, content
    elif isinstance(content, dict):
        for key, value in content.items():
            yield from _texts(value, (*place, key))
    elif isinstance(content, list | tuple):
        for index, value in enumerate(content):
            yield from _texts(value, (*place, index))


def _personal(manifest: Manifest) -> Iterator[Problem]:
    for index, name in enumerate(manifest.sharing.personal):
        kind, _, field = name.partition(".")
        if kind not in manifest.kinds or field not in personal_fields(kind):
            yield (
                ("sharing", "personal", index),
                "不是本清单材料的个人信息字段",
                "not a personal field of a kind here",
            )


def _connection(manifest: Manifest) -> Iterator[Problem]:
    connection = manifest.connection
    if (connection.protocol == "filedrop") != (connection.drop is not None):
        yield (
            ("connection", "drop"),
            "仅文件投递需要 drop",
            "drop is for the protocol filedrop, and needed there",
        )
    elif connection.drop is None and not connection.base:
        yield ("connection", "base"), "缺少该字段", "a base address is needed"
    elif connection.drop and connection.base:
        yield ("connection", "base"), "文件投递没有地址", "dropped files have no address"
    elif connection.drop and not _digested(connection.drop):
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
    for index, name in enumerate(rule.ask_by):
        if name not in KEY_NAMES:
            yield (*place, "ask_by", index), "未知的键名", "an unknown key name"
        elif name not in rule.about:
            yield (*place, "about"), f"未说明在何处核对 {name}", f"does not say where {name} is checked"
        elif name not in rule.ask.placeholders():
            yield (*place, "ask"), f"未使用键 {name}", f"has no place for {name}"
    for name in sorted((rule.ask.placeholders() | set(rule.about)) - set(rule.ask_by)):
        yield (*place, "ask_by"), f"未列出键 {name}", f"does not list {name}"
    if PLACEHOLDER.search(rule.ask.path) and len(rule.ask_by) > 1:
        yield (
            (*place, "ask", "path"),
            "路径中有键时只能有一个键",
            "a path with a key in it allows one key only",
        )
    bodies = (rule.ask.form is not None) + (rule.ask.json_body is not None)
    if bodies != (rule.ask.method == "POST"):
        yield (
            (*place, "ask"),
            "GET 无正文；POST 须有 json 或 form 之一",
            "GET has no body; POST has json or form",
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
