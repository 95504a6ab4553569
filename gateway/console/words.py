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
}
"""Titles by word."""

NOTICES: Mapping[str, Text] = {
    "enrolled": text("账号已开通，请登录。", "The account is open; sign in."),
    "signed-out": text("您已退出。", "You have signed out."),
    "password": text("密码已修改。", "The password was changed."),
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
