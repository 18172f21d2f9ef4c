"""HTTP for the demo's CRM: small enough to cut a connection at any point, which no framework
allows.
"""

import asyncio
import json
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import h11

_READ_BYTES = 65536
_CLOSE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A body that is not a dict is sent as it is."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str  # percent-decoded
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any  # parsed; None if absent or not JSON

    async def pause(self, seconds: float) -> None:
        if seconds:
            await asyncio.sleep(seconds)


Respond = Callable[[Request], Awaitable[Answer | None]]


class CrmServer:
    """Serves `respond`; None from it resets the connection."""

    def __init__(self, respond: Respond) -> None:
        self._respond = respond
        self._server: asyncio.Server | None = None
        self._open: dict[asyncio.StreamWriter, asyncio.Task[None]] = {}

    async def start(self) -> str:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        host, port = self._server.sockets[0].getsockname()[:2]
        return f"http://{host}:{port}"

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            serving = list(self._open.values())
            for writer in self._open:
                writer.close()
            if serving:
                await asyncio.wait(serving, timeout=_CLOSE_SECONDS)
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open[writer] = task
        connection = h11.Connection(h11.SERVER)
        try:
            with suppress(OSError, h11.RemoteProtocolError):
                while await self._exchange(connection, reader, writer):
                    connection.start_next_cycle()
        finally:
            del self._open[writer]
            writer.close()

    async def _exchange(
        self, connection: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """One request and its response; returns whether another may follow on the connection."""
        request = await _received(connection, reader)
        if request is None:
            return False
        answer = await self._respond(request)
        if answer is None:
            _reset(writer)
            return False
        writer.write(_sent(connection, answer))
        await writer.drain()
        return bool(connection.our_state is h11.DONE and connection.their_state is h11.DONE)


async def _received(connection: h11.Connection, reader: asyncio.StreamReader) -> Request | None:
    head: h11.Request | None = None
    body = bytearray()
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(_READ_BYTES))
        elif isinstance(event, h11.Request):
            head = event
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage) and head is not None:
            return _request(head, bytes(body))
        else:
            return None


def _request(head: h11.Request, body: bytes) -> Request:
    target = urlsplit(head.target.decode("ascii"))
    headers = {name.decode(): value.decode("latin-1") for name, value in head.headers}
    try:
        parsed = json.loads(body) if body else None
    except ValueError:
        parsed = None
    return Request(
        head.method.decode(), unquote(target.path), dict(parse_qsl(target.query)), headers, parsed
    )


def _sent(connection: h11.Connection, answer: Answer) -> bytes:
    raw = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
    headers = [
        ("Content-Type", "application/json;charset=utf-8"),
        ("Content-Length", str(len(raw))),
        *answer.headers.items(),
    ]
    parts = (
        h11.Response(status_code=answer.status, headers=headers),
        h11.Data(data=raw),
        h11.EndOfMessage(),
    )
    return b"".join(connection.send(part) or b"" for part in parts)


def _reset(writer: asyncio.StreamWriter) -> None:
    """Sends RST instead of FIN, like a crashed server or a dropping middlebox."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
