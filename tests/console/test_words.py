"""Everything that a page may have to name has a name in both languages."""

from contracts.audit import EntryKind
from gateway.console.words import WORDS


def test_every_kind_of_entry_is_called_something():
    assert {kind.value for kind in EntryKind if f"entry:{kind.value}" not in WORDS} == set()
