"""Entry v1: what is hashed, and what is left out of it."""

from typing import Any

import pytest

from contracts.audit import ENDINGS, Draft, Entry, EntryKind, Outcome


def entry(**words):
    draft = Draft(kind=EntryKind.ANSWERED, **words)
    return Entry(**vars(draft), at="2026-03-02T06:05:09.120Z", salt="00" * 16).content()


def test_a_zero_is_said_and_an_empty_word_is_not():
    content = entry(asked=0, age=0, count=0, outcome=Outcome(status=200))
    assert (content["asked"], content["age"], content["count"], content["outcome"]["cached"]) == (0, 0, 0, 0)
    assert not {"kinds", "fields", "evidence", "keys", "personal", "consumer"} & set(content)


def test_personal_is_said_only_when_it_is_so():
    assert entry(personal=True)["personal"] is True
    assert "personal" not in entry(personal=False)


@pytest.mark.parametrize("kind", EntryKind)
def test_only_how_an_ask_ends_has_an_outcome(kind: EntryKind):
    """Searches rest on it: by an outcome and another kind of entry nothing is looked for."""
    told: Any = {"kind": kind, "outcome": Outcome(status=200)}
    if kind in ENDINGS:
        assert Draft(**told).outcome
    else:
        with pytest.raises(ValueError, match="has no outcome"):
            Draft(**told)
        with pytest.raises(ValueError, match="has no outcome"):
            Entry(**told, at="2026-03-02T06:05:09.120Z", salt="00" * 16)
