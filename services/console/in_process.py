"""The API of this process as a place to send requests to, whose answers come piece by piece: that
of `httpx` hands them over when they are complete.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any

import httpx

Message = MutableMapping[str, Any]
App = Callable[..., Awaitable[None]]
_AHEAD = 2
"""Pieces that are made before somebody takes them."""


class InProcess(httpx.AsyncBaseTransport):
    """`app`: an ASGI application. What fails before it has answered is a 500; later, the answer
    breaks off with a `httpx.ReadError`.
    """

    def __init__(self, app: App) -> None:
        self._app = app

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        exchange = _Exchange(await request.aread())
        running = asyncio.create_task(exchange.run(self._app, _scope(request)))
        try:
            status, headers = await asyncio.shield(exchange.started)
        except BaseException:
            running.cancel()
            raise
        return httpx.Response(status, headers=headers, stream=_Pieces(exchange, running))


class _Exchange:
    """One request and its answer."""

    def __init__(self, body: bytes) -> None:
        self._asked: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]
        self.started: asyncio.Future[tuple[int, list[tuple[bytes, bytes]]]]
        self.started = asyncio.get_running_loop().create_future()
        self.pieces: asyncio.Queue[bytes | None] = asyncio.Queue(_AHEAD)
        self.complete = False

    async def run(self, app: App, scope: Message) -> None:
        try:
            await app(scope, self._receive, self._send)
        except Exception:  # the application has logged it
            if not self.started.done():
                self.started.set_result((500, []))
                self.complete = True
        await self.pieces.put(None)

    async def _receive(self) -> Message:
        if self._asked:
            return self._asked.pop()
        await asyncio.Event().wait()  # whoever asks goes away by cancelling
        raise AssertionError

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started.set_result((message["status"], list(message.get("headers", ()))))
            return
        self.complete = not message.get("more_body", False)
        if message.get("body"):
            await self.pieces.put(message["body"])


class _Pieces(httpx.AsyncByteStream):
    def __init__(self, exchange: _Exchange, running: "asyncio.Task[None]") -> None:
        self._exchange, self._running = exchange, running

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (piece := await self._exchange.pieces.get()) is not None:
            yield piece
        if not self._exchange.complete:
            raise httpx.ReadError("the answer broke off")

    async def aclose(self) -> None:
        self._running.cancel()
        await asyncio.wait([self._running])


def _scope(request: httpx.Request) -> Message:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "scheme": request.url.scheme,
        "path": request.url.path,
        "raw_path": request.url.raw_path.split(b"?")[0],
        "query_string": request.url.query,
        "server": (request.url.host, request.url.port),
        "client": ("127.0.0.1", 0),
        "root_path": "",
    }
