"""The brief page of a dossier: one screen, a line a material, and details only where a person has to look."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from contracts.catalogue import GATES, KINDS
from contracts.kinds import dated, number_of
from gateway.cli.marks import LEGAL, RESULT, RETRIEVAL, SEAL, STATE, Mark
from gateway.cli.page import Page, clean, compared_of, cut, project_name_of, seal_of, squeezed

TITLE, DAY = 26, 10
"""Columns of a kind's name, at most, and of a day."""

LOOK = ("FAIL", "WARN")
"""Results a person has to look at, the graver first."""

UNASKED = {
    "not-connected": ("尚未接入：", "not connected: "),
    "no-key": ("无可用编号：", "no key opens: "),
    "withheld": ("", ""),
}
"""Why nobody was asked for a material."""

SKIPS = 3
"""Reasons for checks not made that are told; where there are more, too little has come to check anything."""

Said = Mapping[str, Any]


class BriefPage(Page):
    """What a registrar must see first, on one screen."""

    def parts(self, dossier: Said) -> Iterator[RenderableType]:
        """The page from top to bottom."""
        yield from self._title(dossier)
        yield from self._materials(dossier["materials"])
        yield from self._requirements(dossier["requirements"])
        yield from self._checks(dossier["checks"])

    def _title(self, dossier: Said) -> Iterator[RenderableType]:
        """Which project, what for, and whether it is complete."""
        needs, materials = dossier["requirements"], dossier["materials"]
        open_ones = sum(need["state"] not in {"met", "declared"} for need in needs)
        whose = [project_name_of(materials), clean(dossier.get("project_code") or "-")]
        yield self.heading(self.say("陆桥 材料包", "Landbridge dossier"))
        yield self._words("  ".join(filter(None, whose)), "bold")
        if found := dossier.get("found_by"):
            by = f"{found['key']} {clean(found['value'])} ({found['state']})"
            yield self._words(self.say(f"据 {by} 找到", f"found by {by}"), "yellow")
        about = [self.procedure(dossier["procedure"]), self.scope(dossier.get("scope"))]
        yield self._words("  ".join(about), "dim")
        files = sum(len(material.get("attachments") or ()) for material in materials)
        held = sum(bool(material.get("fields")) for material in materials)
        count = self.say(f"材料 {held} 件，附件 {files} 个", f"{held} materials, {files} files")
        complete = self.completeness(dossier["complete"], open_ones)
        moment = self.moment(dossier["assembled_at"])
        yield Padding(complete.append(f"  {count}  {moment}", "dim"), (0, 0, 0, 1))

    def _materials(self, materials: Sequence[Said]) -> Iterator[RenderableType]:
        """Gate by gate a line each; those nobody was asked for in one line together."""
        shown = [material for material in materials if not _unasked(material)]
        for number, own in groupby(sorted(shown, key=_gate), _gate):
            name = GATES[number]
            yield self.heading(self.say(f"{'一二三四五'[number - 1]} {name.zh}", f"{number} {name.en}"))
            yield from self._gate(list(own))
        rest = [material for material in materials if _unasked(material)]
        if rest:
            yield self.heading(self.say("未查询", "not asked"))
        for why, others in _grouped(rest, _unasked):
            kinds = self.kinds(dict.fromkeys(each["kind"] for each in others))
            words = f"{self.say(*UNASKED[why])}{kinds}"
            yield self.line(RETRIEVAL[others[0]["retrieval"]], words)

    def _gate(self, materials: Sequence[Said]) -> Iterator[RenderableType]:
        """The gate's lines, then what failed there, each failure once."""
        grid = Table.grid(padding=(0, 1, 0, 0))
        rest = self.width - 1 - self.signed()[0] - DAY - 2 - 4
        for width in (self.signed()[0], TITLE, rest - TITLE, DAY + 2):
            grid.add_column(width=width, no_wrap=True)
        for material in materials:
            grid.add_row(*self._cells(material, rest - TITLE))
        yield Padding(grid, (0, 0, 0, 1))
        for trouble in dict.fromkeys(filter(None, map(self.trouble, materials))):
            yield self.note(trouble, RETRIEVAL["unavailable"].style)

    def _cells(self, material: Said, room: int) -> tuple[Text, ...]:
        kind, fields = KINDS[material["kind"]], material.get("fields") or {}
        mark = LEGAL.get(material.get("legal", "")) or RETRIEVAL[material["retrieval"]]
        number = clean(number_of(kind.slug, fields) or "-") if fields else self.issuer(kind)
        seal = SEAL[seal_of(material.get("provenance") or {})]
        sign = "" if seal is SEAL["none"] else f" {seal.sign}"
        return (
            mark.text(self.lang),
            Text(squeezed(self.both_of(kind), TITLE)),
            Text(squeezed(number, room), "" if fields else "dim"),
            Text(clean(dated(kind.slug, fields) or "-")).append(sign, seal.style),
        )

    def _requirements(self, needs: Sequence[Said]) -> Iterator[RenderableType]:
        """The open ones with what would meet them, the others by name."""
        yield self.heading(self.say("要件", "Requirements"))
        ordered = sorted(needs, key=lambda need: need["state"] in {"met", "declared"})
        for state, own in _grouped(ordered, lambda need: str(need["state"])):
            if state in {"met", "declared"}:
                titles = self.say("、", "; ").join(self.both(need["title"]) for need in own)
                yield self.line(STATE[state], titles)
                continue
            for need in own:
                yield self.line(STATE[state], f"{self.both(need['title'])}{self._wanted(need)}")

    def _wanted(self, need: Said) -> str:
        held = set(need.get("satisfied_by") or ())
        ways = [[slug for slug in way if slug not in held] for way in need["alternatives"]]
        both, either = self.say("＋", " + "), self.say("；或", "; or ")
        named = either.join(both.join(self.kinds([slug]) for slug in way) for way in ways)
        whom = (
            self.say("（可请申请人提供）", " (the applicant may be asked)")
            if need["ask_applicant"]
            else self.say("（部门共享，不向申请人收取）", " (by sharing, not from the applicant)")
        )
        return self.say("：", ": ") + named + whom

    def _checks(self, checks: Sequence[Said]) -> Iterator[RenderableType]:
        """What failed with its values, what to look at, what could not be checked; what passed by name."""
        yield self.heading(self.say("核验", "Checks"))
        by_result = dict(_grouped(checks, lambda check: str(check["result"])))
        for result in LOOK:
            for check in by_result.get(result, ()):
                yield from self._to_look_at(RESULT[result], check)
        skipped = by_result.get("SKIP", [])
        reasons = list(_grouped(skipped, lambda check: self.both(check["message"])))
        if len(reasons) > SKIPS:
            yield self.line(RESULT["SKIP"], _rules(skipped))
        for said, own in reasons if len(reasons) <= SKIPS else ():
            yield self._one_line(RESULT["SKIP"], f"{_rules(own)}  {said}")
        if passed := by_result.get("PASS"):
            yield self.line(RESULT["PASS"], _rules(passed))

    def _to_look_at(self, mark: Mark, check: Said) -> Iterator[RenderableType]:
        words = f"{check['rule']}  {self.both(check['message'])}"
        values = compared_of(check.get("compared") or {})
        tolerance = f"  ({check['tolerance']})" if check.get("tolerance") else ""
        if check["result"] == "FAIL":
            yield self.line(mark, words)
            yield self.note(cut(values + tolerance, self._room() * 2), "dim")
        else:
            yield self._one_line(mark, f"{words}  {values}{tolerance}")

    # ------------------------------------------------------------------ lines

    def _room(self) -> int:
        """Columns beside a status."""
        return self.width - self.signed()[0] - 3

    def _one_line(self, mark: Mark, words: str) -> RenderableType:
        return self.line(mark, cut(words, self._room()))

    def _words(self, words: str, style: str) -> RenderableType:
        return Padding(Text(words, style, overflow="fold"), (0, 0, 0, 1))


def _unasked(material: Said) -> str:
    """Why nobody was asked for it; empty where somebody was."""
    why = (
        material["retrieval"]
        if material["retrieval"] == "withheld"
        else (material.get("error") or {}).get("type")
    )
    return why if why in UNASKED else ""


def _gate(material: Said) -> int:
    return KINDS[material["kind"]].gate


def _rules(checks: Iterable[Said]) -> str:
    return " ".join(str(check["rule"]) for check in checks)


def _grouped(said: Iterable[Said], key: Callable[[Said], str]) -> Iterator[tuple[str, list[Said]]]:
    """By key, keys in the order they first come in."""
    found: dict[str, list[Said]] = {}
    for each in said:
        found.setdefault(key(each), []).append(each)
    yield from found.items()
