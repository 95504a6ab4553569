"""What our words are called on a page: states, kinds, acts; and what is said once something was done."""

from __future__ import annotations

from collections.abc import Mapping

from contracts.text import Text, text
from gateway.access.roles import TITLES

WORDS: Mapping[str, Text] = {
    **TITLES,
    "invited": text("待开通", "invited"),
    "open": text("正常", "open"),
    "locked": text("已锁定", "locked"),
    "closed": text("已停用", "closed"),
    "agency-well": text("正常", "well"),
    "agency-failing": text("最近一次失败", "failed last time"),
    "agency-resting": text("连续失败，暂停访问", "keeps failing, left alone for now"),
    "agency-testing": text("试探恢复中", "being tried again"),
    "agency-paused": text("已由管理员暂停", "paused by an administrator"),
    "agency-unusable": text("在用版本无法使用", "its version in force cannot be used"),
    "agency-unheard": text("启动后尚未询问", "not asked since the start"),
    "agency-unconnected": text("尚未接入", "not connected yet"),
    "step-settings": text("一、设置", "1. Settings"),
    "step-connection": text("二、连接", "2. Connection"),
    "step-credentials": text("三、凭据", "3. Credentials"),
    "unmapped": text("清单没有提到", "the manifest does not mention it"),
}
"""Titles by word."""

NOTICES: Mapping[str, Text] = {
    "enrolled": text("账号已开通，请登录。", "The account is open; sign in."),
    "signed-out": text("您已退出。", "You have signed out."),
    "password": text("密码已修改。", "The password was changed."),
    "account-closed": text("账号已停用。", "The account is closed."),
    "agency-noted": text("备注已保存。", "The note was kept."),
    "agency-paused": text(
        "已暂停：两秒内各节点都不再使用该部门的数据。", "Paused: within two seconds no node uses its data."
    ),
    "agency-resumed": text("已恢复。", "Resumed."),
    "account-agencies": text("所管部门已更新。", "The account's agencies were changed."),
}
"""What a page says after something was done, by the word in its address."""
