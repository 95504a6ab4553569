"""Writes the recorded samples anew: `python -m tests.samples.make`. Everything in them is invented.

A folder `<agency>/<case>/` holds `ask.json` (the key and the question it becomes), `reply.*` (octets as the
agency sends them) and `expected.json`. What is expected comes from the demo's project file, not from the
adapter that is tested against it.
"""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from contracts.project_file import FileMaterial, ProjectFile, read_project_file
from demo import nr_shapes

HERE = Path(__file__).resolve().parent
PROJECTS = (HERE.parents[1] / "demo" / "projects.json").read_text("utf-8")
BASE = "http://127.0.0.1:8101"
NAMES = {"P1": "hanlin", "P2": "jinxiu"}

NONE: dict[str, Any] = {
    "materials": [{"retrieval": "not_found", "legal": "unknown", "fields": {}, "attachments": []}],
    "drift": [],
}

GET, JSON, FORM = "query", "json", "form"
QUESTIONS: dict[str, tuple[str, str, str, tuple[str, ...], str]] = {
    "investment-filing": ("/dchy/queryXmba", GET, "project_code", ("xmdm",), "xmdm"),
    "land-transfer-contract": (
        "/dchy/queryTdcrList", GET, "supervision_no", ("dzjgh", "bdcdyh", "xmmc"), "dzjgh"
    ),
    "land-use-planning-permit": ("/dchy/queryYdghxk", GET, "project_name", ("xmmc", "xkzh"), "xmmc"),
    "construction-planning-permit": ("/dchy/queryGcghxk", JSON, "project_name", ("xmmc", "xkzh"), "xmmc"),
    "planning-verification": ("/dchy/queryGhhs", FORM, "project_name", ("xmmc", "xkzh"), "xmmc"),
    "company-record": ("/dchy/queryZtxx", GET, "holder_uscc", ("tyshxydm",), "tyshxydm"),
}  # fmt: skip
"""By kind: path, where parameters go, the key, every parameter, the one the key fills."""


def ask(kind: str, value: str, content_type: str = "application/json;charset=UTF-8") -> dict[str, Any]:
    path, way, key, names, filled = QUESTIONS[kind]
    given = {name: value if name == filled else "" for name in names}
    form = urlencode(given, quote_via=quote)
    asked = {
        "method": "GET" if way == GET else "POST",
        "url": BASE + path + (f"?{form}" if way == GET else ""),
    }
    if way != GET:
        asked["body"] = form if way == FORM else json.dumps(given, ensure_ascii=False)
    known = {"name": key, "value": value, "confirmed": True}
    return {"kind": kind, "key": known, "asked": asked, "status": 200, "content_type": content_type}


def expected(kind: str, materials: list[FileMaterial]) -> dict[str, Any]:
    return {
        "materials": [
            {
                "retrieval": "received",
                "legal": "in_force",
                "fields": material.fields,
                "attachments": [
                    {"name": file["file_name"], "doc_type": file["kind"], "bytes": int(file["size_bytes"])}
                    for file in material.attachments
                ],
            }
            for material in materials
        ],
        "drift": [],
    }


def write(
    case: str,
    question: dict[str, Any],
    reply: bytes,
    outcome: dict[str, Any],
    suffix: str = "json",
    agency: str = "mdj-nr",
) -> None:
    folder = HERE / agency / case
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in (("ask", question), ("expected", outcome)):
        text = json.dumps(content, ensure_ascii=False, indent=1)
        (folder / f"{name}.json").write_text(text + "\n", "utf-8")
    (folder / f"reply.{suffix}").write_bytes(reply)


def octets(reply: object) -> bytes:
    return json.dumps(reply, ensure_ascii=False).encode()


def healthy(native: dict[str, Any], project: ProjectFile) -> None:
    values = {
        "project_code": project.project_code,
        "project_name": native["name"],
        "holder_uscc": native["developer"]["uscc"],
        "supervision_no": native["materials"]["M02"]["fields"]["supervision_no"],
    }
    for kind, (path, _, key, _, _) in QUESTIONS.items():
        rows = nr_shapes.ENDPOINTS[path](native)
        outcome = expected(kind, project.materials[kind])
        write(f"{NAMES[native['id']]}-{kind}", ask(kind, values[key]), octets(nr_shapes.reply(rows)), outcome)


def sick(native: dict[str, Any], project: ProjectFile, other: dict[str, Any]) -> None:
    """One contract in every state an agency has ever sent one in; a case is named by its sickness."""
    kind, row = "land-transfer-contract", nr_shapes.contract(native)[0]
    question, strange = ask(kind, row["dzjgh"]), nr_shapes.contract(other)
    received = expected(kind, project.materials[kind])

    def rows(*found: dict[str, Any]) -> bytes:
        return octets(nr_shapes.reply(list(found)))

    whole = rows(row)
    faults = {
        "success-false": (octets(nr_shapes.declined("查询失败")), "declined"),
        "another-project": (rows(*strange), "other-project"),
        "one-row-of-another-project": (rows(row, *strange), "other-project"),
        "about-nothing": (rows({**row, "dzjgh": ""}), "other-project"),
        "truncated": (whole[:-60], "unreadable"),
        "empty": (b"", "unreadable"),
        "not-a-number": (whole.replace(b'"4.2357"', b"NaN"), "unreadable"),
        "key-twice": (whole.replace(b'"pzsj"', b'"pzwh"'), "unreadable"),
        "no-number": (rows({**row, "htbh": ""}), "off-contract"),
        "day-that-is-none": (rows({**row, "htqdsj": 20201328000000}), "off-contract"),
    }
    for case, (reply, fault) in faults.items():
        write(case, question, reply, {"fault": fault})
    page = {**question, "content_type": "text/html"}
    write("web-page", page, "<html><body>系统维护</body></html>".encode(), {"fault": "unreadable"}, "html")
    write("none", question, rows(), NONE)
    unmapped = [["result.data[].bgyy", "unmapped"], ["result.data[].ext.a[]", "unmapped"]]
    write(
        "new-column",
        question,
        rows({**row, "bgyy": "", "ext": {"a": [1, 2]}}),
        received | {"drift": unmapped},
    )
    relabelled = [["", "charset: UTF-8 -> gb18030"]]
    write("gbk-called-utf-8", question, whole.decode().encode("gb18030"), received | {"drift": relabelled})
    absent = rows({**row, "fj": [{**row["fj"][0], "path": ""}]})
    write("file-not-there-yet", question, absent, _with_absent_file(received))


def _with_absent_file(received: dict[str, Any]) -> dict[str, Any]:
    material = received["materials"][0]
    file = {**material["attachments"][0], "state": "absent"}
    return {"materials": [{**material, "attachments": [file]}], "drift": []}


def main() -> None:
    natives = json.loads(PROJECTS, parse_float=Decimal)["projects"]
    projects = {project.id: project for project in read_project_file(PROJECTS)}
    for native in natives:
        healthy(native, projects[native["id"]])
    sick(natives[0], projects[natives[0]["id"]], natives[1])
    from tests.samples import offices, tables

    offices.write_all(natives, projects)
    tables.write_all(natives, projects)


if __name__ == "__main__":
    main()
