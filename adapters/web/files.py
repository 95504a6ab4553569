"""Files on demand: as a stream of their own, or as Base64 within a reply."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import AsyncGenerator
from typing import Any

from adapters.base import Deadline, Locator
from adapters.decode import Inflater, decode, header, inflate, sight_of, unreadable
from adapters.egress import Egress, Origin, Outgoing, Stream
from adapters.manifest import FileAskRule
from adapters.web.messages import charset_of, check_status

PIECE = 1 << 20
"""Octets of a file handed on at once, at most."""


async def streamed(
    egress: Egress, outgoing: Outgoing, origin: Origin, deadline: Deadline, limit: int, locator: Locator
) -> AsyncGenerator[bytes, None]:
    """A file's octets as they come. Raises AgencyFailed, also half way through."""
    async with egress.open(outgoing, origin, deadline, limit) as stream:
        check_status(stream.status)
        _check_file(stream, locator)
        inflater = Inflater(header(stream.headers, "content-encoding"), limit)
        async for chunk in stream.chunks:
            for piece in inflater.feed(chunk):
                yield piece
        if rest := inflater.finish():
            yield rest


async def unwrapped(
    egress: Egress, outgoing: Outgoing, origin: Origin, deadline: Deadline, limit: int, call: FileAskRule
) -> AsyncGenerator[bytes, None]:
    """A file that comes as Base64 within a reply of at most `limit` octets. Raises AgencyFailed."""
    reply = await egress.send(outgoing, origin, deadline, limit)
    check_status(reply.status)
    octets = inflate(reply.body, header(reply.headers, "content-encoding"), limit)
    document = decode(octets, charset_of(reply.headers), [step.step() for step in call.decode])
    file = document.content if isinstance(document.content, bytes) else _within(document.content, call)
    for start in range(0, len(file), PIECE):
        yield file[start : start + PIECE]


def _within(content: Any, call: FileAskRule) -> bytes:
    """The file that stands in Base64 at a place of the reply."""
    said: Any = sight_of(content).find(call.at, content) if call.at else None
    if not isinstance(said, str):
        raise unreadable("返回中没有附件内容", "the reply holds no file")
    bare = said.partition(",")[2] if said.startswith("data:") else said
    try:
        return b64decode("".join(bare.split()), validate=True)
    except ValueError:
        raise unreadable("附件内容不是 Base64", "the file is not in Base64") from None


def _check_file(stream: Stream, locator: Locator) -> None:
    """A login or maintenance page is not the file, unless the file is one."""
    is_page = header(stream.headers, "content-type").lower().startswith("text/html")
    if is_page and not locator.name.lower().endswith((".htm", ".html")):
        raise unreadable("返回的是网页", "a web page came instead")
