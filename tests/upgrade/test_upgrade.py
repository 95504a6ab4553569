"""Every release's database comes to the present state with all that was in it, its log guarded and sound."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, inspect, select, table, text

from contracts.audit import Draft, EntryKind
from gateway.audit.checkpoint import Verifier
from gateway.audit.verify import verify_rows
from gateway.store.database import transaction
from gateway.store.engine import open_engine
from gateway.store.guards import GUARDS, missing_guards
from gateway.store.migrate import migrate, pending

RELEASES = sorted(Path(__file__).parent.glob("*.sql"))
NOW = "2026-03-02T06:05:09.120Z"


def remarks(release: Path, name: str) -> list[str]:
    mark = f"-- {name} "
    lines = release.read_text("utf-8").splitlines()
    return [
        line.removeprefix(mark.rstrip()).removeprefix(" ") for line in lines if line.startswith(mark.rstrip())
    ]


@pytest.fixture(params=RELEASES, ids=[path.stem for path in RELEASES])
def release(request: pytest.FixtureRequest) -> Path:
    found: Path = request.param
    return found


@pytest.fixture
def url(release: Path, tmp_path: Path) -> str:
    path = tmp_path / "landbridge.sqlite"
    with sqlite3.connect(path) as database:
        database.executescript(release.read_text("utf-8"))
    database.close()
    return f"sqlite:///{path}"


@pytest.fixture
def upgraded(url: str) -> Iterator[Connection]:
    migrate(url)
    engine = open_engine(url, writes=True)
    with transaction(engine) as connection:
        yield connection
    engine.dispose()


def counts(connection: Connection) -> dict[str, int]:
    names = set(inspect(connection).get_table_names()) - {"alembic_version"}
    return {
        name: connection.execute(select(func.count()).select_from(table(name))).scalar_one() for name in names
    }


def test_there_is_one_for_this_release():
    from gateway.building import VERSION

    assert VERSION in {path.stem for path in RELEASES}


def test_it_comes_to_the_present_with_all_its_rows(url: str):
    engine = open_engine(url, writes=False)
    with transaction(engine) as connection:
        before = counts(connection)
    engine.dispose()
    assert {name for name, count in before.items() if count} >= {"entries", "consumers", "attachments"}
    migrate(url)
    assert pending(url) == 0
    engine = open_engine(url, writes=False)
    with transaction(engine) as connection:
        after = counts(connection)
    engine.dispose()
    assert {name: after.get(name) for name in before} == before


def test_its_log_is_guarded_and_sound(upgraded: Connection, release: Path):
    note = "\n".join(remarks(release, "note")) + "\n"
    verifier = Verifier.parse(remarks(release, "vkey")[0])
    assert not missing_guards(upgraded)
    report = verify_rows(upgraded, verifier, NOW, note)
    assert report.sound, [problem.en for problem in report.problems]
    assert report.older == report.size > 5


@pytest.mark.parametrize(
    "deed", ["DELETE FROM entries", "UPDATE nodes SET hash = x'00'", "DELETE FROM checkpoints"]
)
def test_its_guards_guard(upgraded: Connection, deed: str):
    with upgraded.begin_nested() as point:
        with pytest.raises(Exception, match="nothing may be"):
            upgraded.execute(text(deed))
        point.rollback()


def test_the_fixture_names_every_guard_it_was_made_with(release: Path):
    dumped = release.read_text("utf-8")
    assert [name for name in GUARDS if f"CREATE TRIGGER {name}" not in dumped] == []


def test_what_an_old_release_wrote_is_still_an_entry(upgraded: Connection):
    import json

    bodies = upgraded.execute(text("SELECT body FROM entries ORDER BY idx")).scalars()
    for body in bodies:
        entry = json.loads(body)
        kept = {name: word for name, word in entry.items() if name in Draft.model_fields}
        assert Draft.model_validate_json(json.dumps(kept)).kind in EntryKind
        assert entry["v"] == 1
