"""HTTP to URLs that a customer has set: to public addresses only.

A name is resolved once, every address is checked, and the connection goes to a checked address with
the name as Host and SNI, so a second DNS answer changes nothing. No redirects, no proxies from the
environment, no compressed replies, and a limit on what is read.
"""

import asyncio
import ipaddress
import re
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

import httpx

from services.notifier.channels.authorities import trusted

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver = Callable[[str, int], Awaitable[Sequence[Address]]]

PORTS = (443, 8443)
REPLY_LIMIT = 64 * 1024
_LONGEST_URL = 2000
_TIMEOUT = httpx.Timeout(15.0, connect=5.0)

_NOT_PUBLIC = tuple(
    ipaddress.ip_network(network)
    for network in (
        "192.88.99.0/24",  # 6to4 relays
        "224.0.0.0/3",  # multicast and reserved
        "::/96",  # unspecified, loopback, IPv4-compatible
        "::ffff:0:0/96",  # IPv4-mapped
        "64:ff9b::/96",  # NAT64: reaches any IPv4 address
        "64:ff9b:1::/48",
        "2001::/32",  # Teredo
        "2002::/16",  # 6to4
        "fec0::/10",  # site-local
        "ff00::/8",
    )
)


class UrlFault(ValueError):
    """A URL that may not be set; the message says why without revealing what it resolves to."""


class NotSent(Exception):
    """The request was never sent: a retry cannot duplicate anything."""


class NotAllowed(NotSent):
    """The address may not be called. The message never names it: that would reveal the network."""

    def __init__(self) -> None:
        super().__init__("the address is not allowed")


class NoReply(Exception):
    """The request may have arrived, but there was no usable reply."""


@dataclass(frozen=True, slots=True)
class Reply:
    """`body`: at most `REPLY_LIMIT` bytes; empty if the server compressed it unasked."""

    status: int
    headers: httpx.Headers
    body: bytes


def is_public(address: Address) -> bool:
    return address.is_global and not any(
        address in network for network in _NOT_PUBLIC if network.version == address.version
    )


def parse_url(raw: str, *, allow_private: bool) -> httpx.URL:
    """Raises UrlFault. `allow_private` (`PLIMSOLL_ALLOW_PRIVATE_URLS`) also allows http and every
    port.
    """
    if (
        len(raw) > _LONGEST_URL
        or not raw.isprintable()
        or any(letter.isspace() or letter == "\\" for letter in raw)
    ):
        raise UrlFault("is not a URL")
    try:
        url = httpx.URL(raw)
        host, port = url.host, url.port
    except (httpx.InvalidURL, ValueError):
        raise UrlFault("is not a URL") from None
    if url.scheme != "https" and not (allow_private and url.scheme == "http"):
        raise UrlFault("must begin with https://")
    if not host:
        raise UrlFault("has no host")
    if url.userinfo:
        raise UrlFault("must not contain a user or password")
    if port is not None and not 1 <= port <= 65535:
        raise UrlFault("has a port that is not between 1 and 65535")
    if not allow_private and (port or 443) not in PORTS:
        raise UrlFault(f"may only use the ports {' and '.join(map(str, PORTS))}")
    return url.copy_with(fragment=None)


async def resolve(host: str, port: int) -> Sequence[Address]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [ipaddress.ip_address(address[0]) for *_, address in found]


async def permitted(
    host: str, port: int, *, allow_private: bool, resolver: Resolver = resolve
) -> Sequence[Address]:
    """Returns the addresses that may be connected to, in the resolver's order.

    Raises NotSent if the name has none, NotAllowed if any of them is not public.
    """
    try:
        async with asyncio.timeout(5):
            addresses = await resolver(host, port)
    except (OSError, UnicodeError, ValueError, TimeoutError):
        raise NotSent("the host name cannot be resolved") from None
    if not addresses:
        raise NotSent("the host name cannot be resolved")
    if not allow_private and not all(map(is_public, addresses)):
        raise NotAllowed
    return addresses


class SafeHttp:
    """One per destination. Callers set the total deadline (`asyncio.timeout`): httpx has none."""

    def __init__(
        self,
        *,
        allow_private: bool,
        reply_limit: int = REPLY_LIMIT,
        resolver: Resolver = resolve,
        verify: ssl.SSLContext | None = None,
    ) -> None:
        self._allow_private = allow_private
        self._reply_limit = reply_limit
        self._resolver = resolver
        self._client = httpx.AsyncClient(
            verify=verify or trusted(),
            trust_env=False,
            follow_redirects=False,
            timeout=_TIMEOUT,
        )

    async def request(
        self, method: str, url: str, *, headers: Mapping[str, str], content: bytes | None = None
    ) -> Reply:
        """Raises NotSent, NotAllowed, NoReply, UrlFault."""
        target = parse_url(url, allow_private=self._allow_private)
        name = target.raw_host.decode("ascii")
        port = target.port or (443 if target.scheme == "https" else 80)
        addresses = await permitted(
            name, port, allow_private=self._allow_private, resolver=self._resolver
        )
        given = {
            **headers,
            "Host": target.netloc.decode("ascii"),
            "Accept-Encoding": "identity",
            "User-Agent": "Plimsoll",
        }
        for last, address in enumerate(addresses, start=1):
            pinned = target.copy_with(host=str(address))
            request = self._client.build_request(
                method, pinned, headers=given, content=content, extensions={"sni_hostname": name}
            )
            try:
                return await self._exchange(request)
            except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
                if last == len(addresses):
                    raise NotSent(_unconnected(error)) from None
            except httpx.TransportError as error:
                raise NoReply(_unanswered(error)) from None
        raise AssertionError("permitted() returns at least one address")

    async def _exchange(self, request: httpx.Request) -> Reply:
        response = await self._client.send(request, stream=True)
        try:
            return Reply(response.status_code, response.headers, await self._read(response))
        finally:
            await response.aclose()

    async def _read(self, response: httpx.Response) -> bytes:
        """Reads at most the limit, as received: nothing is ever decompressed."""
        if response.headers.get("content-encoding", "identity").strip().lower() not in (
            "",
            "identity",
        ):
            return b""
        body = bytearray()
        async for part in response.aiter_raw():
            body += part
            if len(body) >= self._reply_limit:
                break
        return bytes(body[: self._reply_limit])

    async def aclose(self) -> None:
        await self._client.aclose()


def _unconnected(error: httpx.TransportError) -> str:
    if isinstance(error, httpx.PoolTimeout):
        return "cannot connect: all connections to the receiver are busy"
    if isinstance(error, httpx.ConnectTimeout):
        return (
            "cannot connect: the receiver does not answer; "
            "check host, port and any firewall between"
        )
    certificate = re.search(r"certificate verify failed: ([^(\n]+?)\.? *(?:\(|$)", str(error))
    if certificate is not None:
        return f"cannot connect: the receiver's certificate is not accepted ({certificate[1]})"
    if "SSL" in str(error):
        return "cannot connect: the receiver does not speak TLS on this port, or no known version"
    return "cannot connect: the receiver refuses the connection, or closed it"


def _unanswered(error: httpx.TransportError) -> str:
    match error:
        case httpx.TimeoutException():
            return "no reply: the receiver took the request and did not answer in time"
        case httpx.RemoteProtocolError():
            return "no reply: the receiver's answer is not HTTP, or was cut off"
    return "no reply: the receiver closed the connection"


def wire_host(host: str) -> str:
    """Returns a host name for the lookup: by IDNA 2008, so that it is exactly the given domain."""
    try:
        return httpx.URL(scheme="https", host=host).raw_host.decode("ascii")
    except (httpx.InvalidURL, UnicodeError):
        return host
