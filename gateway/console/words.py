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
    "coming": text("未开始", "not yet"),
    "expiring": text("即将到期", "ends soon"),
    "expired": text("已过期", "expired"),
    "draft": text("草稿", "draft"),
    "submitted": text("待复核", "waits for a second person"),
    "published": text("在用", "in force"),
    "set-aside": text("已被替换", "set aside"),
    "withdrawn": text("已撤回", "withdrawn"),
    "rejected": text("已退回", "rejected"),
    "fit": text("正常", "fit"),
    "degraded": text("降级运行", "degraded"),
    "out": text("不可用", "out"),
    "waiting": text("待复核", "waiting"),
    "refused": text("未通过", "refused"),
    "replaced": text("部门已恢复，已由其数据替换", "replaced by the agency's own word"),
    "act-drafted": text("起草", "drafted"),
    "act-submitted": text("提交", "submitted"),
    "act-withdrawn": text("撤回", "withdrawn"),
    "act-rejected": text("退回", "given back"),
    "act-published": text("发布", "published"),
    "act-rolled-back": text("回退到此", "rolled back to it"),
    "yes": text("是", "yes"),
    "no": text("否", "no"),
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
    "sheet-drafted": text(
        "草稿已保存。核对差异后提交，由另一位安全管理员复核发布。",
        "The draft is kept. Look at the differences, then submit it to another security administrator.",
    ),
    "version-submitted": text("已提交，等待另一人复核。", "Submitted; it waits for a second person."),
    "stand-in-approve": text("已复核通过，开始代用。", "Agreed; it serves from now on."),
    "stand-in-refuse": text("已退回，不会使用。", "Refused; it never serves."),
    "stand-in-withdraw": text("已撤回。", "Withdrawn."),
    "purged": text("已清除。", "Forgotten."),
    "version-withdrawn": text("已撤回。", "Withdrawn."),
    "version-rejected": text("已退回给起草人。", "Given back to its author."),
    "version-published": text(
        "已发布，两秒内在所有节点生效。", "Published; in force everywhere within two seconds."
    ),
    "version-rolled-back": text("已回退到该版本，立即生效。", "This version is in force again."),
    "account-agencies": text("所管部门已更新。", "The account's agencies were changed."),
}
"""What a page says after something was done, by the word in its address."""
