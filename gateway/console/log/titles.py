"""What entries and their words are called on auditors' pages."""

from __future__ import annotations

from collections.abc import Mapping

from contracts.text import Text, text

ENTRIES: Mapping[str, Text] = {
    "asked": text("询问部门", "agencies asked"),
    "answered": text("答复", "answered"),
    "used": text("使用答复", "answer used"),
    "refused": text("拒绝", "refused"),
    "failed": text("未能答复", "failed"),
    "strangers": text("不明来访", "strangers"),
    "published": text("发布", "published"),
    "drafted": text("起草", "drafted"),
    "submitted": text("提交复核", "submitted"),
    "withdrawn": text("撤回", "withdrawn"),
    "rejected": text("退回", "rejected"),
    "rolled-back": text("回退", "rolled back"),
    "tried": text("测试或对比", "tried"),
    "secret": text("凭据", "secret"),
    "consumer": text("需求方变更", "consumer changed"),
    "account": text("账号变更", "account changed"),
    "signed-in": text("登录", "signed in"),
    "signed-out": text("退出登录", "signed out"),
    "turned-away": text("登录未成功", "not let in"),
    "purged": text("清除缓存", "purged"),
    "alias": text("别名", "names"),
    "audit": text("审计操作", "audit"),
    "stand-in": text("人工补录", "stand-in"),
    "drifted": text("接口变化", "replies changed"),
    "repulled": text("重新取数", "asked afresh"),
    "started": text("网关启动", "gateway started"),
    "ingested": text("接收投递", "delivery taken in"),
    "backed-up": text("备份", "backed up"),
    "restored": text("恢复", "restored"),
    "paused": text("暂停询问部门", "agency paused"),
    "resumed": text("恢复询问部门", "agency resumed"),
    "noted": text("备注部门", "note on an agency"),
    "put-back": text("放回投递", "delivery put back"),
    "looked": text("查看页面", "page looked at"),
    "quarantined": text("隔离投递", "delivery set aside"),
}
"""Kinds of entry."""

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

_GROUPS: Mapping[str, Mapping[str, Text]] = {
    "entry": ENTRIES,
    "relation": _RELATIONS,
    "outcome": _OUTCOMES,
    "verification": _VERIFICATIONS,
}

LOG_WORDS: Mapping[str, Text] = {
    **{f"{group}:{name}": told for group, words in _GROUPS.items() for name, told in words.items()},
    "entry:signed-exports": text("签名导出日志", "signed exports of the log"),
}
"""Titles by word, each behind its group: `entry:published` is what happened, and no state of a document."""
