"""A reply as a whole: did it succeed, are there rows and are they all here, what did nobody look at."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from typing import Any

from adapters.base import VALUE_LENGTH, Locator, ReadOut, evidence_digest, failed
from adapters.decode import Document, Eyes, drained, sight_of
from adapters.functions import token
from adapters.manifest import ListRule, Manifest, MaterialRule, PageRule, ReplyRule
from adapters.mapping.fields import Fields, listed, off_contract, wanted
from adapters.mapping.overlooked import overlooked
from adapters.mapping.rows import MaterialRows, Opened, holds
from contracts.catalogue import KINDS
from contracts.errors import AgencyFailed, Fault
from contracts.exchange import Evidence
from contracts.material import Drift, Material, Provenance, Retrieval, Seal

SIGNALS = 50
"""Drift signals of one reply, at most."""

_PATH_SHOWN = 120
_COLUMN = re.compile(r"(?!.*\d{6})[\w@:-]{0,64}(\[\d*\])*|[./]")
_DIGITS_OF_TOTAL = 9


class Interpreter:
    """Reads an agency's replies as its manifest says, whose rules it makes into functions once."""

    def __init__(self, manifest: Manifest, version: int) -> None:
        self._manifest, self._version = manifest, version
        self._rows = {rule.kind: MaterialRows(manifest, rule, version) for rule in manifest.materials}
        self._lists = {
            rule.kind: ListRows(manifest, rule.listing) for rule in manifest.materials if rule.listing
        }

    def read(self, evidence: Evidence, document: Document, seal: Seal) -> ReadOut:
        """What a decoded reply says. Raises AgencyFailed: declined, other project, off contract."""
        return drained(self.reading(evidence, document, seal))

    def reading(self, evidence: Evidence, document: Document, seal: Seal) -> Generator[None, None, ReadOut]:
        """As `read`, with a pause after every row. A failure takes along how the reply has changed shape."""
        rule = self._manifest.material(evidence.kind)
        if rule is None:
            raise off_contract("清单中没有该材料", "the manifest does not know this kind")
        case = _Case(reply_rule(rule, evidence), evidence, sight_of(document.content))
        try:
            return (yield from self._understood(rule, case, document, seal))
        except AgencyFailed as failure:
            failure.drift = case.broken(failure, document)
            raise

    def _understood(
        self, rule: MaterialRule, case: _Case, document: Document, seal: Seal
    ) -> Generator[None, None, ReadOut]:
        evidence = case.evidence
        rows = case.rows(document.content)
        provenance = _provenance(rule, evidence, seal)
        if not rows and not promised(evidence):
            none = self._material(rule, retrieval=Retrieval.NOT_FOUND, provenance=provenance)
            return ReadOut((none,), case.drift(document))
        if case.reply is not rule:
            # A list leads to details, each of them evidence of its own; here its rows are only checked.
            self._lists[rule.kind].pointers(case, rows)
            return ReadOut((), case.drift(document))
        materials: list[Material] = []
        locators: dict[str, Locator] = {}
        for row in rows:
            material, places = self._one(rule, case, row, provenance)
            materials.append(material)
            locators |= {place.attachment: place for place in places}
            yield
        return ReadOut(tuple(materials), case.drift(document), tuple(locators.values()))

    def pointers(self, evidence: Evidence, document: Document) -> list[str]:
        """What each row of a list is asked by in detail, each once. Raises AgencyFailed."""
        rows = self._lists[evidence.kind]
        case = _Case(rows.rule, evidence, sight_of(document.content))
        return rows.pointers(case, case.rows(document.content))

    def _one(
        self, rule: MaterialRule, case: _Case, within: Any, provenance: Provenance
    ) -> tuple[Material, list[Locator]]:
        """One row's material, and where its attachments are."""
        reader = self._rows[rule.kind]
        row = reader.opened.row(case.eyes, within, case.odd, case.asked)
        legal, files = reader.legal(row), reader.files(row)
        material = self._material(
            rule,
            retrieval=Retrieval.RECEIVED,
            legal=legal,
            fields=reader.fields(row),
            attachments=tuple({file.id: file for file, _ in files}.values()),
            provenance=provenance,
        )
        return material, [place for _, place in files if place]

    def _material(self, rule: MaterialRule, **parts: Any) -> Material:
        return Material(
            kind=rule.kind,
            id=KINDS[rule.kind].id,
            agency=self._manifest.agency,
            manifest_version=self._version,
            **parts,
        )


class ListRows:
    """How the rows of a list lead to details."""

    def __init__(self, manifest: Manifest, rule: ListRule) -> None:
        self.rule = rule
        self._opened = Opened(manifest, rule, wanted([rule.each]))
        self._each = Fields({"each": rule.each}, manifest.null, self._opened.names)

    def pointers(self, case: _Case, rows: list[Any]) -> list[str]:
        """What each row is asked by in detail, each once; each must be about what was asked."""
        if len(rows) > self.rule.most:
            raise failed(Fault.TOO_LARGE)
        found: dict[str, None] = {}
        for within in rows:
            said = self._each.of(self._opened.row(case.eyes, within, case.odd, case.asked)).get("each")
            if not isinstance(said, str) or len(said) > VALUE_LENGTH or not said.isprintable():
                raise off_contract(
                    "列表行没有明细的编号", "a row of the list does not say which detail is its own"
                )
            found[said] = None
        return list(found)


@dataclass(slots=True)
class _Case:
    """One reply being read."""

    reply: ReplyRule
    evidence: Evidence
    eyes: Eyes
    odd: list[str] = field(default_factory=list)

    @property
    def asked(self) -> dict[str, str]:
        """What a row must be about."""
        key, each = self.evidence.key, self.evidence.asked.get("each")
        return {key.name: key.value} | ({} if each is None else {"each": each})

    def rows(self, content: Any) -> list[Any]:
        """The rows, empty when the agency says it has none."""
        for path in self.reply.around:
            self.eyes.pass_over(path, content)
        self._succeeded(content)
        none = holds(self.reply.none, self.eyes.find(self.reply.none.at, content))
        rows = listed(self.eyes, self.eyes.rows(self.reply.rows, content), "rows")
        if none == bool(rows):
            raise off_contract(
                "“无结果”标志与结果列表矛盾", "what says none and the rows contradict each other"
            )
        self._complete(rows, content)
        return rows

    def _complete(self, rows: list[Any], content: Any) -> None:
        """Nothing may be missing between an agency's pages: each is full, the last holds the rest."""
        pages, asked = self.reply.pages, self.evidence.asked
        if promised(self.evidence) and not rows:
            raise off_contract("应有结果而没有", "there should be rows and there are none")
        if pages is None:
            return
        said = token(self.eyes.find(pages.total, content))
        total = total_of(pages, Document(content))
        before = (int(asked.get("page", pages.first)) - pages.first) * pages.size
        if said != asked.get("total", said) or len(rows) != min(pages.size, total - before):
            raise off_contract("分页的行数与总数不符", "the rows of a page do not fit the total")

    def _succeeded(self, content: Any) -> None:
        success = self.reply.success
        if success is None:
            return
        said = self.eyes.find(success.at, content)
        if said is None:
            raise off_contract("没有成功标志", "nothing says whether it succeeded")
        if not holds(success, said):
            raise failed(Fault.DECLINED)

    def drift(self, document: Document) -> tuple[Drift, ...]:
        """What nobody looked at, and what looked odd."""
        return self._signals(self.eyes.unseen(), document)

    def broken(self, failure: AgencyFailed, document: Document) -> tuple[Drift, ...]:
        """The same of a reply whose reading failed, and why it did; nothing of one that is simply a no.

        A reply that seems to be about another project may have renamed the column that says what it is about.
        """
        if failure.fault not in (Fault.OFF_CONTRACT, Fault.OTHER_PROJECT):
            return ()
        signals = self._signals(overlooked(self.reply, document.content), document)
        if failure.fault is Fault.OFF_CONTRACT:
            # The sentence quotes no value: it says which field does not fit, or which is missing.
            signals = (Drift(kind=self.evidence.kind, path="", reason=failure.detail.en), *signals)
        return signals[:SIGNALS]

    def _signals(self, unseen: Iterator[str], document: Document) -> tuple[Drift, ...]:
        signals = [(path, "unmapped") for path in islice(unseen, SIGNALS)]
        signals += [(path, "not-an-identifier") for path in dict.fromkeys(self.odd)]
        if document.relabelled:
            signals.append(("", f"charset: {document.relabelled}"))
        kind = self.evidence.kind
        return tuple(Drift(kind=kind, path=_shown(path), reason=reason) for path, reason in signals[:SIGNALS])


def reply_rule(rule: MaterialRule, evidence: Evidence) -> ReplyRule:
    """How this reply reads: as the list that leads to details, or as the material itself."""
    return rule.listing if rule.listing is not None and "each" not in evidence.asked else rule


def promised(evidence: Evidence) -> bool:
    """Whether an earlier reply said that there is something here: a further page, or a detail."""
    return "total" in evidence.asked or "each" in evidence.asked


def total_of(pages: PageRule, document: Document) -> int:
    """How many rows there are on all pages. Raises AgencyFailed: nothing says so, too many."""
    said = token(sight_of(document.content).find(pages.total, document.content))
    if said is None or not said.isdecimal() or len(said) > _DIGITS_OF_TOTAL:
        raise off_contract("没有总数", "nothing says how many there are")
    if int(said) > pages.size * pages.most:
        raise failed(Fault.TOO_LARGE)
    return int(said)


def fresh_for(rule: MaterialRule) -> timedelta:
    """How long a material may be used without asking again: the manifest's word, else the catalogue's."""
    stated = rule.fresh.fresh_for
    return timedelta(seconds=KINDS[rule.kind].fresh_for if stated is None else stated)


def _provenance(rule: MaterialRule, evidence: Evidence, seal: Seal) -> Provenance:
    return Provenance(
        evidence=evidence_digest(evidence),
        retrieved_at=evidence.received_at,
        fresh_until=evidence.received_at + fresh_for(rule),
        key=evidence.key,
        seal=seal,
    )


def _shown(path: str) -> str:
    """A path for people, with `…` for steps that are no names of columns: replies are keyed by anything."""
    steps = re.split(r"([./])", path)
    return "".join(step if _COLUMN.fullmatch(step) else "…" for step in steps)[:_PATH_SHOWN]
