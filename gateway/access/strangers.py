"""Callers whom nobody knows: how often each address may call, and how many they were."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Strangers:
    """Unknown callers: a minute's allowance for each address, and one aggregate count."""

    MINUTE = 60.0
    ADDRESSES = 10_000

    def __init__(self, per_minute: int, monotonic: Callable[[], float]) -> None:
        self._per_minute, self._monotonic = per_minute, monotonic
        self._heard: dict[str, int] = {}
        self._window = monotonic()
        self._count = 0
        self._counted_at = -self.MINUTE

    def heard(self, remote: str) -> bool:
        """Count one; False when this address has used up its minute (or too many addresses call at once)."""
        self._count += 1
        if self._monotonic() - self._window >= self.MINUTE:
            self._heard, self._window = {}, self._monotonic()
        if remote not in self._heard and len(self._heard) >= self.ADDRESSES:
            return False
        self._heard[remote] = self._heard.get(remote, 0) + 1
        return self._heard[remote] <= self._per_minute

    @property
    def due(self) -> bool:
        """Whether the count is to be recorded now: at most once a minute."""
        return self._count > 0 and self._monotonic() - self._counted_at >= self.MINUTE

    def take(self) -> int:
        """The count to record; counting begins again."""
        counted, self._count, self._counted_at = self._count, 0, self._monotonic()
        return counted

    def give_back(self, counted: int) -> None:
        """It could not be recorded; the next entry counts these too."""
        self._count += counted
