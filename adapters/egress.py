"""The only way out: which addresses may be reached, one deadline a call, bounded bodies, no detours."""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from typing import Self

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from adapters.base import Deadline, failed
from contracts.errors import Fault

REDIRECTS = 3
"""Same-origin redirects followed for one question."""

PIN_SECONDS = 60.0
"""How long a name keeps the addresses it was admitted with."""

CHUNK = 1 << 20
"""Octets handed on at once, at most."""

Lookup = Callable[[str, int], Awaitable[tuple[str, ...]]]
"""From host and port to addresses. Raises OSError."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_UNICAST, _UNIQUE_LOCAL = ipaddress.IPv6Network("2000::/3"), ipaddress.IPv6Network("fc00::/7")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# Cloud metadata services that stand outside the link-local range.
_METADATA = {ipaddress.ip_address("100.100.100.200"), ipaddress.ip_address("fd00:ec2::254")}


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port (RFC 6454), and whether its private and loopback addresses are admitted."""

    scheme: str
    host: str
    port: int
    allow_private: bool = False

    @classmethod
    def of(cls, url: str, *, allow_private: bool = False) -> Origin:
        """The origin of an http or https URL. Raises AgencyDeclined (not admitted) for anything else."""
        try:
            parsed = URL(url, encoded=True)
            host, port = parsed.raw_host, parsed.port
        except (ValueError, TypeError):
            raise failed(Fault.NOT_ADMITTED) from None
        if parsed.scheme not in ("http", "https") or not host or port is None or parsed.user is not None:
            raise failed(Fault.NOT_ADMITTED)
        return cls(parsed.scheme, host.lower(), port, allow_private)

    def owns(self, url: URL) -> bool:
        """Whether a URL stands at exactly this origin and carries no user information."""
        same = (url.scheme, (url.raw_host or "").lower(), url.port) == (self.scheme, self.host, self.port)
        return same and url.raw_user is None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One HTTP message to an agency. Headers may hold credentials, so it never shows itself."""

    method: str
    url: str = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """One complete HTTP reply; header octets read as ISO 8859-1, the body before content decoding."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Stream:
    """A reply whose body is still coming, before content decoding."""

    status: int
    headers: tuple[tuple[str, str], ...]
    chunks: AsyncIterator[bytes]


def admissible(address: str, *, allow_private: bool) -> bool:
    """Whether an IP address may be reached.

    Global addresses may; private and loopback ones when allowed; link-local, multicast, unspecified and
    metadata addresses never, nor what IPv6 has set apart otherwise (RFC 4291 §2.4: site-local, compatible
    ones). An IPv4 address inside an IPv6 one (RFC 4291, 3056, 6052) is judged as itself.
    """
    ip = _innermost(ipaddress.ip_address(address.partition("%")[0]))
    if ip.is_link_local or ip.is_multicast or ip.is_unspecified or ip in _METADATA:
        return False
    if ip.version == 6 and ip not in _UNICAST:
        return allow_private and (ip.is_loopback or ip in _UNIQUE_LOCAL)
    return allow_private or ip.is_global


def _innermost(ip: Address) -> Address:
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or ip


def _literal(host: str) -> str | None:
    """The address a literal host stands for, None for a name.

    Raises AgencyDeclined for numbers that only some parsers take for an address (2130706433, 0177.0.0.1,
    0x7f.1): two readers that disagree are how a check is slipped past.
    """
    bare = host.removeprefix("[").removesuffix("]").partition("%")[0]
    try:
        return str(ipaddress.ip_address(bare))
    except ValueError:
        last = bare.rstrip(".").rpartition(".")[2]
        if re.fullmatch(r"0x[0-9a-f]*|\d+", last, re.IGNORECASE):
            raise failed(Fault.NOT_ADMITTED) from None
        return None


async def look_up(host: str, port: int) -> tuple[str, ...]:
    """The addresses the system's resolver gives for a name. Raises OSError."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError:
        raise OSError("not a host name") from None
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


class _Pins(AbstractResolver):
    """Answers the connector with the addresses that passed the check, and looks nothing up."""

    def __init__(self) -> None:
        self.addresses: tuple[str, ...] = ()
        self.until = 0.0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        del family
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in self.addresses
        ]

    async def close(self) -> None:
        self.addresses = ()


class _Door:
    """One origin's connections: its own pool and pins, so that no other origin's rules reach it."""

    def __init__(self) -> None:
        self.pins = _Pins()
        self.session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(resolver=self.pins, use_dns_cache=False),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
            headers={"User-Agent": "landbridge", "Accept-Encoding": "gzip, deflate"},
            auto_decompress=False,
            trust_env=False,
        )

    async def ask(self, outgoing: Outgoing, url: URL) -> aiohttp.ClientResponse:
        return await self.session.request(
            outgoing.method, url, headers=outgoing.headers, data=outgoing.body, allow_redirects=False
        )


class Egress:
    """Every connection of the house to an agency; one per process, open within `async with`."""

    def __init__(self, lookup: Lookup = look_up, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._lookup, self._monotonic = lookup, monotonic
        self._doors: dict[Origin, _Door] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        doors, self._doors = self._doors, {}
        for door in doors.values():
            await door.session.close()

    async def admit(self, host: str, port: int, *, allow_private: bool = False) -> str:
        """The address to connect to for a host, for kits with connections of their own.

        Raises AgencyUnavailable (unresolved) and AgencyDeclined (not admitted).
        """
        return (await self._admitted(Origin("", host, port, allow_private)))[0]

    async def send(self, outgoing: Outgoing, origin: Origin, deadline: Deadline, limit: int) -> Reply:
        """One question, one complete reply of at most `limit` octets, all of it before the deadline.

        A redirect to another origin is not followed; it is the reply. Raises AgencyFailed when no
        complete reply came.
        """
        async with self.open(outgoing, origin, deadline, limit) as stream:
            body = b"".join([chunk async for chunk in stream.chunks])
        return Reply(stream.status, stream.headers, body)

    @asynccontextmanager
    async def open(
        self, outgoing: Outgoing, origin: Origin, deadline: Deadline, limit: int
    ) -> AsyncIterator[Stream]:
        """As `send`, with the body in chunks of at most 1 MiB while it comes."""
        with _told():
            async with asyncio.timeout(deadline.left()):
                response = await self._follow(outgoing, origin)
        try:
            headers = tuple((k.decode("latin-1"), v.decode("latin-1")) for k, v in response.raw_headers)
            yield Stream(response.status, headers, _chunks(response, deadline, limit))
        finally:
            if response.content.is_eof():
                response.release()
            else:
                response.close()

    async def _follow(self, outgoing: Outgoing, origin: Origin) -> aiohttp.ClientResponse:
        for _ in range(REDIRECTS):
            response = await self._exchange(outgoing, origin)
            onward = _onward(outgoing, origin, response)
            if onward is None:
                return response
            response.close()
            outgoing = onward
        return await self._exchange(outgoing, origin)

    async def _exchange(self, outgoing: Outgoing, origin: Origin) -> aiohttp.ClientResponse:
        url = URL(outgoing.url, encoded=True)
        if not origin.owns(url):
            raise failed(Fault.NOT_ADMITTED)
        door = await self._door(origin)
        try:
            return await door.ask(outgoing, url)
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as error:
            if outgoing.method == "GET" or isinstance(error, aiohttp.ClientConnectorError):
                raise
            # A kept connection the agency had closed meanwhile. aiohttp asks a GET again by itself; our
            # POSTs are questions too, so asking once more changes nothing there (RFC 9110 §9.2.2).
            return await door.ask(outgoing, url)

    async def _door(self, origin: Origin) -> _Door:
        door = self._doors.get(origin)
        if door is None:
            door = self._doors[origin] = _Door()
        if self._monotonic() >= door.pins.until:
            # From here until the pin runs out the connector can reach these addresses and no others.
            door.pins.addresses = await self._admitted(origin)
            door.pins.until = self._monotonic() + PIN_SECONDS
        return door

    async def _admitted(self, origin: Origin) -> tuple[str, ...]:
        literal = _literal(origin.host)
        addresses = (literal,) if literal else await self._looked_up(origin)
        if not all(admissible(address, allow_private=origin.allow_private) for address in addresses):
            raise failed(Fault.NOT_ADMITTED)
        return addresses

    async def _looked_up(self, origin: Origin) -> tuple[str, ...]:
        try:
            addresses = await self._lookup(origin.host, origin.port)
        except OSError:
            raise failed(Fault.UNRESOLVED) from None
        if not addresses:
            raise failed(Fault.UNRESOLVED)
        return addresses


def _onward(outgoing: Outgoing, origin: Origin, response: aiohttp.ClientResponse) -> Outgoing | None:
    """The question after a redirect within the origin (RFC 9110 §15.4); None: this is the reply."""
    location = response.headers.get("Location")
    keeps = response.status in (307, 308) or (response.status in (301, 302, 303) and outgoing.method == "GET")
    if not keeps or location is None:
        return None
    try:
        url = response.url.join(URL(location))
    except ValueError:
        return None
    return replace(outgoing, url=str(url)) if origin.owns(url) else None


async def _chunks(response: aiohttp.ClientResponse, deadline: Deadline, limit: int) -> AsyncIterator[bytes]:
    if (response.content_length or 0) > limit:
        raise failed(Fault.TOO_LARGE)
    taken = 0
    while True:
        with _told():
            # The timer never spans a yield: it would cancel whoever is reading, not the agency.
            async with asyncio.timeout(deadline.left()):
                chunk = await response.content.read(CHUNK)
        if not chunk:
            return
        taken += len(chunk)
        if taken > limit:
            raise failed(Fault.TOO_LARGE)
        yield chunk


@contextmanager
def _told() -> Iterator[None]:
    """Whatever the network does, told as the fault it is.

    Causes are not chained: aiohttp's errors quote URL and headers, where credentials stand.
    """
    try:
        yield
    except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
        fault = _fault(error)
    else:
        return
    raise failed(fault) from None


def _fault(error: Exception) -> Fault:
    if isinstance(error, aiohttp.ClientConnectorError):
        return _fault_of_connecting(error)
    if isinstance(error, aiohttp.ClientPayloadError):
        # aiohttp tells a reset within a body from a short body by its words alone.
        return Fault.RESET if "ConnectionResetError" in str(error) else Fault.TRUNCATED
    for kind, fault in _FAULTS:
        if isinstance(error, kind):
            return fault
    return Fault.RESET


_FAULTS: tuple[tuple[type[Exception], Fault], ...] = (
    (aiohttp.ClientSSLError, Fault.TLS),
    (aiohttp.InvalidURL, Fault.NOT_ADMITTED),
    (aiohttp.ClientResponseError, Fault.UNREADABLE),
    (TimeoutError, Fault.SILENT),
    (ValueError, Fault.UNREADABLE),
)


def _fault_of_connecting(error: aiohttp.ClientConnectorError) -> Fault:
    if isinstance(error, aiohttp.ClientSSLError):
        return Fault.TLS
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return Fault.UNRESOLVED
    return Fault.SILENT if isinstance(error.os_error, TimeoutError) else Fault.REFUSED
