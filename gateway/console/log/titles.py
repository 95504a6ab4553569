"""What the words of entries are called on auditors' pages; their kinds are the audit room's."""

from __future__ import annotations

from collections.abc import Mapping

from contracts.text import Text, text
from gateway.audit.kinds import ENTRIES

_RELATIONS: Mapping[str, Text] = {
    "ask": text("所属询问", "the ask that this ended"),
    "ending": text("结果", "how it ended"),
    "answer": text("所用答复", "the answer that was used"),
    "use": text("后续使用", "what became of it"),
}

_OUTCOMES: Mapping[str, Text] = {
    "200": text("已答复", "answered"),
    "not-granted": text("未获授权", "not granted"),
    "ask-malformed": text("请求有误", "malformed"),
    "ask-incomplete": text("缺办件、用途或操作员", "no case, purpose or operator"),
    "agency-unavailable": text("部门未答复", "an agency did not answer"),
}

_VERIFICATIONS: Mapping[str, Text] = {
    "running": text("进行中", "running"),
    "sound": text("完整", "sound"),
    "unsound": text("有问题", "not sound"),
    "broken-off": text("已中断", "broken off"),
}

FIELDS: Mapping[str, Text] = {
    "project": text("项目代码或名称", "Project code or name"),
    "case": text("办件编号", "Case"),
    "consumer": text("数据需求方", "Consumer"),
    "operator": text("操作员", "Operator"),
    "agency": text("部门", "Agency"),
    "kind": text("事由", "What happened"),
    "material": text("材料", "Material"),
    "outcome": text("结果", "Outcome"),
    "from": text("起始日", "From"),
    "until": text("截止日（含）", "To, inclusive"),
    "who": text("代码、名称或账号", "Its code, name or account"),
    "format": text("文件格式", "Kind of file"),
}
"""What the fields of auditors' forms are called."""

_GROUPS: Mapping[str, Mapping[str, Text]] = {
    "entry": ENTRIES,
    "relation": _RELATIONS,
    "outcome": _OUTCOMES,
    "verification": _VERIFICATIONS,
    "field": FIELDS,
}

LOG_WORDS: Mapping[str, Text] = {
    **{f"{group}:{name}": told for group, words in _GROUPS.items() for name, told in words.items()},
    "entry:signed-exports": text("签名导出日志", "signed exports of the log"),
}
"""Titles by word, each behind its group: `entry:published` is what happened, and no state of a document."""
