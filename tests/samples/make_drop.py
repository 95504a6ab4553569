"""Writes the recorded deliveries anew: `python -m tests.samples.make_drop`. Everything in them is invented.

A folder `mdj-drop/<agency>/<case>/` holds `ask.json` (the kind and the key it is found by), `notice.*`
(octets as the agency dropped them), `held.json` (what came with it: size and SHA-256 by path) and
`expected.json`.
What is expected comes from the demo's project file, not from the adapter that is tested against it.
"""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from contracts.project_file import FileMaterial, ProjectFile, read_project_file
from demo.drop_shapes import defence_notice, drawings_index, survey_notice
from tests.samples.make import NAMES

HERE = Path(__file__).resolve().parent / "mdj-drop"
PROJECTS = (HERE.parents[2] / "demo" / "projects.json").read_text("utf-8")

SURVEY, DEFENCE, ARCHIVE = "mdj-survey", "mdj-defence", "mdj-archive"
SUFFIXES = {SURVEY: "xml", DEFENCE: "csv", ARCHIVE: "json"}
Held = dict[str, tuple[int, str]]


def held(native: dict[str, Any], number: str) -> Held:
    """Every file of a material, of an invented digest."""
    files = native["materials"][number]["attachments"]
    return {
        each["file_name"]: (int(each["size_bytes"]), f"{place:064x}") for place, each in enumerate(files, 1)
    }


def expected(material: FileMaterial, came: Held) -> dict[str, Any]:
    files = []
    for file in material.attachments:
        size, sha256 = came.get(file["file_name"], (None, None))
        shown = {"name": file["file_name"], "doc_type": file["kind"], "bytes": size, "sha256": sha256}
        files.append(shown | {"state": "held" if sha256 else "absent"})
    told = {"retrieval": "received", "legal": "in_force", "fields": material.fields, "attachments": files}
    return {"materials": [told], "drift": []}


def write(
    place: tuple[str, str], ask: dict[str, Any], notice: bytes, came: Held, outcome: dict[str, Any]
) -> None:
    folder = HERE / place[0] / place[1]
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in (("ask", ask), ("held", came), ("expected", outcome)):
        text = json.dumps(content, ensure_ascii=False, indent=1)
        (folder / f"{name}.json").write_text(text + "\n", "utf-8")
    (folder / f"notice.{SUFFIXES[place[0]]}").write_bytes(notice)


def ask(kind: str, name: str, value: str) -> dict[str, Any]:
    return {"kind": kind, "key": {"name": name, "value": value, "confirmed": True}}


def healthy(native: dict[str, Any], project: ProjectFile) -> None:
    name = NAMES[native["id"]]
    (package,) = project.materials["survey-package"]
    (document,) = project.materials["civil-defence"]
    came = held(native, "M15")
    question = ask("survey-package", "package_no", package.fields["package_no"])
    write((SURVEY, f"{name}-package"), question, survey_notice(native, came), came, expected(package, came))
    question = ask("survey-package", "project_code", native["project_code"])
    some = {path: facts for path, facts in came.items() if "平面图" not in path}
    write(
        (SURVEY, f"{name}-drawings-late"),
        question,
        survey_notice(native, some),
        some,
        expected(package, some),
    )
    drawings(native)
    came = held(native, "M13")
    question = ask("civil-defence", "project_code", native["project_code"])
    write(
        (DEFENCE, f"{name}-document"), question, defence_notice(native, came), came, expected(document, came)
    )


def drawings(native: dict[str, Any]) -> None:
    """The as-built drawing of the last filing, which may come late: a file alone, no facts."""
    filings = native["materials"]["M14"]
    filing = filings[-1] if isinstance(filings, list) else filings
    (drawing,) = [each for each in filing["attachments"] if each["kind"] == "竣工图"]
    came = {drawing["file_name"]: (int(drawing["size_bytes"]), "d" * 64)}
    file = {"name": drawing["file_name"], "doc_type": "竣工图", "bytes": int(drawing["size_bytes"])}
    fields = {"filing_no": filing["fields"]["filing_no"], "project_code": native["project_code"]}
    told: dict[str, Any] = {"retrieval": "partial", "legal": "unknown", "fields": fields}
    told |= {"attachments": [file | {"sha256": "d" * 64, "state": "held"}]}
    question = ask("completion-filing", "project_code", native["project_code"])
    place = (ARCHIVE, f"{NAMES[native['id']]}-drawings")
    write(place, question, drawings_index(native, filing, came), came, {"materials": [told], "drift": []})


def sick(native: dict[str, Any], project: ProjectFile, other: dict[str, Any]) -> None:
    """One package in the states that only its reader can judge; a case is named by its sickness."""
    (material,) = project.materials["survey-package"]
    came = held(native, "M15")
    question = ask("survey-package", "package_no", material.fields["package_no"])
    whole, received = survey_notice(native, came), expected(material, came)

    def told(case: str, octets: bytes, outcome: dict[str, Any]) -> None:
        write((SURVEY, case), question, octets, came, outcome)

    told("another-project", survey_notice(other, came), {"fault": "other-project"})
    told(
        "day-that-is-none",
        whole.replace(b'ysrq="2022-10-18"', b'ysrq="2022-13-18"'),
        {"fault": "off-contract"},
    )
    told("area-in-words", whole.replace(b'zdmj="42356.8"', b'zdmj="large"'), {"fault": "off-contract"})
    told("document-type", b"<!DOCTYPE package>" + whole.partition(b"?>")[2], {"fault": "unreadable"})
    told("truncated", whole[:-20], {"fault": "unreadable"})
    unmapped = [["package.bz", "unmapped"], ["package.files.file[].page", "unmapped"]]
    more = whole.replace(b"<zrzs>", b"<bz>x</bz><zrzs>").replace(b"<file ", b'<file page="3" ')
    told("new-column", more, received | {"drift": unmapped})
    told("utf-8-called-gb2312", whole.decode("gb18030").encode(), received)
    cancelled = {**received["materials"][0], "legal": "cancelled"}
    told("cancelled", whole.replace(b"zt='1'", b"zt='2'"), {"materials": [cancelled], "drift": []})


def main() -> None:
    natives = json.loads(PROJECTS, parse_float=Decimal)["projects"]
    projects = {project.id: project for project in read_project_file(PROJECTS)}
    for native in natives:
        healthy(native, projects[native["id"]])
    sick(natives[0], projects[natives[0]["id"]], natives[1])


if __name__ == "__main__":
    main()
