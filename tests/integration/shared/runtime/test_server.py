"""The HTTP server over raw sockets: upgrade offers are ignored, but the request is not."""

import asyncio
import json
import logging
import resource
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from shared.runtime.server import HttpServer
from tests.support.pages import ROOT

OFFERS = {
    "java": (
        b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
        b"HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\n"
    ),
    "curl": (
        b"Connection: keep-alive, Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
        b"HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n"
    ),
    "websocket": (
        b"Connection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Key: c2FtcGxlIG5vbmNlIDE2IQ==\r\n"
    ),
    "tls": b"Connection: upgrade\r\nUpgrade: TLS/1.0, HTTP/2.0\r\n",
    "twice": b"Upgrade: h2c\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n",
}
BODIES = {
    "length": b"Content-Length: 13\r\n\r\n" + b'{"count": -3}',
    "chunked": b"Transfer-Encoding: chunked\r\n\r\n" + b'6\r\n{"coun\r\n7\r\nt": -3}\r\n0\r\n\r\n',
    "none": b"\r\n",
}


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    request = Request(scope, receive)
    seen = {
        "method": request.method,
        "path": request.url.path,
        "body": (await request.body()).decode(),
        "upgrade": "upgrade" in request.headers,
    }
    await JSONResponse(seen, headers={"X-Seen": json.dumps(seen)})(scope, receive, send)


@pytest.fixture(scope="module")
async def port() -> AsyncIterator[int]:
    server = HttpServer(echo, "127.0.0.1", 0)
    await server.start()
    yield server.port
    await server.stop()


async def answers(port: int, *parts: bytes, count: int = 1) -> list[dict[str, Any]]:
    """What the server received of `count` requests, written in these parts on one connection, each
    in a separate segment.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    found = []
    try:
        async with asyncio.timeout(10):
            for part in parts:
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(0)
            for _ in range(count):
                found.append(await _answer(reader))
    finally:
        writer.close()
    return found


async def _answer(reader: asyncio.StreamReader) -> dict[str, Any]:
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 "), head
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:] if line)
    seen: dict[str, Any] = json.loads(headers["x-seen"])
    if seen["method"] != "HEAD":
        assert json.loads(await reader.readexactly(int(headers["content-length"]))) == seen
    return seen


def body_of(kind: str) -> str:
    return "" if kind == "none" else '{"count": -3}'


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("offer", OFFERS)
@pytest.mark.parametrize("body", BODIES)
async def test_the_request_after_an_upgrade_offer_is_read_completely_and_the_connection_stays_open(
    port: int, method: str, offer: str, body: str
) -> None:
    offering = (
        method.encode()
        + b" /v1/events?a=%20 HTTP/1.1\r\nHost: x\r\n"
        + OFFERS[offer]
        + BODIES[body]
    )
    plain = b"POST /after HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nok"
    expected = {"method": method, "path": "/v1/events", "body": body_of(body), "upgrade": False}
    after = {"method": "POST", "path": "/after", "body": "ok", "upgrade": False}
    pipelined = await answers(port, offering + offering + plain, count=3)
    assert pipelined == [expected, expected, after]


@pytest.mark.parametrize("body", ["length", "chunked"])
async def test_wherever_the_segments_end(port: int, body: str) -> None:
    """A body in a separate segment was once taken for the next request."""
    offering = b"POST /v1/events HTTP/1.1\r\nHost: x\r\n" + OFFERS["java"] + BODIES[body]
    expected = {"method": "POST", "path": "/v1/events", "body": '{"count": -3}', "upgrade": False}
    for cut in range(1, len(offering)):
        assert await answers(port, offering[:cut], offering[cut:] + offering, count=2) == [
            expected,
            expected,
        ], cut
    assert await answers(
        port, *(offering[place : place + 1] for place in range(len(offering)))
    ) == [expected]


async def test_a_large_body_after_an_upgrade_offer(port: int) -> None:
    body = b"x" * 900_000
    head = (
        b"PUT /large HTTP/1.1\r\nHost: x\r\n" + OFFERS["java"] + b"Content-Length: 900000\r\n\r\n"
    )
    (seen,) = await answers_of_length(port, head, body)
    assert seen == len(body)


async def answers_of_length(port: int, head: bytes, body: bytes) -> list[int]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2_000_000)
    writer.write(head + body)
    async with asyncio.timeout(10):
        seen = await _answer(reader)
    writer.close()
    return [len(seen["body"])]


async def test_expect_and_close_are_kept(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    offer = OFFERS["java"].replace(b"Connection: ", b"Connection: close, ")
    writer.write(
        b"POST /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
        + offer
        + b"Content-Length: 2\r\n\r\n"
    )
    async with asyncio.timeout(10):
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(b"ok")
        rest = await reader.read()
    writer.close()
    assert b"connection: close" in rest
    assert rest.endswith(b'"body":"ok","upgrade":false}')


async def test_a_bad_request_after_an_upgrade_offer_is_refused(port: int) -> None:
    good = b"GET / HTTP/1.1\r\nHost: x\r\n" + OFFERS["java"] + b"\r\n"
    bad = (
        b"POST / HTTP/1.1\r\nHost: x\r\n"
        + OFFERS["java"]
        + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"
    )
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(good)
    async with asyncio.timeout(10):
        await _answer(reader)
        writer.write(bad)
        assert (await reader.read()).startswith(b"HTTP/1.1 400 ")
    writer.close()


async def test_connect_and_prior_knowledge_are_refused_and_closed(port: int) -> None:
    for raw in (
        b"CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(raw)
        async with asyncio.timeout(10):
            answer = await reader.read()
        writer.close()
        assert answer.startswith(b"HTTP/1.1 400 "), answer


async def test_nobody_is_told_to_install_websockets(
    port: int, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        await answers(port, b"GET / HTTP/1.1\r\nHost: x\r\n" + OFFERS["websocket"] + b"\r\n")
    assert "upgrade" not in caplog.text.lower()
    assert "websocket" not in caplog.text.lower()


def test_a_process_may_have_as_many_files_as_it_needs_for_its_connections() -> None:
    """On many systems it starts with 1,024."""
    code = (
        "import resource as r; from shared.runtime.server import allow_connections as allow; "
        "hard = r.getrlimit(r.RLIMIT_NOFILE)[1];"
        "r.setrlimit(r.RLIMIT_NOFILE, (256, hard)); allow(); "
        "print(r.getrlimit(r.RLIMIT_NOFILE)[0]);"
        "r.setrlimit(r.RLIMIT_NOFILE, (256, 512)); allow(); print(*r.getrlimit(r.RLIMIT_NOFILE))"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout.splitlines()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    assert int(said[0]) == (10_240 if hard == resource.RLIM_INFINITY else min(hard, 10_240))
    assert said[1] == "512 512"
