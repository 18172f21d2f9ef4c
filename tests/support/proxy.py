"""A TCP proxy on loopback that misbehaves on demand: refuses, resets, holds back, or loses the
reply to a COMMIT.
"""

import asyncio
import socket
import struct
from types import TracebackType

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class FaultyProxy:
    """Sits between a client and `upstream`. All switches act on open connections too.

    `lose_commits` = n: the next n COMMITs reach PostgreSQL and are executed, but their replies
    never arrive.
    """

    def __init__(self, host: str, port: int) -> None:
        self._upstream = (host, port)
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self.refusing = False
        self.lose_commits = 0
        self.lost_commits = 0

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
        link = _Link()
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
                if self.lose_commits and b"COMMIT;" in data:
                    self.lose_commits -= 1
                    link.losing = True
                writer.write(data)
                await writer.drain()
            writer.close()
        except OSError:
            writer.transport.abort()

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
                if link.losing:
                    self.lost_commits += 1
                    _reset(writer)
                    upstream.transport.abort()
                    return
                writer.write(data)
                await writer.drain()
            writer.close()
        except OSError:
            writer.transport.abort()


class _Link:
    losing = False


def _reset(writer: asyncio.StreamWriter) -> None:
    if not writer.transport.is_closing():
        raw: socket.socket = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    writer.transport.abort()
