"""A delivery that was set aside is put back by a person's order, and judged as if it had just come."""

import pytest

from contracts.audit import Draft, EntryKind
from contracts.conflicts import WrongState
from contracts.errors import NoSuchThing
from gateway.intake import Drop
from tests.intake.bench import PDF, package
from tests.intake.conftest import SETTLE, manifest_of

PERSON = Draft(kind=EntryKind.TRIED, operator="person:hui")
AGENCY = "mdj-survey"


async def put_back(harbour, name):
    await harbour.intake.put_back(AGENCY, name, harbour.clock(), PERSON)


async def refused(harbour):
    """A package whose manifest allows fewer files than it has."""
    good = harbour.drops
    harbour.drops = [Drop(manifest_of(AGENCY, **{"form: zip": "form: zip\n    files: 1"}), 1)]
    package(harbour.inbox())
    assert (await harbour.take_in()).quarantined == 1
    (row,) = await harbour.refusals()
    assert row.reason == "too-many-files"
    return row, good


async def test_once_the_manifest_is_mended_it_is_taken_in(harbour):
    row, good = await refused(harbour)
    harbour.drops = good
    await put_back(harbour, row.id)
    assert harbour.lying("quarantine") == []
    assert (await harbour.take_in()).ingested == 1
    assert [path.name for path in harbour.inbox().iterdir()] == []
    (shown,) = (await harbour.intake.arrived(AGENCY))[0]
    assert (shown.version, shown.superseded_at) == (1, None)
    assert (shown.files, shown.octets) == (1, len(PDF))


async def test_what_is_still_wrong_is_refused_anew_with_its_own_reason(harbour):
    row, _ = await refused(harbour)
    await put_back(harbour, row.id)
    assert (await harbour.take_in()).quarantined == 1
    newest, oldest = (await harbour.intake.arrived(AGENCY))[1]
    assert (oldest.id, oldest.put_back_by, newest.put_back_at) == (row.id, "person:hui", None)
    assert newest.id != row.id
    assert f"{newest.id}.txt" in harbour.lying("quarantine")


async def test_who_ordered_it_is_an_entry_before_it_moves(harbour):
    row, _ = await refused(harbour)
    await put_back(harbour, row.id)
    entry = harbour.recorded[-1]
    assert (entry.kind, entry.operator, entry.agencies) == (EntryKind.PUT_BACK, "person:hui", (AGENCY,))
    assert entry.subject.id == row.id
    with pytest.raises(WrongState):
        await put_back(harbour, row.id)


async def test_a_crash_after_the_move_leaves_it_to_be_put_back_once_more(harbour, monkeypatch):
    row, good = await refused(harbour)

    def cut(*_args, **_words):
        raise KeyboardInterrupt

    monkeypatch.setattr("gateway.intake.records.put_back", cut)
    with pytest.raises(KeyboardInterrupt):
        await put_back(harbour, row.id)
    monkeypatch.undo()
    harbour.drops = good
    harbour.open_again()
    await put_back(harbour, row.id)
    await harbour.sweep()
    assert (await harbour.sweep(SETTLE)).ingested == 1


async def test_another_agencys_and_what_is_gone_are_not_put_back(harbour):
    row, _ = await refused(harbour)
    said = len(harbour.recorded)
    with pytest.raises(NoSuchThing):
        await harbour.intake.put_back("mdj-archive", row.id, harbour.clock(), PERSON)
    assert len(harbour.recorded) == said  # an entry would name an agency that has nothing to do with it
    with pytest.raises(NoSuchThing):
        await put_back(harbour, f"qua-{'a' * 26}")
    for path in (harbour.root / AGENCY / "quarantine" / row.id).iterdir():
        path.unlink()
    (harbour.root / AGENCY / "quarantine" / row.id).rmdir()
    with pytest.raises(NoSuchThing):
        await put_back(harbour, row.id)
