"""Limits on requests: path, body size, encoding and pace. Pure ASGI, so that streams pass through
untouched.
"""

import asyncio
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.values.characters import is_storable
from shared.values.faults import Fault
from shared.web.problems import Problem, invalid, problem_response

REQUESTS = 1_000
_LIMITED_ELSEWHERE = frozenset({"/v1/inbox/stream"})
"""After an outage all pages reopen their streams at the same time. Opening one costs next to
nothing, and streams have their own limit.
"""
BODY_BYTES = 1_048_576
_LARGER = {"/v1/accounts:batch": 8 * BODY_BYTES}
"""Paths on which a migrating customer sends a thousand accounts in one request."""
BODY_SECONDS = 10.0
_DRAIN_BYTES = 16 * BODY_BYTES
_DRAIN_SECONDS = 5.0
_CLOSE = {"Connection": "close"}


class Limits:
    """Refuses requests before they are processed.

    413 above 1 MiB (8 for a batch of accounts), immediately if the length is declared; 415 for an
    encoded body; 408 for one that takes over 10 s; 503 for too many requests at the same time.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._active = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            length = _check(scope)
            if self._active >= REQUESTS and scope["path"] not in _LIMITED_ELSEWHERE:
                raise Problem(
                    503,
                    "Too many requests at the same time: try again.",
                    headers={"Retry-After": "1"},
                )
        except Problem as problem:
            await _refuse(problem, scope, receive, send)
            return
        await self._counted(
            scope, receive if length == 0 else _Body(receive, _most(scope)).receive, send
        )

    async def _counted(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Counts a request until it is answered, a stream until it starts."""
        counting = scope["path"] not in _LIMITED_ELSEWHERE
        self._active += counting

        async def watched(message: Message) -> None:
            nonlocal counting
            if counting and message["type"] == "http.response.start" and _is_stream(message):
                self._active, counting = self._active - 1, False
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            self._active -= counting


def _is_stream(message: Message) -> bool:
    return any(
        name == b"content-type" and value.startswith(b"text/event-stream")
        for name, value in message["headers"]
    )


def _check(scope: Scope) -> int | None:
    """The declared length, or None. Raises Problem."""
    headers: dict[bytes, bytes] = dict(scope["headers"])
    if not is_storable(scope["path"]):
        raise invalid(Fault("path", "holds a control character"))
    if b"content-length" in headers and b"transfer-encoding" in headers:
        raise Problem(400, "The request tells its length in two ways.", headers=_CLOSE)
    if headers.get(b"content-encoding", b"identity").lower() != b"identity":
        raise Problem(415, "The body must not be compressed.")
    told = headers.get(b"content-length")
    if told is None:
        return None if b"transfer-encoding" in headers else 0
    if not told.isdigit():
        raise Problem(400, "Content-Length is not a number.", headers=_CLOSE)
    if len(told) > 12 or int(told) > _most(scope):
        raise _too_large(_most(scope))
    return int(told)


def _most(scope: Scope) -> int:
    return _LARGER.get(scope["path"], BODY_BYTES)


def _too_large(most: int) -> Problem:
    return Problem(413, f"The body is larger than {most // BODY_BYTES} MiB.", headers=_CLOSE)


class _Body:
    """Limits the size of the body and the time it takes."""

    def __init__(self, receive: Receive, most: int) -> None:
        self._receive = receive
        self._left = self._most = most
        self._complete = False
        self._until: float | None = None

    async def receive(self) -> Message:
        if self._complete:  # waiting for the client to disconnect, as streams do: no limit
            return await self._receive()
        loop = asyncio.get_running_loop()
        self._until = self._until or loop.time() + BODY_SECONDS
        try:
            async with asyncio.timeout_at(self._until):
                message = await self._receive()
        except TimeoutError:
            raise Problem(408, "The body took longer than 10 seconds.", headers=_CLOSE) from None
        self._left -= len(message.get("body", b""))
        self._complete = not message.get("more_body", False)
        if self._left < 0:
            if not self._complete:
                await _drain(self._receive)
            raise _too_large(self._most)
        return message


async def _refuse(problem: Problem, scope: Scope, receive: Receive, send: Send) -> None:
    """Responds before the body has been read."""
    response = problem_response(
        problem.status_code, str(problem.detail), problem.errors, problem.headers
    )
    await send(
        {
            "type": "http.response.start",
            "status": response.status_code,
            "headers": response.raw_headers,
        }
    )
    await send({"type": "http.response.body", "body": bytes(response.body), "more_body": True})
    if not any(name == b"expect" for name, _ in scope["headers"]):
        await _drain(receive)
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _drain(receive: Receive) -> None:
    """Lets the client finish sending, within limits: closing the connection earlier would lose the
    response.
    """
    left = _DRAIN_BYTES
    try:
        async with asyncio.timeout(_DRAIN_SECONDS):
            while left > 0:
                message: Any = await receive()
                left -= len(message.get("body", b""))
                if message["type"] != "http.request" or not message.get("more_body", False):
                    return
    except TimeoutError:
        return
