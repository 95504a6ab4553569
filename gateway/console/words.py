"""What our words are called on a page: states, kinds, acts; and what is said once something was done."""

from __future__ import annotations

from collections.abc import Mapping

from contracts.catalogue import KINDS
from contracts.errors import AskMalformed
from contracts.exchange import KEYS, PURPOSES
from contracts.manners import NoSuchMethod
from contracts.text import Text, text
from gateway.access.roles import TITLES
from gateway.audit.sentence import ACTS
from gateway.console.log.titles import LOG_WORDS

WORDS: Mapping[str, Text] = {
    **LOG_WORDS,
    **TITLES,
    **KEYS,
    **PURPOSES,
    **ACTS,
    **{slug: text(kind.zh, kind.en) for slug, kind in KINDS.items()},
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
    "version-draft": text("草稿", "draft"),
    "version-submitted": text("待另一人发布", "waits for a second person"),
    "version-published": text("在用", "in force"),
    "version-set-aside": text("曾经在用", "was in force"),
    "version-withdrawn": text("已撤回", "withdrawn"),
    "version-rejected": text("已退回", "rejected"),
    "act-drafted": text("起草或修改", "drafted or edited"),
    "act-submitted": text("提交", "submitted"),
    "act-published": text("发布", "published"),
    "act-rolled-back": text("回退到此版本", "rolled back to it"),
    "act-withdrawn": text("撤回", "withdrew it"),
    "act-rejected": text("退回", "rejected it"),
    "changed": text("不同", "differs"),
    "only-before": text("仅对照版本有", "only in the other one"),
    "only-after": text("仅此版本有", "only in this one"),
    "source-environment": text("本机环境变量", "this machine's environment"),
    "source-file": text("本机文件", "a file of this machine"),
    "source-database": text("已设置（加密保存）", "set, and kept encrypted"),
    "source-missing": text("尚未设置", "not set yet"),
    "cause-outage": text("部门中断", "an outage"),
    "cause-drift": text("返回内容变化", "its replies changed"),
    "cause-publication": text("发布了有问题的版本", "a bad version was published"),
    "case-waiting": text("等待", "waiting"),
    "case-running": text("进行中", "under way"),
    "case-done": text("已完成", "done"),
    "case-failed": text("未完成", "failed"),
    "use-answered": text("取得答复", "was answered"),
    "use-used": text("交付后使用", "used after delivery"),
    "unmapped": text("清单没有提到", "the manifest does not mention it"),
    "conditional": text("有条件共享", "conditional"),
    "unconditional": text("无条件共享", "unconditional"),
    "internal": text("内部使用", "internal"),
    "none": text("不予共享", "none"),
    "tls-verify": text("加密，并核对对方证书", "encrypted, the certificate checked"),
    "tls-require": text("加密，不核对证书", "encrypted, whoever it is"),
    "tls-off": text("不加密（仅限内网）", "not encrypted (private networks only)"),
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
    "file-listed": text("尚未取回", "not fetched yet"),
    "file-held": text("已取回", "fetched"),
    "file-absent": text("尚未到达", "not there yet"),
    "in_force": text("有效", "in force"),
    "expired": text("已过期", "expired"),
    "superseded": text("已被替代", "superseded"),
    "revoked": text("已撤销", "revoked"),
    "cancelled": text("已注销", "cancelled"),
    "unknown": text("效力未知", "force unknown"),
    "in-force": text("有效", "in force"),
    "coming": text("未开始", "not yet"),
    "expiring": text("即将到期", "ends soon"),
    "fit": text("正常", "fit"),
    "degraded": text("降级运行", "degraded"),
    "out": text("不可用", "out"),
    "waiting": text("待复核", "waiting"),
    "refused": text("未通过", "refused"),
    "replaced": text("部门已恢复，已由其数据替换", "replaced by the agency's own word"),
    "yes": text("是", "yes"),
    "no": text("否", "no"),
    "consumer-revoked": text("已停用", "revoked"),
    "seal-yes": text("签名已验证", "seal verified"),
    "seal-no": text("签名不符", "seal broken"),
    "seal-none": text("未签名", "not sealed"),
    "need-met": text("已具备", "met"),
    "need-declared": text("已申报", "declared"),
    "need-waiting": text("等待中", "waiting"),
    "need-missing": text("缺少", "missing"),
    "need-expired": text("已过期", "expired"),
    "need-conflicting": text("有矛盾", "conflicting"),
    "gate-done": text("齐备", "all there"),
    "gate-open": text("未齐", "not all there"),
    "gate-trouble": text("有问题", "trouble"),
    "gate-none": text("未涉及", "nothing asked"),
    "PASS": text("通过", "PASS"),
    "WARN": text("提示", "WARN"),
    "FAIL": text("不通过", "FAIL"),
    "SKIP": text("未核验", "SKIP"),
    "万元": text("万元", "10 000 yuan"),
    "元": text("元", "yuan"),
    "ha": text("公顷", "ha"),
}
"""Titles by word; materials as the catalogue calls them, keys as their contract does."""

TO_PEOPLE: Mapping[Text, Text] = {
    AskMalformed.title: text("提交的内容有误", "What was sent is not right"),
    AskMalformed.todo: text("请按提示改正后重新提交。", "Correct it as said here, and send it again."),
    NoSuchMethod.todo: text("请从页面上的链接或按钮操作。", "Use the links and buttons of the pages."),
}
"""What programs are told with their interface in mind, as it is said to who sits before a page."""

NOTICES: Mapping[str, Text] = {
    "enrolled": text("账号已开通，请登录。", "The account is open; sign in."),
    "signed-out": text("您已退出。", "You have signed out."),
    "password": text("密码已修改。", "The password was changed."),
    "mapping": text("映射已保存到草稿。", "The mapping is in the draft."),
    "account-unlocked": text("已解除锁定。", "The account is unlocked."),
    "account-closed": text("账号已停用。", "The account is closed."),
    "search-saved": text("检索已保存。", "The search was saved."),
    "verification-begun": text("核验已开始。", "The verification has begun."),
    "verification-ended": text(
        "核验已结束，结论见下。", "The verification has ended; what it found is below."
    ),
    "exported": text(
        "导出已生成，请下载文件和清单一并保存。", "It was made: download file and manifest, keep both."
    ),
    "search-forgotten": text("已删除。", "It was deleted."),
    "version-drafted": text("已新建草稿，可在下方修改。", "A draft was made; edit it below."),
    "tables-read": text(
        "已重新读取库中的表和列；已有的映射不变。", "Tables and columns were read anew; what is mapped stays."
    ),
    "version-saved": text("已保存。", "Saved."),
    "version-submitted": text(
        "已提交，请另一人核对后发布。", "Submitted; a second person looks at it and publishes it."
    ),
    "version-withdrawn": text("已撤回。", "Withdrawn."),
    "version-rejected": text("已退回作者。", "It went back to its author."),
    "version-published": text(
        "已发布：两秒内各节点生效。", "Published: within two seconds it is in force on every node."
    ),
    "version-rolled-back": text(
        "已回退：两秒内各节点生效。", "Rolled back: within two seconds it is in force on every node."
    ),
    "secret-set": text(
        "已设置，两秒内生效；原值已销毁。", "Set, in use within two seconds; the value before is destroyed."
    ),
    "delivery-put-back": text(
        "已放回接收目录，下次扫描时重新核对。", "It lies in the drop folder again and will be judged anew."
    ),
    "repull-ordered": text("已开始重新取数，进度见下。", "It has begun; how far it has come is shown below."),
    "agency-noted": text("备注已保存。", "The note was kept."),
    "agency-paused": text(
        "已暂停：两秒内各节点都不再使用该部门的数据。", "Paused: within two seconds no node uses its data."
    ),
    "agency-resumed": text("已恢复。", "Resumed."),
    "consumer-titled": text("称呼已保存。", "The title was kept."),
    "consumer-revoked": text("该需求方及其全部密钥已停用。", "The consumer and all its keys are revoked."),
    "key-revoked": text("该密钥已停用。", "The key is revoked."),
    "sheet-drafted": text(
        "草稿已保存。核对差异后提交，由另一位安全管理员复核发布。",
        "The draft is kept. Look at the differences, then submit it to another security administrator.",
    ),
    "stand-in-typed": text(
        "已提交，等待另一位登记人员复核。", "Handed on: it waits for another registrar to decide."
    ),
    "stand-in-approve": text("已复核通过，开始代用。", "Agreed; it serves from now on."),
    "stand-in-refuse": text("已退回，不会使用。", "Refused; it never serves."),
    "stand-in-withdraw": text("已撤回。", "Withdrawn."),
    "purged": text("已清除。", "Forgotten."),
    "account-agencies": text("所管部门已更新。", "The account's agencies were changed."),
}
"""What a page says after something was done, by the word in its address."""
