"""What a start loads: a house alone, on a file that is up to date, pays for nothing that only others need."""

import gc
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.cli.loading import loading
from gateway.store.migrate import migrate

CONFIG = Path(__file__).parents[2] / "config"
LISTED = """
import sys
from gateway.cli import main
sys.argv = ["landbridge", "consumer", "list"]
try:
    main()
finally:
    print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


@pytest.fixture
def loaded(home: Path, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The packages that `landbridge consumer list` loaded."""
    monkeypatch.setenv("LANDBRIDGE_CONFIG", str(CONFIG))
    monkeypatch.delenv("LANDBRIDGE_DATABASE_URL", raising=False)
    migrate(f"sqlite:///{home / 'landbridge.sqlite'}")
    done = subprocess.run([sys.executable, "-c", LISTED], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.splitlines()[-1].split())


def test_a_house_alone_on_a_migrated_file_loads_what_it_uses(loaded: set[str]):
    assert {"gateway", "sqlalchemy", "pydantic"} <= loaded
    assert loaded & {"alembic", "psycopg", "redis", "fastapi", "uvicorn", "zeep"} == set()


def test_loading_leaves_the_collector_as_it_was():
    with loading():
        assert not gc.isenabled()
    assert gc.isenabled()
    gc.disable()
    try:
        with loading():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
