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
    "same": text("相同", "the same"),
    "changed": text("不同", "differs"),
    "only-before": text("仅在用版本有", "only in the one in force"),
    "only-after": text("仅此版本有", "only in this one"),
    "project_code": text("项目代码", "project code"),
    "project_name": text("项目名称", "project name"),
    "prj_num": text("工程编号", "works number"),
    "supervision_no": text("电子监管号", "supervision number"),
    "parcel_code": text("宗地代码", "parcel code"),
    "unit_code": text("不动产单元代码", "unit code"),
    "holder_uscc": text("统一社会信用代码", "credit code"),
    "holder_name": text("权利人名称", "holder's name"),
    "land_permit_no": text("用地规划许可证号", "land permit number"),
    "works_permit_no": text("工程规划许可证号", "works permit number"),
    "contract_no": text("合同编号", "contract number"),
    "package_no": text("成果编号", "package number"),
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
    "view": text("查看", "viewed"),
    "print": text("打印", "printed"),
    "export": text("导出", "exported"),
    "unmapped": text("清单没有提到", "the manifest does not mention it"),
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
    "version-drafted": text("已新建草稿，可在下方修改。", "A draft was made; edit it below."),
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
    "account-agencies": text("所管部门已更新。", "The account's agencies were changed."),
}
"""What a page says after something was done, by the word in its address."""
