"""The rules as tables: what each compares, what becomes of a difference, and what a profile changes."""

from __future__ import annotations

import inspect

from contracts.rules import RULES
from contracts.rules.profile import Profile
from gateway.reference.tables import table

_IDENTITY = {"name", "version", "source"}

DIFFERENCE = {
    "R01": "FAIL",
    "R02": "FAIL",
    "R03": "FAIL",
    "R04": "FAIL",
    "R05": "FAIL",
    "R06": "FAIL",
    "R07": "FAIL",
    "R07b": "WARN",
    "R08": "FAIL",
    "R09": "FAIL",
    "R10": "FAIL",
    "R11": "FAIL",
    "R12": "WARN",
    "R13": "FAIL",
    "R14": "WARN",
    "R15": "FAIL",
    "R16": "FAIL",
    "R17": "profile 方案",
    "R18": "WARN",
    "R19": "profile 方案",
    "R20": "FAIL",
    "R21": "FAIL",
    "R22": "SKIP",
    "R23": "WARN",
    "R24": "WARN",
}
"""What an unexplained difference is under the shipped profile."""

SWITCHES: dict[str, tuple[str, ...]] = {
    "R04": ("parcel_area",),
    "R05": ("uses", "ancillary_uses"),
    "R06": ("uses",),
    "R07": ("building_area", "building_area_cap_m2", "planning_verification_decides"),
    "R07b": ("building_area", "building_area_cap_m2"),
    "R08": ("building_area", "building_area_cap_m2", "planning_verification_decides"),
    "R10": ("use_synonyms", "planning_verification_decides"),
    "R11": ("planning_verification_decides",),
    "R14": ("filing_days",),
    "R16": ("registered_right_covers_price",),
    "R17": ("restrictions", "other_restriction", "construction_mortgage_converts"),
    "R18": ("location_similarity",),
    "R19": ("drawings",),
    "R21": ("common_parts",),
    "R23": ("presale_pct",),
}
"""What each rule reads of the profile."""


def rules() -> str:
    """Raises AssertionError: a rule or a switch of the profile that these tables leave out."""
    unsaid = set(RULES) ^ set(DIFFERENCE)
    unsaid |= set(Profile.model_fields) - _IDENTITY ^ {name for names in SWITCHES.values() for name in names}
    if unsaid:
        raise AssertionError(f"gateway.reference.rules does not say what becomes of {sorted(unsaid)}")
    rows = [
        (
            number,
            f"{rule.title.zh}<br>{rule.title.en}",
            _what(rule.check),
            DIFFERENCE[number],
            ", ".join(f"`{name}`" for name in SWITCHES.get(number, ())),
            ", ".join(rule.kinds),
        )
        for number, rule in RULES.items()
    ]
    heads = ("rule", "title 名称", "how 如何核验", "difference 不一致时", "profile 方案项", "reads 所用材料")
    return f"## Rules | 核验规则\n\n{_NOTE}\n{table(heads, rows)}"


_NOTE = """\
What cannot be judged is `SKIP` and names what is missing. "how" says where a difference is explained and
becomes a warning. The tolerances and where each comes from: [`rules.yaml`](rules.yaml).
无法判断的为 `SKIP` 并写明缺什么；“如何核验”写明何种差异有说明、降为 `WARN`。
误差与依据见 [`rules.yaml`](rules.yaml)。
"""


def _what(check: object) -> str:
    said = " ".join((inspect.getdoc(check) or "").split())
    return said.partition(": ")[2]
