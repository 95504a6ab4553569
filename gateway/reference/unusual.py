"""What counts as unusual: every threshold of config/unusual.yaml."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.audit.customs import Customs
from gateway.audit.unusual import RULES
from gateway.reference.tables import table

if TYPE_CHECKING:
    from collections.abc import Iterator

_NOTE = """\
Thresholds of [`unusual.yaml`](unusual.yaml), read whenever an auditor looks; what it omits has the default.
[`unusual.yaml`](unusual.yaml) 的判定标准，审计员每次查看时读取；未写的项目取默认值。
"""


def unusual() -> str:
    """Raises KeyError for a part that no rule goes by."""
    heads = ("setting 项", "default 默认", "what 说明", "rule 规则")
    return f"## Unusual | 异常判定\n\n{_NOTE}\n{table(heads, _rows())}"


def _rows() -> Iterator[tuple[str, ...]]:
    shipped = Customs()
    rules = {rule.name.replace("-", "_"): rule.says(shipped) for rule in RULES}
    for part in Customs.model_fields:
        inner, says = getattr(shipped, part), rules[part]
        for place, (name, told) in enumerate(type(inner).model_fields.items()):
            en, _, zh = (told.description or "").partition(" | ")
            rule = f"{says.zh}<br>{says.en}" if place == 0 else ""
            yield f"`{part}.{name}`", f"`{getattr(inner, name)}`", f"{zh}<br>{en}", rule
