"""An entry as a sentence for people, zh and en: who did what, why, about what, and how it ended."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from contracts.catalogue import KINDS
from contracts.text import Text, text
from contracts.time import shown

if TYPE_CHECKING:
    from collections.abc import Mapping


HELD = frozenset({"received", "partial", "stale", "declared", "manual"})
"""Retrieval statuses that mean there is a material."""

BLANKED = text("（留存期满，内容已清空）", "(blanked after its retention)")

ACTS = {
    "view": text("查看", "viewed"),
    "print": text("打印", "printed"),
    "export": text("导出", "exported"),
}
"""What is done with an answer after it was given."""

_PLAIN = {
    "strangers": text("不明来访者共 {count} 次", "{count} calls by strangers"),
    "published": text("发布 {subject}", "published {subject}"),
    "drafted": text("起草 {subject}", "drafted {subject}"),
    "submitted": text("提交 {subject}", "submitted {subject}"),
    "withdrawn": text("撤回 {subject}", "withdrew {subject}"),
    "rejected": text("退回 {subject}", "rejected {subject}"),
    "rolled-back": text("回退到 {subject}", "rolled back to {subject}"),
    "tried": text("测试或对比 {subject}", "tried or compared {subject}"),
    "consumer": text("变更需求方 {subject}", "changed the consumer {subject}"),
    "account": text("变更人员账号 {subject}", "changed the account {subject}"),
    "signed-in": text("登录", "signed in"),
    "signed-out": text("退出登录", "signed out"),
    "turned-away": text("登录未成功：{subject}", "was not let in: {subject}"),
    "purged": text("清除缓存：{subject}", "purged kept answers: {subject}"),
    "alias": text("查看或认定别名：{subject}", "looked at or decided on names: {subject}"),
    "audit": text("审计操作：{subject}", "audit: {subject}"),
    "stand-in": text("人工补录：{subject}", "a stand-in: {subject}"),
    "drifted": text("发现部门返回内容变化：{subject}", "an agency's replies have changed: {subject}"),
    "repulled": text("为 {count} 个办件重新取数：{subject}", "had {count} cases asked afresh: {subject}"),
    "backed-up": text("备份：{subject}", "backed up: {subject}"),
    "restored": text("自备份恢复：{subject}", "restored from a backup: {subject}"),
    "started": text("网关启动：{subject}", "the gateway started: {subject}"),
    "paused": text("暂停使用部门数据：{subject}", "paused the use of the data of {subject}"),
    "resumed": text("恢复使用部门数据：{subject}", "resumed the use of the data of {subject}"),
    "noted": text("添加备注（内容不入日志）：{subject}", "added a note, kept outside the log: {subject}"),
    "put-back": text("重新投递 {subject}", "put the delivery back: {subject}"),
    "ingested": text("接收投递 {subject}，{count} 个文件", "took in the delivery {subject}, {count} files"),
    "looked": text("查看{subject}", "looked at {subject}"),
    "quarantined": text("隔离投递 {subject}", "set aside the delivery {subject}"),
}
_OTHER = text("{kind} {subject}", "{kind} {subject}")


def sentence(entry: Mapping[str, Any] | None) -> Text:
    """One sentence, its time at +08:00. An entry of a kind unknown here is told by its names."""
    if entry is None:
        return BLANKED
    told = _told(entry)
    when = _when(str(entry.get("at", "")))
    return text(f"{when} {_who(entry).zh}{told.zh}", f"{when} {_who(entry).en} {told.en}".replace("  ", " "))


def _told(entry: Mapping[str, Any]) -> Text:
    kind = str(entry.get("kind"))
    if kind in {"asked", "answered", "refused", "failed"}:
        return _ask(kind, entry)
    if kind == "used":
        return _used(entry)
    if kind == "secret":
        return _secret(entry.get("subject"))
    facts = {"subject": _subject(entry.get("subject")), "count": entry.get("count", 0), "kind": kind}
    return _PLAIN.get(kind, _OTHER).fill(**facts)


def _ask(kind: str, entry: Mapping[str, Any]) -> Text:
    about, outcome = _about(entry), entry.get("outcome") or {}
    agencies = list(map(str, entry.get("agencies", ())))
    if kind == "asked":
        return text(
            f"{about.zh}即将询问 {'、'.join(agencies)}", f"{about.en}, about to ask {', '.join(agencies)}"
        )
    ending = {
        "answered": _answer(entry),
        "refused": text("被拒绝", "refused"),
        "failed": text("因我方故障未答复", "not answered, a fault of ours"),
    }[kind]
    problem = f"（{outcome['problem']}）" if outcome.get("problem") else ""
    problem_en = f" ({outcome['problem']})" if outcome.get("problem") else ""
    return text(f"{about.zh}{ending.zh}{problem}", f"{about.en}: {ending.en}{problem_en}")


def _answer(entry: Mapping[str, Any]) -> Text:
    retrieval = (entry.get("outcome") or {}).get("retrieval") or {}
    if retrieval:
        held, kept = sum(status in HELD for status in retrieval.values()), _kept(entry)
        return text(
            f"答复 {len(retrieval)} 项中的 {held} 项{kept.zh}",
            f"answered {held} of {len(retrieval)} kinds{kept.en}",
        )
    kinds = _kinds(entry)
    return text(f"答复{kinds.zh}", f"answered {kinds.en}".rstrip())


def _kept(entry: Mapping[str, Any]) -> Text:
    """How many answers were kept ones, and how old the oldest was, in whole hours or minutes."""
    count, seconds = (entry.get("outcome") or {}).get("cached"), entry.get("age")
    if not count:
        return text("", "")
    if seconds is None:
        return text(f"，其中 {count} 项为缓存", f"; {count} from cache")
    hours, minutes = seconds // 3600, seconds // 60
    age = text(f"{hours} 小时", f"{hours} h") if hours else text(f"{minutes} 分钟", f"{minutes} min")
    return text(f"，其中 {count} 项为缓存，最早 {age.zh}前取得", f"; {count} from cache, oldest {age.en}")


def _used(entry: Mapping[str, Any]) -> Text:
    event, kinds = entry.get("event") or {}, _kinds(entry)
    act = ACTS.get(str(event.get("act")), text("使用", "used"))
    copies = event.get("copies")
    many = text(f" {copies} 份", f", {copies} copies") if copies else text("", "")
    reason = _reason(entry)
    return text(
        f"{reason.zh}{act.zh}了条目 {entry.get('answer')} 的答复{many.zh}"
        f"{'：' if kinds.zh else ''}{kinds.zh}",
        f"{act.en} the answer of entry {entry.get('answer')}{many.en}{reason.en}"
        f"{': ' if kinds.en else ''}{kinds.en}",
    )


def _about(entry: Mapping[str, Any]) -> Text:
    project, reason = entry.get("project"), _reason(entry)
    if not project:
        return text(f"{reason.zh}查询；", f"asked{reason.en}")
    return text(f"{reason.zh}查询项目 {project}；", f"asked{reason.en} about project {project}")


def _reason(entry: Mapping[str, Any]) -> Text:
    case, purpose = entry.get("case"), entry.get("purpose")
    if not case:
        return text("", "")
    return text(f"为办件 {case}（{purpose}）", f" for case {case} ({purpose})")


def _who(entry: Mapping[str, Any]) -> Text:
    consumer, operator = entry.get("consumer"), entry.get("operator")
    if consumer and operator:
        return text(f"{consumer} 的操作员 {operator} ", f"{consumer}, operator {operator},")
    alone = consumer or operator
    return text(f"{alone} ", f"{alone}") if alone else text("", "")


def _kinds(entry: Mapping[str, Any]) -> Text:
    """Materials by their names in the catalogue."""
    kinds = [(KINDS[slug].zh, KINDS[slug].en) for slug in entry.get("kinds", ()) if slug in KINDS]
    return text("、".join(zh for zh, _ in kinds), ", ".join(en for _, en in kinds))


def _secret(subject: object) -> Text:
    """All of them sealed anew, or one that was set."""
    told: dict[str, Any] = subject if isinstance(subject, dict) else {}
    if told.get("id") == "all":
        count = str(told.get("note", "")).partition(" ")[0]
        return text(f"重新封存 {count} 项凭据", f"sealed {count} secrets anew")
    return text(f"设置凭据 {told.get('id', '')}", f"set the secret {told.get('id', '')}")


def _subject(subject: object) -> str:
    if not isinstance(subject, dict):
        return ""
    words = [str(subject[name]) for name in ("type", "id", "note") if subject.get(name)]
    return " ".join(words)


def _when(at: str) -> str:
    try:
        return shown(datetime.fromisoformat(at))[:16].replace("T", " ")
    except ValueError:
        return at
