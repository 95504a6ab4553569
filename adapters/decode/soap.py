"""SOAP envelopes opened: the body's content, or the fault it holds (SOAP 1.1 §4.4, SOAP 1.2 Part 1 §5.4)."""

from __future__ import annotations

from adapters.base import failed
from adapters.decode.octets import unreadable
from adapters.decode.xmltext import Element, is_leaf, local, parse_xml, said
from contracts.errors import AgencyFailed, Fault
from contracts.text import text

SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"

# The receiver's own trouble may pass; anything else is its word about our question.
_RECEIVER = ("Server", "Receiver")
# OASIS Web Services Security 1.1 §12: what an agency says of credentials it does not take.
_CREDENTIALS = (
    "InvalidSecurity",
    "InvalidSecurityToken",
    "FailedAuthentication",
    "FailedCheck",
    "SecurityTokenUnavailable",
    "MessageExpired",
)


def content_of(envelope: Element) -> Element:
    """What an envelope's body holds. Raises AgencyFailed: what a fault stands for, or unreadable."""
    namespace, _, name = str(envelope.tag).removeprefix("{").partition("}")
    if name != "Envelope" or namespace not in (SOAP_11, SOAP_12):
        raise unreadable("不是 SOAP 信封", "not a SOAP envelope")
    body = envelope.find(f"{{{namespace}}}Body")
    if body is None or len(body) == 0:
        raise unreadable("SOAP 信封没有正文", "a SOAP envelope without a body")
    content = body[0]
    if content.tag == f"{{{namespace}}}Fault":
        raise _fault(content)
    return content


def result_of(content: Element) -> str:
    """The text of the one element in a body's content that has any: a string result.

    Raises AgencyFailed (unreadable) when there is none or more than one.
    """
    results = [content] if is_leaf(content) else [leaf for leaf in content.iter() if is_leaf(leaf)]
    if len(results) != 1:
        raise unreadable("SOAP 返回值不是单个字符串", "the SOAP result is not one string")
    return said(results[0]) or ""


def fault_in(octets: bytes, declared: str) -> AgencyFailed | None:
    """The failure that a reply with a bad status explains by a SOAP fault; None when it holds none."""
    try:
        envelope = parse_xml(octets, declared)
        content_of(envelope)
    except AgencyFailed as failure:
        return None if failure.fault in (Fault.UNREADABLE, Fault.TOO_LARGE) else failure
    return None


def _fault(content: Element) -> AgencyFailed:
    """Sorted by the fault's code; its sentence may hold anything and is left in the evidence."""
    codes = [leaf.text or "" for leaf in content.iter("faultcode", "{*}Value")]
    names = [local(part) for code in codes for part in code.strip().rpartition(":")[2].split(".")]
    if any(name in _CREDENTIALS for name in names):
        return failed(Fault.UNAUTHORISED)
    if names and names[0] in _RECEIVER:
        return failed(
            Fault.BROKEN, text("对方返回 SOAP 故障（服务端）", "The agency returned a SOAP fault of its own")
        )
    return failed(
        Fault.DECLINED,
        text("对方返回 SOAP 故障（请求方）", "The agency returned a SOAP fault about the question"),
    )
