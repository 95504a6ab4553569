"""What a page is to who hears it, has no mouse, magnifies it or reads it on paper: its faults in words."""

from pathlib import Path

from playwright.async_api import JSHandle, Page, ViewportSize

DESKTOP: ViewportSize = {"width": 1366, "height": 768}
MAGNIFIED: ViewportSize = {"width": 683, "height": 384}
"""What offices have, and the same at 200 %; the latter is also narrower than what A4 leaves (718 CSS px)."""

_SENSES = (Path(__file__).parent / "senses.js").read_text("utf-8")

LISTEN = """(() => {
  const known = EventTarget.prototype.addEventListener;
  EventTarget.prototype.addEventListener = function (kind, ...rest) {
    if (kind === 'click' && this instanceof Element) (window.clickedHere ??= []).push(this);
    return known.call(this, kind, ...rest);
  };
})()"""
"""Before a page's own scripts: what they listen to being clicked is to be a button."""


async def faults_of(page: Page, language: str, *, laid: bool = True) -> list[str]:
    """What is wrong with the page that is shown; `laid`: also as it is laid out at 200 % and on paper.

    It is left as it was.
    """
    senses = await page.evaluate_handle(_SENSES)
    found = await senses.evaluate(
        "(senses, language) => [...senses.heard(language), ...senses.focused()]", language
    )
    if laid:
        found += await _laid(page, senses)
    await senses.dispose()
    return list(found)


async def _laid(page: Page, senses: JSHandle) -> list[str]:
    await page.set_viewport_size(MAGNIFIED)
    found = await senses.evaluate("senses => senses.magnified()")
    await page.emulate_media(media="print")
    found += await senses.evaluate("senses => senses.printed(Boolean(document.querySelector('nav.menu')))")
    await page.emulate_media(media="screen")
    await page.set_viewport_size(DESKTOP)
    return list(found)
