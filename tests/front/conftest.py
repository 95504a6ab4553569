"""One front with its gateways for all tests of a module; without nginx none of them can run."""

from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio

from tests.cache.conftest import open_store
from tests.front.nginx import NGINX
from tests.front.scene import Scene, open_scene


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Said aloud, one line a test: what was not tried is not known to hold."""
    if NGINX is None:
        for item in items:
            if item.path.name in {"test_front.py", "test_hostile.py"}:
                item.add_marker(
                    pytest.mark.skip(reason="THE FRONT IS UNTESTED: no nginx here (apt: nginx-light)")
                )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(tmp_path_factory, cluster) -> AsyncGenerator[Scene]:
    folder = tmp_path_factory.mktemp("front")
    with cluster.database("blank") as url, open_store(folder / "valkey") as cache:
        async with open_scene(folder / "scene", url, cache.connection_url) as opened:
            yield opened
