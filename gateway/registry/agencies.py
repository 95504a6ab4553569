"""An adapter for each manifest in force."""

from __future__ import annotations

import logging
from collections import OrderedDict
from typing import TYPE_CHECKING

from contracts.audit import Draft, EntryKind, Subject
from contracts.errors import ManifestInvalid
from gateway.registry.documents import Document, DocumentKind

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from adapters.base import Adapter
    from contracts.audit import Recorded
    from contracts.material import Drift
    from contracts.text import Text
    from gateway.registry.record import Registry

log = logging.getLogger(__name__)

DRIFT_SIGNALS = 1000
"""Drift signals kept for people to look at."""


class Agencies:
    """An adapter for each published manifest, built once a version; asks under way keep theirs."""

    def __init__(
        self,
        registry: Registry,
        build: Callable[[Document], Adapter],
        record: Callable[[Draft], Awaitable[Recorded]],
    ) -> None:
        self._registry, self._build, self._record = registry, build, record
        self._told: set[tuple[str, int, str]] = set()
        self._built: dict[str, tuple[int, Adapter]] = {}
        self.broken: dict[str, Text] = {}
        self.drift: OrderedDict[tuple[str, str, str], Drift] = OrderedDict()

    async def all(self) -> tuple[Adapter, ...]:
        """The adapters of the versions in force now."""
        published = await self._registry.current(DocumentKind.AGENCY)
        self._built = {
            name: built for name, document in published.items() if (built := self._fitting(document))
        }
        return tuple(adapter for _, adapter in self._built.values())

    async def drifted(self, adapter: Adapter, signals: tuple[Drift, ...]) -> None:
        """Keep the signals that an agency's replies have changed shape, each once, for people to look at.

        The first of a kind under a manifest version is an entry: since when, and which kind, but no names of
        the agency's fields, which may be anything.
        """
        agency = adapter.agency
        for kind in {signal.kind for signal in signals}:
            if (agency, adapter.version, kind) not in self._told:
                self._told.add((agency, adapter.version, kind))
                subject = Subject(type="agency", id=agency, version=adapter.version, note="replies changed")
                await self._record(
                    Draft(kind=EntryKind.DRIFTED, agencies=(agency,), kinds=(kind,), subject=subject)
                )
        for signal in signals:
            place = (agency, signal.kind, signal.path)
            if place not in self.drift:
                log.warning("drift at %s: %s", agency, signal.kind)  # as the entry: no names
            self.drift[place] = signal
            while len(self.drift) > DRIFT_SIGNALS:
                self.drift.popitem(last=False)

    def _fitting(self, document: Document) -> tuple[int, Adapter] | None:
        """One manifest that an update of ours can no longer read must not take the other agencies with it."""
        built = self._built.get(document.name)
        if built and built[0] == document.version:
            return built
        try:
            adapter = self._build(document)
        except ManifestInvalid as error:
            if self.broken.get(document.name) != error.detail:
                log.error("manifest %s v%s cannot be used: %s", document.name, document.version, error)  # noqa: TRY400
            self.broken[document.name] = error.detail
            return None
        self.broken.pop(document.name, None)
        return document.version, adapter
