"""What our words are called on a page: states, kinds, acts; and what is said once something was done."""

from __future__ import annotations

from collections.abc import Mapping

from contracts.text import Text, text
from gateway.access.roles import TITLES
from gateway.console.log.titles import LOG_WORDS

WORDS: Mapping[str, Text] = {
    **LOG_WORDS,
    **TITLES,
    "invited": text("待开通", "invited"),
    "open": text("正常", "open"),
    "locked": text("已锁定", "locked"),
    "closed": text("已停用", "closed"),
    "conditional": text("有条件共享", "conditional"),
    "unconditional": text("无条件共享", "unconditional"),
    "internal": text("内部使用", "internal"),
    "none": text("不予共享", "none"),
    "unit-m2": text("平方米", "square metres"),
    "unit-ha": text("公顷", "hectares"),
    "unit-mu": text("亩", "mu"),
    "unit-yuan": text("元", "yuan"),
    "unit-wan": text("万元", "ten thousand yuan"),
    "received": text("已获取", "received"),
    "partial": text("部分获取", "partial"),
    "not_found": text("部门无此材料", "the agency has none"),
    "unavailable": text("部门未应答", "the agency did not answer"),
    "stale": text("旧存副本", "an older copy"),
    "invalid": text("内容不符", "not as agreed"),
    "pending": text("待查", "pending"),
    "withheld": text("未授权", "not granted"),
    "declared": text("需求方申报", "declared"),
    "manual": text("人工补录", "typed in"),
    "in_force": text("有效", "in force"),
    "expired": text("已过期", "expired"),
    "superseded": text("已被替代", "superseded"),
    "revoked": text("已撤销", "revoked"),
    "cancelled": text("已注销", "cancelled"),
    "unknown": text("效力未知", "force unknown"),
}
"""Titles by word."""

NOTICES: Mapping[str, Text] = {
    "enrolled": text("账号已开通，请登录。", "The account is open; sign in."),
    "signed-out": text("您已退出。", "You have signed out."),
    "password": text("密码已修改。", "The password was changed."),
    "mapping": text("映射已保存到草稿。", "The mapping is in the draft."),
    "account-closed": text("账号已停用。", "The account is closed."),
    "search-saved": text("检索已保存。", "The search was saved."),
    "verification-begun": text("核验已开始。", "The verification has begun."),
    "exported": text(
        "导出已生成，请下载文件和清单一并保存。", "It was made: download file and manifest, keep both."
    ),
    "search-forgotten": text("已删除。", "It was deleted."),
    "account-agencies": text("所管部门已更新。", "The account's agencies were changed."),
}
"""What a page says after something was done, by the word in its address."""
