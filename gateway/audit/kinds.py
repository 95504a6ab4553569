"""What kinds of entry are called, on pages and in sentences about searches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contracts.text import Text, text

if TYPE_CHECKING:
    from collections.abc import Mapping

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
