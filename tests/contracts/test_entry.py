"""Entry v1: what is hashed, and what is left out of it."""

from contracts.audit import Draft, Entry, EntryKind, Outcome


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
