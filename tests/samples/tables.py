"""Samples of a front-end database (前置库): rows as its table holds them, healthy and sick."""

import json
from typing import Any

from contracts.project_file import ProjectFile
from tests.adapters.table.filings import COLUMNS
from tests.samples.make import NAMES, NONE, expected, write

AGENCY, KIND, TABLE = "mdj-qzk", "completion-filing", "SPGL_JSGCJGYSBAXXB"
_DOCUMENT = (
    """"JGYSBABH", CASE WHEN '' IN (coalesce(btrim("JGYSBABH"::text), '')) THEN row_number() OVER () END"""
)
STATEMENT = (
    f'SELECT * FROM (SELECT DISTINCT ON ({_DOCUMENT}) * FROM "public"."SPGL_JSGCJGYSBAXXB"'  # noqa: S608
    f' WHERE "GCDM" LIKE $1 AND "SJYXBS" = $2 ORDER BY {_DOCUMENT}, "LSH" DESC NULLS LAST) AS found'
    ' ORDER BY "LSH" DESC NULLS LAST LIMIT 501'
)
HELD = {
    "filing_no": "JGYSBABH",
    "engineering_code": "GCDM",
    "construction_permit_no": "SGXKZBH",
    "holder_name": "JSDW",
    "holder_uscc": "JSDWDM",
    "joint_acceptance": "SFSXLHYS",
    "total_area_m2": "ZJZMJ",
    "started_on": "KGRQ",
    "completed_on": "JGRQ",
    "filed_on": "BARQ",
}
"""By field: the column that holds it."""


def ask(code: str) -> dict[str, Any]:
    asked = {
        "method": "SELECT",
        "url": "postgresql://127.0.0.1:5432/gg_qzk",
        "body": f"{STATEMENT} -- $1={code}%, $2=1",
    }
    known = {"name": "project_code", "value": code, "confirmed": True}
    kind = {"kind": KIND, "key": known, "asked": asked}
    return {**kind, "status": 200, "content_type": "application/json; charset=utf-8"}


def rows_of(native: dict[str, Any]) -> list[dict[str, Any]]:
    """A project's filings as the table has them, the newest first."""
    found = native["materials"]["M14"]
    filings = [each["fields"] for each in (found if isinstance(found, list) else [found])]
    rows = [
        {**COLUMNS, **{column: fields[name] for name, column in HELD.items()}, "LSH": 1001 + at}
        for at, fields in enumerate(filings)
    ]
    return [{**row, "SFSXLHYS": int(row["SFSXLHYS"])} for row in reversed(rows)]


def reply(*rows: dict[str, Any]) -> bytes:
    """The document of these rows; what is a number there is one here, digit by digit."""
    told = [", ".join(f"{_json(name)}: {_json(value)}" for name, value in row.items()) for row in rows]
    whole = ", ".join(f"{{{row}}}" for row in told)
    return f'{{"table": "{TABLE}", "rows": [{whole}]}}'.encode()


def _json(value: object) -> str:
    text = isinstance(value, str) or value is None
    return json.dumps(value, ensure_ascii=False) if text else str(value)


def told(project: ProjectFile) -> dict[str, Any]:
    """As expected of its filings, as far as the table holds them, the newest first; it has no files."""
    outcome = expected(KIND, list(reversed(project.materials[KIND])))
    for material in outcome["materials"]:
        fields = {name: value for name, value in material["fields"].items() if name in HELD}
        material |= {"fields": fields, "attachments": []}
    return outcome


def sick(native: dict[str, Any], project: ProjectFile, other: dict[str, Any]) -> None:
    question, [row], strange = ask(native["project_code"]), rows_of(native), rows_of(other)
    whole = reply(row)
    faults = {
        "another-project": (reply(*strange), "other-project"),
        "one-row-of-another-project": (reply(row, *strange), "other-project"),
        "about-nothing": (reply({**row, "GCDM": None}), "other-project"),
        "no-number": (reply({**row, "JGYSBABH": None}), "off-contract"),
        "day-that-is-none": (reply({**row, "BARQ": "infinity"}), "off-contract"),
        "not-a-number": (reply({**row, "ZJZMJ": "NaN"}), "off-contract"),
        "column-gone": (reply({name: row[name] for name in row if name != "JGYSBABH"}), "off-contract"),
        "key-twice": (whole.replace(b'"LSH"', b'"GCDM"'), "unreadable"),
        "truncated": (whole[:-60], "unreadable"),
    }
    for case, (octets, fault) in faults.items():
        write(case, question, octets, {"fault": fault}, agency=AGENCY)
    write("none", question, reply(), NONE, agency=AGENCY)
    unmapped = {"drift": [["rows[].BGYY", "unmapped"]]}
    write("new-column", question, reply({**row, "BGYY": "x"}), told(project) | unmapped, agency=AGENCY)
    marked = told(project)
    marked["materials"][0]["legal"] = "unknown"
    write("mark-nobody-knows", question, reply({**row, "SJYXBS": 2}), marked, agency=AGENCY)


def write_all(natives: list[dict[str, Any]], projects: dict[str | None, ProjectFile]) -> None:
    for native in natives:
        case = f"{NAMES[native['id']]}-{KIND}"
        project = projects[native["id"]]
        write(case, ask(native["project_code"]), reply(*rows_of(native)), told(project), agency=AGENCY)
    sick(natives[0], projects[natives[0]["id"]], natives[1])
