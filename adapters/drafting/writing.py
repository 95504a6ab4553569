"""A draft as the manifest's YAML: reasons beside what is proposed, and what people must decide said first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from adapters.drafting.drafts import Decision, Draft, Drop, MaterialDraft, Proposal, Says
from adapters.drafting.lines import WIDTH, bare, columns, entry, flow, quoted, wrapped
from adapters.drafting.parts import (
    about_parts,
    files_parts,
    listed_files,
    question_parts,
    rule_of,
    says_parts,
    step_of,
)
from adapters.soap import as_yaml
from contracts.catalogue import KINDS
from contracts.text import Text

Lang = Literal["zh", "en"]

# Before a line's comment while lines are made: for private use (Unicode §23.5), so no text of ours holds it.
_WHY = "\ue002"


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
        yield from (f"      {line}" for line in self._one("files", listed_files(drop.files)))

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
            yield f"# {self._pick(*named)}: {bare(operation.doc)}"
        if asked is None or not material.askable:
            yield from self._one("ask", None)
            return
        yield "ask:"
        if asked.operation is not None or asked.method == "POST":
            yield "  # idempotent: true  " + self._pick(
                "重复提问无副作用时写上，失败后才会重试",
                "if asking twice changes nothing: only then is it asked again",
            )
        for name, value in question_parts(asked):
            yield from (f"  {line}" for line in entry(name, value, 6))

    def _reading(self, material: MaterialDraft) -> Iterator[str]:
        if material.rows is None:
            for name in ("decode", "none", "rows", "about", "fields"):
                yield from self._one(name, None)
            return
        if material.notice is None:
            yield f"decode: {flow(list(map(step_of, material.steps)))}"
        if material.success:
            yield from self._says("success", material.success)
        if material.none:
            yield from self._says("none", material.none)
        yield f"rows: {quoted(material.rows)}"
        if material.total:
            yield f"pages: {flow({'total': material.total})}"
        yield from entry("about", about_parts(material), 4)
        yield from self._fields(material)
        if material.legal:
            yield "legal:"
            for force, says in material.legal.items():
                yield from (f"  {line}" for line in self._says(force, says))
        if material.files:
            yield from entry("attachments", files_parts(material.files), 4)
        yield from self._left(material)

    def _says(self, name: str, says: Says) -> Iterator[str]:
        yield f"{name}: {flow(says_parts(says))}{_WHY}{says.confidence}% {self._of(says.why)}"

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
            others = ", ".join(map(bare, proposal.rivals))
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
            yield from (f"#   {bare(each.path)}: {self._of(each.why)}" for each in undecided)


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
