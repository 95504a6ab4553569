"""Whether a database still gives signs of life."""

from __future__ import annotations

import math
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Pulse:
    """Work begins and ends; when work is under way and none has ended for `silence_seconds`, it is silent.

    How long somebody queued does not count: a busy database is not a silent one. Never silent with None.
    """

    def __init__(
        self, silence_seconds: float | None, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._patience = math.inf if silence_seconds is None else silence_seconds
        self._monotonic = monotonic
        self._under_way: dict[object, float] = {}
        self._last_sign = -math.inf
        self._lock = threading.Lock()

    @contextmanager
    def working(self) -> Iterator[None]:
        """Work that does not take long; its end, good or bad, is a sign of life."""
        work = object()
        with self._lock:
            self._under_way[work] = self._monotonic()
        try:
            yield
        finally:
            with self._lock:
                del self._under_way[work]
                self._last_sign = self._monotonic()

    def left(self) -> float:
        """Seconds until it counts as silent; 0 or less once it does."""
        with self._lock:
            if not self._under_way:
                return self._patience
            since = max(self._last_sign, min(self._under_way.values()))
        return since + self._patience - self._monotonic()

    @property
    def silent(self) -> bool:
        """Whether it is silent now."""
        return self.left() <= 0
