"""The full page of a dossier: five gates in order, every material, requirement and check."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from contracts.catalogue import GATES, KINDS
from contracts.kinds import dated, number_of
from gateway.cli.marks import LEGAL, RESULT, RETRIEVAL, SEAL, STATE
from gateway.cli.page import Page, clean, compared_of, project_name_of, seal_of

ONE_LINE = 96
"""Columns a page must have to give a material one line."""

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


class FullPage(Page):
    """Everything a dossier says."""

    @property
    def wide(self) -> bool:
        """Whether a material has one line."""
        return self.width >= ONE_LINE

    def parts(self, dossier: Mapping[str, Any]) -> Iterator[RenderableType]:
        """The page from top to bottom."""
        yield self.title(dossier)
        yield from self.gates(dossier["materials"])
        yield from self.requirements(dossier["requirements"])
        yield from self.checks(dossier["checks"])

    def title(self, dossier: Mapping[str, Any]) -> RenderableType:
        """What the dossier is for, and whether it is complete."""
        open_ones = sum(need["state"] not in {"met", "declared"} for need in dossier["requirements"])
        slug = dossier["procedure"]
        rows = [
            (("项目", "project"), Text(project_name_of(dossier["materials"]) or "-", "bold")),
            (("项目代码", "project code"), Text(clean(dossier.get("project_code") or "-"))),
            (("登记事项", "procedure"), Text(f"{self.procedure(slug)} ({clean(slug)})")),
            (("范围", "scope"), Text(self.scope(dossier.get("scope")))),
            (("汇总时间", "assembled"), Text(self.moment(dossier["assembled_at"]))),
            (("材料要件", "requirements"), self.completeness(dossier["complete"], open_ones)),
        ]
        grid = Table.grid(padding=(0, 2))
        grid.add_column(style="dim", no_wrap=True)
        grid.add_column(overflow="fold")
        for name, value in rows:
            grid.add_row(self.say(*name), value)
        head = Rule(Text(self.say("陆桥 材料包", "Landbridge dossier"), "bold"), style="dim", characters="-")
        return Group(head, Padding(grid, (0, 1)))

    def gates(self, materials: Sequence[Mapping[str, Any]]) -> Iterator[RenderableType]:
        """The five gates in order, each with its materials in the catalogue's order."""
        yield self._headings()
        for number, gate in GATES.items():
            yield self.heading(self.say(f"{'一二三四五'[number - 1]} {gate.zh}", f"{number} {gate.en}"))
            own = [material for material in materials if KINDS[material["kind"]].gate == number]
            for material in own:
                yield self._row(self._cells(material))
                yield from self._notes(material)
            if not own:
                yield Padding(Text(self.say("本次未涉及", "nothing asked here"), "dim"), (0, 0, 0, 3))

    def requirements(self, needs: Sequence[Mapping[str, Any]]) -> Iterator[RenderableType]:
        """Each requirement, and for an open one what would meet it, from whom, and who must not be asked."""
        yield self.heading(self.say("要件", "Requirements"))
        for need in needs:
            by = self.say("：", ": ") + self.kinds(need["satisfied_by"]) if need.get("satisfied_by") else ""
            yield self.line(STATE[need["state"]], self.both(need["title"]) + by)
            if need["state"] not in {"met", "declared"}:
                yield self.note(self._wanted(need), STATE[need["state"]].style)
                yield self.note(self.both(need["basis"]), "dim")

    def checks(self, checks: Sequence[Mapping[str, Any]]) -> Iterator[RenderableType]:
        """Each rule's verdict; where a person has to look, also the values it compared."""
        yield self.heading(self.say("核验", "Checks"))
        for check in checks:
            yield self.line(RESULT[check["result"]], f"{check['rule']}  {self.both(check['message'])}")
            compared = compared_of(check.get("compared") or {})
            if compared and check["result"] in {"WARN", "FAIL"}:
                tolerance = f"  ({check['tolerance']})" if check.get("tolerance") else ""
                yield self.note(compared + tolerance, "dim")

    # ------------------------------------------------------------------ one material

    def _cells(self, material: Mapping[str, Any]) -> tuple[Text, ...]:
        kind, fields = KINDS[material["kind"]], material.get("fields") or {}
        provenance = material.get("provenance")
        not_connected = (material.get("error") or {}).get("type") == "not-connected"
        absent = self.say("尚未接入", "not connected") if not_connected else "-"
        return (
            RETRIEVAL[material["retrieval"]].text(self.lang),
            Text(self.both_of(kind)),
            Text(clean(number_of(kind.slug, fields) or absent), "" if fields else "dim"),
            Text(self.issuer(kind), "dim"),
            Text(clean(dated(kind.slug, fields) or "-")),
            Text(self.age(provenance) if provenance and fields else "-"),
            SEAL[seal_of(provenance)].text(self.lang) if provenance and fields else Text("-", "dim"),
            Text(str(len(material.get("attachments") or ())) if fields else "-"),
        )

    def _notes(self, material: Mapping[str, Any]) -> Iterator[RenderableType]:
        """What the reader must know before using it: why it is not fresh, or no longer in force."""
        if trouble := self.trouble(material):
            yield self.note(trouble, RETRIEVAL["unavailable"].style)
        if mark_ := LEGAL.get(material.get("legal", "")):
            yield self.note(mark_.text(self.lang).plain, mark_.style)

    # ------------------------------------------------------------------ layout

    def _widths(self) -> tuple[int, ...]:
        """Columns of each cell; title and number share what the others leave."""
        status, seal = self.signed()
        taken = status + seal + (10 + 10 + 6 + 5 if self.wide else 0)
        rest = self.width - 1 - taken - (7 if self.wide else 3)
        number = min(24, rest * 4 // 7)
        shared = (status, rest - number, number)
        return (*shared, 10, 10, 6, seal, 5) if self.wide else (*shared, seal)

    def _row(self, cells: Sequence[Text]) -> RenderableType:
        grid = Table.grid(padding=(0, 1, 0, 0))
        for width in self._widths():
            grid.add_column(width=width, overflow="fold")
        if self.wide:
            grid.add_row(*cells)
        else:
            status, title, number, issuer, day, age, seal, files = cells
            grid.add_row(status, title, number, age)
            named = Text(self.say("附件 ", "files "), "dim") + files
            grid.add_row("", issuer + Text("  ") + named, day, seal)
        return Padding(grid, (0, 0, 0, 1))

    def _headings(self) -> RenderableType:
        return (
            self._row([Text(self.say(*name), "dim italic") for name in HEADINGS]) if self.wide else Text("")
        )

    # ------------------------------------------------------------------ words

    def _wanted(self, need: Mapping[str, Any]) -> str:
        """What would meet a requirement and who issues it; the applicant only where the law lets us ask."""
        held = set(need.get("satisfied_by") or ())
        ways = [[slug for slug in way if slug not in held] for way in need["alternatives"]]
        named = [" + ".join(self.from_whom(slug) for slug in way) for way in ways]
        whom = (
            self.say("可请申请人提供", "the applicant may be asked")
            if need["ask_applicant"]
            else self.say("由部门共享取得，不向申请人收取", "comes by sharing; the applicant is not asked")
        )
        return (
            self.say("尚缺：", "Wanted: ")
            + self.say(" 或 ", " or ").join(named)
            + self.say("；", "; ")
            + whom
        )
