"""What every room's tests may lean on: a clock that moves when told to, a home that is thrown away."""

import gc
import os
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from gateway.access import passwords
from tests.postgres import CARELESS, Postgres, in_memory
from tests.stores import KINDS, Cluster, Outsider, migrated_file, outsider_at

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

CROWDS = (
    "tests/backup/test_live.py",
    "tests/browser/",
    "tests/crash/",
    "tests/demo/test_run.py",
    "tests/front/",
    "tests/intake/test_kill.py",
    "tests/intake/test_memory.py",
    "tests/nodes/",
    "tests/streaming/",
)
"""Gateways by the dozen that start, die and wait for each other, browsers, files larger than memory: a few of
these files at a time. Memory is weighed of one process, whatever runs beside it."""

ALONE = ("tests/cache/test_many.py", "tests/image/")
"""The heaviest load there is: these get the machine to themselves."""


LONG = (
    "tests/hostile/test_schemathesis.py",
    "tests/browser/test_connect.py",
    "tests/crash/test_kill.py",
    "tests/crash/test_points.py",
    "tests/crash/test_power.py",
)
"""Minutes each: these begin, or at the end all but one process would wait for them."""


def pytest_configure(config: pytest.Config) -> None:
    """Side by side, homes lie in memory if it has room: hundreds of databases sync all the time.

    What is about disks is among the crowds or alone, and on one.
    """
    place = in_memory()
    if place and "not crowd" in config.option.markexpr:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", place)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Who runs only the crowds, or only what runs alone, need not import six thousand other tests."""
    wanted = {"crowd": CROWDS, "alone": ALONE}.get(config.option.markexpr)
    if wanted is None or collection_path.suffix != ".py":
        return None
    return not collection_path.relative_to(config.rootpath).as_posix().startswith(wanted) or None


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Six thousand tests and all they import stay: nobody looks through them for garbage again and again.

    That takes the better part of a second at a time, in which a database seems silent and a deadline passes.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 20)
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what runs two at a time and what runs alone; `make test` runs the others side by side."""
    for item in items:
        if item.nodeid.startswith(CROWDS):
            item.add_marker("crowd")
        if item.nodeid.startswith(ALONE):
            item.add_marker("alone")
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


PASSWORD_COST = passwords.COST
"""What production pays for each password."""


@pytest.fixture(autouse=True, scope="session")
def _quick_passwords() -> None:
    """A quarter of a second for each of a thousand sign-ins is minutes; one test pays the whole price."""
    passwords.COST = passwords.Cost(memory_cost=256, iterations=1, lanes=1)


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


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL for the session, started when the first test wants it."""
    server = Cluster()
    yield server
    server.remove()


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    """A PostgreSQL of a file's own, which may be hung, stopped and started."""
    own = Postgres(memory=True, **CARELESS)
    own.start()
    yield own
    own.remove()


@pytest.fixture(scope="session")
def sqlite_octets(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A migrated SQLite database: made once, copied for each test."""
    return migrated_file(tmp_path_factory.mktemp("database"))


@pytest.fixture(params=KINDS)
def store_kind(request: pytest.FixtureRequest) -> str:
    """Whoever touches a store is tried on both. `only_sqlite` and `only_postgres` choose one."""
    return str(request.param)


@contextmanager
def migrated(kind: str, folder: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """A migrated database of the test's own; a file in `folder`."""
    if kind == "sqlite":
        path = folder / "landbridge.sqlite"
        path.write_bytes(request.getfixturevalue("sqlite_octets"))
        yield f"sqlite:///{path}"
    else:
        with request.getfixturevalue("cluster").database("migrated") as url:
            yield url


@pytest.fixture
def database_url(store_kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """A migrated database of the test's own."""
    with migrated(store_kind, tmp_path, request) as url:
        yield url


@pytest.fixture
def database_urls(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """One of each kind, for whoever tries both in one test."""
    with ExitStack() as stack:
        yield {kind: stack.enter_context(migrated(kind, tmp_path, request)) for kind in KINDS}


@pytest.fixture
def blank_url(store_kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """A database that nobody has touched: no file, or no tables."""
    if store_kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'blank.sqlite'}"
    else:
        with request.getfixturevalue("cluster").database("blank") as url:
            yield url


@pytest.fixture
def outsider(database_url: str) -> Iterator[Outsider]:
    """Somebody else's plain connection to the test's database."""
    with outsider_at(database_url) as made:
        yield made


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty LANDBRIDGE_HOME (mode 0700), set in the environment for the length of the test."""
    place = tmp_path / "home"
    place.mkdir(mode=0o700)
    monkeypatch.setenv("LANDBRIDGE_HOME", str(place))
    return place
