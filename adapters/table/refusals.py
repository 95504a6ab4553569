"""What a PostgreSQL server's refusals mean: by SQLSTATE (Appendix A of its manual), never by its words."""

from __future__ import annotations

import ctypes
import re
from typing import Any

import psycopg.pq
import psycopg_binary.pq  # type: ignore[import-not-found]  # compiled

from adapters.base import failed
from contracts.errors import AgencyFailed, Fault
from contracts.text import Text, text

ConnStatus = psycopg.pq.ConnStatus

if psycopg.pq.__impl__ != "binary":
    raise ImportError("psycopg[binary] is needed: a connection of another libpq is no pointer for this one")

_SQLSTATE = re.compile(r":\s+([0-9A-Z]{5})\s*\Z")
_PQERRORS_SQLSTATE = 3

# psycopg does not hand this function on. The library it has loaded already is the one that has it.
_set_verbosity = ctypes.CDLL(psycopg_binary.pq.__file__).PQsetErrorVerbosity
_set_verbosity.argtypes, _set_verbosity.restype = (ctypes.c_void_p, ctypes.c_int), ctypes.c_int

_LOGIN = text(
    "账号或口令不被接受：请核对账号和口令（connection.table），并请对方放行本机地址",
    "The account or its password is not accepted: check both (connection.table), and have the agency admit "
    "this machine's address",
)
_METHOD = text(
    "对方不核对口令，或要求明文、MD5 等不接受的登录方式：请对方改用 SCRAM（scram-sha-256）；"
    "加密并核对证书（tls: verify）时也接受明文和 MD5",
    "The server asks for no password, or for one in the clear, by MD5 or otherwise not accepted: have them "
    "use SCRAM (scram-sha-256); with a certificate that is checked (tls: verify) the clear and MD5 will do",
)
_RIGHTS = text(
    "账号无权读取：请对方授予库的 CONNECT、模式的 USAGE 与表的 SELECT 权限",
    "The account may not read this: have the agency grant CONNECT on the database, USAGE on the schema, "
    "SELECT on the table",
)
_DATABASE = text(
    "对方没有该数据库：请核对地址末尾的库名（connection.base）",
    "The server has no such database: check the name at the end of the address (connection.base)",
)
_TABLE = text(
    "对方没有该模式、表或视图：请核对模式和表名，区分大小写（connection.table.schema、ask.table）",
    "The server has no such schema, table or view: check both names, case counts (connection.table.schema, "
    "ask.table)",
)
_COLUMN = text(
    "表中没有所问的列：请核对条件及判断最新、文书编号所用的列，区分大小写（ask 的 where、newest、per）",
    "The table lacks a column that is asked by: check the columns of its conditions, case counts (where, "
    "newest and per of ask)",
)
_TYPE = text(
    "列的类型与所问的值不符：请核对条件（ask.where）",
    "A column's type does not take the value asked by: check the conditions (ask.where)",
)
_ENCODING = text(
    "数据库的编码与其内容不符，或容不下所问的文字：请对方将编码设为 UTF8 或 EUC_CN",
    "The database's encoding does not fit what it holds, or what it is asked: have them set UTF8 or EUC_CN",
)
_WRITES = text(
    "读取该视图会改动对方数据库，已按只读拒绝：请对方提供只读的表或视图",
    "Reading this view would change the agency's database, and was refused: have them show one that reads",
)
_TLS = text(
    "对方不支持加密，或其证书无法验证：请核对加密方式（connection.table.tls）与本机信任的根证书",
    "The server does not encrypt, or its certificate cannot be verified: check the encryption chosen "
    "(connection.table.tls) and the certificates this machine trusts",
)
_SESSION = text(
    "会话未按只读等要求建立：请直连数据库，不要经过会忽略或拒绝会话设置的连接池",
    "The session is not set up as read only and the like: connect to the database itself, not through a "
    "pooler that leaves settings out or refuses them",
)
_ACCOUNT = text(
    "账号或口令为空，或含控制字符、不可见字符：请重新填写（connection.table）",
    "The account or its password is empty, or has characters that cannot be seen: enter both anew "
    "(connection.table)",
)
_PUBLIC = text(
    "未加密只能用于内网地址，而该地址是公网地址：请启用加密（connection.table.tls）",
    "Only private addresses may go without encryption, this one is public: encrypt (connection.table.tls)",
)
_UNCOUNTED = text(
    "本机内核不统计连接收到的字节数（tcp_info），不能安全读取前置库：请换用 Linux 4.1 及以上内核",
    "This machine's kernel does not count the octets of a connection (tcp_info), so that no front-end "
    "database is read safely: use Linux 4.1 or later",
)
_STRANGER = text("对方不是 PostgreSQL 服务", "What answers there is not a PostgreSQL server")

_FAULTS: tuple[tuple[str, Fault, Text | None], ...] = (
    ("42501", Fault.UNAUTHORISED, _RIGHTS),
    ("42P01", Fault.NO_SUCH_ADDRESS, _TABLE),
    ("42703", Fault.NO_SUCH_ADDRESS, _COLUMN),
    ("22021", Fault.UNREADABLE, _ENCODING),
    ("22P05", Fault.UNREADABLE, _ENCODING),
    ("25", Fault.OFF_CONTRACT, _WRITES),
    ("57014", Fault.SILENT, None),
    ("57P03", Fault.SHEDDING, None),
    ("08P01", Fault.OFF_CONTRACT, _SESSION),
    ("08", Fault.RESET, None),
    ("22", Fault.OFF_CONTRACT, _TYPE),
    ("28", Fault.UNAUTHORISED, _LOGIN),
    ("3D", Fault.NO_SUCH_ADDRESS, _DATABASE),
    ("3F", Fault.NO_SUCH_ADDRESS, _TABLE),
    ("42", Fault.OFF_CONTRACT, _TYPE),
    ("53", Fault.SHEDDING, None),
    ("55P03", Fault.SHEDDING, None),
    ("57P", Fault.RESET, None),
    ("P0", Fault.DECLINED, None),
)
"""By SQLSTATE or its beginning, the more precise first; whatever else is wrong is wrong with their system."""

TALKING = (ConnStatus.AWAITING_RESPONSE, ConnStatus.AUTHENTICATING, ConnStatus.AUTH_OK)
"""Where an encrypted line, or one that need not be, already holds and a login is being settled."""

_ASKS_TO_LOG_IN = (b"R", b"\x17")
"""How an authentication request begins: by its own letter, or inside a record of TLS."""


def sqlstate_only(pgconn: Any) -> None:
    """Have libpq say the SQLSTATE in place of the server's words: at the door it gives it no other way."""
    _set_verbosity(pgconn.pgconn_ptr, _PQERRORS_SQLSTATE)


def refusal(sqlstate: bytes | None) -> AgencyFailed:
    """The error a SQLSTATE stands for; nothing of what the server said about it."""
    code = (sqlstate or b"").decode("ascii", "replace")
    for beginning, fault, detail in _FAULTS:
        if code.startswith(beginning):
            return failed(fault, detail)
    return failed(Fault.BROKEN)


def other_session() -> AgencyFailed:
    """The error for a session in which a question could change something, or be answered in other forms."""
    return failed(Fault.OFF_CONTRACT, _SESSION)


def unusable_account() -> AgencyFailed:
    """The error for an account or a password that cannot be one."""
    return failed(Fault.UNAUTHORISED, _ACCOUNT)


def public_unencrypted() -> AgencyFailed:
    """The error for a line that would cross public networks for everybody to read."""
    return failed(Fault.NOT_ADMITTED, _PUBLIC)


def uncounted() -> AgencyFailed:
    """The error for a machine on which nobody can tell how much has come."""
    return failed(Fault.OFF_CONTRACT, _UNCOUNTED)


def at_the_door(message: str, last: ConnStatus, heard: bytes | None) -> AgencyFailed:
    """Why we were not let in. `last` is how far it got, `heard` the first octet of what came then.

    `heard` is empty where the other side had hung up, None where it had said nothing.
    """
    found = _SQLSTATE.search(message)
    if found:
        return refusal(found[1].encode())
    if last == ConnStatus.STARTED:
        return failed(Fault.REFUSED)
    if not heard:
        return failed(Fault.RESET)
    if last not in TALKING:
        return failed(Fault.TLS, _TLS)
    if heard in _ASKS_TO_LOG_IN:
        return failed(Fault.UNAUTHORISED, _METHOD)
    return failed(Fault.UNREADABLE, _STRANGER)
