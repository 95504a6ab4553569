"""Samples of the housing bureau (SOAP) and the tax office (JSON within JSON), healthy and sick."""

import html
import json
from typing import Any
from urllib.parse import quote, urlencode

from contracts.project_file import ProjectFile
from demo import hc_shapes, tax_shapes
from tests.samples.make import NAMES, NONE, expected, octets, write

HC, TAX = "mdj-hc", "mdj-tax"
XML, JSON = "text/xml; charset=utf-8", "application/json"

SERVICES = {
    "construction-permit": ("QuerySgxk", "<PRJNUM></PRJNUM>"),
    "presale-permit": ("QueryYsxk", ""),
    "fire-acceptance": ("QueryXfys", ""),
    "completion-filing": ("QueryJgysba", "<PRJNUM></PRJNUM>"),
}
"""By kind: the service, and what of the question stays empty when it asks by name."""

ENDPOINTS = {"land-price-payment": "/swfw/queryTdcrj", "land-deed-tax": "/swfw/queryQs"}


def soap_ask(kind: str, name: str, *, status: int = 200, content_type: str = XML) -> dict[str, Any]:
    service, rest = SERVICES[kind]
    inner = (
        f'<?xml version="1.0" encoding="GB2312"?><ROOT><HEAD><APPID>BDC</APPID><SERVICE>{service}</SERVICE>'
        f"</HEAD><BODY>{rest}<PROJNAME>{name}</PROJNAME></BODY></ROOT>"
    )
    body = (
        '<soap-env:Envelope xmlns:soap-env="http://schemas.xmlsoap.org/soap/envelope/"><soap-env:Body>'
        '<ns0:query xmlns:ns0="http://hc.demo.example/">'
        f"<ns0:xmlStr>{html.escape(inner)}</ns0:xmlStr></ns0:query></soap-env:Body></soap-env:Envelope>"
    )
    asked = {"method": "POST", "url": "http://127.0.0.1:8102/services/HcService", "body": body}
    known = {"name": "project_name", "value": name, "confirmed": True}
    return {"kind": kind, "key": known, "asked": asked, "status": status, "content_type": content_type}


def tax_ask(kind: str, number: str) -> dict[str, Any]:
    query = {"dzjgh": number, "nsrsbh": "", "pageNo": "1", "pageSize": "10"}
    url = f"http://127.0.0.1:8103{ENDPOINTS[kind]}?{urlencode(query, quote_via=quote)}"
    known = {"name": "supervision_no", "value": number, "confirmed": True}
    asked = {"method": "GET", "url": url, "page": "1"}
    return {"kind": kind, "key": known, "asked": asked, "status": 200, "content_type": JSON}


def healthy(native: dict[str, Any], project: ProjectFile) -> None:
    for kind, (service, _) in SERVICES.items():
        rows, outcome = hc_shapes.SERVICES[service](native), _with_absent(kind, project)
        reply = hc_shapes.enveloped(hc_shapes.reply(rows)).encode()
        case = f"{NAMES[native['id']]}-{kind}"
        write(case, soap_ask(kind, native["name"]), reply, outcome, "xml", HC)
    number = native["materials"]["M02"]["fields"]["supervision_no"]
    for kind, path in ENDPOINTS.items():
        reply = octets(tax_shapes.reply(tax_shapes.ENDPOINTS[path](native)))
        outcome = expected(kind, project.materials[kind])
        write(f"{NAMES[native['id']]}-{kind}", tax_ask(kind, number), reply, outcome, agency=TAX)


def _with_absent(kind: str, project: ProjectFile) -> dict[str, Any]:
    """As expected, with the files that the project says are not there yet."""
    outcome = expected(kind, project.materials[kind])
    for material, told in zip(outcome["materials"], project.materials[kind], strict=True):
        material["attachments"] = [
            said if file["present"] else {**said, "state": "absent"}
            for said, file in zip(material["attachments"], told.attachments, strict=True)
        ]
    return outcome


def sick_housing(native: dict[str, Any], project: ProjectFile, other: dict[str, Any]) -> None:
    """One filing in every state this bureau has ever sent one in; a case is named by its sickness."""
    kind, [row] = "completion-filing", hc_shapes.filings(native)
    ask, received = soap_ask(kind, native["name"]), _with_absent(kind, project)
    result = hc_shapes.reply([row])
    whole = hc_shapes.enveloped(result)

    def rows(*found: dict[str, Any]) -> str:
        return hc_shapes.enveloped(hc_shapes.reply(found))

    bomb = "<!DOCTYPE a [<!ENTITY b 'ha'><!ENTITY c '&b;&b;&b;&b;'>]>"
    faults = {
        "success-false": (hc_shapes.enveloped(hc_shapes.declined("查询失败")), "declined"),
        "another-project": (rows(*hc_shapes.filings(other)), "other-project"),
        "one-row-of-another-project": (rows(row, *hc_shapes.filings(other)), "other-project"),
        "about-nothing": (rows({**row, "PROJNAME": ""}), "other-project"),
        "no-number": (rows({**row, "CERTCODE": "/"}), "off-contract"),
        "day-that-is-none": (rows({**row, "STARTDATE": "2021/02/30"}), "off-contract"),
        "truncated": (whole[:-40], "unreadable"),
        "truncated-within": (hc_shapes.enveloped(result[:-20]), "unreadable"),
        "empty": ("", "unreadable"),
        "no-envelope": (result, "unreadable"),
        "entities": (hc_shapes.enveloped(bomb + "<ROOT>&c;</ROOT>"), "unreadable"),
        "entities-around": (bomb + whole.partition("?>")[2], "unreadable"),
        "file-from-disk": (
            hc_shapes.enveloped('<!DOCTYPE a SYSTEM "file:///etc/passwd"><ROOT/>'),
            "unreadable",
        ),
        "too-deep": (hc_shapes.enveloped("<a>" * 100 + "</a>" * 100), "unreadable"),
    }
    for case, (reply, fault) in faults.items():
        write(case, ask, reply.encode(), {"fault": fault}, "xml", HC)
    for case, code, fault in (
        ("soap-fault-theirs", "Server", "broken"),
        ("soap-fault-ours", "Client", "declined"),
        ("soap-fault-credentials", "Client.FailedAuthentication", "unauthorised"),
    ):
        reply = hc_shapes.fault(code, "java.lang.Exception: 建设单位 测试")
        write(case, soap_ask(kind, native["name"], status=500), reply.encode(), {"fault": fault}, "xml", HC)
    quiet = soap_ask(kind, native["name"], content_type="text/xml")
    write(
        "soap-fault-with-200",
        quiet,
        hc_shapes.fault("Client", "no").encode(),
        {"fault": "declined"},
        "xml",
        HC,
    )
    page = soap_ask(kind, native["name"], content_type="text/html")
    write(
        "web-page", page, "<html><body>系统维护</body></html>".encode(), {"fault": "unreadable"}, "html", HC
    )
    write("web-page-called-xml", ask, b"<!DOCTYPE html><html></html>", {"fault": "unreadable"}, "html", HC)
    write("none", ask, rows().encode(), NONE, "xml", HC)
    _odd_housing(kind, row, received, quiet)


def _odd_housing(kind: str, row: dict[str, Any], received: dict[str, Any], quiet: dict[str, Any]) -> None:
    """What is odd and can be read all the same; the rare character 镕 is in GBK and not in GB 2312."""
    unmapped = [["/ROOT/DATA/ROW/BGYY", "unmapped"], ["/ROOT/DATA/ROW/KZ/@lx", "unmapped"]]
    more = {**row, "BGYY": "x"}
    within = hc_shapes.reply([more]).replace("</BGYY>", "</BGYY><KZ lx='1'/>")
    write(
        "new-column", quiet, hc_shapes.enveloped(within).encode(), received | {"drift": unmapped}, "xml", HC
    )
    rare = hc_shapes.enveloped(hc_shapes.reply([{**row, "BUILDUNIT": "测试镕建公司"}]))
    [material] = received["materials"]
    named = {"materials": [{**material, "fields": {**material["fields"], "holder_name": "测试镕建公司"}}]}
    in_gbk = rare.replace("UTF-8", "GB2312").encode("gbk")
    write("gbk-called-gb2312", quiet, in_gbk, named | {"drift": []}, "xml", HC)
    lying = rare.replace("UTF-8", "GB2312").encode()
    drift = {"drift": [["", "charset: GB2312 -> utf-8"]]}
    write("utf-8-called-gb2312", quiet, lying, named | drift, "xml", HC)
    drift = {"drift": [["", "charset: UTF-8 -> gb18030"]]}
    write("gbk-called-utf-8", quiet, rare.encode("gbk"), named | drift, "xml", HC)
    start, end = "<ns2:return>", "</ns2:return>"
    cdata = f"{start}<![CDATA[{hc_shapes.reply([row])}]]>{end}"
    before, _, rest = hc_shapes.enveloped("").partition(start)
    write("in-cdata", quiet, (before + cdata + rest.partition(end)[2]).encode(), received, "xml", HC)


def sick_tax(native: dict[str, Any], project: ProjectFile, other: dict[str, Any]) -> None:
    """One receipt in every state this office has ever sent one in; a case is named by its sickness."""
    kind, rows = "land-price-payment", tax_shapes.payments(native)
    number = rows[0]["dzjgh"]
    many = tax_shapes.reply(rows * 1000)

    def told(total: int) -> dict[str, Any]:
        data = json.loads(tax_shapes.reply(rows)["data"])
        return {**tax_shapes.reply(rows), "data": json.dumps({**data, "total": total}, ensure_ascii=False)}

    faults = {
        "success-false": (tax_shapes.declined("查询失败"), "declined"),
        "another-project": (tax_shapes.reply(tax_shapes.payments(other)), "other-project"),
        "inner-cut-short": ({**tax_shapes.reply(rows), "data": '{"total": 1, "li'}, "unreadable"),
        "fewer-rows-than-told": (told(2), "off-contract"),
        "more-rows-than-told": (told(0), "off-contract"),
        "too-many-pages": (many, "too-large"),
    }
    for case, (reply, fault) in faults.items():
        write(case, tax_ask(kind, number), octets(reply), {"fault": fault}, agency=TAX)
    write("none", tax_ask(kind, number), octets(tax_shapes.reply([])), NONE, agency=TAX)


def write_all(natives: list[dict[str, Any]], projects: dict[str | None, ProjectFile]) -> None:
    for native in natives:
        healthy(native, projects[native["id"]])
    sick_housing(natives[0], projects[natives[0]["id"]], natives[1])
    sick_tax(natives[0], projects[natives[0]["id"]], natives[1])
