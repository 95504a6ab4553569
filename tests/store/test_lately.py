"""What is remembered of the database for a moment: one look for all, none older than one's own change."""

import asyncio

import pytest

from gateway.store.lately import LATELY_SECONDS, Lately


class Shelf:
    """Something that may be looked at, when it is let; `looks` counts how often it was."""

    def __init__(self) -> None:
        self.there, self.looks, self.now = "old", 0, 0.0
        self.open = asyncio.Event()
        self.open.set()
        self.lately = Lately(self.look, lambda: self.now)

    async def look(self) -> str:
        self.looks += 1
        found = self.there
        await self.open.wait()
        return found


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


async def under_way(shelf: Shelf, many: int = 1) -> list[asyncio.Task[str]]:
    """So many who ask, the first of them looking and not let through."""
    shelf.open.clear()
    asking = [asyncio.create_task(shelf.lately()) for _ in range(many)]
    await asyncio.sleep(0)
    return asking


async def test_one_looks_for_all_who_wait(shelf: Shelf):
    asking = await under_way(shelf, 1000)
    shelf.open.set()
    assert set(await asyncio.gather(*asking)) == {"old"}
    assert shelf.looks == 1


async def test_it_is_remembered_for_less_than_a_second(shelf: Shelf):
    for now, looks in ((0.0, 1), (LATELY_SECONDS / 2, 1), (LATELY_SECONDS, 2), (LATELY_SECONDS * 1.5, 2)):
        shelf.now = now
        await shelf.lately()
        assert shelf.looks == looks


async def test_a_slow_look_counts_from_when_it_began(shelf: Shelf):
    [asking] = await under_way(shelf)
    shelf.now = LATELY_SECONDS
    shelf.open.set()
    await asking
    shelf.there = "new"
    assert await shelf.lately() == "new"


async def test_what_is_written_is_seen_at_once(shelf: Shelf):
    await shelf.lately()
    shelf.there = "new"
    assert await shelf.lately() == "old"
    shelf.lately.changed()
    assert await shelf.lately() == "new"


async def test_what_is_written_during_a_look_is_not_covered_by_it(shelf: Shelf):
    [asking] = await under_way(shelf)
    shelf.there = "new"
    shelf.lately.changed()
    shelf.open.set()
    assert await asking == "old"
    assert await shelf.lately() == "new"


async def test_what_was_found_last_is_there_however_old_until_this_node_writes(shelf: Shelf):
    assert shelf.lately.last is None
    await shelf.lately()
    shelf.now += 1000 * LATELY_SECONDS
    shelf.there = "new"
    assert shelf.lately.last == "old"
    assert shelf.looks == 1
    shelf.lately.changed()
    assert shelf.lately.last is None


async def test_a_look_that_fails_is_nobody_elses(shelf: Shelf):
    first = True

    async def look() -> str:
        nonlocal first
        if first:
            first = False
            raise RuntimeError
        return await shelf.look()

    shelf.lately = Lately(look, lambda: shelf.now)
    with pytest.raises(RuntimeError):
        await shelf.lately()
    assert await shelf.lately() == "old"


async def test_who_gives_up_leaves_the_look_to_the_next(shelf: Shelf):
    first, second = await under_way(shelf, 2)
    first.cancel()
    shelf.open.set()
    assert await second == "old"
    assert shelf.looks == 2
