"""A log of one's own on a real database, and the same entries as an auditor would carry them away."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contracts.audit import Draft, EntryKind, Outcome
from gateway.audit.checkpoint import CheckpointSigner
from gateway.audit.log import AuditLog
from gateway.store.database import Database

ORIGIN = "landbridge.local/log"


@pytest.fixture
def signer():
    return CheckpointSigner(ORIGIN, Ed25519PrivateKey.from_private_bytes(bytes(range(32))))


@pytest.fixture
async def database(database_url):
    opened = Database(database_url)
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
def unguarded(outsider):
    """The same after dropping every trigger, putting them back when done, as a careful forger would."""

    def forge(statement, *values):
        kept = outsider.disarm()
        changed = outsider.execute(statement, values).rowcount
        for made in kept:
            outsider.raw.execute(made)
        assert changed

    return forge
