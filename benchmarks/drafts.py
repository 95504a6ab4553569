"""Drafted mappings against hand-written ones: of the fields a person mapped, how many were proposed rightly.

`python -m benchmarks.drafts` prints a line for each sample of the demo's agencies, and for the project file's
`native_samples`. A field counts where the sample has the column that the manifest takes it from.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from adapters.drafting import (
    Description,
    Frame,
    Operation,
    Parameter,
    Proposal,
    Sample,
    Wish,
    drafted,
    opened,
    opened_notice,
)
from adapters.drafting.proposing import best_row
from adapters.drafting.tree import tree_of
from adapters.manifest import FieldRule, Manifest, load
from tests.samples.tables import HELD

ROOT = Path(__file__).resolve().parent.parent
AGENCIES = ROOT / "config" / "agencies"
SAMPLES = ROOT / "tests" / "samples"
FRONT_END = SAMPLES / "mdj-qzk"

EACH_TABLE = 0.9
"""Of what a person mapped of a table, the least that is proposed rightly."""

_NATIVE = {
    "NR_rest_get": ("mdj-nr", "land-transfer-contract"),
    "NR_permit_rest": ("mdj-nr", "construction-planning-permit"),
    "HC_soap_xmlstr": ("mdj-hc", "completion-filing"),
    "HC_frontend_db_row": (None, "completion-filing"),
    "TAX_rest": ("mdj-tax", "land-deed-tax"),
}


@dataclass(frozen=True, slots=True)
class Compared:
    """One sample: fields a person mapped, those proposed rightly, all that were proposed."""

    name: str
    kind: str
    by_hand: Mapping[str, str]
    proposed: Mapping[str, str]

    @property
    def right(self) -> int:
        """Fields proposed as a person mapped them."""
        return sum(self.proposed.get(field) == path for field, path in self.by_hand.items())


def compared(name: str, kind: str, sample: Sample, by_hand: Mapping[str, str]) -> Compared:
    """A sample's proposals beside the mapping of a person, as far as the sample has its columns."""
    found = best_row(kind, sample)
    names = {node.name for node in sample.tree.walk()}
    there = {field: path for field, path in by_hand.items() if _last(path) in names}
    return Compared(name, kind, there, dict(_paths(found.proposals, "")))


def of_agencies() -> Iterator[Compared]:
    """Every healthy sample of every demo agency."""
    for place in sorted(AGENCIES.glob("*.yaml")):
        manifest = load(place.read_text("utf-8"), place.name)
        for case in _cases(manifest):
            kind = json.loads((case / "ask.json").read_text("utf-8"))["kind"]
            yield compared(f"{manifest.agency}/{case.name}", kind, sample_of(case), by_hand(manifest, kind))


def of_natives() -> Iterator[Compared]:
    """The project file's samples in the shapes agencies really use."""
    natives = json.loads((ROOT / "demo" / "projects.json").read_text("utf-8"), parse_float=Decimal)[
        "native_samples"
    ]
    for name, (agency, kind) in _NATIVE.items():
        said = natives[name]
        reply = said.get("response_xml") or said.get("response") or said.get("row")
        octets = (reply if isinstance(reply, str) else json.dumps(reply, default=str)).encode()
        hand = by_hand(load((AGENCIES / f"{agency}.yaml").read_text("utf-8"), name), kind) if agency else HELD
        yield compared(name, kind, opened(octets), hand)


def of_tables() -> Iterator[Compared]:
    """The front-end database's table, drafted from its columns' names alone and from its healthy samples."""
    native = json.loads((ROOT / "demo" / "projects.json").read_text("utf-8"))["native_samples"]
    table, row = native["HC_frontend_db_row"]["table"], native["HC_frontend_db_row"]["row"]
    columns = tuple(Parameter(name, within="column") for name in row)
    outputs = tree_of({"table": None, "rows": [dict.fromkeys(row)]})
    found = Description("table", (Operation(table, "public", inputs=columns, outputs=outputs),))
    samples = {f"{FRONT_END.name}/{case.name}": sample_of(case) for case in healthy(FRONT_END)}
    for name, sample in {"its columns' names alone": None, **samples}.items():
        made = drafted(Frame(), found, [Wish("completion-filing", table, sample)]).materials[0]
        yield Compared(name, made.kind, HELD, dict(_paths(made.proposals, "")))


def healthy(folder: Path) -> list[Path]:
    """The cases of a folder in which nothing is wrong."""
    return sorted(each for each in folder.iterdir() if each.name.startswith(("hanlin", "jinxiu")))


def sample_of(case: Path) -> Sample:
    """A recorded case's reply, or its notice."""
    notice = next(case.glob("notice.*"), None)
    if notice is None:
        return opened(next(case.glob("reply.*")).read_bytes())
    forms: dict[str, Any] = {".xml": "xml", ".json": "json", ".csv": "csv"}
    return opened_notice(notice.read_bytes(), forms[notice.suffix])


def by_hand(manifest: Manifest, kind: str) -> dict[str, str]:
    """Fields and their paths as the manifest has them."""
    rule = manifest.material(kind)
    return dict(_rules(rule.fields, "")) if rule else {}


def shares(found: list[Compared]) -> tuple[float, float]:
    """Recall and precision over all of these."""
    right = sum(each.right for each in found)
    return right / sum(len(each.by_hand) for each in found), right / sum(len(each.proposed) for each in found)


def _cases(manifest: Manifest) -> list[Path]:
    folder = SAMPLES / "mdj-drop" / manifest.agency if manifest.connection.drop else SAMPLES / manifest.agency
    return healthy(folder)


def _rules(rules: Mapping[str, FieldRule], before: str) -> Iterator[tuple[str, str]]:
    for name, rule in rules.items():
        path = rule.rows if rule.rows is not None else rule.at
        if path is not None:
            yield f"{before}{name}", path.expression
        yield from _rules(rule.fields or {}, f"{before}{name}.")


def _paths(proposals: tuple[Proposal, ...], before: str) -> Iterator[tuple[str, str]]:
    for each in proposals:
        yield f"{before}{each.field}", each.path
        yield from _paths(each.of, f"{before}{each.field}.")


def _last(path: str) -> str:
    return path.replace("/", ".").rpartition(".")[2]


def main() -> None:
    """Print a line a sample, and what it comes to."""
    of_all = (("demo agencies", of_agencies), ("native samples", of_natives), ("tables", of_tables))
    for title, found in ((title, list(of())) for title, of in of_all):
        print(title)
        for each in found:
            wrong = sorted(field for field, path in each.by_hand.items() if each.proposed.get(field) != path)
            print(f"  {each.name:46}{each.right:3} of {len(each.by_hand):3}  {', '.join(wrong)}")
        recall, precision = shares(found)
        print(f"  right of what people mapped {recall:.1%}, right of what was proposed {precision:.1%}")


if __name__ == "__main__":
    main()
