"""The scene behind a real port, in a thread with a loop of its own, for those who knock synchronously."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from demo.control import House
from tests.conftest import Clock
from tests.hostile.scene import Scene, open_scene

T = TypeVar("T")


@dataclass
class Listening:
    """Where it listens, and how to have things done on its loop."""

    base: str
    scene: Scene
    loop: asyncio.AbstractEventLoop

    def do(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Done on the loop that the house lives on."""
        return asyncio.run_coroutine_threadsafe(work(), self.loop).result(60)


@contextmanager
def listening(folder: Path, database_url: str, clock: Clock) -> Iterator[Listening]:
    """Everything opened, and closed again."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def run(work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, loop).result(60)

    opening = open_scene(folder, database_url, clock)
    try:
        scene = run(opening.__aenter__())
        served = run(_served(scene))
        yield Listening(served.url, scene, loop)
        run(served.close())
        run(opening.__aexit__(None, None, None))
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(60)
        loop.close()


async def _served(scene: Scene) -> House:
    served = House(scene.town.app)
    await served.open()
    return served
