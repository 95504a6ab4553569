"""Pages from templates: both languages in one place, every value escaped, nothing from elsewhere."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse, Response

from contracts.audit import PERSON
from contracts.errors import FAULTS, LandbridgeError
from contracts.text import Text
from contracts.time import BEIJING, parse_instant
from gateway.console import charts
from gateway.console.doors import PAGES
from gateway.console.words import NOTICES, TO_PEOPLE, WORDS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator

    from jinja2.runtime import Context
    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

HERE = Path(__file__).parent
LANGUAGES = ("zh", "en")
LANGUAGE_COOKIE = "landbridge-language"

LONG = 200
"""Characters of a value that a table of many shows."""

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
        " frame-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",  # "no-referrer" would take the Origin from our own forms as well
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
"""Nothing from elsewhere, no frames, nothing kept by the browser."""


def language_of(request: Request) -> str:
    """`zh` unless this browser asked for `en`."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    return chosen if chosen in LANGUAGES else LANGUAGES[0]


def page(request: Request, template: str, status: int | None = None, /, **facts: Any) -> Response:
    """A whole page, with its problem's status. `facts` are what the template shows; all of it is escaped."""
    problem = facts.get("problem")
    status = status or (problem.status if problem else 200)
    return HTMLResponse(rendered(template, **_spoken(request), **facts), status, HEADERS)


def page_soon(
    request: Request, template: str, found: Callable[[], Awaitable[Found]], /, **known: Any
) -> Response:
    """A page whose frame leaves at once, with status 200; it goes on when the rest is found.

    `known` are the facts that stand above `<main>`, the title's; what `found` raises is an error of ours that
    nobody foresaw: it is told in the page as such, and passes.
    """
    facts = _spoken(request) | known

    async def below() -> str:
        shown = await found()
        return _from_main(rendered(shown.template, **facts | dict(shown.facts)))

    def unforeseen() -> str:
        return _from_main(rendered(PROBLEM, **facts | {"problem": LandbridgeError()}))

    return _Unfolding(_above(template, **facts), below, unforeseen)


class Found(NamedTuple):
    """What a page turns out to show: by which template, and of what."""

    template: str
    facts: Mapping[str, Any]


class _Unfolding(Response):
    """A page piece by piece, each sent before the next is waited for, and ended whatever comes."""

    media_type = "text/html"

    def __init__(
        self, above: Iterable[str], below: Callable[[], Awaitable[str]], unforeseen: Callable[[], str]
    ) -> None:
        self._above, self._below, self._unforeseen = above, below, unforeseen
        self.status_code, self.background = 200, None
        self.init_headers(HEADERS)

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Send it; whoever has left by then is not waited for."""

        async def say(piece: str, *, more: bool = True) -> None:
            await send({"type": "http.response.body", "body": piece.encode(), "more_body": more})

        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        for piece in self._above:
            await say(piece)
        try:
            rest = await self._below()
        except Exception:  # whatever it was it passes, to the server's log; here only its reader is told
            await say(self._unforeseen(), more=False)
            raise
        await say(rest, more=False)


PROBLEM = "problem.html"
"""The page that says what went wrong, and nothing else."""

_MAIN = "<main "
"""Where the frame ends that every page has."""


def _above(template: str, **facts: Any) -> Iterator[str]:
    """A page as far as its frame goes, its head first, for it names what the browser fetches next.

    Nothing beyond is looked for among the facts.
    """
    begun: list[str] = []
    for piece in _TEMPLATES.get_template(template).generate(**facts):
        begun.append(piece)
        if _MAIN in piece:
            break
        if "</head>" in piece:
            yield "".join(begun)
            begun.clear()
    yield "".join(begun).partition(_MAIN)[0]


def _from_main(whole: str) -> str:
    """The rest of it."""
    return whole[whole.index(_MAIN) :]


def _spoken(request: Request) -> dict[str, Any]:
    """In which language a page is, and at which address."""
    return {"language": language_of(request), "here": _here(request)}


def address_of(request: Request) -> str:
    """What stands in the browser's address line, without the host."""
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _here(request: Request) -> str:
    """Where this page is found again; one that answers a form, at the nearest address that has a page."""
    if request.method == "GET":
        return address_of(request)
    route = request.scope.get("route")
    steps, address = route.path.split("/") if route else [], request.url.path.split("/")
    lengths = (length for length in range(len(steps), 0, -1) if ("GET", "/".join(steps[:length])) in PAGES)
    return "/".join(address[: next(lengths, 0)]) or "/console"


def rendered(template: str, **facts: Any) -> str:
    """A template with its facts, and nothing else."""
    return _TEMPLATES.get_template(template).render(**facts)


@pass_context
def _t(context: Context, zh: str, en: str) -> str:
    """The one of the two that this page is in."""
    return zh if context["language"] == "zh" else en


@pass_context
def _say(context: Context, told: Text | Mapping[str, str] | str) -> str:
    """A sentence of ours in this page's language; what is no sentence is said as it is."""
    if isinstance(told, Text):
        return told.zh if context["language"] == "zh" else told.en
    return told if isinstance(told, str) else str(told[context["language"]])


def _to_people(told: Text) -> Text:
    """What an error says, as it is said to who sits before a page."""
    return TO_PEOPLE.get(told, told)


@pass_context
def _word(context: Context, name: object) -> str:
    """What a role, a state, a key or a kind is called. A word without a title is itself."""
    told = WORDS.get(str(name))
    return _say(context, told) if told else str(name)


@pass_context
def _who(context: Context, account: str | None) -> str:
    """An account as people call it; a dash for none."""
    named = (account or "—").removeprefix(PERSON)
    return _t(context, "配置文件", "a file") if named == "file" else named


_HAN = re.compile("([\u3400-\u9fff\uff00-\uffef\u3000-\u303f]+)")


@pass_context
def _mixed(context: Context, words: object) -> Markup:
    """Words that may quote Chinese: on an English page what is Chinese is marked so, to be read out right."""
    if context["language"] == "zh":
        return escape(str(words))
    parts = _HAN.split(str(words))
    marked = (
        Markup('<span lang="zh-CN">{}</span>').format(part) if place % 2 else escape(part)
        for place, part in enumerate(parts)
    )
    return Markup("").join(marked)


def _moment(at: datetime | str | None, form: str = "%Y-%m-%d %H:%M") -> str:
    """An instant at +08:00, to the minute; a dash for none."""
    if at is None:
        return "—"
    instant = parse_instant(at) if isinstance(at, str) else at
    return instant.astimezone(BEIJING).strftime(form)


def plain(value: object) -> str:
    """A value of a material for people: lists in a row, rows of fields as their values, truth as a sign."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "✓" if value else "✗"
    if isinstance(value, Mapping):
        return " · ".join(filter(None, map(plain, value.values())))
    if isinstance(value, list | tuple):
        return ("；" if any(isinstance(each, Mapping) for each in value) else "、").join(map(plain, value))
    return str(value)


def shortened(value: object) -> str:
    """The same within a table of many: a long one ends with a sign that more follows."""
    words = plain(value)
    return words if len(words) <= LONG else words[:LONG] + "…"


def _static(name: str) -> str:
    """A file of ours by its content, so that it may be kept for ever."""
    return f"/console/static/{_digest(name)}/{name}"


_digests: dict[str, str] = {}


def _digest(name: str) -> str:
    if name not in _digests:
        _digests[name] = hashlib.sha256((HERE / "static" / name).read_bytes()).hexdigest()[:16]
    return _digests[name]


_TEMPLATES = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)
_TEMPLATES.globals |= {"t": _t, "say": _say, "word": _word, "static": _static}
_TEMPLATES.globals |= {"charts": charts, "notices": NOTICES, "faults": FAULTS}
_TEMPLATES.filters |= {
    "moment": _moment,
    "second": partial(_moment, form="%Y-%m-%d %H:%M:%S"),
    "word": _word,
    "say": _say,
    "to_people": _to_people,
    "who": _who,
    "mixed": _mixed,
    "plain": plain,
    "shortened": shortened,
}
