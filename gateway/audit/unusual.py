"""What stands out in a period: six rules over the index, each with its threshold in words."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import bindparam, func, select

from contracts.audit import EntryKind
from contracts.catalogue import KINDS
from contracts.text import Text, text
from contracts.time import BEIJING, day_of, midnight, parse_instant, stored
from gateway.audit.figures import ASKS, Span, first, is_ask
from gateway.audit.names import NAMELESS
from gateway.audit.tallies import Counted, Whose, Window
from gateway.audit.unused import idle_in
from gateway.store.tables import entries, entry_index

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date

    from sqlalchemy import ColumnElement, Connection, Row

    from contracts.exchange import Grant
    from gateway.audit.customs import Customs
    from gateway.audit.log import AuditLog
    from gateway.audit.names import Names
    from gateway.audit.unused import Idle

READ = 20_000
"""Entries that one look reads whole, the newest: only they say what was withheld."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that stands out: whose it is, how often, from when to when as stored text, and in words.

    `said` has places for `{who}`, `{purpose}` and `{grant}`; `words` are those of the search that shows its
    entries.
    """

    rule: str
    said: Text
    count: int
    since: str
    until: str
    consumer: str | None = None
    operator: str | None = None
    kind: str | None = None
    purpose: str = ""
    grant: str = ""

    @property
    def told(self) -> Text:
        """The sentence by ids: the same for good."""
        return self._filled(self._whose.told(), NAMELESS)

    def called(self, names: Names) -> Text:
        """The sentence for people, everybody by the name they are known by."""
        return self._filled(self._whose.called(names), names)

    @property
    def _whose(self) -> Whose:
        return Whose(self.consumer, self.operator)

    def _filled(self, who: Text, names: Names) -> Text:
        said, purpose, grant = self.said, names.word(self.purpose), self.grant
        zh = said.zh.format(who=who.zh, purpose=purpose.zh, grant=grant)
        return text(zh, said.en.format(who=who.en, purpose=purpose.en, grant=grant))

    def words(self) -> dict[str, str]:
        """What to search for; days at +08:00, the last one whole."""
        days = {"from": _day(self.since), "until": _day(self.until)}
        whose = {"consumer": self.consumer, "operator": self.operator, "kind": self.kind}
        return {name: word for name, word in (whose | days).items() if word}


class Look(NamedTuple):
    """What the rules look at: `today` at +08:00, and the grants in force."""

    connection: Connection
    span: Span
    customs: Customs
    grants: tuple[Grant, ...]
    today: date


async def unusual(log: AuditLog, span: Span, customs: Customs, grants: tuple[Grant, ...]) -> list[Finding]:
    """Everything that stands out, rule by rule, the most frequent first. Raises LogUnavailable."""
    today = day_of(log.clock())

    def look(connection: Connection) -> list[Finding]:
        seen = Look(connection, span, customs, grants, today)
        return [found for rule in RULES for found in sorted(rule.find(seen), key=lambda each: -each.count)]

    return await log.survey(look)


def out_of_hours(look: Look) -> Iterator[Finding]:
    """Asks at hours at which nobody works, by operator."""
    limits, found = look.customs.out_of_hours, Counted()
    for whose, stated, count in _by_operator(look, first(13)):
        at = datetime.fromisoformat(f"{stated}:00+00:00").astimezone(BEIJING)
        if whose.consumer not in limits.machines and not limits.is_work(at.date(), at.hour):
            found.add(whose, count, f"{stated}:00:00.000Z")
    for whose, count, since, last in found.over(limits.asks):
        said = text(f"{{who}}在工作时间以外查询 {count} 次", f"{{who}} asked {count} times out of hours")
        yield Finding("out-of-hours", said, count, since, last, *whose)


def bursts(look: Look) -> Iterator[Finding]:
    """The densest minutes of each operator, counted in whole minutes."""
    limits = look.customs.bursts
    windows: dict[Whose, Window] = {}
    for whose, stated, count in _by_operator(look, first(16)):
        windows.setdefault(whose, Window(limits.minutes)).add(f"{stated}:00.000Z", count)
    for whose, window in windows.items():
        if window.most >= limits.asks:
            said = text(
                f"{{who}}在 {limits.minutes} 分钟内查询 {window.most} 次",
                f"{{who}} asked {window.most} times within {limits.minutes} minutes",
            )
            yield Finding("bursts", said, window.most, window.since, window.since, *whose)


def many_projects(look: Look) -> Iterator[Finding]:
    """Different projects of one operator on one day."""
    projects = func.count(entry_index.c.project.distinct())
    for whose, day, count in _by_day(look, projects, look.customs.many_projects.projects, ASKS):
        said = text(f"{{who}}一天内查询 {count} 个项目", f"{{who}} asked about {count} projects on one day")
        yield Finding("many-projects", said, count, day, day, *whose)


def unfit_purposes(look: Look) -> Iterator[Finding]:
    """Kinds withheld that no grant gives anybody for that purpose; purposes a consumer has no grant for."""
    fitting = {(grant.purpose, grant.kind) for grant in look.grants}
    own = {(grant.consumer, grant.purpose) for grant in look.grants}
    found: dict[tuple[str, str, str | None], Counted] = {}
    for entry in _turned_down(look):
        consumer, purpose = str(entry.get("consumer")), str(entry.get("purpose"))
        retrieval = (entry.get("outcome") or {}).get("retrieval") or {}
        kinds = [kind for kind, status in retrieval.items() if status == "withheld"]
        unfit: list[str | None] = [kind for kind in kinds if (purpose, kind) not in fitting]
        if not retrieval and entry.get("purpose") and (consumer, purpose) not in own:
            unfit = [None]
        for kind in unfit:
            counted = found.setdefault((consumer, purpose, kind), Counted())
            counted.add(Whose(consumer, None), 1, entry["at"])
    for (_, purpose, kind), counted in found.items():
        for whose, count, since, last in counted.over(look.customs.unfit_purposes.asks):
            said = _unfit(kind, count)
            yield Finding(
                "unfit-purposes", said, count, since, last, consumer=whose.consumer, purpose=purpose
            )


def _unfit(kind: str | None, count: int) -> Text:
    if kind is None:
        return text(
            f"{{who}}以用途 {{purpose}} 查询 {count} 次，该需求方没有此用途的授权",
            f"{{who}} asked {count} times for the purpose {{purpose}}, for which it has no grant",
        )
    named = _named([kind])
    return text(
        f"{{who}}以用途 {{purpose}} 查询{named.zh} {count} 次，没有任何授权允许此用途取此材料",
        f"{{who}} asked {count} times for the {named.en} for the purpose {{purpose}}; nobody may have it",
    )


def _named(kinds: Sequence[str]) -> Text:
    """Materials by their names in the catalogue."""
    known = [KINDS[kind] for kind in kinds if kind in KINDS]
    return text("、".join(kind.zh for kind in known), ", ".join(kind.en for kind in known))


def unused_grants(look: Look) -> Iterator[Finding]:
    """Grants in force for that long under which nothing was answered, by grant and purpose."""
    days = look.customs.unused_grants.days
    first, last = look.today - timedelta(days=days), look.today
    since, until = stored(midnight(first)), stored(midnight(last))
    for each in idle_in(look.connection, look.grants, look.today, days):
        whose = {"consumer": each.consumer, "purpose": each.purpose, "grant": each.grant}
        yield Finding("unused-grants", _idle(each, days), len(each.kinds), since, until, **whose)


def _idle(found: Idle, days: int) -> Text:
    if len(found.kinds) == found.whole:
        return text(
            f"授权 {{grant}}（用途 {{purpose}}）{days} 天内完全未使用",
            f"Grant {{grant}} (purpose {{purpose}}) was not used at all for {days} days",
        )
    of, many, named = found.whole, len(found.kinds), _named(found.kinds)
    return text(
        f"授权 {{grant}}（用途 {{purpose}}）的 {of} 类材料中 {many} 类 {days} 天未使用：{named.zh}",
        f"Of the {of} kinds of grant {{grant}} (purpose {{purpose}}), {many} were not used for {days} days:"
        f" {named.en}",
    )


def repeated_refusals(look: Look) -> Iterator[Finding]:
    """Refusals of one operator on one day, pages of the console among them."""
    refused = entry_index.c.kind == EntryKind.REFUSED.value
    for whose, day, count in _by_day(look, func.count(), look.customs.repeated_refusals.refusals, refused):
        said = text(f"{{who}}一天内被拒绝 {count} 次", f"{{who}} was refused {count} times on one day")
        yield Finding("repeated-refusals", said, count, day, day, *whose, EntryKind.REFUSED.value)


class Rule(NamedTuple):
    """A rule: its name, its title, what it says with the threshold in words, and how it looks."""

    name: str
    title: Text
    says: Callable[[Customs], Text]
    find: Callable[[Look], Iterator[Finding]]


def _says(zh: str, en: str, part: str) -> Callable[[Customs], Text]:
    return lambda customs: text(zh, en).fill(**getattr(customs, part).model_dump())


RULES = (
    Rule(
        "out-of-hours",
        text("工作时间以外", "Out of hours"),
        _says(
            "同一操作员在工作日 {opens} 时至 {closes} 时以外查询 {asks} 次及以上",
            "{asks} asks or more by one operator outside {opens}:00 to {closes}:00 of a working day",
            "out_of_hours",
        ),
        out_of_hours,
    ),
    Rule(
        "bursts",
        text("短时大量", "Bursts"),
        _says(
            "同一操作员在 {minutes} 分钟内查询 {asks} 次及以上",
            "{asks} asks or more by one operator within {minutes} minutes",
            "bursts",
        ),
        bursts,
    ),
    Rule(
        "many-projects",
        text("项目过多", "Many projects"),
        _says(
            "同一操作员一天内查询 {projects} 个及以上不同项目",
            "{projects} different projects or more by one operator on one day",
            "many_projects",
        ),
        many_projects,
    ),
    Rule(
        "unfit-purposes",
        text("用途与材料不符", "Purpose does not fit"),
        _says(
            "同一需求方 {asks} 次及以上查询没有任何授权允许该用途取得的材料，或以没有授权的用途查询",
            "{asks} asks or more by one consumer for a kind that nobody may have for that purpose, or for a"
            " purpose that it has no grant for",
            "unfit_purposes",
        ),
        unfit_purposes,
    ),
    Rule(
        "unused-grants",
        text("授权闲置", "Unused grants"),
        _says("授权生效后 {days} 天内未使用", "A grant that was not used for {days} days", "unused_grants"),
        unused_grants,
    ),
    Rule(
        "repeated-refusals",
        text("反复被拒", "Repeated refusals"),
        _says(
            "同一操作员一天内被拒绝 {refusals} 次及以上",
            "{refusals} refusals or more of one operator on one day",
            "repeated_refusals",
        ),
        repeated_refusals,
    ),
)
"""In the order in which they are shown."""


def _by_operator(look: Look, when: ColumnElement[Any]) -> Iterator[tuple[Whose, str, int]]:
    whose = (entry_index.c.consumer, entry_index.c.operator)
    counted = select(*whose, when, func.count()).where(is_ask(look.span)).group_by(*whose, when)
    for consumer, operator, stated, count in look.connection.execute(counted.order_by(when)):
        yield Whose(consumer, operator), stated, count


def _by_day(
    look: Look, counted: ColumnElement[int], least: int, which: ColumnElement[bool]
) -> Iterator[tuple[Whose, str, int]]:
    """Whoever reaches so many on one day at +08:00, with the instant that day begins."""
    whose = (entry_index.c.consumer, entry_index.c.operator)
    within = (entry_index.c.at >= bindparam("since")) & (entry_index.c.at < bindparam("until"))
    of_day = select(*whose, counted).where(within & which).group_by(*whose).having(counted >= least)
    for day in _days(look.span):
        for consumer, operator, count in look.connection.execute(of_day, day._asdict()):
            yield Whose(consumer, operator), day.since, count


def _days(span: Span) -> Iterator[Span]:
    begin, end = day_of(parse_instant(span.since)), parse_instant(span.until)
    while midnight(begin) < end:
        following = begin + timedelta(days=1)
        opens, closes = stored(midnight(begin)), stored(midnight(following))
        yield Span(max(span.since, opens), min(span.until, closes))
        begin = following


def _turned_down(look: Look) -> Iterator[dict[str, Any]]:
    """The newest entries of the period that tell of something withheld, or refused for want of a grant."""
    refused = (entry_index.c.kind == EntryKind.REFUSED.value) & (entry_index.c.problem == "not-granted")
    which = is_ask(look.span) & ((entry_index.c.withheld > 0) | refused)
    found = select(entries.c.body).join(entry_index, entry_index.c.idx == entries.c.idx).where(which)
    newest = found.order_by(entry_index.c.at.desc()).limit(READ)
    bodies: Sequence[Row[Any]] = look.connection.execute(newest).all()
    for row in bodies:
        entry = _read(row.body)
        if entry:
            yield entry


def _read(body: bytes | None) -> dict[str, Any]:
    try:
        entry = json.loads(body or b"{}")
    except ValueError:
        return {}  # damaged: a verification says so
    return entry if isinstance(entry, dict) else {}


def _day(at: str) -> str:
    return day_of(parse_instant(at)).isoformat()
