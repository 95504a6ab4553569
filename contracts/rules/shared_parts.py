"""R21: is it said what the owners have in common."""

from __future__ import annotations

from datetime import date

from contracts.quantities import number
from contracts.rules.profile import Profile
from contracts.rules.seen import Rule, Seen, skipped, verdict
from contracts.scope import rows_of
from contracts.text import text
from contracts.verdicts import Check, Result

LIST = "common-parts"


def common_parts(seen: Seen, profile: Profile, _today: date) -> Check:
    """R21: the list is not empty and has every part the profile names, none of them with an area of zero."""
    lists = seen.standing(LIST)
    if not lists or any("items" not in each.fields for each in lists):
        return skipped("R21", [f"{LIST}.items"] if lists else [LIST])
    items = [row for each in lists for row in rows_of(each, "items")]
    there = [row["kind"] for row in items if not row.get("area_m2") or number(row["area_m2"])]
    lacking = [word for word in profile.common_parts if not any(word in kind for kind in there)]
    compared = {"n": str(len(items)), "lacking": lacking}
    if lacking or not items:
        said = text(
            f"业主共有部分清单缺少：{'、'.join(lacking) or '全部内容'}",
            f"the list of common parts lacks {', '.join(lacking) or 'everything'}",
        )
        return verdict("R21", Result.FAIL, said, compared)
    return verdict("R21", Result.PASS, text("业主共有部分清单", "the list of common parts"), compared)


R21 = Rule("R21", text("业主共有部分", "common parts"), (LIST,), common_parts)
