"""One project in the shapes its drop folders receive: a survey package in XML, a civil defence list in CSV.

Pure: a project as `projects.json` has it (numbers read as Decimal) in, notices out. Names and columns are
pinyin and Chinese as their software writes them; what is not there is an empty column.
"""

from __future__ import annotations

import csv
import hashlib
import html
import io
import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

Facts = Mapping[str, Any]

_PACKAGE = {
    "no": "package_no",
    "xmdm": "project_code",
    "zddm": "parcel_code",
    "zbx": "crs",
    "zdmj": "parcel_area_m2",
    "zjzmj": "building_total_area_m2",
    "dsjzmj": "above_area_m2",
    "dxjzmj": "below_area_m2",
    "jrjzmj": "counted_area_m2",
    "rjl": "far_measured",
    "ldl": "green_pct",
    "jzds": "boundary_points",
    "chrq": "surveyed_on",
    "ysrq": "accepted_on",
    "zzdj": "qualification_level",
}
_BUILDING = {
    "jzwmc": "no",
    "zrzh": "zrzh",
    "ghyt": "use",
    "dscs": "floors_above",
    "dxcs": "floors_below",
    "scjzmj": "area_m2",
    "zts": "units",
    "fwjg": "structure",
    "fwjgdm": "structure_code",
    "bdcdyh": "first_unit_code",
}
_COLUMNS = ("文书编号", "项目代码", "项目名称", "文书类型", "人防面积", "易地建设费", "出具日期", "状态")


def survey_notice(project: Facts, files: Mapping[str, tuple[int, str]]) -> bytes:
    """`manifest.xml` of a survey package (M15), in GB 18030 and labelled GB2312 as its software does.

    `files`: size in octets and SHA-256 in hexadecimal by name; a file that is not among them comes late.
    """
    material = project["materials"]["M15"]
    fields = material["fields"]
    lines = ['<?xml version="1.0" encoding="GB2312"?>', f"<package {_attributes(_PACKAGE, fields)} zt='1'>"]
    lines += [
        "<zrzs>",
        *(f"<zrz {_attributes(_BUILDING, each)}/>" for each in fields["buildings"]),
        "</zrzs>",
    ]
    lines.append("<files>")
    for file in material["attachments"]:
        size, sha256 = files.get(file["file_name"], ("", ""))
        stated = {"name": file["file_name"], "type": file["kind"], "size": size, "sha256": sha256}
        lines.append(f"<file {_attributes({name: name for name in stated}, stated)}/>")
    return "\n".join([*lines, "</files>", "</package>", ""]).encode("gb18030")


def defence_notice(project: Facts, files: Mapping[str, tuple[int, str]]) -> bytes:
    """`清单.csv` of a civil defence document (M13), in GBK: one line a file, the document's facts in each."""
    material = project["materials"]["M13"]
    fields = material["fields"]
    facts = (
        fields["doc_no"],
        project["project_code"],
        project["name"],
        fields["kind"],
        _word(fields.get("shelter_area_m2")),
        _word(fields.get("fee_yuan")),
        fields["issued_on"].replace("-", "/"),
        "有效",
    )
    table = io.StringIO(newline="")
    writer = csv.writer(table)
    writer.writerow((*_COLUMNS, "文件名", "材料类型", "字节数", "SHA256"))
    for file in material["attachments"]:
        size, sha256 = files[file["file_name"]]
        writer.writerow((*facts, file["file_name"], file["kind"], size, sha256))
    return table.getvalue().encode("gbk")


def drawings_index(project: Facts, filing: Facts, files: Mapping[str, tuple[int, str]]) -> bytes:
    """`index.json` of as-built drawings (竣工图) for one completion filing (M14) of a project."""
    drawings = [
        {"file": file["file_name"], "kind": file["kind"], "size": files[file["file_name"]][0]}
        for file in filing["attachments"]
        if file["file_name"] in files
    ]
    head = {"filingNo": filing["fields"]["filing_no"], "projectCode": project["project_code"]}
    return json.dumps(
        {**head, "projectName": project["name"], "drawings": drawings}, ensure_ascii=False
    ).encode()


def measured(octets: Iterable[bytes]) -> tuple[int, str]:
    """A file's size in octets and its SHA-256 in hexadecimal, as a notice states them."""
    size, digest = 0, hashlib.sha256()
    for piece in octets:
        size += len(piece)
        digest.update(piece)
    return size, digest.hexdigest()


def _attributes(names: Mapping[str, str], facts: Facts) -> str:
    return " ".join(f'{name}="{html.escape(_word(facts.get(fact)))}"' for name, fact in names.items())


def _word(value: object) -> str:
    if value is None:
        return ""
    return format(value, "f") if isinstance(value, Decimal) else str(value)
