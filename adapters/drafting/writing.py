"""A draft as the manifest's YAML: reasons beside what is proposed, and what people must decide said first."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from adapters.decode import Step
from adapters.drafting.drafts import (
    Decision,
    Draft,
    Drop,
    Files,
    MaterialDraft,
    Proposal,
    Question,
    Says,
)
from adapters.soap import as_yaml
from contracts.catalogue import KINDS
from contracts.text import Text

Lang = Literal["zh", "en"]

WIDTH = 100
"""Columns a line keeps within, where its words let it; a Chinese character takes two."""

_WORD = re.compile(r"[A-Za-z\u4e00-\u9fff/][\w./()-]*")
# Before a line's comment while lines are made: for private use (Unicode §23.5), so no text of ours holds it.
_WHY = "\ue002"
# What some reader of YAML takes for something else than a text.
_RESERVED = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})


def written(draft: Draft, lang: Lang = "zh") -> str:
    """The manifest, as far as the draft goes. What keeps it from being loaded stands at its head."""
    writer = _Writer(lang)
    lines = [*writer.head(draft), *writer.frame(draft)]
    if draft.materials:
        lines += ["", "materials:"]
        for material in draft.materials:
            lines += [*writer.material(material, draft), ""]
    document = "\n".join(lines).rstrip() + "\n"
    return document + ("\n" + as_yaml(draft.wsdl) if draft.wsdl is not None else "")


def quoted(words: str) -> str:
    """A text as a YAML scalar that every reader takes for this text."""
    if _WORD.fullmatch(words) and words.lower() not in _RESERVED and words.isprintable():
        return words
    if '"' in words and "'" not in words and words.isprintable():
        return f"'{words}'"
    return '"' + "".join(map(_escaped, words)) + '"'


def _escaped(sign: str) -> str:
    if sign in '"\\':
        return f"\\{sign}"
    if sign.isprintable():
        return sign
    return f"\\u{ord(sign):04x}" if ord(sign) < 0x10000 else f"\\U{ord(sign):08x}"


def flow(content: Any) -> str:
    """Mappings, lists and texts on one line."""
    if isinstance(content, Mapping):
        return "{" + ", ".join(f"{quoted(str(k))}: {flow(v)}" for k, v in content.items()) + "}"
    if isinstance(content, list | tuple):
        return "[" + ", ".join(map(flow, content)) + "]"
    if content is None or isinstance(content, bool | int):
        return json.dumps(content)
    return quoted(str(content))


def columns(line: str) -> int:
    """How wide a line is on a terminal."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in line)


def wrapped(words: str, room: int) -> Iterator[str]:
    """Words in lines of so many columns: cut between words, or anywhere in Chinese."""
    line = ""
    for piece in re.findall(r"[\x21-\x7e]+ ?|.", words):
        if line and columns(line) + columns(piece.rstrip()) > room:
            yield line.rstrip()
            line = ""
        line += piece
    yield line.rstrip()


def entry(name: str, content: Any, indent: int) -> Iterator[str]:
    """A name and what it holds, on one line where that fits."""
    line = f"{quoted(name)}: {flow(content)}"
    if not isinstance(content, Mapping | list) or not content or columns(line) + indent <= WIDTH:
        yield line
        return
    yield f"{quoted(name)}:"
    if isinstance(content, list):
        yield from (f"  - {flow(value)}" for value in content)
        return
    for inner, value in content.items():
        yield from (f"  {below}" for below in entry(str(inner), value, indent + 2))


def rule_of(proposal: Proposal) -> Any:
    """A proposal as the manifest writes a field: its path alone, or a mapping."""
    if proposal.of:
        return {"rows": proposal.path, "fields": {each.field: rule_of(each) for each in proposal.of}}
    how, said = proposal.recipe, dict[str, Any]()
    if how.functions != ("text",):
        said["as"] = how.functions[0] if len(how.functions) == 1 else list(how.functions)
    said |= {name: value for name in ("unit", "by", "key") if (value := getattr(how, name)) is not None}
    if how.null is not None:
        said["null"] = list(how.null)
    return {"at": proposal.path, **said} if said else proposal.path


def asking_parts(material: MaterialDraft) -> dict[str, Any]:
    """How a kind is asked for, as the manifest's parts; what a person has to say first is absent."""
    parts: dict[str, Any] = {"ask_by": list(material.ask_by)} if material.ask_by else {}
    if material.question is not None and material.askable:
        parts["ask"] = dict(_asked(material.question))
    return parts


def reading_parts(material: MaterialDraft) -> dict[str, Any]:
    """How a kind's replies are read, as the manifest's parts; without a sample there are none."""
    if material.rows is None:
        return {}
    parts: dict[str, Any] = {}
    if material.notice is None:
        parts["decode"] = list(map(_step, material.steps))
    if material.success:
        parts["success"] = _says(material.success)
    if material.none:
        parts["none"] = _says(material.none)
    parts["rows"] = material.rows
    if material.total:
        parts["pages"] = {"total": material.total}
    return parts | {"about": _about(material)}


def further_parts(material: MaterialDraft) -> dict[str, Any]:
    """The document's force and its files, as the manifest's parts."""
    parts: dict[str, Any] = {}
    if material.legal:
        parts["legal"] = {force: _says(says) for force, says in material.legal.items()}
    if material.files:
        parts["attachments"] = _attachments(material.files)
    return parts


def drop_parts(drop: Drop) -> dict[str, Any]:
    """What is left in a drop folder, as the manifest's part."""
    notice: dict[str, Any] = {"name": drop.notice, "as": drop.how}
    if drop.package is not None:
        notice["package"] = drop.package
    if (files := _listed(drop.files)) is not None:
        notice["files"] = files
    signed = drop.files is not None and "sha256" in drop.files.parts
    sidecar = {"sidecar": "required"} if drop.form == "zip" and not signed else {}
    return {"form": drop.form, **sidecar, "notice": notice}


def _says(says: Says) -> dict[str, Any]:
    return {"at": says.at, "empty": True} if says.empty else {"at": says.at, "in": list(says.among)}


class _Writer:
    """Lines in one language."""

    def __init__(self, lang: Lang) -> None:
        self._lang = lang

    def _of(self, words: Text) -> str:
        chosen = words.zh if self._lang == "zh" else words.en
        return "".join(sign if sign.isprintable() else " " for sign in chosen)

    def _pick(self, zh: str, en: str) -> str:
        return zh if self._lang == "zh" else en

    def head(self, draft: Draft) -> Iterator[str]:
        """What is still to be decided, what must be first."""
        yield "# " + self._pick(
            "适配清单草稿：逐项核对建议（百分数为把握），补齐待定项后再测试、提交。",
            "A draft: look at each proposal (percent: how sure), decide what is open, then try it.",
        )
        for missing, zh, en in (
            (True, "待定（缺少则不能载入）：", "To decide (it does not load without):"),
            (False, "请核对：", "To look at:"),
        ):
            told = [each for each in draft.decisions if each.missing is missing]
            if told:
                yield "# " + self._pick(zh, en)
                yield from (f"#   {self.place(each)}: {self._of(each.why)}" for each in told)

    @staticmethod
    def place(decision: Decision) -> str:
        """A place as errors of a manifest name it."""
        return ".".join(map(str, decision.place))

    def frame(self, draft: Draft) -> Iterator[str]:
        """The agency, its title, the basis of sharing, the connection."""
        frame = draft.frame
        yield from self._one("agency", frame.agency)
        yield from self._one("title", {"zh": frame.title.zh, "en": frame.title.en} if frame.title else None)
        yield from self._one("sharing", {"class": frame.sharing} if frame.sharing else None)
        yield "connection:"
        yield f"  protocol: {draft.protocol}"
        if draft.drop is not None:
            yield from self._drop(draft.drop)
            return
        yield from (f"  {line}" for line in self._one("base", frame.base))
        if frame.allow_private:
            yield "  allow_private: true"
        if draft.protocol == "soap":
            yield f"  soap: {flow({'path': draft.path} | ({'port': draft.port} if draft.port else {}))}"
        if draft.protocol == "table":
            yield from (f"  {line}" for line in self._one("table", frame.table))

    def _one(self, name: str, content: Any) -> Iterator[str]:
        if content is None:
            yield f"# {name}: " + self._pick("待定", "to decide")
        else:
            yield f"{name}: {flow(content)}"

    def _drop(self, drop: Drop) -> Iterator[str]:
        yield "  drop:"
        yield f"    form: {drop.form}"
        if drop.form == "zip" and (drop.files is None or "sha256" not in drop.files.parts):
            yield "    sidecar: required"
        yield "    notice:"
        yield f"      name: {quoted(drop.notice)}"
        yield f"      as: {drop.how}"
        yield from (f"      {line}" for line in self._one("package", drop.package))
        yield from (f"      {line}" for line in self._one("files", _listed(drop.files)))

    def material(self, material: MaterialDraft, draft: Draft) -> Iterator[str]:
        """One kind: the question, the reading, the fields, what is left over."""
        kind = KINDS[material.kind]
        lines = [f"kind: {material.kind}{_WHY}{self._pick(kind.zh, kind.en)}"]
        keys = list(material.ask_by)
        lines += entry("ask_by", keys, 4) if keys else self._one("ask_by", None)
        if draft.protocol != "filedrop":
            lines += self._ask(material)
        lines += self._reading(material)
        for index, line in enumerate(lines):
            yield from _fitting(("  - " if index == 0 else "    ") + line)

    def _ask(self, material: MaterialDraft) -> Iterator[str]:
        asked = material.question
        operation = material.operation
        if operation is not None and operation.doc:
            named = (
                ("表说明", "the table")
                if asked is not None and asked.table
                else ("操作说明", "the operation")
            )
            yield f"# {self._pick(*named)}: {_bare(operation.doc)}"
        if asked is None or not material.askable:
            yield from self._one("ask", None)
            return
        yield "ask:"
        if asked.operation is not None or asked.method == "POST":
            yield "  # idempotent: true  " + self._pick(
                "重复提问无副作用时写上，失败后才会重试",
                "if asking twice changes nothing: only then is it asked again",
            )
        for name, value in _asked(asked):
            yield from (f"  {line}" for line in entry(name, value, 6))

    def _reading(self, material: MaterialDraft) -> Iterator[str]:
        if material.rows is None:
            for name in ("decode", "none", "rows", "about", "fields"):
                yield from self._one(name, None)
            return
        if material.notice is None:
            yield f"decode: {flow(list(map(_step, material.steps)))}"
        if material.success:
            yield from self._says("success", material.success)
        if material.none:
            yield from self._says("none", material.none)
        yield f"rows: {quoted(material.rows)}"
        if material.total:
            yield f"pages: {flow({'total': material.total})}"
        yield from entry("about", _about(material), 4)
        yield from self._fields(material)
        if material.legal:
            yield "legal:"
            for force, says in material.legal.items():
                yield from (f"  {line}" for line in self._says(force, says))
        if material.files:
            yield from entry("attachments", _attachments(material.files), 4)
        yield from self._left(material)

    def _says(self, name: str, says: Says) -> Iterator[str]:
        yield f"{name}: {flow(_says(says))}{_WHY}{says.confidence}% {self._of(says.why)}"

    def _fields(self, material: MaterialDraft) -> Iterator[str]:
        if not material.proposals:
            yield from self._one("fields", None)
            return
        yield "fields:"
        for proposal in material.proposals:
            yield from (f"  {line}" for line in self._field(proposal))

    def _field(self, proposal: Proposal) -> Iterator[str]:
        why = f"{proposal.confidence}% {self._of(proposal.why)}"
        if proposal.rivals:
            others = ", ".join(map(_bare, proposal.rivals))
            why += self._pick(f"；也可能是 {others}", f"; or {others}")
        name = quoted(proposal.field)
        if not proposal.of:
            yield f"{name}: {flow(rule_of(proposal))}{_WHY}{why}"
            return
        yield f"{name}:{_WHY}{why}"
        yield f"  rows: {quoted(proposal.path)}"
        yield "  fields:"
        for each in proposal.of:
            yield from (f"    {line}" for line in self._field(each))

    def _left(self, material: MaterialDraft) -> Iterator[str]:
        for how in ("ignore", "around"):
            named = material.left(how)
            if named:
                yield f"{how}:"
                yield from (f"  - {quoted(each.path)}{_WHY}{self._of(each.why)}" for each in named)
        undecided = material.left("undecided")
        if undecided:
            yield "# " + self._pick(
                "未映射（映射，或列入 ignore、around）：", "Unmapped (map, or list in ignore or around):"
            )
            yield from (f"#   {_bare(each.path)}: {self._of(each.why)}" for each in undecided)


def _fitting(line: str) -> Iterator[str]:
    """A line with its comment; the comment before it where both do not fit."""
    said, why, words = line.partition(_WHY)
    together = f"{said}  # {words}"
    if not why:
        yield line
    elif columns(together) <= WIDTH or not said.startswith("    "):
        yield together
    else:
        margin = f"{' ' * (len(said) - len(said.lstrip(' -')))}# "
        yield from (margin + part for part in wrapped(words, WIDTH - len(margin)))
        yield said


def _step(step: Step) -> Any:
    return {"as": step.how, "at": ".".join(step.at)} if step.at else step.how


def _asked(asked: Question) -> Iterator[tuple[str, Any]]:
    if asked.operation is not None:
        yield "operation", asked.operation
        if asked.arguments:
            yield "arguments", asked.arguments
        return
    if asked.table is not None:
        where = {n: {"value": v, "fit": "starts"} if n in asked.starts else v for n, v in asked.where.items()}
        parts = {"table": asked.table, "where": where, "newest": asked.newest, "per": asked.per}
        yield from ((name, part) for name, part in parts.items() if part)
        return
    yield "method", asked.method
    yield "path", asked.path
    for name, part in (("query", asked.query or None), ("form", asked.form), ("json", asked.json_body)):
        if part is not None:
            yield name, part


def _about(material: MaterialDraft) -> dict[str, Any]:
    """Names go on where a project has phases, and so does what a table was asked to begin with."""
    asked = material.question
    loose = {"project_name"} | ({*asked.asks} if asked and asked.starts else set())
    return {
        key: {"at": path, "fit": "starts"} if key in loose and path != "unstated" else path
        for key, path in material.about.items()
    }


def _attachments(files: Files) -> dict[str, Any]:
    said = {"rows": files.rows} | {part: rule_of(each) for part, each in files.parts.items()}
    return said | ({"via": "url"} if files.via == "url" else {})


def _listed(files: Files | None) -> dict[str, Any] | None:
    if files is None:
        return None
    return {"rows": files.rows} | {
        p: files.parts[p].path for p in ("name", "sha256", "bytes") if p in files.parts
    }


def _bare(words: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in words)
