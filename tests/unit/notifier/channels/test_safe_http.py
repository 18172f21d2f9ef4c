"""The guard against internal addresses, tested with a real listener that must never be reached."""

import asyncio
import ipaddress
import ssl
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import pytest
import trustme

from services.notifier.channels.safe_http import (
    Address,
    NoReply,
    NotAllowed,
    NotSent,
    SafeHttp,
    UrlFault,
    is_public,
    parse_url,
)

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def answering(head: bytes, body: bytes = b"") -> Answer:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(
            head + b"\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body
        )
        await writer.drain()

    return answer


class Listener:
    def __init__(self, answer: Answer) -> None:
        self.connections = 0
        self.port = 0
        self._answer = answer

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            await self._answer(reader, writer)
        finally:
            writer.close()


@asynccontextmanager
async def listening(answer: Answer, tls: ssl.SSLContext | None = None) -> AsyncIterator[Listener]:
    listener = Listener(answer)
    server = await asyncio.start_server(listener.handle, "127.0.0.1", 0, ssl=tls)
    listener.port = server.sockets[0].getsockname()[1]
    try:
        yield listener
    finally:
        server.close()


def resolving(*answers: str) -> Callable[[str, int], Awaitable[Sequence[Address]]]:
    """Returns the answers one by one, then the last one forever."""
    left = list(answers)

    async def resolve(host: str, port: int) -> Sequence[Address]:
        return [ipaddress.ip_address(left.pop(0) if len(left) > 1 else left[0])]

    return resolve


OK = answering(b"HTTP/1.1 200 OK")

LOOPBACK_FORMS = (
    "127.0.0.1",
    "127.1",
    "0",
    "0.0.0.0",
    "2130706433",
    "0x7f000001",
    "017700000001",
    "127。0。0。1",
    "[::ffff:7f00:1]",
    "[::ffff:127.0.0.1]",
    "[::]",
    "[::1]",
    "localhost",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[::127.0.0.1]",
)


@pytest.mark.parametrize("host", LOOPBACK_FORMS)
async def test_no_way_of_writing_loopback_reaches_it(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with listening(OK) as canary:
        monkeypatch.setattr("services.notifier.channels.safe_http.PORTS", (canary.port,))
        http = SafeHttp(allow_private=False)
        with pytest.raises((NotSent, UrlFault)):
            await http.request("POST", f"https://{host}:{canary.port}/", headers={}, content=b"{}")
        await http.aclose()
        assert canary.connections == 0


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "ftp://example.com/",
        "//example.com/",
        "example.com",
        "https:///x",
        "https://user@example.com/",
        "https://user:pass@example.com/",
        "https://a\\b@example.com/",
        "https://example.com:22/",
        "https://example.com:99999/",
        "https://exa mple.com/",
        "https://example.com/\r\nX: y",
        "https://example.com/" + "a" * 2000,
        "",
    ],
)
def test_urls_that_may_not_be_set(url: str) -> None:
    with pytest.raises(UrlFault):
        parse_url(url, allow_private=False)


@pytest.mark.parametrize(
    "url", ["https://example.com/a?b=c", "https://例え.jp:8443/", "https://example.com:443"]
)
def test_urls_that_may_be_set(url: str) -> None:
    assert parse_url(url, allow_private=False).scheme == "https"


@pytest.mark.parametrize(
    "address",
    [
        "10.1.2.3", "172.16.0.1", "192.168.0.1", "100.64.0.1", "169.254.169.254", "224.0.0.1",
        "192.88.99.1", "240.0.0.1", "255.255.255.255", "198.18.0.1", "192.0.2.1", "::1", "fe80::1",
        "fc00::1", "fec0::1", "ff02::1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:a9fe:a9fe::",
        "2001:0:1::1", "::7f00:1", "::ffff:8.8.8.8", "2001:db8::1",
    ],
)  # fmt: skip
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2606:4700::1111"])
def test_addresses_that_are_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


async def test_a_name_with_one_private_address_is_refused_with_the_same_words_as_any_other() -> (
    None
):
    messages = set()
    for private in ("169.254.169.254", "10.0.0.1", "::1"):

        async def both(host: str, port: int, private: str = private) -> Sequence[Address]:
            return [ipaddress.ip_address("93.184.216.34"), ipaddress.ip_address(private)]

        http = SafeHttp(allow_private=False, resolver=both)
        with pytest.raises(NotAllowed) as refused:
            await http.request("POST", "https://rebind.example/", headers={})
        messages.add(str(refused.value))
        await http.aclose()
    assert messages == {"the address is not allowed"}


async def test_the_second_answer_of_the_resolver_changes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """DNS rebinding: public when it is checked, loopback right after."""
    async with listening(OK) as canary:
        monkeypatch.setattr("services.notifier.channels.safe_http.PORTS", (canary.port,))
        # Another loopback address, without a listener, plays the public one.
        monkeypatch.setattr(
            "services.notifier.channels.safe_http.is_public",
            lambda address: str(address) == "127.0.0.2",
        )
        http = SafeHttp(allow_private=False, resolver=resolving("127.0.0.2", "127.0.0.1"))
        with pytest.raises(NotSent, match="cannot connect"):
            await http.request("POST", f"https://rebind.example:{canary.port}/", headers={})
        await http.aclose()
        assert canary.connections == 0


async def test_host_and_sni_stay_those_of_the_name() -> None:
    authority = trustme.CA()
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("hooks.example").configure_cert(server)
    authority.configure_trust(client)
    seen: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")

    async with listening(answer, server) as listener:
        http = SafeHttp(allow_private=True, resolver=resolving("127.0.0.1"), verify=client)
        reply = await http.request(
            "POST",
            f"https://hooks.example:{listener.port}/in?x=1",
            headers={"X-One": "1"},
            content=b"{}",
        )
        await http.aclose()
    assert reply.status == 204
    assert seen[0].startswith(b"POST /in?x=1 HTTP/1.1\r\n")
    assert f"host: hooks.example:{listener.port}\r\n".encode() in seen[0].lower()


async def test_a_certificate_for_another_name_is_not_accepted() -> None:
    authority = trustme.CA()
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("other.example").configure_cert(server)
    authority.configure_trust(client)
    async with listening(OK, server) as listener:
        http = SafeHttp(allow_private=True, resolver=resolving("127.0.0.1"), verify=client)
        with pytest.raises(NotSent):
            await http.request("POST", f"https://hooks.example:{listener.port}/", headers={})
        await http.aclose()


async def test_redirects_are_not_followed() -> None:
    async with (
        listening(OK) as inner,
        listening(
            answering(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:%d/" % inner.port)
        ) as outer,
    ):
        http = SafeHttp(allow_private=True)
        reply = await http.request("GET", f"http://127.0.0.1:{outer.port}/", headers={})
        await http.aclose()
    assert reply.status == 302
    assert inner.connections == 0


async def test_the_environment_s_proxy_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with listening(OK) as proxy, listening(OK) as target:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        http = SafeHttp(allow_private=True)
        await http.request("GET", f"http://127.0.0.1:{target.port}/", headers={})
        await http.aclose()
    assert (proxy.connections, target.connections) == (0, 1)


async def test_no_more_than_the_limit_is_read_and_nothing_is_decompressed() -> None:
    bomb = zlib.compress(b"\0" * 50_000_000)
    async with (
        listening(answering(b"HTTP/1.1 500 Oops", b"x" * 1_000_000)) as long,
        listening(answering(b"HTTP/1.1 200 OK\r\nContent-Encoding: deflate", bomb)) as packed,
    ):
        http = SafeHttp(allow_private=True)
        cut = await http.request("GET", f"http://127.0.0.1:{long.port}/", headers={})
        empty = await http.request("GET", f"http://127.0.0.1:{packed.port}/", headers={})
        await http.aclose()
    assert (cut.status, len(cut.body)) == (500, 64 * 1024)
    assert (empty.status, empty.body) == (200, b"")


async def test_the_next_address_is_tried_if_the_first_does_not_listen() -> None:
    async def both(host: str, port: int) -> Sequence[Address]:
        return [ipaddress.ip_address("::1"), ipaddress.ip_address("127.0.0.1")]

    async with listening(OK) as listener:
        http = SafeHttp(allow_private=True, resolver=both)
        reply = await http.request("GET", f"http://two.example:{listener.port}/", headers={})
        await http.aclose()
    assert reply.status == 200


async def test_a_connection_cut_after_the_request_leaves_doubt() -> None:
    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")

    async with listening(cut) as listener:
        http = SafeHttp(allow_private=True)
        with pytest.raises(NoReply):
            await http.request(
                "POST", f"http://127.0.0.1:{listener.port}/", headers={}, content=b"{}"
            )
        await http.aclose()


async def test_nothing_is_sent_if_the_name_does_not_resolve() -> None:
    async def nothing(host: str, port: int) -> Sequence[Address]:
        raise OSError("no such name")

    http = SafeHttp(allow_private=False, resolver=nothing)
    with pytest.raises(NotSent, match="cannot be resolved"):
        await http.request("GET", "https://nowhere.example/", headers={})
    await http.aclose()
