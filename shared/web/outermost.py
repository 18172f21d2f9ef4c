"""The outermost layer: request ids, headers on every response, metrics, and the last exception
handler. Pure ASGI.
"""

import re
import time
import uuid
from typing import Any

import structlog
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.telemetry import metrics
from shared.telemetry.logs import log
from shared.web.labels import labels_of
from shared.web.problems import problem_response

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._:-]{1,128}")
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
}
"""Default headers, unless the response sets them."""


class Outermost:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(send, _request_id(scope))
        started = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request_id=answer.request_id):
            try:
                await self._app(scope, receive, answer.send)
            except Exception as error:
                with structlog.contextvars.bound_contextvars(**labels_of(scope)):
                    await _unexpected(error, scope, receive, answer)
            finally:
                with structlog.contextvars.bound_contextvars(**labels_of(scope)):
                    _observe(scope, answer.status, time.perf_counter() - started)


class _Answer:
    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self.request_id = request_id
        self.status = 0
        self.complete = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
            headers["X-Request-Id"] = self.request_id
        elif message["type"] == "http.response.body":
            self.complete = not message.get("more_body", False)
        await self._send(message)


async def _unexpected(error: Exception, scope: Scope, receive: Receive, answer: _Answer) -> None:
    """Starlette re-raises exceptions that its handler has already answered: 503 for an unavailable
    dependency is expected, 500 is not.

    Nor is a response that breaks off, such as a stream.
    """
    if answer.status in (0, 500) or not answer.complete:
        log.error("request_failed", method=scope["method"], route=_route(scope), exc_info=error)
    if answer.status == 0:
        await problem_response(
            500, "An unexpected fault. It has been logged with this request's id."
        )(scope, receive, answer.send)


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _REQUEST_ID.fullmatch(value):
            return str(value.decode())
    return uuid.uuid4().hex


def _observe(scope: Scope, status: int, seconds: float) -> None:
    route, method = _route(scope), scope["method"] if scope["method"] in _METHODS else "other"
    metrics.http_requests.labels(method, route, str(status)).inc()
    metrics.http_seconds.labels(method, route).observe(seconds)
    level = "warning" if status >= 500 else "debug"
    getattr(log, level)(
        "request", method=method, route=route, status=status, ms=round(seconds * 1000, 1)
    )


_METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"}


def _route(scope: Scope) -> str:
    """The route's template, never the path: labels must stay few and contain no ids."""
    route: Any = scope.get("route")
    return str(getattr(route, "path", "other"))
