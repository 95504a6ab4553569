"""The index is compared with the entries, made anew from them, and made by the migration for old logs."""

import pytest

from gateway.audit.index import forget, rebuild
from gateway.audit.search import Query, search
from gateway.audit.verify import verify_log
from gateway.store.migrate import downgrade, upgrade
from tests.audit.logbook import drafts

COUNT = 60


@pytest.fixture
async def filled(log):
    for draft in drafts(COUNT):
        log.clock.advance(1)
        await log.append(draft)
    return log


def rows(outsider):
    tables = ("entry_index", "entry_agencies", "entry_materials", "entry_events")
    return {table: sorted(outsider.execute(f"SELECT * FROM {table}"), key=repr) for table in tables}  # noqa: S608


ALTERATIONS = [
    "UPDATE entry_index SET project = 'another' WHERE idx = 3",
    "UPDATE entry_index SET operator = NULL WHERE idx = (SELECT MIN(idx) FROM entry_agencies)",
    "UPDATE entry_index SET status = 201 WHERE idx = (SELECT MIN(idx) FROM entry_index WHERE status = 200)",
    "UPDATE entry_index SET at = '2026-01-01T00:00:00.000Z' WHERE idx = 3",
    "UPDATE entry_index SET purpose = 'another' WHERE idx = 3",
    "UPDATE entry_index SET personal = NOT personal WHERE idx = 3",
    "UPDATE entry_index SET withheld = withheld + 1 WHERE idx = 3",
    "UPDATE entry_index SET act = 'another' WHERE idx = (SELECT MIN(idx) FROM entry_events)",
    "UPDATE entry_index SET about = 'account:li' WHERE idx = 3",
    "DELETE FROM entry_index WHERE idx = 0",
    "DELETE FROM entry_agencies WHERE idx = (SELECT MAX(idx) FROM entry_agencies)",
    "UPDATE entry_agencies SET purpose = 'another' WHERE idx = (SELECT MAX(idx) FROM entry_agencies)",
    "INSERT INTO entry_agencies VALUES ('mdj-new', '2026-03-02T06:05:09.120Z', 3, 'asked', 'hall', 'x')",
    "DELETE FROM entry_materials WHERE idx = (SELECT MAX(idx) FROM entry_materials)",
    "INSERT INTO entry_materials VALUES ('cadastre', '2026-03-02T06:05:09.120Z', 9999)",
    "UPDATE entry_events SET answer = answer + 1",
]


async def test_an_altered_index_is_noticed_and_made_anew(filled, outsider):
    sound = rows(outsider)
    assert all(sound.values())
    assert (await verify_log(filled)).sound
    for alteration in ALTERATIONS:
        assert outsider.execute(alteration).rowcount
        report = await verify_log(filled)
        assert not report.sound, alteration
        assert all("reindex" in problem.en for problem in report.problems), alteration
        assert await filled.database.write(rebuild) == COUNT
        assert rows(outsider) == sound
        assert (await verify_log(filled)).sound


async def test_what_is_told_is_where(filled, outsider):
    outsider.execute("DELETE FROM entry_index WHERE idx = 59")
    (problem,) = (await verify_log(filled)).problems
    assert "0–99" in problem.en


async def test_the_migration_makes_the_same_index_for_a_log_that_was_there(filled, outsider, database):
    outsider.execute("DELETE FROM entry_events")  # no such entries were there before there was an index
    made = rows(outsider)

    def back_and_forth(connection):
        downgrade(connection, "0005")
        upgrade(connection, "head")

    await database.write(back_and_forth)
    assert rows(outsider) == made


async def test_what_an_index_says_of_a_blanked_entry_is_what_the_entry_says(filled, outsider):
    (page,) = [await search(filled, Query(kind="used"), 1)]
    used = page.finds[0].index
    await filled.database.write(lambda connection: forget(connection, [used]))
    assert not (await verify_log(filled)).sound  # its body stands
    outsider.disarm("entries_blank_only")
    outsider.execute("UPDATE entries SET body = NULL, keep_until = at WHERE idx = ?", (used,))
    problems = [problem.en for problem in (await verify_log(filled)).problems]
    assert problems == ["The trigger entries_blank_only is missing"]


async def test_a_blanked_entry_that_the_index_still_tells_of_is_noticed(filled, outsider):
    outsider.disarm("entries_blank_only")
    outsider.execute("UPDATE entries SET body = NULL, keep_until = at WHERE idx = 3")
    problems = [problem.en for problem in (await verify_log(filled)).problems]
    assert any("reindex" in problem for problem in problems)
