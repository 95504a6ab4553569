"""Octets before they mean anything: content codings undone within bounds, the charset found by trial."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence

from adapters.base import failed
from contracts.errors import AgencyFailed, Fault
from contracts.text import text

_CHUNK = 1 << 20
_CODINGS = {"": None, "identity": None, "gzip": 31, "x-gzip": 31, "deflate": 15}
# Labels that say less than the octets mean: Windows writes GBK and calls it gb2312; gb18030 holds both.
CHARSETS = {"gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "big5": "big5", "utf-16": "utf-16"}
"""From a declared charset to the one to read it by; any other label is UTF-8 or a mistake."""


def unreadable(zh: str, en: str) -> AgencyFailed:
    """The error for a reply that cannot be decoded; the sentence quotes nothing of it."""
    return failed(Fault.UNREADABLE, text(f"返回内容无法解析：{zh}", f"The reply cannot be decoded: {en}"))


def header(headers: Sequence[tuple[str, str]], name: str) -> str:
    """The first value of a header, whatever its case; empty when absent."""
    return next((value.strip() for key, value in headers if key.lower() == name.lower()), "")


class Inflater:
    """Undoes a content coding (RFC 9110 §8.4.1) piece by piece; more than `limit` octets out are refused."""

    def __init__(self, coding: str, limit: int) -> None:
        if coding.lower() not in _CODINGS:
            raise unreadable("不支持的内容编码", "unsupported content coding")
        self._bits = _CODINGS[coding.lower()]
        self._zlib = zlib.decompressobj(self._bits) if self._bits else None
        self._left = limit
        self._fed = False

    def feed(self, octets: bytes) -> Iterator[bytes]:
        """The octets that this piece gives, in pieces of at most 1 MiB. Raises AgencyFailed."""
        self._fed = self._fed or bool(octets)
        while octets and self._bits and self._zlib:
            if self._zlib.eof:  # gzip members may follow each other (RFC 1952 §2.2)
                self._zlib = zlib.decompressobj(self._bits)
            try:
                piece = self._zlib.decompress(octets, _CHUNK)
            except zlib.error:
                raise unreadable("压缩数据损坏", "damaged compressed data") from None
            octets = self._zlib.unconsumed_tail or self._zlib.unused_data
            yield self._counted(piece)
        if octets:
            yield self._counted(octets)

    def finish(self) -> bytes:
        """What was still held back. Raises AgencyFailed when the compressed data stop in the middle."""
        if self._zlib is None or not self._fed:
            return b""
        rest = self._zlib.flush()
        if not self._zlib.eof:
            raise failed(Fault.TRUNCATED)
        return self._counted(rest)

    def _counted(self, piece: bytes) -> bytes:
        self._left -= len(piece)
        if self._left < 0:
            raise failed(Fault.TOO_LARGE)
        return piece


def inflate(body: bytes, coding: str, limit: int) -> bytes:
    """A whole body without its content coding, at most `limit` octets. Raises AgencyFailed."""
    inflater = Inflater(coding, limit)
    return b"".join(inflater.feed(body)) + inflater.finish()


def as_text(octets: bytes, declared: str = "") -> tuple[str, str]:
    """The characters, and the charset that fits: UTF-8, else the declared one, else GB 18030.

    In this order because declarations lie more often than octets: a text of another charset is hardly
    ever valid UTF-8 by accident. Raises AgencyFailed (unreadable).
    """
    trials = ("utf-8", CHARSETS.get(declared.lower(), "gb18030"), "gb18030")
    for charset in dict.fromkeys(trials):
        try:
            return octets.decode(charset).removeprefix("\ufeff"), charset
        except UnicodeDecodeError:
            continue
    raise unreadable("字符编码不明", "no charset fits")
