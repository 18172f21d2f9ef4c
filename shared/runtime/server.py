"""An HTTP server in our own event loop: uvicorn without its signal handling, with limits on headers
and connections.
"""

import asyncio
import contextlib
import resource
import socket
from collections.abc import Iterator
from typing import Any

import httptools
import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from shared.web.health import metrics_response
from shared.web.problems import problem_response

_CONNECTIONS = 10_000
_OTHER_FILES = 240
_HEADER_SECONDS = 10.0
_HEADER_BYTES = 65_536
_GRACE_SECONDS = 4


def allow_connections() -> None:
    """Raises the limit on open files to what the connections need, if the system permits: the
    default is often 1,024.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _CONNECTIONS + _OTHER_FILES
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


class HttpServer:
    """Listens after `start`; `port` is then the actual one, even if 0 was requested."""

    def __init__(self, app: Any, host: str, port: int) -> None:
        self.host = host
        self.port = port
        config = uvicorn.Config(
            app,
            host=host,
            port=port,
            http=_Protocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=15,
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
        self._server = _Server(config)
        self._running: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Raises OSError if the address is taken."""
        bound = await _bound(self.host, self.port)
        self.port = bound.getsockname()[1]
        self._running = asyncio.create_task(self._server.serve([bound]))
        await self._server.listening.wait()

    async def stop(self) -> None:
        """Accepts no new requests and waits at most four seconds for those in progress."""
        if self._running is not None:
            self._server.should_exit = True
            await asyncio.gather(self._running, return_exceptions=True)


async def _bound(host: str, port: int) -> socket.socket:
    (family, kind, protocol, _, address), *_ = await asyncio.get_running_loop().getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    listening = socket.socket(family, kind, protocol)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.setblocking(False)
    except OSError:
        listening.close()
        raise
    return listening


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets)
        finally:
            self.listening.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The process handles signals itself: uvicorn would raise them again and spoil the exit
        code.
        """
        yield


class _Protocol(HttpToolsProtocol):
    """Closes a connection whose headers do not arrive or do not end: uvicorn itself waits forever.

    An offer to upgrade is ignored (RFC 9110 7.8): the request is an ordinary one, with its body,
    and the connection goes on as HTTP/1.1.
    """

    _late: asyncio.TimerHandle | None = None
    _answering: RequestResponseCycle | None = None
    _header_bytes = 0
    _in_headers = True

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > _CONNECTIONS:
            transport.close()
        self._wait_for_headers()

    def data_received(self, data: bytes) -> None:
        if self._in_headers:
            self._header_bytes += len(data)
            if self._late is None:
                self._wait_for_headers()
        self._unset_keepalive_if_required()
        self._feed(data)
        if self._in_headers and self._header_bytes > _HEADER_BYTES:
            self._refuse(431, "The headers are larger than 64 kB.")

    def _feed(self, data: bytes) -> None:
        """httptools stops after headers that offer an upgrade and reads no body: a second parser
        reads the request without the offer.
        """
        left = memoryview(data)
        try:
            while left:
                try:
                    self.parser.feed_data(left)
                    return
                except httptools.HttpParserUpgrade as stopped:
                    left = left[stopped.args[0] :]
                    head = self._head_without_upgrade()
                self.parser = httptools.HttpRequestParser(self)
                self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # like uvicorn
                self.parser.feed_data(head)
        except httptools.HttpParserError:
            self.send_400_response("")

    def _offers_upgrade(self) -> bool:
        return self.parser.should_upgrade() and self.parser.get_method() != b"CONNECT"

    def _head_without_upgrade(self) -> bytes:
        line = b"%s %s HTTP/%s\r\n" % (
            self.parser.get_method(),
            self.url,
            self.parser.get_http_version().encode(),
        )
        kept = [b"%s: %s\r\n" % (name, value) for name, value in self.headers if name != b"upgrade"]
        return b"".join([line, *kept, b"\r\n"])

    def on_headers_complete(self) -> None:
        if self._offers_upgrade():
            return
        self._in_headers = False
        self._stop_waiting()
        if sum(len(name) + len(value) for name, value in self.headers) > _HEADER_BYTES:
            self._refuse(431, "The headers are larger than 64 kB.")
            return
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        if self._offers_upgrade():
            return
        super().on_message_complete()
        self._in_headers, self._header_bytes = True, 0

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._answering = cycle
        super()._start_asgi_task(cycle, app)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        if self._answering is not None and not self._answering.response_complete:
            # uvicorn tells only the latest request, and a stream with pipelined requests after it
            # would go on forever.
            self._answering.disconnected = True
            self._answering.message_event.set()
        super().connection_lost(exc)

    def _wait_for_headers(self) -> None:
        self._late = self.loop.call_later(_HEADER_SECONDS, self._too_late)

    def _stop_waiting(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _too_late(self) -> None:
        self._late = None
        if (
            self._in_headers
            and not self.transport.is_closing()
            and (self.cycle is None or self.cycle.response_complete)
        ):
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        """Answers what the parser refuses in the same form as every other error."""
        self._refuse(400, "This is not HTTP as it should be.")

    def _refuse(self, status: int, detail: str) -> None:
        if self.transport.is_closing():
            return
        response = problem_response(status, detail, headers={"Connection": "close"})
        head = b"".join(name + b": " + value + b"\r\n" for name, value in response.raw_headers)
        self.transport.write(STATUS_LINE[status] + head + b"\r\n" + bytes(response.body))
        self.transport.close()


async def metrics_app(scope: Scope, receive: Receive, send: Send) -> None:
    """`/metrics` on a separate port."""
    if scope["type"] != "http":
        return
    known = scope["path"] == "/metrics" and scope["method"] in ("GET", "HEAD")
    response = (
        metrics_response() if known else problem_response(404, "There is only /metrics here.")
    )
    await response(scope, receive, send)
