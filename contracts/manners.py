"""How one may not ask, whatever one asks: another method, range, pace or size than HTTP has here."""

from __future__ import annotations

from contracts.errors import ConsumerError
from contracts.text import Text, text


class NoSuchMethod(ConsumerError):
    """The address exists and takes another method (RFC 9110 §15.5.6)."""

    type, status = "method-not-allowed", 405
    title = text("该地址不支持此方法", "The address does not take this method")
    todo = text("请按接口说明使用正确的方法。", "Use the method the API description states.")


class RangeNotHeld(ConsumerError):
    """The byte range lies outside the attachment (RFC 9110 §15.5.17); `size` in bytes, as far as known."""

    type, status = "range-not-satisfiable", 416
    title = text("请求的字节范围不存在", "The byte range does not exist")
    todo = text(
        "请按 Content-Range 给出的总长度重新请求。", "Ask again within the length Content-Range states."
    )

    def __init__(self, detail: Text | None = None, size: int | None = None) -> None:
        super().__init__(detail)
        self.size = size


class HeadersTooLarge(ConsumerError):
    """Header block over 32 KiB (RFC 6585 §5)."""

    type, status = "headers-too-large", 431
    title = text("请求头过大", "Header block too large")
    todo = text("请将请求头控制在 32 KiB 以内。", "Keep the header block under 32 KiB.")


class TooManyAsks(ConsumerError):
    """Strangers and hasty consumers slow down (RFC 6585 §4)."""

    type, status, retry = "too-many-asks", 429, True
    title = text("请求过于频繁", "Too many asks")
    todo = text("请按 Retry-After 所示时间后重试。", "Wait as Retry-After says, then ask again.")
