"""What a browser sends: read within bounds, and only from a page of ours."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect

from contracts.errors import AskMalformed
from contracts.people import FormStale
from contracts.text import text
from gateway.api.door import house_of

if TYPE_CHECKING:
    from starlette.datastructures import FormData
    from starlette.requests import Request

OPEN_BYTES = 64 << 10
"""Most of a form that anybody may send: signing in, opening an account."""

FIELDS, FILES, PART_BYTES, WHOLE_BYTES = 2000, 2, 8 << 20, 12 << 20
"""Most of each in one form: a manifest has some hundred fields, a sample of a reply some megabytes."""


class Form:
    """The fields of a form; its files' octets and names, by their field."""

    def __init__(
        self, fields: Mapping[str, list[str]], files: Mapping[str, bytes], titles: Mapping[str, str]
    ) -> None:
        self._fields, self.files, self.titles = dict(fields), dict(files), dict(titles)

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    def get(self, name: str, absent: str = "") -> str:
        """The one value of a field, without the blanks around it."""
        return (self._fields.get(name) or [absent])[0].strip()

    def raw(self, name: str) -> str:
        """The value exactly as it was sent: a password."""
        return (self._fields.get(name) or [""])[0]

    def text(self, name: str) -> str:
        """A text of lines as its file has it: browsers send their ends as CR LF (WHATWG HTML, FormData)."""
        return self.raw(name).replace("\r\n", "\n")

    def several(self, name: str) -> tuple[str, ...]:
        """Every value of a field that may stand more than once; blank ones are left out."""
        return tuple(value.strip() for value in self._fields.get(name, ()) if value.strip())

    def names(self) -> tuple[str, ...]:
        """Which fields there are."""
        return tuple(self._fields)

    def whole(self, name: str) -> int:
        """A number of things. Raises AskMalformed."""
        try:
            return int(self.get(name))
        except ValueError:
            raise AskMalformed(text("请填写数字", "Enter a number")) from None


def parted(written: str) -> tuple[str, ...]:
    """Names, parted by blanks or commas of either script."""
    return tuple(written.replace("，", " ").replace(",", " ").replace("、", " ").split())


def token_for(sitting: str) -> str:
    """What forms of a sitting carry: made from its secret, which scripts of others cannot read."""
    return hmac.new(sitting.encode(), b"landbridge form v1", hashlib.sha256).hexdigest()


async def read_form(request: Request, token: str | None) -> Form:
    """The form in this request, sent from a page of ours.

    `token` is what the sitting's pages carry; None before anybody has signed in. Raises FormStale for a form
    from elsewhere, AskMalformed for one that is too large or broken.
    """
    if not _from_us(request):
        raise FormStale
    form = await _read(request, OPEN_BYTES if token is None else WHOLE_BYTES)
    if token is not None and not hmac.compare_digest(form.raw("token").encode(), token.encode()):
        raise FormStale
    return form


def _from_us(request: Request) -> bool:
    """Whether the browser says so (Fetch Metadata; Origin, RFC 6454).

    One that says nothing is believed as far as the form's token goes.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None and site not in {"same-origin", "none"}:
        return False
    origin = request.headers.get("origin")
    if origin is None:
        return True
    ours = {urlsplit(house_of(request).base_url).netloc, request.headers.get("host", "")}
    try:
        return urlsplit(origin).netloc in ours
    except ValueError:
        return False


async def _read(request: Request, most: int) -> Form:
    length = request.headers.get("content-length", "")
    if not length.isdigit() or int(length) > most:
        told = f"{most >> 20} MB" if most >> 20 else f"{most >> 10} kB"
        raise AskMalformed(text(f"提交的内容过大（上限 {told}）", f"Too much was sent; {told} is the most"))
    fields: dict[str, list[str]] = {}
    files: dict[str, bytes] = {}
    titles: dict[str, str] = {}
    try:
        async with _sent(request) as sent:
            for name, value in sent.multi_items():
                if isinstance(value, str):
                    fields.setdefault(name, []).append(value)
                elif value.size:
                    files[name], titles[name] = await value.read(), value.filename or ""
    except (HTTPException, MultiPartException, ClientDisconnect, ValueError):
        raise AskMalformed(text("提交的内容无法读取", "What was sent cannot be read")) from None
    if any("\0" in value for values in fields.values() for value in values):
        raise AskMalformed(text("提交的内容含有空字符", "What was sent holds a NUL character"))
    return Form(fields, files, titles)


@asynccontextmanager
async def _sent(request: Request) -> AsyncGenerator[FormData]:
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        yield await request.form(max_fields=FIELDS, max_part_size=PART_BYTES)
        return
    async with aclosing(request.stream()) as octets:
        parser = _InMemory(
            request.headers, octets, max_files=FILES, max_fields=FIELDS, max_part_size=PART_BYTES
        )
        sent = await parser.parse()
    try:
        yield sent
    finally:
        await sent.close()


class _InMemory(MultiPartParser):
    """What is received, a paper or a reply, lies on no disk unsealed and needs no room on one."""

    spool_max_size = WHOLE_BYTES
