"""R14 and R15: did things happen in their order, and while the permits were valid."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from contracts.catalogue import KINDS
from contracts.identifiers import permit_core
from contracts.kinds import number_of
from contracts.material import Material
from contracts.rules.chain import BUILD, FILE, LAND, VERIFY, cited
from contracts.rules.profile import Profile
from contracts.rules.seen import Rule, Seen, skipped, verdict
from contracts.text import text
from contracts.verdicts import Check, Result

INVESTMENT, LAND_PERMIT = "investment-filing", "land-use-planning-permit"
SUPPLIES = ("land-transfer-contract", "land-allocation-decision")
PLANNED, PERMIT, VERIFIED, FILED = LAND.citing, BUILD.citing, VERIFY.citing, FILE.citing
NO_END = "9999-01-01"
"""What tables of 工程建设项目审批管理系统 hold where a document has no end."""


class _Day(NamedTuple):
    """One day of one document."""

    of: Material
    field: str

    @property
    def written(self) -> str | None:
        value: str | None = self.of.fields.get(self.field)
        return value

    @property
    def place(self) -> str:
        return f"{self.of.kind}.{self.field}"

    def after(self, other: _Day) -> bool:
        return bool(self.written and other.written and self.written > other.written)

    def words(self) -> str:
        number = number_of(self.of.kind, self.of.fields) or KINDS[self.of.kind].id
        return f"{number} {self.field} {self.written}"


def in_order_of_time(seen: Seen, profile: Profile, _today: date) -> Check:
    """R14: investment filing and land supply, land-use permit, planning permit, construction permit, start.

    Planning verification, acceptance, filing; the filing within the profile's days of acceptance
    (建设工程质量管理条例: 15). Nothing is accepted before planning is verified (城乡规划法), unless
    acceptance was joint. Permits are followed by the numbers they cite, so that phases are not mixed.
    """
    steps = list(_steps(seen))
    breaches = [f"{a.words()} > {b.words()}" for a, b in steps if a.after(b)]
    breaches += _late(seen, profile)
    if breaches:
        said = text(f"时间顺序有{len(breaches)}处不符", f"{len(breaches)} days are out of order")
        return verdict("R14", Result.WARN, said, {"items": breaches}, f"≤ {profile.filing_days} d")
    if missing := [*_absent(seen), *(day.place for step in steps for day in step if not day.written)]:
        return skipped("R14", missing)
    return verdict("R14", Result.PASS, text("时间顺序正确", "the days are in order"), {"items": []})


def _steps(seen: Seen) -> Iterator[tuple[_Day, _Day]]:
    """Pairs of days of which the first must not be the later."""
    for land in seen.of(LAND_PERMIT):
        yield from ((_Day(each, "filed_on"), _Day(land, "issued_on")) for each in seen.of(INVESTMENT))
        supplies = (each for slug in SUPPLIES for each in seen.of(slug))
        yield from ((_Day(each, "signed_on"), _Day(land, "issued_on")) for each in supplies)
    for link in (LAND, BUILD):
        for each in seen.of(link.citing):
            yield from ((_Day(one, "issued_on"), _Day(each, "issued_on")) for one in cited(seen, link, each))
    for filing in seen.of(FILED):
        yield from ((_Day(one, "issued_on"), _Day(filing, "started_on")) for one in cited(seen, FILE, filing))
        yield from _verified_first(seen, filing)
        yield _Day(filing, "completed_on"), _Day(filing, "filed_on")


def _verified_first(seen: Seen, filing: Material) -> Iterator[tuple[_Day, _Day]]:
    if filing.fields.get("joint_acceptance") is True:
        return
    permits = _planned_of(seen, filing)
    for each in seen.of(VERIFIED):
        if any(permit in permits for permit in cited(seen, VERIFY, each)):
            yield _Day(each, "issued_on"), _Day(filing, "completed_on")


def _planned_of(seen: Seen, filing: Material) -> list[Material]:
    """The planning permits behind a completion filing, by way of its construction permits."""
    return [plan for permit in cited(seen, FILE, filing) for plan in cited(seen, BUILD, permit)]


def _late(seen: Seen, profile: Profile) -> list[str]:
    """Filings made later after acceptance than the law gives them."""
    found = []
    for filing in seen.of(FILED):
        accepted, filed = filing.fields.get("completed_on"), filing.fields.get("filed_on")
        days = (date.fromisoformat(filed) - date.fromisoformat(accepted)).days if accepted and filed else 0
        if days > profile.filing_days:
            found.append(f"{_Day(filing, 'completed_on').words()} + {days} d > {profile.filing_days} d")
    return found


def _absent(seen: Seen) -> list[str]:
    supply = () if any(seen.of(slug) for slug in SUPPLIES) else (SUPPLIES[0],)
    filings = seen.of(FILED)
    joint = bool(filings) and all(each.fields.get("joint_acceptance") is True for each in filings)
    verified = () if joint else seen.absent(VERIFIED)
    return [*seen.absent(INVESTMENT), *supply, *seen.absent(LAND_PERMIT, PLANNED, PERMIT, FILED), *verified]


R14 = Rule(
    "R14",
    text("时间顺序", "order of days"),
    (INVESTMENT, *SUPPLIES, LAND_PERMIT, PLANNED, PERMIT, VERIFIED, FILED),
    in_order_of_time,
)


# ---------------------------------------------------------------------- R15


def valid_at_start(seen: Seen, _profile: Profile, _today: date) -> Check:
    """R15: each planning permit was valid on the day building started; not today's day.

    No end is null or 9999-01-01. A later copy of the same permit extends it.
    """
    permits = [each for slug in (LAND_PERMIT, PLANNED) for each in seen.of(slug)]
    unread = [f"{each.kind}.valid_until" for each in permits if "valid_until" not in each.fields]
    ends = {_key(each): until for each in permits if (until := _end(each, permits))}
    starts = _starts(seen)
    expired = [
        f"{key[1]} {until} < {starts[key]}"
        for key, until in ends.items()
        if key in starts and until < starts[key]
    ]
    if expired:
        said = text("开工时许可证已过有效期", "a permit had expired when building started")
        return verdict("R15", Result.FAIL, said, {"expired": expired})
    unstarted = [f"{FILED}.started_on" for key in ends if key not in starts]
    if missing := [*seen.absent(LAND_PERMIT, PLANNED), *unread, *unstarted]:
        return skipped("R15", missing)
    return verdict(
        "R15",
        Result.PASS,
        text("许可证在有效期内开工", "building started while permits were valid"),
        {"expired": []},
    )


_Key = tuple[str, str]


def _key(material: Material) -> _Key:
    return material.kind, permit_core(material.fields.get("permit_no") or "") or repr(material.fields)


def _end(material: Material, permits: list[Material]) -> str | None:
    """The day its latest copy ends, or None if one has no end."""
    ends = [each.fields.get("valid_until") or NO_END for each in permits if _key(each) == _key(material)]
    latest = max(ends)
    return None if latest >= NO_END else latest


def _starts(seen: Seen) -> dict[_Key, str]:
    """The first day building started under each permit."""
    found: dict[_Key, str] = {}
    for filing in seen.of(FILED):
        plans = _planned_of(seen, filing)
        permits = [*plans, *(land for plan in plans for land in cited(seen, LAND, plan))]
        for key in map(_key, permits if filing.fields.get("started_on") else ()):
            found[key] = min(found.get(key, NO_END), filing.fields["started_on"])
    return found


R15 = Rule(
    "R15",
    text("许可证有效期", "validity of permits"),
    (LAND_PERMIT, PLANNED, PERMIT, FILED),
    valid_at_start,
    {"expired": (LAND_PERMIT, PLANNED)},
)
