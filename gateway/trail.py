"""What one ask leaves in the audit log: `asked` if an agency will be asked, and one closing entry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from contracts.audit import Draft, EntryKind, Outcome

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from contracts.audit import Recorded
    from contracts.errors import LandbridgeError
    from contracts.exchange import Ask, Reason


class Trail:
    """The entries of one ask by one recognised consumer."""

    def __init__(self, record: Callable[[Draft], Awaitable[Recorded]], consumer: str) -> None:
        self._record = record
        self._who: dict[str, Any] = {"consumer": consumer}
        self.asked_at: int | None = None

    def because(self, reason: Reason) -> None:
        """From here on the entries say why."""
        self._who |= {"case": reason.case, "purpose": reason.purpose, "operator": reason.operator}

    def about(self, ask: Ask, project: str | None) -> None:
        """From here on the entries say what about."""
        self.because(ask)
        self._who |= {"project": project, "scope": ask.scope.model_dump(mode="json") if ask.scope else None}

    def of(self, project: str | None) -> None:
        """From here on the entries name the project."""
        self._who |= {"project": project}

    async def asked(self, kinds: Iterable[str], agencies: Iterable[str]) -> None:
        """Say, durably and before any agency hears of it, who may be asked for what. Once an ask."""
        if self.asked_at is None:
            draft = Draft(kind=EntryKind.ASKED, kinds=_sorted(kinds), agencies=_sorted(agencies), **self._who)
            self.asked_at = (await self._record(draft)).index

    async def answered(self, outcome: Outcome, digest: str, **details: Any) -> Recorded:
        """Say what is about to be answered; the answer leaves only after this returns."""
        return await self._close(EntryKind.ANSWERED, outcome, digest, details)

    async def refused(self, error: LandbridgeError, digest: str) -> Recorded:
        """Say that the consumer was told no, and why."""
        return await self._close(
            EntryKind.REFUSED, Outcome(status=error.status, problem=error.type), digest, {}
        )

    async def let_down(self, error: LandbridgeError, digest: str) -> Recorded:
        """Say that the consumer was answered with an agency's failure."""
        return await self._close(
            EntryKind.ANSWERED, Outcome(status=error.status, problem=error.type), digest, {}
        )

    async def failed(self, error: LandbridgeError, digest: str) -> Recorded:
        """Say that the ask ended in a fault of ours."""
        return await self._close(
            EntryKind.FAILED, Outcome(status=error.status, problem=error.type), digest, {}
        )

    async def _close(
        self, kind: EntryKind, outcome: Outcome, digest: str, details: dict[str, Any]
    ) -> Recorded:
        draft = Draft(
            kind=kind, asked=self.asked_at, outcome=outcome, answer_digest=digest, **self._who, **details
        )
        return await self._record(draft)


def _sorted(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(words)))
