"""The house in one folder: made while it runs, proven before it counts, opened again somewhere else.

    manifest.json        what this is: version, schema, the log's checkpoint and public key, counts
    SHA256SUMS           the digest of every other file; `sha256sum -c SHA256SUMS` reads it too
    tables/NAME.jsonl.gz a table's rows in one consistent state, the same for every kind of database
    vault/AB/CDEF...     the vault's objects, encrypted as they lie there
    private.sealed       keys and agencies' secrets under a passphrase, or `private/` in plain
    config/              the configuration folder

The tables are read first and the vault after them: objects never change and come before the rows that name
them, so whatever a row names is there. What lies unread in the drop folders is the agencies' and not in it.
"""

from gateway.backup.folder import Manifest, Sums
from gateway.backup.making import create
from gateway.backup.proving import Findings, prove
from gateway.backup.restoring import restore

__all__ = ["Findings", "Manifest", "Sums", "create", "prove", "restore"]
