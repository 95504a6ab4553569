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
    "in-force": text("有效", "in force"),
    "revoked": text("已停用", "revoked"),
}
"""Titles by word."""

NOTICES: Mapping[str, Text] = {
    "enrolled": text("账号已开通，请登录。", "The account is open; sign in."),
    "signed-out": text("您已退出。", "You have signed out."),
    "password": text("密码已修改。", "The password was changed."),
    "account-closed": text("账号已停用。", "The account is closed."),
    "consumer-revoked": text("该需求方及其全部密钥已停用。", "The consumer and all its keys are revoked."),
    "key-revoked": text("该密钥已停用。", "The key is revoked."),
    "account-agencies": text("所管部门已更新。", "The account's agencies were changed."),
}
"""What a page says after something was done, by the word in its address."""
