"""A city that stays open gives everybody a way into the console, at the world's time."""

import asyncio
import re
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE

import httpx2

from gateway.building import utc_now
from tests.phones import code_at

PASSWORD = "Spring-river-2026"


async def test_the_demo_that_stays_is_entered_by_its_links_until_somebody_ends_it():
    command = [sys.executable, "-m", "gateway.cli", "demo", "--stay"]
    demo = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=DEVNULL)
    assert demo.stdout is not None
    links: dict[str, str] = {}
    while len(links) < 5:
        line = (await demo.stdout.readline()).decode()
        assert line, "it ended before it gave its links"
        if found := re.search(r"(http://\S+)/console/enrolment#(\S+)", line):
            links[found[2]] = found[1]
    base, token = next((base, token) for token, base in links.items())
    async with httpx2.AsyncClient(base_url=base) as http:
        shown = await http.post("/console/enrolment", data={"invitation": token})
        (secret,) = re.findall(r'class="secret">([A-Z2-7]{32})<', shown.text)
        words = {"invitation": token, "password": PASSWORD, "again": PASSWORD}
        opened = await http.post(
            "/console/enrolment/account", data=words | {"code": code_at(secret, utc_now())}
        )
        assert opened.headers["location"].startswith("/console/sign-in")
    demo.send_signal(signal.SIGINT)
    assert await demo.wait() == 0
