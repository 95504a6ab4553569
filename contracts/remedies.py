"""What an administrator here does about each way an agency can fail, one step they can take at once."""

from __future__ import annotations

from collections.abc import Mapping

from contracts.errors import Fault
from contracts.text import Text, text

_WAIT = text(
    "系统会自动重试，无需操作；如持续半小时以上，请致电该部门确认系统是否正常。",
    "We try again by ourselves. If it lasts half an hour, call the agency and ask whether its system is up.",
)
_MAPPING = text(
    "部门的返回格式可能已变化：请打开“版本”，对照样例修改草稿中的字段并试运行，再由另一人发布。",
    "Its replies may have changed: open Versions, mend the fields in a draft, try it, have a second person "
    "publish it.",
)
_ADDRESS = text(
    "请与该部门核对接口地址，在“版本”中修改草稿的 base、path 或表名后由另一人发布。",
    "Check the address with the agency, change base, path or table in a draft, have a second person publish "
    "it.",
)

REMEDIES: Mapping[Fault, Text] = {
    Fault.REFUSED: text(
        "请致电该部门确认接口服务是否已启动，并核对端口与防火墙；恢复后系统自动重试。",
        "Ask the agency whether its service runs, and about port and firewall; we try again by ourselves.",
    ),
    Fault.UNRESOLVED: text(
        "请核对清单中的主机名，并请网络管理员检查 DNS。",
        "Check the host name in the manifest, and have the network administrator check DNS.",
    ),
    Fault.NO_FOLDER: text(
        "请系统管理员检查接收目录是否存在、属主和权限是否正确。",
        "Have the system administrator check that the drop folder exists, its owner and its mode.",
    ),
    Fault.TLS: text(
        "请该部门更新证书，或请系统管理员在本机安装其签发机构的根证书。",
        "Have the agency renew its certificate, or have its issuer's root certificate installed here.",
    ),
    Fault.SILENT: _WAIT,
    Fault.RESET: _WAIT,
    Fault.TRUNCATED: _WAIT,
    Fault.BROKEN: _WAIT,
    Fault.SHEDDING: text(
        "对方繁忙：可在草稿的 limits 中调低 per_second 或 concurrency。",
        "It is busy: lower per_second or concurrency under limits in a draft.",
    ),
    Fault.QUEUED: text(
        "排队过多：与该部门商定后，可在草稿的 limits 中调高 concurrency 或 per_second。",
        "Too many wait: agree with the agency, then raise concurrency or per_second under limits in a draft.",
    ),
    Fault.OUTSIDE_HOURS: text(
        "到开放时段后自动恢复；时段有误请在草稿的 limits.hours 中修改。",
        "It goes on when the agency opens; if the hours are wrong, change limits.hours in a draft.",
    ),
    Fault.BREAKER_OPEN: _WAIT,
    Fault.PAUSED: text(
        "确认无碍后，在部门页面点“恢复”。", "Press Resume on the agency's page when all is well."
    ),
    Fault.UNAUTHORISED: text(
        "请在“凭据”中重新设置账号或密钥；仍不接受时请该部门确认授权是否有效。",
        "Set the secret anew under Secrets; if it is still refused, ask the agency whether it is valid.",
    ),
    Fault.NO_SUCH_ADDRESS: _ADDRESS,
    Fault.REDIRECTED: _ADDRESS,
    Fault.NOT_ADMITTED: text(
        "目标为内网地址时，须在草稿的 connection 中设置 allow_private: true，并由另一人发布。",
        "A private address needs allow_private: true under connection in a draft, and a second person.",
    ),
    Fault.DECLINED: text(
        "请该部门接口管理员说明拒绝的原因，核对授权范围和查询条件。",
        "Ask the agency's interface administrator why, and check the approval and the question.",
    ),
    Fault.SEAL_BROKEN: text(
        "请勿使用这些材料，并立即联系该部门核实返回是否由其签发。",
        "Do not use the materials; ask the agency at once whether the replies are its own.",
    ),
    Fault.OTHER_PROJECT: text(
        "请核对项目的别名是否有误，或请该部门检查其数据。",
        "Check the project's other names, or have the agency check its data.",
    ),
    Fault.TOO_LARGE: text(
        "请与该部门确认返回大小，可在草稿的 limits.body_bytes 中调高上限。",
        "Ask the agency how large replies get, then raise limits.body_bytes in a draft.",
    ),
    Fault.UNREADABLE: _MAPPING,
    Fault.OFF_CONTRACT: _MAPPING,
}
"""By fault; of every one there is one."""
