"""Somebody who has a keyboard and no mouse: they go from one thing to the next, and see where they are."""

from dataclasses import dataclass
from typing import Any

from playwright.async_api import Page, expect

MOST_STEPS = 160
"""More things than any page has: who has not come to theirs by then never does."""

_HERE = """() => {
  const one = document.activeElement;
  const words = text => (text || '').replace(/\\s+/g, ' ').trim();
  const ids = name => (one.getAttribute(name) || '').split(' ').filter(Boolean)
    .map(id => words(document.getElementById(id)?.textContent)).join(' ');
  const box = one.getBoundingClientRect(), style = getComputedStyle(one);
  return {
    name: ids('aria-labelledby') || one.getAttribute('aria-label')
      || [...(one.labels || [])].map(label => words(label.textContent)).join(' ')
      || (one.matches('a, button, summary') ? words(one.textContent) : ''),
    told: ids('aria-describedby'), tag: one.tagName, role: one.getAttribute('role') || '', id: one.id,
    wrong: one.getAttribute('aria-invalid') === 'true',
    seen: one === document.body || one.tabIndex < 0 || one.matches('[type=radio], iframe')
      || (style.outlineStyle !== 'none' && box.bottom > 0 && box.right > 0
        && box.top < innerHeight && box.left < innerWidth),
    held: one === window.focusBefore && !one.matches('body, iframe, [type=radio], [type^=date]'),
    list: one.selectedOptions?.[0]?.text || '',
    html: (window.focusBefore = one).cloneNode(false).outerHTML.slice(0, 120),
  };
}"""


@dataclass
class Hands:
    """A keyboard before a page."""

    page: Page

    async def here(self) -> dict[str, Any]:
        """What has the focus: its name, what it is described by, and whether one sees that it has it."""
        return dict(await self.page.evaluate(_HERE))

    async def press(self, key: str) -> None:
        await self.page.keyboard.press(key)

    async def to(self, name: str, *, back: bool = False, whole: bool = False) -> dict[str, Any]:
        """Tab to the first thing whose name begins so, or, `whole`, is this.

        What is passed on the way is seen, and lets go again.
        """
        for _ in range(MOST_STEPS):
            await self.press("Shift+Tab" if back else "Tab")
            here = await self.here()
            assert here["seen"], f"the focus is out of sight: {here}"
            assert not here["held"], f"held by {here['html']}"
            if here["name"] == name or (here["name"].startswith(name) and not whole):
                return here
        raise AssertionError(f"nothing called {name} is reached on {self.page.url}")

    async def into(self, name: str, words: str) -> None:
        """Type into the field that is called so, in place of what stands there."""
        await self.to(name)
        await self.press("ControlOrMeta+a")
        await self.page.keyboard.type(words)

    async def choose(self, name: str, option: str) -> None:
        """Choose from the list that is called so: down until the option is there."""
        await self.to(name)
        await self.press("Home")
        here = await self.here()
        for _ in range(MOST_STEPS):
            if here["list"].startswith(option):
                return
            await self.press("ArrowDown")
            here = await self.here()
        raise AssertionError(f"{name} has no {option}")

    async def enter(self, name: str = "") -> None:
        """Press Enter, on the link or button that is called so; another page comes."""
        if name:
            await self.to(name)
        await self.page.evaluate("() => { window.before = true }")
        await self.press("Enter")
        await self.page.wait_for_function("() => !window.before && document.readyState === 'complete'")

    async def hears(self, words: str, role: str = "status") -> None:
        """What was done, or why it was not, is where the focus is now."""
        box = self.page.locator(f"main [role={role}]:focus")
        await expect(box).to_contain_text(words)
