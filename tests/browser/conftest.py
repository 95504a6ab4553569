"""One browser and one city a file: people come and go in them."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.browser.desk import browser
from tests.browser.scene import Scene, open_scene


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Scene]:
    """The demo's city, with a browser; a file that says `WHOLE` has people's own."""
    whole = getattr(request.module, "WHOLE", False)
    async with (
        browser(whole=whole) as opened,
        open_scene(tmp_path_factory.mktemp("console"), opened) as ready,
    ):
        yield ready
