"""What is said of each kind of entry that is no ask's, most particular phrase first: a table, and no more.

In braces what stands in its place: `id`, `version`, `note` and `count` as the entry has them; `document`,
`agency` and `consumer` what its subject names; `agencies`, `kinds`, `project` the entry's own, `selection`
all of them; `searched` a search's words; and the groups of the patterns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from contracts.text import Text, text

if TYPE_CHECKING:
    from collections.abc import Mapping


class Phrase(NamedTuple):
    """What is said where the subject is of this type and its note and id fit these patterns, as a whole.

    What is empty fits whatever there is.
    """

    said: Text
    type: str
    note: str
    id: str


def _p(zh: str, en: str, of: str = "", note: str = "", which: str = "") -> Phrase:
    return Phrase(text(zh, en), of, note, which)


_KEY = r"key (?P<key>\S+) added; roles (?P<roles>[^;]*)"
_OWN = r"; agencies (?P<own>[^;]*)"
_NUMBER = r"[0-9]{1,9}"
_NAMED = r"[^/]*/(?P<name>.+)"
_SPAN = r"(?P<since>\S+)\.\.(?P<until>\S+)"

PHRASES: Mapping[str, tuple[Phrase, ...]] = {
    "strangers": (_p("不明来访者共 {count} 次", "calls by strangers: {count}"),),
    "published": (_p("发布 {document}", "published {document}"),),
    "drafted": (_p("起草或修改 {document}", "drafted or edited {document}"),),
    "submitted": (_p("提交 {document}，待另一人复核", "submitted {document} to a second person"),),
    "withdrawn": (_p("撤回 {document}", "withdrew {document}"),),
    "rejected": (_p("退回 {document}", "rejected {document}"),),
    "rolled-back": (_p("回退到 {document}", "rolled back to {document}"),),
    "tried": (
        _p("测试 {agency} 的连接", "tested the connection to {agency}", "agency", "connection"),
        _p(
            "用留存的返回试读 {document}", "tried {document} on recorded replies", "", "over a recorded reply"
        ),
        _p(
            "将 {document} 与第 {other} 版对比",
            "compared {document} with version {other}",
            "",
            rf"beside version (?P<other>{_NUMBER})",
        ),
        _p("为 {document} 上传样例", "put a sample beside {document}", "agency", "sample put"),
        _p("查看 {agency} 的原始返回", "looked at a raw reply of {agency}", "agency", "raw reply shown"),
        _p(
            "为 {agencies} 读取 {id} 的库表目录",
            "read which tables there are at {id}, for {agencies}",
            "address",
            "tables of a database.*",
        ),
        _p("为 {agencies} 读取 {id} 的接口说明", "read the description at {id}, for {agencies}", "address"),
        _p("测试 {document}", "tried {document}"),
    ),
    "secret": (
        _p(
            "重新封存 {all} 项凭据", "sealed {all} secrets anew", "secret", rf"(?P<all>{_NUMBER}) sealed anew"
        ),
        _p(
            "更换 {agencies} 的凭据 {name}",
            "set another value of the secret {name} of {agencies}",
            "secret",
            "another value",
            _NAMED,
        ),
        _p("设置 {agencies} 的凭据 {name}", "set the secret {name} of {agencies}", "secret", "", _NAMED),
        _p("变更凭据 {id}", "changed the secret {id}"),
    ),
    "consumer": (
        _p(
            "为需求方 {consumer} 签发密钥 {key}，角色：{roles}；所管部门：{own}",
            "made the key {key} for the consumer {consumer}, roles: {roles}, agencies: {own}",
            "consumer",
            f"{_KEY}{_OWN}(; title set)?",
        ),
        _p(
            "为需求方 {consumer} 签发密钥 {key}，角色：{roles}",
            "made the key {key} for the consumer {consumer}, roles: {roles}",
            "consumer",
            f"{_KEY}(; title set)?",
        ),
        _p("停用需求方 {consumer}", "revoked the consumer {consumer}", "consumer", "revoked"),
        _p(
            "停用需求方 {consumer} 的密钥 {key}",
            "revoked the key {key} of the consumer {consumer}",
            "consumer",
            r"key (?P<key>\S+) revoked",
        ),
        _p("为需求方 {id} 设置称呼", "gave the consumer {id} a title", "consumer", "title set"),
        _p(
            "取消需求方 {id} 的称呼",
            "took the title of the consumer {id} away",
            "consumer",
            "title taken away",
        ),
        _p("变更需求方 {consumer}", "changed the consumer {consumer}"),
    ),
    "account": (
        _p(
            "建立账号 {id}，角色：{roles}；所管部门：{own}",
            "made the account {id}, role: {roles}, agencies: {own}",
            "account",
            f"made; role (?P<roles>[^;]*){_OWN}",
        ),
        _p(
            "建立账号 {id}，角色：{roles}",
            "made the account {id}, role: {roles}",
            "account",
            "made; role (?P<roles>[^;]*)",
        ),
        _p(
            "重新邀请账号 {id}，原密码和验证器作废",
            "invited the account {id} again; its password and authenticator are forgotten",
            "account",
            "invited again.*",
        ),
        _p("开通账号 {id}", "opened the account {id}", "account", "enrolled"),
        _p(
            "更改账号 {id} 的所管部门：{own}",
            "gave the account {id} its agencies: {own}",
            "account",
            "agencies (?P<own>.*)",
        ),
        _p("解除账号 {id} 的锁定", "unlocked the account {id}", "account", "unlocked"),
        _p("停用账号 {id}", "closed the account {id}", "account", "closed"),
        _p("修改账号 {id} 的密码", "changed the password of the account {id}", "account", "password changed"),
        _p("变更账号 {id}", "changed the account {id}"),
    ),
    "signed-in": (
        _p("经统一身份认证登录", "signed in by the identity provider", "account", "by the identity provider"),
        _p("登录", "signed in"),
    ),
    "signed-out": (_p("退出登录", "signed out"),),
    "turned-away": (
        _p(
            "账号 {id} 第 {count} 次登录未成功，已锁定",
            "the account {id} was not let in, failure {count}, and is locked",
            "account",
            rf"failure (?P<count>{_NUMBER}) of {_NUMBER}; locked",
        ),
        _p(
            "账号 {id} 第 {count} 次登录未成功",
            "the account {id} was not let in, failure {count}",
            "account",
            rf"failure (?P<count>{_NUMBER}) of {_NUMBER}",
        ),
        _p("账号 {id} 登录未成功", "the account {id} was not let in"),
    ),
    "purged": (
        _p("清除全部已存答复", "purged all kept answers", "cache", "", "everything"),
        _p("清除已存答复：{selection}", "purged kept answers: {selection}"),
    ),
    "alias": (
        _p("查看 {project} 的别名", "looked at the names of {project}", "aliases"),
        _p("认定 {project} 的别名 {id}", "confirmed a name of {project}: {id}", "alias", "confirmed"),
        _p("否定 {project} 的别名 {id}", "rejected a name of {project}: {id}", "alias", "rejected"),
        _p("查看或认定项目的别名", "looked at or decided on a project's names"),
    ),
    "audit": (
        _p("追踪：{searched}", "followed {searched}", "search", "followed"),
        _p("检索日志：全部", "searched the log for everything", "search", "", "everything"),
        _p("检索日志：{searched}", "searched the log for {searched}", "search"),
        _p("查看日志第 {first} 条", "read entry {first}", "entries", "", rf"(?P<first>{_NUMBER})\+1"),
        _p(
            "查看日志自第 {first} 条起的 {many} 条",
            "read {many} entries from {first} on",
            "entries",
            "",
            rf"(?P<first>{_NUMBER})\+(?P<many>{_NUMBER})",
        ),
        _p("查看日志条目 {id}", "read entries {id}", "entries"),
        _p("导出全部日志", "exported the whole log", "export", "", "log"),
        _p("下载导出的文件：{searched}", "took an exported file: {searched}", "export", ".* file"),
        _p("导出日志：{searched}", "exported from the log: {searched}", "export"),
        _p("查看导出清单", "looked at the list of exports", "exports"),
        _p("删除保存的检索", "deleted a saved search", "saved-search", "deleted"),
        _p("保存检索：{searched}", "saved a search: {searched}", "saved-search"),
        _p("取走核验报告 {id}", "took the report of the verification {id}", "verification", "report"),
        _p("开始全量核验 {id}", "began the verification {id}", "verification"),
        _p(
            "查看 {since} 至 {until} 的统计",
            "looked at the figures from {since} to {until}",
            "figures",
            "",
            _SPAN,
        ),
        _p(
            "出具 {since} 至 {until} 的访问报告",
            "made the access report from {since} to {until}",
            "report",
            "",
            _SPAN,
        ),
        _p("查看 {agencies} 受影响的办件", "looked at cases touched at {agencies}", "touched"),
        _p(
            "查看 {days} 天未用的授权",
            "looked at grants unused for {days} days",
            "uses",
            "",
            rf"grants unused for (?P<days>{_NUMBER}) days",
        ),
        _p("查看数据使用情况：{searched}", "looked at who used data: {searched}", "uses"),
        _p("重建检索索引", "made the search index anew", "index"),
        _p("审计操作", "did an auditor's work"),
    ),
    "stand-in": (
        _p("上传补录材料的原件", "uploaded the paper of a stand-in", "paper"),
        _p("查看待复核的人工补录", "looked at the stand-ins that wait", "stand-ins", "", "waiting"),
        _p("查看 {project} 的人工补录", "looked at the stand-ins of {project}", "stand-ins"),
        _p("查看 {project} 的人工补录 {id}", "looked at the stand-in {id} of {project}", "stand-in", "shown"),
        _p(
            "为 {project} 人工补录 {kinds}", "typed in a stand-in for {project}: {kinds}", "stand-in", "typed"
        ),
        _p(
            "同意 {project} 的人工补录：{kinds}",
            "agreed to a stand-in for {project}: {kinds}",
            "stand-in",
            "in-force",
        ),
        _p(
            "退回 {project} 的人工补录：{kinds}",
            "refused a stand-in for {project}: {kinds}",
            "stand-in",
            "refused",
        ),
        _p(
            "撤回 {project} 的人工补录：{kinds}",
            "withdrew a stand-in for {project}: {kinds}",
            "stand-in",
            "withdrawn",
        ),
        _p(
            "{project} 的人工补录已由部门数据替换：{kinds}",
            "a stand-in for {project} was replaced by the agency's own word: {kinds}",
            "stand-in",
            "replaced",
        ),
        _p("人工补录", "a stand-in"),
    ),
    "drifted": (
        _p("发现 {agency} 的返回内容变化：{kinds}", "the replies of {agency} have changed: {kinds}"),
    ),
    "repulled": (
        _p(
            "为 {count} 个办件自 {agencies} 重新取数",
            "had {count} cases asked afresh at {agencies}",
            "repull",
        ),
        _p("为 {count} 个办件重新取数", "had {count} cases asked afresh"),
    ),
    "backed-up": (
        _p("备份到 {id}，密钥未加密", "made the backup {id}, its keys in plain", "backup", "plain"),
        _p("备份到 {id}", "made the backup {id}", "backup"),
        _p("备份", "made a backup"),
    ),
    "restored": (
        _p(
            "自 {id} 的备份恢复，其日志有 {version} 条",
            "restored from the backup of {id}, whose log had {version} entries",
            "backup",
        ),
        _p("自备份恢复", "restored from a backup"),
    ),
    "started": (
        _p("网关启动，版本 {note}", "the gateway started, version {note}", "gateway", ".+"),
        _p("网关启动", "the gateway started"),
    ),
    "paused": (_p("暂停使用 {agency} 的数据", "paused the use of the data of {agency}"),),
    "resumed": (_p("恢复使用 {agency} 的数据", "resumed the use of the data of {agency}"),),
    "noted": (
        _p(
            "更新 {agency} 的联系方式（内容不入日志）",
            "noted whom to call at {agency}, kept outside the log",
            "agency",
            "contact",
        ),
        _p(
            "添加与 {agency} 的通话备注（内容不入日志）",
            "noted a call with {agency}, kept outside the log",
            "agency",
            "call",
        ),
        _p("添加部门备注（内容不入日志）", "added a note on an agency, kept outside the log"),
    ),
    "looked": (
        _p("查看页面 {id}", "looked at the page {id}", "page"),
        _p("查看需求方 {consumer} 的页面 {note}", "looked at {note} of the consumer {consumer}", "consumer"),
        _p("查看账号 {id} 的页面 {note}", "looked at {note} of the account {id}", "account"),
        _p("查看页面", "looked at a page"),
    ),
    "put-back": (
        _p("将 {agencies} 的投递 {id} 放回接收目录", "put the delivery {id} of {agencies} back", "delivery"),
        _p("放回投递", "put a delivery back"),
    ),
    "ingested": (
        _p(
            "接收 {agencies} 的投递 {id}，{count} 个文件",
            "took in the delivery {id} of {agencies}, {count} files",
            "delivery",
        ),
        _p("接收投递，{count} 个文件", "took in a delivery, {count} files"),
    ),
    "quarantined": (
        _p(
            "隔离 {agencies} 的投递 {id}（{note}）",
            "set aside the delivery {id} of {agencies} ({note})",
            "delivery",
            ".+",
        ),
        _p("隔离一批投递", "set a delivery aside"),
    ),
}
OTHER = _p("{kind} {subject}", "{kind} {subject}")
"""Of a kind unknown here, or of a subject that no phrase is about."""
