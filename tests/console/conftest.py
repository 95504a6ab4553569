"""One browser and one city a file: people come and go in them."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.console.browser import browser
from tests.console.scene import Scene, open_scene


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    """The demo's city, with a browser."""
    async with browser() as opened, open_scene(tmp_path_factory.mktemp("console"), opened) as ready:
        yield ready
