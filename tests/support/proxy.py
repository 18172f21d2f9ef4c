"""A TCP proxy on loopback that misbehaves on demand: refuses, resets, holds back, drips, or cuts a
connection at a certain request: before it, within it, or before its reply arrives.
"""

import asyncio
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Literal

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


Point = Literal["before", "within", "during", "after"]
"""Of a request: the server never sees it; sees a half of it; all of it, while the connection is
reset; has replied, and the reply is lost.
"""


def any_reply(request: bytes, reply: bytes) -> bool:
    """For protocols whose next bytes are the reply."""
    return True


@dataclass(frozen=True, slots=True)
class Cut:
    """`matches` and `answers` get the bytes as they are read: usually one request, one reply."""

    point: Point
    matches: Callable[[bytes], bool]
    answers: Callable[[bytes, bytes], bool] = any_reply


def is_commit(data: bytes) -> bool:
    """As asyncpg sends it to PostgreSQL."""
    return b"COMMIT;" in data


class FaultyProxy:
    """Sits between a client and `upstream`. All switches act on open connections too.

    `cuts`: those that are still to be made, in this order, by whichever connection comes first;
    `made`: how many were. `drip`: seconds between two bytes of a reply.
    """

    def __init__(self, host: str, port: int) -> None:
        self._upstream = (host, port)
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self.refusing = False
        self.drip = 0.0
        self.cuts: list[Cut] = []
        self.made = 0

    async def __aenter__(self) -> "FaultyProxy":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.close()
        self.flow()
        self.reset()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        """Resets open connections and refuses new ones."""
        self.refusing = True
        self.reset()

    def heal(self) -> None:
        self.refusing = False
        self.drip = 0.0
        self.cuts.clear()
        self.flow()

    def hold(self) -> None:
        """Keeps connections open but forwards nothing: a black hole."""
        self._flowing.clear()

    def flow(self) -> None:
        self._flowing.set()

    def reset(self) -> None:
        for writer in list(self._writers):
            _reset(writer)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._connect(reader, writer)
        except asyncio.CancelledError:
            pass  # the proxy is being closed
        finally:
            self._tasks.discard(task)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refusing:
            _reset(writer)
            return
        try:
            up_reader, up_writer = await asyncio.open_connection(*self._upstream)
        except OSError:
            _reset(writer)
            return
        pair = {writer, up_writer}
        self._writers |= pair
        link = _Link(writer)
        try:
            await asyncio.gather(
                self._to_server(reader, up_writer, link),
                self._to_client(up_reader, writer, up_writer, link),
            )
        finally:
            self._writers -= pair
            for each in pair:
                each.transport.abort()

    async def _to_server(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, link: "_Link"
    ) -> None:
        try:
            while data := await reader.read(65536):
                await self._flowing.wait()
                if self.cuts and self.cuts[0].matches(data):
                    cut = self.cuts.pop(0)
                    if cut.point != "after":
                        await self._cut_off(cut, data, writer, link)
                        return
                    link.losing = (cut, data)
                writer.write(data)
                await writer.drain()
            writer.close()
        except OSError:
            writer.transport.abort()

    async def _cut_off(
        self, cut: Cut, data: bytes, writer: asyncio.StreamWriter, link: "_Link"
    ) -> None:
        """Both ends see a reset; what the server has read by then depends on the point."""
        self.made += 1
        if cut.point != "before":
            writer.write(data if cut.point == "during" else data[: len(data) // 2])
            await writer.drain()
        _reset(link.client)
        _reset(writer)

    async def _to_client(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        upstream: asyncio.StreamWriter,
        link: "_Link",
    ) -> None:
        try:
            while data := await reader.read(65536):
                await self._flowing.wait()
                if link.loses(data):
                    self.made += 1
                    _reset(writer)
                    upstream.transport.abort()
                    return
                await self._forward(data, writer)
            writer.close()
        except OSError:
            writer.transport.abort()

    async def _forward(self, data: bytes, writer: asyncio.StreamWriter) -> None:
        """Byte by byte as long as it is to drip."""
        while data and self.drip:
            writer.write(data[:1])
            await writer.drain()
            data = data[1:]
            await asyncio.sleep(self.drip)
        writer.write(data)
        await writer.drain()


class _Link:
    """`losing`: the request whose reply is to be lost."""

    def __init__(self, client: asyncio.StreamWriter) -> None:
        self.client = client
        self.losing: tuple[Cut, bytes] | None = None

    def loses(self, reply: bytes) -> bool:
        return self.losing is not None and self.losing[0].answers(self.losing[1], reply)


def _reset(writer: asyncio.StreamWriter) -> None:
    if not writer.transport.is_closing():
        raw: socket.socket = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    writer.transport.abort()
