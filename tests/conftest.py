"""What every room's tests may lean on: a clock that moves when told to, a home that is thrown away."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

SOAK = bool(os.environ.get("LANDBRIDGE_SOAK"))

# No test asserts wall-clock times, so hypothesis does not either. The daily run tries the same examples every
# time, so that a failure is about the change; `make soak` tries new ones, and ten times as many.
settings.register_profile(
    "landbridge",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=not SOAK,
    max_examples=1000 if SOAK else 100,
)
settings.load_profile("landbridge")


class Clock:
    """An aware UTC clock, passed wherever the house asks for a `Callable[[], datetime]`.

    It stands still until `advance` is called, so that a test chooses every instant itself.
    """

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)

    def __call__(self) -> datetime:
        return self._now

    def now(self) -> datetime:
        """The present instant, for reading in assertions."""
        return self._now

    def advance(self, seconds: float) -> datetime:
        """Moves on by `seconds`, backwards if negative; returns the new instant."""
        self._now += timedelta(seconds=seconds)
        return self._now


@pytest.fixture
def clock() -> Clock:
    """A clock at 2026-03-02 14:05:09.120 +08:00, a Monday afternoon inside office hours."""
    return Clock(datetime(2026, 3, 2, 6, 5, 9, 120_000, tzinfo=UTC))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty LANDBRIDGE_HOME (mode 0700), set in the environment for the length of the test."""
    place = tmp_path / "home"
    place.mkdir(mode=0o700)
    monkeypatch.setenv("LANDBRIDGE_HOME", str(place))
    return place
