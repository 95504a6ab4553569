"""What each kind of log entry says happened."""

from __future__ import annotations

from contracts.audit import EntryKind
from contracts.text import Text, text
from gateway.reference.tables import table

MEANING: dict[EntryKind, Text] = {
    EntryKind.ASKED: text("即将查询所列部门", "agencies are about to be asked"),
    EntryKind.ANSWERED: text("此答复即将交付，含正文摘要", "this answer leaves; its body's digest"),
    EntryKind.USED: text("需求方告知：答复被查看、打印或导出", "an answer was viewed, printed or exported"),
    EntryKind.REFUSED: text("已拒绝", "somebody we know was told no"),
    EntryKind.FAILED: text("因我方故障未能答复", "the ask ended in a fault of ours"),
    EntryKind.STRANGERS: text("上次统计以来不明来访者的次数", "how many unknown callers since the last such"),
    EntryKind.PUBLISHED: text("适配清单或授权表生效", "a manifest or grant sheet took effect"),
    EntryKind.DRAFTED: text("起草或修改草稿", "a draft was made or edited"),
    EntryKind.SUBMITTED: text("作者提请另一人复核", "its author asks a second person to look"),
    EntryKind.WITHDRAWN: text("作者撤回", "its author gave it up"),
    EntryKind.REJECTED: text("复核人退回", "a second person said no"),
    EntryKind.ROLLED_BACK: text("恢复为此前版本", "an earlier version is in force again"),
    EntryKind.TRIED: text("试用或比较某一版本", "a version was tried, or compared with another"),
    EntryKind.SECRET: text("设置或重新封存凭据，不含其值", "a secret was set or sealed anew, no value"),
    EntryKind.CONSUMER: text("登记或停用需求方及密钥", "a consumer or a key was added or revoked"),
    EntryKind.ACCOUNT: text(
        "人员账号建立、变更、锁定或停用", "a person's account was made, changed or closed"
    ),
    EntryKind.SIGNED_IN: text("人员登录", "a person signed in"),
    EntryKind.SIGNED_OUT: text("人员退出登录", "a person signed out"),
    EntryKind.TURNED_AWAY: text("登录未成功", "a password or code of an account was wrong"),
    EntryKind.PURGED: text("按人员指令清除已存答复", "kept answers are forgotten by order of a person"),
    EntryKind.ALIAS: text("查看、确认或否定项目别名", "a project's names were looked at or decided on"),
    EntryKind.AUDIT: text("检索、查看使用、核验或导出日志", "the log was searched, verified or exported"),
    EntryKind.STAND_IN: text("人工补录、复核，或被部门数据替换", "a material was typed in or agreed to"),
    EntryKind.DRIFTED: text("部门某类返回首次出现接口变化", "an agency's replies of a kind changed shape"),
    EntryKind.REPULLED: text("为多个在办件重新取数", "materials of many cases are asked for afresh"),
    EntryKind.STARTED: text("网关启动", "the gateway started"),
    EntryKind.INGESTED: text("接收一批投递", "a delivery was taken in"),
    EntryKind.BACKED_UP: text("即将备份", "a copy of everything is about to be made"),
    EntryKind.RESTORED: text("日志由备份恢复，从此处继续", "the log goes on from a backup's"),
    EntryKind.PAUSED: text("按人员指令暂停使用某部门数据", "an agency is not asked, by order of a person"),
    EntryKind.RESUMED: text("按人员指令恢复使用某部门数据", "an agency is asked again"),
    EntryKind.NOTED: text(
        "添加部门联系人或通话备注，不含内容", "a note about an agency was added; not its text"
    ),
    EntryKind.PUT_BACK: text(
        "将隔离的投递重新放入接收目录", "a delivery set aside is laid into its folder again"
    ),
    EntryKind.LOOKED: text("查看控制台页面", "a page of the console was looked at"),
    EntryKind.QUARANTINED: text("一批投递被隔离，含原因代码", "a delivery was set aside; the reason's code"),
}


def entries() -> str:
    """Raises KeyError: a kind of entry that nobody explained here."""
    rows = [(f"`{kind.value}`", f"{MEANING[kind].zh}<br>{MEANING[kind].en}") for kind in EntryKind]
    return f"## Log entries | 日志条目\n\n{table(('kind 类型', 'what happened 事由'), rows)}"
