"""At the door: header blocks bounded, who knocks, what they ask, and how an answer or a problem leaves."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Annotated, Any, TypeVar
from urllib.parse import unquote

from fastapi import Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ValidationError
from starlette.responses import Response, StreamingResponse

from contracts.errors import AskIncomplete, AskMalformed, LandbridgeError
from contracts.manners import HeadersTooLarge
from contracts.problems import problem_headers, problem_octets
from contracts.reasons import why
from contracts.text import quotable, text
from gateway.access.consumers import Consumer
from gateway.rooms import Answer, Knock

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.types import ASGIApp, Receive, Scope, Send

    from gateway.house import House

HEADER_LIMIT = 32 * 1024
BODY_LIMIT = 1024 * 1024
DEPTH_LIMIT = 32

bearer = HTTPBearer(auto_error=False, description="`Authorization: Bearer lb_<id>_<secret>`")

_NUL = text("地址含有空字符", "The address holds a NUL character")

Q = TypeVar("Q")
M = TypeVar("M", bound=BaseModel)


class Bounded:
    """ASGI middleware: what no room should have to look at is refused before anything reads it.

    A header block over 32 KiB is 431 (RFC 6585 §5); an address with a NUL in it is 400: no store takes one.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 431 or 400."""
        size = sum(len(name) + len(value) + 4 for name, value in scope.get("headers", ()))
        if scope["type"] == "http" and size > HEADER_LIMIT:
            await as_problem(HeadersTooLarge())(scope, receive, send)
            return
        if scope["type"] == "http" and ("\0" in scope["path"] or b"%00" in scope["query_string"]):
            await as_problem(AskMalformed(_NUL))(scope, receive, send)
            return
        await self._app(scope, receive, send)


def as_problem(error: LandbridgeError) -> Response:
    """A problem nobody recorded: the log is out, or a stranger asked."""
    challenge = {"www-authenticate": "Bearer"} if error.status == 401 else {}
    return Response(problem_octets(error), error.status, problem_headers(error) | challenge)


async def settle(patience: float = 10.0) -> None:
    """Let the asks under way end in the log before the house closes; at most `patience` seconds."""
    if _under_way:
        await asyncio.wait(_under_way, timeout=patience)


async def on_error(_request: Request, error: Exception) -> Response:
    """FastAPI's exception handler for every error of ours."""
    return as_problem(error if isinstance(error, LandbridgeError) else LandbridgeError())


def house_of(request: Request) -> House:
    """The rooms this application was built with."""
    house: House = request.app.state.house
    return house


def target_uri(request: Request) -> str:
    """The address as the consumer wrote it, under the house's public name (RFC 9421 §2.2.2)."""
    path: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    query: bytes = request.scope["query_string"]
    written = path + (b"?" + query if query else b"")
    return house_of(request).base_url + written.decode("latin-1")


async def who_knocks(
    request: Request, authorization: Annotated[HTTPAuthorizationCredentials | None, Security(bearer)]
) -> Callable[[Callable[[], Any]], Knock[Any]]:
    """For routes whose whole way is the exchange's: it asks who knocks, as its first step."""
    credential = authorization.credentials if authorization else None
    remote = request.client.host if request.client else ""
    method, uri = request.method, target_uri(request)

    def knock(read: Callable[[], Any]) -> Knock[Any]:
        return Knock(credential, remote, method, uri, read)

    return knock


async def who_asks(
    request: Request, authorization: Annotated[HTTPAuthorizationCredentials | None, Security(bearer)]
) -> Consumer:
    """For every other route: who asks. Raises UnknownConsumer."""
    credential = authorization.credentials if authorization else None
    remote = request.client.host if request.client else ""
    return await house_of(request).access.recognise(credential, remote)


_under_way: set[asyncio.Future[Answer]] = set()


async def walked(answering: Awaitable[Answer]) -> Answer:
    """The answer. Once an ask has begun it ends in the log, even if the asker hangs up."""
    walk = asyncio.ensure_future(answering)
    _under_way.add(walk)  # the loop alone would let go of a walk whose asker is gone
    walk.add_done_callback(_under_way.discard)
    return await asyncio.shield(walk)


async def leave(answering: Awaitable[Answer]) -> Response:
    """Let the answer leave, octet by octet as it was signed."""
    answer = await walked(answering)
    if answer.stream is not None:
        return StreamingResponse(answer.stream, answer.status, dict(answer.headers))
    return Response(answer.body, answer.status, dict(answer.headers))


async def body_of(request: Request) -> bytes:
    """The body, or as much of it as shows that it is too large; refusing it is the reader's turn."""
    octets = bytearray()
    async for chunk in request.stream():
        octets += chunk
        if len(octets) > BODY_LIMIT:
            break
    return bytes(octets)


def read_json(model: type[M], octets: bytes) -> M:
    """Read a body by its contract: no duplicate names, no NaN, no NUL, no depth beyond 32.

    Raises AskIncomplete when case, purpose or operator is missing, AskMalformed naming the field otherwise,
    or for a body over 1 MiB.
    """
    if len(octets) > BODY_LIMIT:
        raise AskMalformed(text("请求体超过 1 MiB", "The body exceeds 1 MiB"))
    try:
        _decent(json.loads(octets, object_pairs_hook=_no_duplicates, parse_constant=_no_constant))
        return model.model_validate_json(octets)
    except ValidationError as error:
        raise _as_ask_error(error) from None
    except (ValueError, RecursionError) as error:
        raise AskMalformed(text("请求体不是有效的 JSON", f"The body is not valid JSON: {error}")) from None


def read_words(model: type[M], words: dict[str, Any]) -> M:
    """Read a question put together from path, query and headers, leniently: everything there is text."""
    try:
        return model.model_validate(
            {name: value for name, value in words.items() if value is not None}, strict=False
        )
    except ValidationError as error:
        raise _as_ask_error(error) from None


def reason_words(request: Request) -> dict[str, str | None]:
    """Case, purpose and operator from their headers, percent-encoded UTF-8."""
    found = {name: request.headers.get(f"landbridge-{name}") for name in ("case", "purpose", "operator")}
    return {name: unquote(value) if value else None for name, value in found.items()}


def _as_ask_error(error: ValidationError) -> AskIncomplete | AskMalformed:
    found = error.errors(include_input=False, include_url=False)
    reasons = {"case", "purpose", "operator"}
    missing = [
        str(e["loc"][0]) for e in found if e["type"] == "missing" and e["loc"] and e["loc"][0] in reasons
    ]
    if missing:
        told = text(f"缺少 {'、'.join(missing)}", f"Missing: {', '.join(missing)}")
        return AskIncomplete(told, about=missing[0])
    place = ".".join(map(quotable, found[0]["loc"])) or "body"
    told = why(found[0])
    return AskMalformed(text(f"{place}：{told.zh}", f"{place}: {told.en}"), about=place)


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def _no_constant(word: str) -> None:
    raise ValueError(f"{word} is not JSON")


def _decent(value: object, depth: int = 0) -> None:
    if depth > DEPTH_LIMIT:
        raise ValueError("nested too deeply")
    if isinstance(value, str) and "\0" in value:
        raise ValueError("a NUL character")
    children = (
        (*value, *value.values()) if isinstance(value, dict) else value if isinstance(value, list) else ()
    )
    for child in children:
        _decent(child, depth + 1)
