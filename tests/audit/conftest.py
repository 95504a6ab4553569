"""A log of one's own on a real database, and the same entries as an auditor would carry them away."""

import sqlite3

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contracts.audit import Draft, EntryKind, Outcome
from gateway.audit.checkpoint import CheckpointSigner
from gateway.audit.log import AuditLog
from gateway.store.database import Database
from gateway.store.migrate import migrate

ORIGIN = "landbridge.local/log"


@pytest.fixture
def signer():
    return CheckpointSigner(ORIGIN, Ed25519PrivateKey.from_private_bytes(bytes(range(32))))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "landbridge.sqlite"


@pytest.fixture
async def database(path):
    migrate(f"sqlite:///{path}")
    opened = Database(f"sqlite:///{path}")
    yield opened
    await opened.close()


@pytest.fixture
def log(database, signer, clock):
    return AuditLog(database, signer, clock)


@pytest.fixture
def draft():
    def of(number=0, **more):
        facts = {"consumer": "registration", "case": f"DJ-{number}", "project": "2012-231005-04-01-735188"}
        return Draft(kind=EntryKind.ANSWERED, outcome=Outcome(status=200), **facts | more)

    return of


@pytest.fixture
def outsider(path):
    """A plain connection to the same file: whoever got hold of it."""
    raw = sqlite3.connect(path, isolation_level=None)
    yield raw
    raw.close()


@pytest.fixture
def unguarded(outsider):
    """The same after dropping every trigger, putting them back when done, as a careful forger would."""
    kept = outsider.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()

    def forge(statement, *values):
        for name, _ in kept:
            outsider.execute(f"DROP TRIGGER {name}")
        changed = outsider.execute(statement, values).rowcount
        for _, sql in kept:
            outsider.execute(sql)
        assert changed

    return forge
