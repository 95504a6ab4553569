"""What judges pages for who hears them, has no mouse, magnifies or prints them: a planted fault is found."""

import asyncio
from collections.abc import Awaitable, Callable

from playwright.async_api import Route

from tests.browser.desk import browser
from tests.browser.senses import LISTEN, faults_of

SOUND = """<!doctype html><html lang="en"><head><title>Grants · Landbridge</title><style>
:focus-visible { outline: 3px solid #b45309 }
.wide { position: relative; overflow-x: auto }
.unseen { position: absolute; clip-path: inset(50%) }
.printed { display: none }
@media print {
  nav, header, .skip, form, button { display: none }
  .printed { display: block } .wide { overflow: visible }
  details:not([open]) > summary::after { content: " (shut)" } }
</style></head><body><a class="skip" href="#main">Skip</a><header>Landbridge</header>
<nav class="menu" aria-label="Menu"><a href="/console/grants" aria-current="page">Grants</a></nav>
<main id="main" tabindex="-1"><h1>Grants</h1><h2>In force</h2>
<div class="wide"><table><thead><tr><th scope="col">Id</th></tr></thead>
<tbody><tr>
<td>hall <a href="/end?hall">End<span class="unseen"> hall</span></a></td></tr></tbody></table></div>
<form><label for="f-id">Id</label><input id="f-id" name="id"><button>Keep it</button></form>
<details><summary>Figures</summary><p>Words</p></details>
<div class="badge">in force</div><svg role="img" aria-label="Asks: 3"></svg>
</main><p class="printed">wang 14:05 /console/grants</p></body></html>"""

END, ID = '<a href="/end?hall">End<span class="unseen"> hall</span></a>', '<label for="f-id">Id</label>'

PLANTED = {
    "2 h1": ("<h2>In force</h2>", "<h1>In force</h1>"),
    "h3 below h1": ("<h2>In force</h2>", "<h3>In force</h3>"),
    "titled": ("<title>Grants", "<title>Page"),
    "in zh-CN": ('lang="en"', 'lang="zh-CN"'),
    "no banner": ("<header>Landbridge</header>", ""),
    "no main": ('tabindex="-1"', ""),
    "a navigation without a name": ('aria-label="Menu"', ""),
    "the menu does not say where this is": (' aria-current="page"', ""),
    "the first link does not skip": ('href="#main"', 'href="#"'),
    "nameless": (ID, ""),
    "called here": (END, '<a href="/end">here</a>'),
    "hidden, and reached": ("<button>", '<button aria-hidden="true">'),
    "2 links are called End": (END, '<a href="/end?a">End</a> <a href="/end?b">End</a>'),
    "2 buttons are called Keep it": ("</form>", '<button name="a" value="2">Keep it</button></form>'),
    "2 fields are called Id": ("<button>", '<input aria-label="Id"><button>'),
    "2 closed parts are called Figures": (
        "<details>",
        "<details><summary>Figures</summary></details><details>",
    ),
    "disabled without why": ("<button>", "<button disabled>"),
    "wrong, and does not say how": ('name="id"', 'name="id" aria-invalid="true"'),
    "aria-describedby of nothing": ('name="id"', 'name="id" aria-describedby="none"'),
    "a table without a name": ("<form>", "<table><tr><td>1</td></tr></table><form>"),
    "a head of no scope": ('<th scope="col">Id', "<th>Id"),
    "an empty head": ('<th scope="col">Id', '<th scope="col">'),
    "a state in colour alone": ('<div class="badge">in force', '<div class="badge">'),
    "a picture without words": (' aria-label="Asks: 3"', ""),
    "tabindex 3": ("<button>", '<button tabindex="3">'),
    "reached without being said": ('<div class="badge">', '<div class="badge" tabindex="0">'),
    "clicked, and no button": (
        "</main>",
        "<p id='p'>Go</p></main><script>p.addEventListener('click', () => {})</script>",
    ),
    "looks like a button": ("@media print {", ".badge { cursor: pointer } @media print {"),
    "read in another order": (
        "@media print {",
        "form { flex-direction: row-reverse } @media print {",
    ),
    "moves": (
        "@media print {",
        "@keyframes a { to { top: 9px } } .badge { animation: a 1s infinite } @media print {",
    ),
    "out of sight": (
        "hall <a",
        '<div style="width: 1400px; text-align: right"><button>Far</button></div> <a',
    ),
    "focus unseen": ("3px solid #b45309", "3px solid #e0a100"),
    "squeezed at 200 %": ('name="id"', 'name="id" style="width: 30px"'),
    "too wide at 200 %": ("<h2>", '<h2 style="width: 700px">'),
    "beyond the edge of the paper": (
        ".printed { display: block }",
        ".printed { display: block } h2 { width: 720px }",
    ),
    "cut off on paper": (".wide { overflow: visible }", "h2 { width: 30px; overflow: hidden }"),
    "hangs on paper": ("@media print {", ".badge { position: sticky } @media print {"),
    "to be pressed, on paper": (".skip, form, button {", ".skip {"),
    "heads that stand once": ("@media print {", "thead { display: block } @media print {"),
    "closed, and not said to be": ('content: " (shut)"', ""),
    "does not say who printed it": ("wang 14:05 /console/grants", "wang"),
}


async def found_in(*pages: str) -> list[list[str]]:
    """The faults of each, in one browser."""
    async with browser() as opened:
        page = await opened.new_page()
        await page.add_init_script(LISTEN)
        found = []
        for written in pages:
            await page.unroute_all()
            await page.route("**", answering(written))
            await page.goto("http://office.invalid/console/grants")
            found.append(await faults_of(page, "en"))
        return found


def answering(written: str) -> Callable[[Route], Awaitable[None]]:
    """Nobody is asked over any network."""
    return lambda route: route.fulfill(body=written, content_type="text/html; charset=utf-8")


def test_a_sound_page_has_no_faults():
    assert asyncio.run(found_in(SOUND)) == [[]]


def test_every_fault_that_is_planted_is_found():
    assert {said: SOUND.count(old) for said, (old, _) in PLANTED.items()} == dict.fromkeys(PLANTED, 1)
    found = asyncio.run(found_in(*(SOUND.replace(old, new) for old, new in PLANTED.values())))
    wrong = {
        said: told
        for said, told in zip(PLANTED, found, strict=True)
        if not any(each.startswith(said) for each in told)
    }
    assert not wrong
