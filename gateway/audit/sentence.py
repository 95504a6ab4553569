"""An entry as a sentence for people, zh and en: who asked for what, why and how it ended, or who did what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from contracts.text import Text, text
from gateway.audit.acts import act_of, document, joined, kinds_of, subject_of, when
from gateway.audit.names import spaced

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.audit.names import Names


HELD = frozenset({"received", "partial", "stale", "declared", "manual"})
"""Retrieval statuses that mean there is a material."""

BLANKED = text("（留存期满，内容已清空）", "(blanked after its retention)")

ACTS = {
    "view": text("查看", "viewed"),
    "print": text("打印", "printed"),
    "export": text("导出", "exported"),
}
"""What is done with an answer after it was given."""

_NOTHING = text("", "")


def sentence(entry: Mapping[str, Any] | None, names: Names) -> Text:
    """One sentence, its time at +08:00. An entry of a kind unknown here is told by its own words."""
    if entry is None:
        return BLANKED
    told, who, at = _told(entry, names), _who(entry, names), when(str(entry.get("at", "")))
    return text(f"{at} {who.zh}{told.zh}", f"{at} {who.en}{told.en}")


def _told(entry: Mapping[str, Any], names: Names) -> Text:
    kind = str(entry.get("kind"))
    if kind in {"asked", "answered", "refused", "failed"}:
        return _ask(kind, entry, names)
    return _used(entry, names) if kind == "used" else act_of(entry, names)


def _ask(kind: str, entry: Mapping[str, Any], names: Names) -> Text:
    about, ending = _about(entry, names), _ending(kind, entry, names)
    return text(f"{about.zh}；{ending.zh}", f"{about.en}; {ending.en}")


def _ending(kind: str, entry: Mapping[str, Any], names: Names) -> Text:
    if kind == "asked":
        agencies = joined(names.agency(str(each)) for each in entry.get("agencies", ()))
        return text(f"即将询问 {agencies.zh}", f"about to ask {agencies.en}")
    problem = (entry.get("outcome") or {}).get("problem")
    why = names.word(str(problem)) if problem else _NOTHING
    ending = {
        "answered": _answer(entry),
        "refused": text("被拒绝", "refused"),
        "failed": text("因网关自身故障未能答复", "not answered, by a fault of the gateway"),
    }[kind]
    return text(f"{ending.zh}（{why.zh}）", f"{ending.en} ({why.en})") if problem else ending


def _answer(entry: Mapping[str, Any]) -> Text:
    outcome, kept = entry.get("outcome") or {}, _kept(entry)
    if retrieval := outcome.get("retrieval"):
        held = sum(status in HELD for status in retrieval.values())
        materials = "material" if len(retrieval) == 1 else "materials"
        return text(
            f"答复了 {len(retrieval)} 项材料中的 {held} 项{kept.zh}",
            f"answered with {held} of {len(retrieval)} {materials}{kept.en}",
        )
    if outcome.get("problem"):
        return text("答复为未能取得", "answered that there is nothing to give")
    kinds = kinds_of(entry)
    return (
        text(f"交付附件：{kinds.zh}", f"answered with a file: {kinds.en}")
        if kinds.zh
        else text("已答复", "answered")
    )


def _kept(entry: Mapping[str, Any]) -> Text:
    """How many answers were kept ones, and how old the oldest was, in whole hours or minutes."""
    count, seconds = (entry.get("outcome") or {}).get("cached"), entry.get("age")
    if not count:
        return _NOTHING
    if seconds is None:
        return text(f"；{count} 项取自缓存", f"; {count} from cache")
    hours, minutes = seconds // 3600, seconds // 60
    age = text(f"{hours} 小时", f"{hours} h") if hours else text(f"{minutes} 分钟", f"{minutes} min")
    return text(f"；{count} 项取自缓存，最早 {age.zh}前取得", f"; {count} from cache, oldest {age.en}")


def _used(entry: Mapping[str, Any], names: Names) -> Text:
    event, kinds = entry.get("event") or {}, kinds_of(entry)
    act = ACTS.get(str(event.get("act")), text("使用", "used"))
    copies, reason, project = event.get("copies"), _reason(entry, names), _project(entry, names)
    many = text(f" {copies} 份", f", {copies} {'copy' if copies == 1 else 'copies'}") if copies else _NOTHING
    what = text(f"：{kinds.zh}", f": {kinds.en}") if kinds.zh else _NOTHING
    whose = (
        text(f"答复中 {spaced(project.zh)}的材料", f" about {project.en}")
        if project.zh
        else text("的答复", "")
    )
    place = f"{entry.get('answer')}"
    return text(
        f"{reason.zh}{act.zh}了第 {place} 条{whose.zh}{many.zh}{what.zh}",
        f"{act.en} the answer of entry {place}{whose.en}{reason.en}{many.en}{what.en}",
    )


def _about(entry: Mapping[str, Any], names: Names) -> Text:
    """What was asked, and why; a door that was tried is no ask for a project."""
    subject, reason, project = subject_of(entry), _reason(entry, names), _project(entry, names)
    if subject.get("type") == "address":
        return text(f"访问 {subject.get('id')}", f"came to {subject.get('id')}")
    if subject.get("type") == "attachment":
        return text(f"调取附件 {subject.get('id')}", f"asked for the file {subject.get('id')}")
    tried = document(subject, names) if subject.get("type") == "agency" else None
    by = text(f"，按 {tried.zh}", f", by {tried.en}") if tried else _NOTHING
    what = text(f"查询 {project.zh}", f"asked for {project.en}") if project.zh else text("查询", "asked")
    return text(f"{reason.zh}{what.zh}{by.zh}", f"{what.en}{reason.en}{by.en}")


def _project(entry: Mapping[str, Any], names: Names) -> Text:
    return names.project(str(entry["project"])) if entry.get("project") else _NOTHING


def _reason(entry: Mapping[str, Any], names: Names) -> Text:
    case, purpose = entry.get("case"), names.word(str(entry.get("purpose") or ""))
    if not case:
        return _NOTHING
    if not purpose.zh:
        return text(spaced(f"为办件 {case}"), f" for case {case}")
    return text(f"为办件 {case}（{purpose.zh}）", f" for case {case} ({purpose.en})")


def _who(entry: Mapping[str, Any], names: Names) -> Text:
    """Who did it, a blank behind; nobody where the house did it itself."""
    consumer, operator = entry.get("consumer"), entry.get("operator")
    if not consumer:
        return text(f"{operator} ", f"{operator} ") if operator else _NOTHING
    title = names.consumer(str(consumer))
    if not operator:
        return text(spaced(title.zh), f"{title.en} ")
    return text(f"{title.zh}（操作员 {operator}）", f"{title.en} (operator {operator}) ")
