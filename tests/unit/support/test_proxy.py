"""What each end sees of a connection that the proxy cuts at a request."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from tests.support.proxy import Cut, FaultyProxy, Point

ASKED, REPLY = b"COMMIT;--", b"done"


@dataclass
class Server:
    """Replies to each read; keeps what it has read."""

    port: int = 0
    read: bytes = b""
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(1000):
                self.read += data
                writer.write(REPLY)
        except ConnectionError:
            return
        finally:
            writer.close()
            self.ended.set()


@asynccontextmanager
async def _proxied() -> AsyncIterator[tuple[Server, FaultyProxy]]:
    server = Server()
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    async with listening, FaultyProxy("127.0.0.1", server.port) as proxy:
        yield server, proxy


async def _ask(proxy: FaultyProxy, request: bytes) -> bytes | None:
    """None: the connection was reset."""
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    try:
        writer.write(request)
        return await reader.read(len(REPLY)) or None
    except ConnectionError:
        return None
    finally:
        writer.close()


@pytest.mark.parametrize(
    ("point", "read"), [("before", b""), ("within", ASKED[:4]), ("after", ASKED)]
)
async def test_what_the_server_has_read_of_a_request_that_is_cut(point: Point, read: bytes) -> None:
    async with _proxied() as (server, proxy):
        proxy.cuts.append(Cut(point, lambda data: data == ASKED))
        assert await _ask(proxy, ASKED) is None
        await server.ended.wait()
        assert (server.read, proxy.made) == (read, 1)


async def test_only_the_request_meant_is_cut_and_once() -> None:
    async with _proxied() as (_, proxy):
        proxy.cuts.append(Cut("before", lambda data: data == ASKED))
        assert await _ask(proxy, b"BEGIN;") == REPLY
        assert await _ask(proxy, ASKED) is None
        assert await _ask(proxy, ASKED) == REPLY


async def test_a_reply_to_another_request_passes() -> None:
    async with _proxied() as (_, proxy):
        proxy.cuts.append(Cut("after", lambda data: data == ASKED, lambda asked, reply: False))
        assert await _ask(proxy, ASKED) == REPLY
        assert proxy.made == 0


async def test_replies_drip_and_arrive_whole() -> None:
    async with _proxied() as (_, proxy):
        proxy.drip = 0.01
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write(ASKED)
        assert await reader.readexactly(1) == REPLY[:1]
        assert await reader.readexactly(3) == REPLY[1:]
        writer.close()
