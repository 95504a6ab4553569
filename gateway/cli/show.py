"""A dossier on a terminal: the five gates in order, a line a material, what is missing, what was checked.

Takes the JSON a consumer received. Colour is never alone: a status has its word and its sign, and the tick
is kept for one thing, a seal that was verified.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from contracts.catalogue import GATES, KINDS, Kind
from contracts.kinds import dated, number_of
from contracts.procedures import PROCEDURES
from contracts.time import BEIJING
from gateway.cli.words import Lang, pick

WIDEST, ONE_LINE = 100, 96
"""Columns: how wide a page gets, and how wide it must be to give a material one line."""


class Mark(NamedTuple):
    """A status as people see it: sign, word, colour. Signs are of unambiguous single width (UAX #11)."""

    sign: str
    zh: str
    en: str
    style: str

    def text(self, lang: Lang) -> Text:
        """Sign and word."""
        return Text(f"{self.sign} {pick(self.zh, self.en, lang)}", self.style)


RETRIEVAL = {
    "received": Mark("▪", "已获取", "received", "green"),
    "partial": Mark("◧", "不完整", "partial", "yellow"),
    "not_found": Mark("∅", "查无", "none there", "blue"),
    "unavailable": Mark("!", "未应答", "unavailable", "bold red"),
    "stale": Mark("◔", "旧件", "stale", "yellow"),
    "invalid": Mark("✗", "不相符", "invalid", "bold red"),
    "pending": Mark("◌", "待获取", "pending", "cyan"),
    "withheld": Mark("⊘", "未授权", "withheld", "magenta"),
    "declared": Mark("▫", "自申报", "declared", "green"),
    "manual": Mark("✎", "手工录", "manual", "yellow"),
}
LEGAL = {
    "expired": Mark("!", "已过期", "expired", "bold red"),
    "superseded": Mark("!", "已被替代", "superseded", "yellow"),
    "revoked": Mark("!", "已撤销", "revoked", "bold red"),
    "cancelled": Mark("!", "已注销", "cancelled", "bold red"),
}
SEAL = {
    "yes": Mark("✓", "已验签", "verified", "green"),
    "no": Mark("✗", "不符", "broken", "bold red"),
    "none": Mark("-", "未签名", "unsigned", "dim"),
}
STATE = {
    "met": Mark("▪", "已具备", "met", "green"),
    "declared": Mark("▫", "已申报", "declared", "green"),
    "waiting": Mark("◌", "等待中", "waiting", "cyan"),
    "missing": Mark("∅", "缺少", "missing", "bold red"),
    "expired": Mark("!", "已过期", "expired", "bold red"),
    "conflicting": Mark("!", "有矛盾", "conflicting", "bold red"),
}
RESULT = {
    "PASS": Mark("▪", "通过", "PASS", "green"),
    "WARN": Mark("!", "提示", "WARN", "yellow"),
    "FAIL": Mark("✗", "不通过", "FAIL", "bold red"),
    "SKIP": Mark("-", "未核验", "SKIP", "dim"),
}
HEADINGS = (
    ("获取状态", "status"),
    ("材料", "material"),
    ("文号", "number"),
    ("出具部门", "issuer"),
    ("日期", "dated"),
    ("距今", "age"),
    ("签名", "seal"),
    ("附件", "files"),
)


def print_dossier(
    console: Console, dossier: Mapping[str, Any], lang: Lang, now: datetime | None = None
) -> None:
    """Print a dossier, 100 columns at most, 80 with stacked cells.

    `dossier` is the answer's JSON; ages are counted to `now`, by default to when it was assembled.
    """
    page = _Page(min(console.width, WIDEST), lang, now or datetime.fromisoformat(dossier["assembled_at"]))
    parts: list[RenderableType] = [
        page.title(dossier),
        *page.gates(dossier["materials"]),
        *page.requirements(dossier["requirements"]),
        *page.checks(dossier["checks"]),
        Rule(style="dim", characters="-"),
    ]
    console.print(Group(*parts), width=page.width, highlight=False)


class _Page:
    """The page's width in columns, its language, and the instant ages are counted to."""

    def __init__(self, width: int, lang: Lang, now: datetime) -> None:
        self.width, self.lang, self.now = width, lang, now
        self.wide = width >= ONE_LINE

    def title(self, dossier: Mapping[str, Any]) -> RenderableType:
        """What the dossier is for, and whether it is complete."""
        open_ones = sum(need["state"] not in {"met", "declared"} for need in dossier["requirements"])
        rows = [
            (("项目", "project"), Text(_project_name(dossier["materials"]) or "-", "bold")),
            (("项目代码", "project code"), Text(_clean(dossier.get("project_code") or "-"))),
            (("登记事项", "procedure"), Text(self._procedure(dossier["procedure"]))),
            (("范围", "scope"), Text(self._scope(dossier.get("scope")))),
            (("汇总时间", "assembled"), Text(self._moment(dossier["assembled_at"]))),
            (("材料要件", "requirements"), self._completeness(dossier["complete"], open_ones)),
        ]
        grid = Table.grid(padding=(0, 2))
        grid.add_column(style="dim", no_wrap=True)
        grid.add_column(overflow="fold")
        for name, value in rows:
            grid.add_row(self._say(*name), value)
        head = Rule(Text(self._say("陆桥 材料包", "Landbridge dossier"), "bold"), style="dim", characters="-")
        return Group(head, Padding(grid, (0, 1)))

    def gates(self, materials: Sequence[Mapping[str, Any]]) -> Iterator[RenderableType]:
        """The five gates in order, each with its materials in the catalogue's order."""
        yield self._headings()
        for number, gate in GATES.items():
            yield self._heading(self._say(f"{'一二三四五'[number - 1]} {gate.zh}", f"{number} {gate.en}"))
            own = [material for material in materials if KINDS[material["kind"]].gate == number]
            for material in own:
                yield self._row(self._cells(material))
                yield from self._notes(material)
            if not own:
                yield Padding(Text(self._say("本次未涉及", "nothing asked here"), "dim"), (0, 0, 0, 3))

    def requirements(self, needs: Sequence[Mapping[str, Any]]) -> Iterator[RenderableType]:
        """Each requirement, and for an open one what would meet it, from whom, and who must not be asked."""
        yield self._heading(self._say("要件", "Requirements"))
        for need in needs:
            by = self._say("：", ": ") + self._kinds(need["satisfied_by"]) if need.get("satisfied_by") else ""
            yield self._line(STATE[need["state"]], self._both(need["title"]) + by)
            if need["state"] not in {"met", "declared"}:
                yield self._note(self._wanted(need), STATE[need["state"]].style)
                yield self._note(self._both(need["basis"]), "dim")

    def checks(self, checks: Sequence[Mapping[str, Any]]) -> Iterator[RenderableType]:
        """Each rule's verdict; where a person has to look, also the values it compared."""
        yield self._heading(self._say("核验", "Checks"))
        for check in checks:
            yield self._line(RESULT[check["result"]], f"{check['rule']}  {self._both(check['message'])}")
            compared = _compared(check.get("compared") or {})
            if compared and check["result"] in {"WARN", "FAIL"}:
                tolerance = f"  ({check['tolerance']})" if check.get("tolerance") else ""
                yield self._note(compared + tolerance, "dim")

    # ------------------------------------------------------------------ one material

    def _cells(self, material: Mapping[str, Any]) -> tuple[Text, ...]:
        kind, fields = KINDS[material["kind"]], material.get("fields") or {}
        provenance = material.get("provenance")
        not_connected = (material.get("error") or {}).get("type") == "not-connected"
        absent = self._say("尚未接入", "not connected") if not_connected else "-"
        return (
            RETRIEVAL[material["retrieval"]].text(self.lang),
            Text(self._both_of(kind)),
            Text(_clean(number_of(kind.slug, fields) or absent), "" if fields else "dim"),
            Text(self._issuer(kind), "dim"),
            Text(_clean(dated(kind.slug, fields) or "-")),
            Text(self._age(provenance) if provenance and fields else "-"),
            SEAL[_seal(provenance)].text(self.lang) if provenance and fields else Text("-", "dim"),
            Text(str(len(material.get("attachments") or ())) if fields else "-"),
        )

    def _notes(self, material: Mapping[str, Any]) -> Iterator[RenderableType]:
        """What the reader must know before using it: why it is not fresh, or no longer in force."""
        error, last = material.get("error"), material.get("last_good")
        if error and error["type"] != "not-connected":
            since = self._since(last) if last else ""
            mark = RETRIEVAL["unavailable"]
            yield self._note(f"{mark.sign} {error['type']}: {self._both(error['detail'])}{since}", mark.style)
        if mark_ := LEGAL.get(material.get("legal", "")):
            yield self._note(mark_.text(self.lang).plain, mark_.style)

    def _since(self, last: Mapping[str, Any]) -> str:
        when, age = self._moment(last["retrieved_at"]), self._age(last)
        return self._say(
            f"；所示为 {when} 的有效副本（{age}前）", f"; shown is the good copy of {when} ({age} old)"
        )

    def _age(self, taken: Mapping[str, Any]) -> str:
        past = max(self.now - datetime.fromisoformat(taken["retrieved_at"]), timedelta())
        seconds = int(past.total_seconds())
        for size, zh, en in ((86_400, "天", " d"), (3_600, "小时", " h"), (60, "分钟", " min")):
            if seconds >= size:
                return f"{seconds // size}{self._say(zh, en)}"
        return f"{seconds}{self._say('秒', ' s')}"

    # ------------------------------------------------------------------ layout

    def _widths(self) -> tuple[int, ...]:
        """Columns of each cell; title and number share what the others leave."""
        status, seal = self._signed()
        taken = status + seal + (10 + 10 + 6 + 5 if self.wide else 0)
        rest = self.width - 1 - taken - (7 if self.wide else 3)
        number = min(24, rest * 4 // 7)
        shared = (status, rest - number, number)
        return (*shared, 10, 10, 6, seal, 5) if self.wide else (*shared, seal)

    def _signed(self) -> tuple[int, int]:
        """Columns for a status and for a seal: the sign, a space, the longest word."""
        return (8, 8) if self.lang == "zh" else (13, 10)

    def _row(self, cells: Sequence[Text]) -> RenderableType:
        grid = Table.grid(padding=(0, 1, 0, 0))
        for width in self._widths():
            grid.add_column(width=width, overflow="fold")
        if self.wide:
            grid.add_row(*cells)
        else:
            status, title, number, issuer, day, age, seal, files = cells
            grid.add_row(status, title, number, age)
            named = Text(self._say("附件 ", "files "), "dim") + files
            grid.add_row("", issuer + Text("  ") + named, day, seal)
        return Padding(grid, (0, 0, 0, 1))

    def _headings(self) -> RenderableType:
        return (
            self._row([Text(self._say(*name), "dim italic") for name in HEADINGS]) if self.wide else Text("")
        )

    def _heading(self, words: str) -> RenderableType:
        return Rule(Text(words, "bold cyan"), align="left", style="dim", characters="-")

    def _line(self, mark: Mark, words: str) -> RenderableType:
        grid = Table.grid(padding=(0, 1, 0, 0))
        grid.add_column(width=self._signed()[0])
        grid.add_column(overflow="fold")
        grid.add_row(mark.text(self.lang), Text(words))
        return Padding(grid, (0, 0, 0, 1))

    def _note(self, words: str, style: str) -> RenderableType:
        indent = self._signed()[0] + 2
        return Padding(Text(words, style, overflow="fold"), (0, 0, 0, indent))

    # ------------------------------------------------------------------ words

    def _say(self, zh: str, en: str) -> str:
        return pick(zh, en, self.lang)

    def _both(self, pair: Mapping[str, str]) -> str:
        return _clean(self._say(pair["zh"], pair["en"]))

    def _both_of(self, kind: Kind) -> str:
        return self._say(kind.zh, kind.en)

    def _procedure(self, slug: str) -> str:
        known = PROCEDURES.get(slug)
        return f"{self._say(known.title.zh, known.title.en)} ({slug})" if known else _clean(slug)

    def _kinds(self, slugs: Iterable[str]) -> str:
        return self._say("、", ", ").join(self._both_of(KINDS[slug]) for slug in slugs)

    def _wanted(self, need: Mapping[str, Any]) -> str:
        """What would meet a requirement and who issues it; the applicant only where the law lets us ask."""
        held = set(need.get("satisfied_by") or ())
        ways = [[slug for slug in way if slug not in held] for way in need["alternatives"]]
        named = [" + ".join(self._from_whom(slug) for slug in way) for way in ways]
        whom = (
            self._say("可请申请人提供", "the applicant may be asked")
            if need["ask_applicant"]
            else self._say("由部门共享取得，不向申请人收取", "comes by sharing; the applicant is not asked")
        )
        return (
            self._say("尚缺：", "Wanted: ")
            + self._say(" 或 ", " or ").join(named)
            + self._say("；", "; ")
            + whom
        )

    def _from_whom(self, slug: str) -> str:
        kind = KINDS[slug]
        return self._say(f"{kind.zh}（{kind.issuer.zh}）", f"{kind.en} ({kind.issuer.en})")

    def _issuer(self, kind: Kind) -> str:
        """The issuing office without what every office is called; in full where it is asked for something."""
        short = re.sub(r"（.*?）|、.*|主管部门|部门|机构", "", kind.issuer.zh)
        return self._say(short, kind.issuer.en.partition(",")[0])

    def _scope(self, scope: Mapping[str, Any] | None) -> str:
        named = [f"{name}: {'、'.join(values)}" for name, values in (scope or {}).items() if values]
        return _clean("; ".join(named)) or self._say("整个项目", "the whole project")

    def _moment(self, instant: str) -> str:
        return f"{datetime.fromisoformat(instant).astimezone(BEIJING):%Y-%m-%d %H:%M:%S}"

    def _completeness(self, complete: bool, open_ones: int) -> Text:
        if complete:
            return Mark("▪", "齐备", "complete", "bold green").text(self.lang)
        missing = Mark("∅", f"未齐备，尚缺 {open_ones} 项", f"incomplete, {open_ones} open", "bold red")
        return missing.text(self.lang)


def _seal(provenance: Mapping[str, Any]) -> str:
    return str((provenance.get("seal") or {}).get("verified", "none"))


def _project_name(materials: Iterable[Mapping[str, Any]]) -> str | None:
    names = (material.get("fields", {}).get("project_name") for material in materials)
    return next((_clean(name) for name in names if name), None)


def _compared(values: Mapping[str, Any]) -> str:
    return "  ".join(f"{_clean(name)}: {_value(value)}" for name, value in values.items())


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_clean(str(name))}: {_value(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_value(one) for one in value) + "]"
    return _clean(str(value))


def _clean(words: str) -> str:
    """Without control and formatting characters: an agency's text must not steer the reader's terminal."""
    return "".join(sign if unicodedata.category(sign)[0] != "C" else "�" for sign in words)
