"""A file as a browser gets it: downloaded, seen in a frame that can do nothing, an OFD read as text."""

from __future__ import annotations

import asyncio
import tempfile
from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse, Response, StreamingResponse

from contracts.errors import AskMalformed, StoreUnavailable
from contracts.text import text
from gateway.console.ofd import text_of
from gateway.console.rendering import HEADERS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from gateway.rooms import Answer

OFD_OCTETS = 64 << 20
"""The largest OFD that is read as text."""

_SHOWN: Mapping[bytes, str] = {
    b"%PDF-": "application/pdf",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
    b"BM": "image/bmp",
}
"""What browsers show, by the file's own first octets: what it is called decides nothing here."""

_NAMED = (".pdf", ".png", ".jpg", ".jpeg", ".gif", ".bmp")

_HARMLESS = "default-src 'none'; sandbox"
"""A file is nobody's page: it runs nothing, loads nothing, and has no origin."""

_IN_A_FRAME = {
    "image": "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox",
    "application": (
        "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"
    ),  # browsers' PDF viewers do not start within a sandbox; they run apart from every page of ours
}

_NOT_SHOWN = (
    "该文件不是 PDF 或图片，不能预览，请下载。\nThis file is no PDF and no picture: download it, please.\n"
)
_TOO_LARGE = text("OFD 超过 64 MB，请下载后打开", "The OFD is larger than 64 MB; download it")
_NO_ROOM = text(
    "临时目录空间不足，暂不能读出文字；请下载后打开",
    "There is no room in the folder for temporary files to read its text; download it",
)


def goes_in_a_frame(name: str) -> bool:
    """Whether a file of this name is one that browsers show."""
    return name.lower().endswith(_NAMED)


def is_read(name: str) -> bool:
    """Whether of a file of this name the text is shown."""
    return name.lower().endswith(".ofd")


def downloaded(answer: Answer, stream: AsyncIterator[bytes]) -> Response:
    """The file, or the part of it that was picked, as it comes."""
    headers = _described(answer) | {"content-security-policy": _HARMLESS}
    return StreamingResponse(stream, answer.status, headers)


async def in_a_frame(answer: Answer, stream: AsyncIterator[bytes]) -> Response:
    """The octets for a frame of ours, called what they are; in their place, that they are not to be shown."""
    first = await anext(stream, b"")
    media_type = next((kind for mark, kind in _SHOWN.items() if first.startswith(mark)), None)
    if media_type is None:
        await _close(stream)
        return PlainTextResponse(_NOT_SHOWN, headers=HEADERS | _framed("image"))
    headers = _described(answer) | _framed(media_type.partition("/")[0])
    headers |= {"content-type": media_type, "content-disposition": "inline", "accept-ranges": "none"}
    return StreamingResponse(_whole(first, stream), 200, headers)


async def pages_of(stream: AsyncIterator[bytes]) -> list[str]:
    """An OFD's text, read from a file of its own. Raises AskMalformed, StoreUnavailable."""
    try:
        with tempfile.SpooledTemporaryFile(4 << 20) as file:
            async for piece in stream:
                if file.tell() + len(piece) > OFD_OCTETS:
                    raise AskMalformed(_TOO_LARGE)
                file.write(piece)
            file.seek(0)
            return await asyncio.to_thread(text_of, file)
    except OSError as error:  # the file's: what is written last is only found not to fit as it is closed
        raise StoreUnavailable(_NO_ROOM) from error
    finally:
        await _close(stream)


def _framed(family: str) -> dict[str, str]:
    return {"content-security-policy": _IN_A_FRAME[family], "x-frame-options": "SAMEORIGIN"}


def _described(answer: Answer) -> dict[str, str]:
    """A file's headers without the signature, which is about another address than this."""
    kept = ("content-type", "content-length", "content-disposition", "content-range", "accept-ranges")
    said = dict(answer.headers)
    return {**HEADERS, **{name: said[name] for name in (*kept, "repr-digest") if name in said}}


async def _whole(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece


async def _close(stream: AsyncIterator[bytes]) -> None:
    close = getattr(stream, "aclose", None)
    if close:
        await close()
