"""Retries: only of what may be asked again, only while the budgets of time and of load last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from tenacity import AsyncRetrying, RetryCallState, retry_if_result, stop_after_attempt, stop_any
from tenacity.wait import wait_random_exponential

from adapters.base import Adapter, Deadline, Keys, ReadOut
from adapters.decode import header
from adapters.manifest import Manifest
from adapters.resilience.around import Around
from adapters.resilience.watch import ILL, Watch, judged
from contracts.errors import AgencyFailed
from contracts.exchange import Evidence, Grant
from contracts.time import to_utc

ATTEMPTS = 3
"""Times one question is asked, at most."""

EXTRA_LOAD = 0.1
"""Retries earned by each question: in its bad hour an agency hears a tenth more, not three times as much."""

RESERVE = 5.0
"""Retries saved up, at most; what a rarely asked agency has for its first bad minute."""

JITTER = wait_random_exponential(multiplier=0.1, max=2.0)
"""Full jitter: anything up to 0.1 s, 0.2 s, ... in seconds, so that callers who failed together part."""


def repeatable(manifest: Manifest) -> frozenset[str]:
    """Kinds whose question may be asked again when no answer came (RFC 9110 §9.2.2).

    A plain GET may, and a SELECT in a session that cannot write; of others only the manifest can tell.
    """
    plain = manifest.connection.protocol in ("rest", "table")
    asks = ((rule.kind, rule.ask) for rule in manifest.materials)
    return frozenset(kind for kind, ask in asks if ask.idempotent or (plain and ask.method == "GET"))


class LoadBudget:
    """A bucket of retries: each question adds a tenth of one, each retry takes one."""

    def __init__(self) -> None:
        self._left = RESERVE

    def earn(self) -> None:
        """A question is asked for the first time."""
        self._left = min(RESERVE, self._left + EXTRA_LOAD)

    def spend(self) -> bool:
        """Take a retry; False when there is none to take."""
        if self._left < 1:
            return False
        self._left -= 1
        return True


@dataclass(frozen=True, slots=True)
class _Attempt:
    found: list[Evidence] | None
    failure: AgencyFailed | None

    @property
    def worth_another(self) -> bool:
        return self.failure is not None and self.failure.fault in ILL

    @property
    def after(self) -> float:
        """Seconds the agency asked us to wait, 0 when it did not."""
        waits = (_asked_to_wait(evidence) for evidence in self.found or ())
        return max((wait.total_seconds() for wait in waits if wait), default=0.0)


class Retry(Around):
    """Asks again, after a while, what is `repeatable`; what came last is the answer."""

    def __init__(self, inner: Adapter, watch: Watch, repeatable: frozenset[str]) -> None:
        super().__init__(inner)
        self._watch, self._repeatable, self._budget = watch, repeatable, LoadBudget()

    async def pull(self, grant: Grant, keys: Keys, deadline: Deadline) -> list[Evidence]:
        """Ask, and where no answer came and none was refused, again."""
        if grant.kind not in self._repeatable:
            return await self._inner.pull(grant, keys, deadline)
        self._budget.earn()
        last: _Attempt = await self._retrying(deadline)(self._attempt, grant, keys, deadline)
        if last.found is None and last.failure:
            raise last.failure
        return last.found or []

    async def _attempt(self, grant: Grant, keys: Keys, deadline: Deadline) -> _Attempt:
        try:
            found = await self._inner.pull(grant, keys, deadline)
        except AgencyFailed as failure:
            return _Attempt(None, failure)
        return _Attempt(found, judged(self._inner, found))

    def _retrying(self, deadline: Deadline) -> AsyncRetrying:
        def too_late(state: RetryCallState) -> bool:
            return state.upcoming_sleep >= deadline.left()

        def too_much(_: RetryCallState) -> bool:
            return not self._budget.spend()

        return AsyncRetrying(
            retry=retry_if_result(lambda attempt: attempt.worth_another),
            wait=_pause,
            # The budget comes last: it is spent by being asked.
            stop=stop_any(stop_after_attempt(ATTEMPTS), too_late, too_much),  # type: ignore[arg-type]
            sleep=self._watch.sleep,
            retry_error_callback=_what_came,
        )

    def read(self, evidence: Evidence) -> ReadOut:
        """What it says; a failure also says when the agency wants to be asked again, if it told us."""
        try:
            return self._inner.read(evidence)
        except AgencyFailed as failure:
            wait = _asked_to_wait(evidence)
            failure.next_try = evidence.received_at + wait if wait and failure.fault in ILL else None
            raise


def _pause(state: RetryCallState) -> float:
    attempt: _Attempt = _what_came(state)
    return attempt.after + JITTER(state)


def _what_came(state: RetryCallState) -> _Attempt:
    if state.outcome is None:
        raise AssertionError("an attempt has an outcome")
    attempt: _Attempt = state.outcome.result()
    return attempt


def _asked_to_wait(evidence: Evidence) -> timedelta | None:
    """Retry-After (RFC 9110 §10.2.3): seconds, or a date as the agency's clock has it."""
    raw = header(evidence.headers, "retry-after").strip()
    if raw.isascii() and raw.isdigit() and len(raw) < 9:
        return timedelta(seconds=int(raw))
    try:
        until: datetime = parsedate_to_datetime(raw)
    except ValueError:
        return None
    wait = to_utc(until) - evidence.received_at if until.tzinfo else timedelta()
    return wait if wait > timedelta() else None
