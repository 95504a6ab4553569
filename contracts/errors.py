"""Everything that can go wrong, sorted by whose move is next.

LandbridgeError
├── ConsumerError               the consumer changes something and asks again
│   ├── AskMalformed        400  the question cannot be read
│   ├── AskIncomplete       400  case, purpose or operator is not stated
│   ├── ProjectNotOpened    422  nothing in the ask opens any agency
│   ├── ProjectAmbiguous    422  the keys of the ask name several projects
│   ├── UnknownConsumer     401  we do not know who asks
│   ├── NotGranted          403  no grant covers the ask
│   ├── NoSuchThing         404  no such attachment, kind, entry or project
│   ├── contracts.conflicts      403, 409, 422: not this person, state or content
│   └── contracts.manners        405, 416, 429, 431: not this method, range, pace or size
├── AgencyFailed                the agency, or its administrator here
│   ├── AgencyUnavailable   503  unreachable, silent, shedding load
│   ├── AgencyDeclined      502  it answered, and the answer is no
│   ├── EvidenceUntrusted   502  it may not be theirs
│   └── EvidenceOffContract 502  it is theirs, and it is not what was agreed
└── OurFault                    we mend it; the consumer may try again
    ├── LogUnavailable      503  nothing is answered unrecorded
    ├── StoreUnavailable    503  database, vault or disk
    ├── VaultDamaged        500  a stored object is not what was stored
    ├── ManifestInvalid     500  a manifest or configuration file cannot be used
    └── SetupIncomplete     500  keys or settings are missing

An agency's failure never fails the ask: it becomes a material whose status says what happened. The
table `FAULTS` says which. A fault of ours fails the whole ask. `type` is stable on the wire (RFC 9457).
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar, NamedTuple

from contracts.material import Drift, Retrieval
from contracts.text import Text, text


class FaultClass(StrEnum):
    """Who can end an agency's failure."""

    PASSING = "passing"  # we try again
    PERMANENT = "permanent"  # the agency says no
    CONFIGURATION = "configuration"  # an administrator here can mend it


class LandbridgeError(Exception):
    """Base of every error of ours.

    Attributes: `type` the stable problem type; `status` the HTTP status; `retry` whether the same ask may
    succeed later; `title` and `todo` for people, the latter each time its own where that helps more; `detail`
    about this occurrence, free of secrets and of personal values; `about` the field of the form or the ask
    that it speaks of, by its name there, or nothing.
    """

    type: ClassVar[str] = "internal-error"
    status: ClassVar[int] = 500
    retry: ClassVar[bool] = False
    title: ClassVar[Text] = text("系统内部错误", "Internal error")
    todo: Text = text(
        "请稍后重试；如仍出现，请将回执或时间告知系统管理员。",
        "Try again later; if it persists, tell the system administrator the time and the receipt.",
    )

    about: str = ""

    def __init__(self, detail: Text | None = None, todo: Text | None = None, *, about: str = "") -> None:
        self.detail = detail or self.title
        self.about = about or self.about
        if todo:
            self.todo = todo
        super().__init__(self.detail.en)


class ConsumerError(LandbridgeError):
    """The consumer changes something and asks again."""

    status = 400


class AskMalformed(ConsumerError):
    """The question cannot be read; `detail` names the field."""

    type, status = "ask-malformed", 400
    title = text("请求无法识别", "The ask cannot be read")
    todo = text(
        "请按接口说明修改所指字段后重发。",
        "Correct the named field as the API description says, and ask again.",
    )


class AskIncomplete(ConsumerError):
    """Case, purpose or operator is missing: no ask without a reason (政务数据共享条例, purpose limits)."""

    type, status = "ask-incomplete", 400
    title = text("未说明办件编号、用途或经办账号", "Case, purpose or operator is not stated")
    todo = text(
        "请补充 case、purpose、operator 三项；受理前请使用用途 pre-acceptance 和任务编号。",
        "State case, purpose and operator; before acceptance use purpose pre-acceptance with a task number.",
    )


class ProjectNotOpened(ConsumerError):
    """Nothing in the ask, and nothing we know, names the project to any agency."""

    type, status = "project-not-opened", 422
    title = text("无法据此定位项目", "Nothing here names the project to any agency")
    todo = text(
        "请补充项目名称、宗地代码、不动产单元代码、许可证号或申请人统一社会信用代码之一（known）。",
        "Add one of: project name, parcel code, unit code, permit number, applicant's credit code (known).",
    )


class ProjectAmbiguous(ConsumerError):
    """The keys of the ask name several projects; `detail` lists their codes, each with its key."""

    type, status = "project-ambiguous", 422
    title = text("所给信息对应多个项目", "What is given names several projects")
    todo = text("请选定其一，填入 project_code 后重发。", "Choose one, and ask again with its project_code.")


class UnknownConsumer(ConsumerError):
    """No key, an unknown key, a revoked key: all look the same."""

    type, status = "unknown-consumer", 401
    title = text("无法确认请求方身份", "We do not know who asks")
    todo = text("请使用安全管理员签发的有效密钥。", "Use a valid key issued by the security administrator.")


class NotGranted(ConsumerError):
    """Known, and not granted what was asked."""

    type, status = "not-granted", 403
    title = text("未获授权", "Not granted")
    todo = text(
        "请核对用途；如确需使用，请由安全管理员登记授权及数据提供部门的批准文号。",
        "Check the purpose; if the need is real, have the security administrator record a grant "
        "and the provider's approval.",
    )


class NoSuchThing(ConsumerError):
    """What the address names does not exist, or not for this asker."""

    type, status = "not-found", 404
    title = text("所请求的内容不存在", "There is no such thing here")
    todo = text("请核对地址中的编号。", "Check the identifier in the address.")


class Fault(StrEnum):
    """What happened between us and an agency, as precisely as we can tell."""

    REFUSED = "refused"
    UNRESOLVED = "unresolved"
    NO_FOLDER = "no-folder"
    TLS = "tls"
    SILENT = "silent"
    RESET = "reset"
    TRUNCATED = "truncated"
    SHEDDING = "shedding"
    BROKEN = "broken"
    QUEUED = "queued"
    OUTSIDE_HOURS = "outside-hours"
    BREAKER_OPEN = "breaker-open"
    PAUSED = "paused"
    UNAUTHORISED = "unauthorised"
    NO_SUCH_ADDRESS = "no-such-address"
    REDIRECTED = "redirected"
    NOT_ADMITTED = "not-admitted"
    DECLINED = "declined"
    SEAL_BROKEN = "seal-broken"
    OTHER_PROJECT = "other-project"
    TOO_LARGE = "too-large"
    UNREADABLE = "unreadable"
    OFF_CONTRACT = "off-contract"


class FaultRow(NamedTuple):
    """What one fault means to the material, to HTTP and to people."""

    retrieval: Retrieval
    problem: str
    cls: FaultClass
    detail: Text


class AgencyFailed(LandbridgeError):
    """An agency's failure; `fault` says which, `FAULTS` what it means, `next_try` when it may be over.

    `drift` are the signs that the reply could not be read because its shape has changed.
    """

    status: ClassVar[int] = 502
    default: ClassVar[Fault]
    next_try: datetime | None = None
    drift: tuple[Drift, ...] = ()

    def __init__(self, fault: Fault | None = None, detail: Text | None = None) -> None:
        self.fault = fault or self.default
        super().__init__(detail or FAULTS[self.fault].detail)

    @property
    def row(self) -> FaultRow:
        """The fault's line in the table."""
        return FAULTS[self.fault]


class AgencyUnavailable(AgencyFailed):
    """Timed out, unreachable or shedding load."""

    type, status, retry, default = "agency-unavailable", 503, True, Fault.SILENT
    title = text("数据提供部门暂时无法应答", "The agency is not answering")
    todo = text(
        "系统将自动重试；可使用最近一次有效结果并注明时间。",
        "We try again by ourselves; the last good copy may serve, with its age.",
    )


class AgencyDeclined(AgencyFailed):
    """The agency answered, and the answer is no."""

    type, status, default = "agency-declined", 502, Fault.DECLINED
    title = text("数据提供部门拒绝了查询", "The agency declined")
    todo = text(
        "请联系该部门接口管理员核对凭据、授权或查询条件。",
        "Have the agency's interface administrator check credentials, approval and the question.",
    )


class EvidenceUntrusted(AgencyFailed):
    """What came may not be theirs."""

    type, status, default = "evidence-untrusted", 502, Fault.SEAL_BROKEN
    title = text("返回内容未通过签名校验", "The evidence failed its seal check")
    todo = text("请勿使用；请联系该部门核实来源。", "Do not use it; ask the agency where it came from.")


class EvidenceOffContract(AgencyFailed):
    """It is theirs, and it is not what was agreed."""

    type, status, default = "evidence-off-contract", 502, Fault.OFF_CONTRACT
    title = text("返回内容与约定不符", "The evidence is not what was agreed")
    todo = text(
        "接口管理员可在适配清单中核对字段；原始凭据已留存。",
        "The agency administrator can check the manifest's fields; the evidence is kept.",
    )


class OurFault(LandbridgeError):
    """We mend it; the consumer may try again."""

    status, retry = 503, True


class LogUnavailable(OurFault):
    """The audit log cannot be written: nothing is answered unrecorded."""

    type, status, retry = "log-unavailable", 503, True
    title = text("审计日志暂不可写，未提供任何数据", "The audit log cannot be written; nothing was answered")
    todo = text(
        "请稍后重试；系统管理员请检查数据库与磁盘。",
        "Try again shortly; the system administrator checks database and disk.",
    )


class GatewayUnavailable(OurFault):
    """Said by the front proxy: no gateway behind it answers."""

    type, status, retry = "gateway-unavailable", 503, True
    title = text("网关暂不可用", "The gateway is unavailable")
    todo = text(
        "请稍后重试；系统管理员请检查各网关是否在运行。",
        "Try again shortly; the system administrator checks that the gateways run.",
    )


class StoreUnavailable(OurFault):
    """Database, vault or disk."""

    type, status, retry = "store-unavailable", 503, True
    title = text("存储暂不可用", "Storage is unavailable")
    todo = LogUnavailable.todo


class VaultDamaged(OurFault):
    """A stored object is not what was stored."""

    type, status, retry = "vault-damaged", 500, False
    title = text("留存文件校验失败", "A stored object failed its check")
    todo = text(
        "请勿使用；系统管理员请从备份恢复该对象。",
        "Do not use it; the system administrator restores the object from backup.",
    )


class ManifestInvalid(OurFault):
    """A manifest or configuration file cannot be used; `detail` names file, line and field, `places` each."""

    places: tuple[tuple[int, str, Text], ...] = ()
    type, status, retry = "manifest-invalid", 500, False
    title = text("配置文件无效", "A configuration file cannot be used")
    todo = text("请按提示的文件、行和字段修改。", "Correct the file at the line and field named.")


class SetupIncomplete(OurFault):
    """Keys or settings are missing; refusing is safer than making new ones."""

    type, status, retry = "setup-incomplete", 500, False
    title = text("系统尚未配置完整", "The set-up is incomplete")
    todo = text("请运行 landbridge doctor 查看缺失项。", "Run landbridge doctor to see what is missing.")


def _row(retrieval: Retrieval, error: type[AgencyFailed], cls: FaultClass, zh: str, en: str) -> FaultRow:
    return FaultRow(retrieval, error.type, cls, text(zh, en))


def _silent(cls: FaultClass, zh: str, en: str) -> FaultRow:
    return _row(Retrieval.UNAVAILABLE, AgencyUnavailable, cls, zh, en)


def _odd(cls: FaultClass, zh: str, en: str) -> FaultRow:
    return _row(Retrieval.INVALID, EvidenceOffContract, cls, zh, en)


_P, _N, _C = FaultClass.PASSING, FaultClass.PERMANENT, FaultClass.CONFIGURATION
_UNAVAILABLE, _INVALID = Retrieval.UNAVAILABLE, Retrieval.INVALID

FAULTS: dict[Fault, FaultRow] = {
    Fault.REFUSED: _silent(_P, "对方系统拒绝连接", "The agency's system refused the connection"),
    Fault.UNRESOLVED: _silent(_C, "无法解析对方地址", "The agency's host name does not resolve"),
    Fault.NO_FOLDER: _silent(
        _C, "接收目录不存在或不可读写", "The drop folder is missing or cannot be read and written"
    ),
    Fault.TLS: _silent(_C, "对方证书无法验证", "The agency's certificate cannot be verified"),
    Fault.SILENT: _silent(_P, "对方在时限内没有答完", "The agency did not finish within the deadline"),
    Fault.RESET: _silent(_P, "连接中途断开", "The connection broke off"),
    Fault.TRUNCATED: _silent(_P, "返回内容不完整", "The reply was cut short"),
    Fault.SHEDDING: _silent(_P, "对方繁忙，要求稍后再试", "The agency is busy and asked us to wait"),
    Fault.BROKEN: _silent(_P, "对方系统内部错误", "The agency's system failed"),
    Fault.QUEUED: _silent(_P, "排队等候超时", "No turn came before the deadline"),
    Fault.OUTSIDE_HOURS: _silent(_P, "不在对方开放时段", "Outside the agency's opening hours"),
    Fault.BREAKER_OPEN: _silent(_P, "对方连续失败，暂停访问", "The agency keeps failing; we pause"),
    Fault.PAUSED: _silent(
        _C, "管理员已暂停使用该部门的数据", "An administrator here has paused the use of the agency's data"
    ),
    Fault.UNAUTHORISED: _row(
        _UNAVAILABLE, AgencyDeclined, _C, "对方不接受我方凭据", "The agency does not accept our credentials"
    ),
    Fault.NO_SUCH_ADDRESS: _row(
        _UNAVAILABLE, AgencyDeclined, _C, "对方没有该接口地址", "The agency has no such address"
    ),
    Fault.REDIRECTED: _row(
        _UNAVAILABLE,
        AgencyDeclined,
        _C,
        "对方转向其他来源，已停止",
        "The agency redirected to another origin; stopped",
    ),
    Fault.NOT_ADMITTED: _row(
        _UNAVAILABLE, AgencyDeclined, _C, "目标地址不在许可范围", "The target address is not admitted"
    ),
    Fault.DECLINED: _row(
        _UNAVAILABLE, AgencyDeclined, _N, "对方明确答复查询失败", "The agency said the query failed"
    ),
    Fault.SEAL_BROKEN: _row(
        _INVALID, EvidenceUntrusted, _N, "签名或摘要校验未通过", "Signature or digest check failed"
    ),
    Fault.OTHER_PROJECT: _odd(_N, "返回的是其他项目的材料", "The reply is about another project"),
    Fault.TOO_LARGE: _odd(_C, "返回内容超过约定大小", "The reply is larger than agreed"),
    Fault.UNREADABLE: _odd(_C, "返回内容无法解析", "The reply cannot be decoded"),
    Fault.OFF_CONTRACT: _odd(_C, "返回内容与适配清单不符", "The reply does not fit the manifest"),
}
