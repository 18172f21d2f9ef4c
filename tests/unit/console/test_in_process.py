"""Answers of an application in this process come piece by piece, and break off where it does."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from services.console.in_process import InProcess


@asynccontextmanager
async def _client(
    answer: Callable[[Request], Awaitable[Response]], ended: asyncio.Event
) -> AsyncIterator[httpx.AsyncClient]:
    async def app(scope: object, receive: object, send: object) -> None:
        try:
            response = await answer(Request(scope, receive))  # type: ignore[arg-type]
            await response(scope, receive, send)  # type: ignore[arg-type]
        finally:
            ended.set()

    async with httpx.AsyncClient(transport=InProcess(app), base_url="http://api") as client:
        yield client


async def test_a_request_arrives_as_it_was_sent_and_so_does_the_answer() -> None:
    async def answer(request: Request) -> Response:
        told = [request.method, request.url.path, request.url.query, request.headers["x-a"]]
        return PlainTextResponse(" ".join([*told, (await request.body()).decode()]), 201)

    async with _client(answer, asyncio.Event()) as client:
        found = await client.post("/v1/a%2Fb?c=d%26", content=b"body", headers={"X-A": "one"})
    assert (found.status_code, found.headers["content-type"][:10]) == (201, "text/plain")
    assert found.text == "POST /v1/a/b c=d%26 one body"


async def test_pieces_come_while_the_answer_is_being_made() -> None:
    made: list[int] = []

    async def pieces() -> AsyncIterator[bytes]:
        for n in range(100):
            made.append(n)
            yield b"%d," % n

    async def answer(_request: Request) -> Response:
        return StreamingResponse(pieces())

    async with _client(answer, asyncio.Event()) as client, client.stream("GET", "/") as found:
        taken = found.aiter_bytes()
        assert await anext(taken) == b"0,"
        assert len(made) < 10
        rest = b"".join([piece async for piece in taken])
    assert rest.count(b",") == 99


async def test_who_goes_away_stops_the_work() -> None:
    ended = asyncio.Event()

    async def pieces() -> AsyncIterator[bytes]:
        while True:
            yield b"more"

    async def answer(_request: Request) -> Response:
        return StreamingResponse(pieces())

    async with _client(answer, ended) as client, client.stream("GET", "/") as found:
        assert await anext(found.aiter_bytes()) == b"more"
    assert ended.is_set()


async def test_who_does_not_wait_any_longer_stops_the_work() -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def answer(_request: Request) -> Response:
        begun.set()
        await asyncio.Event().wait()
        raise AssertionError

    async with _client(answer, ended) as client:
        asking = asyncio.create_task(client.get("/"))
        await begun.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        async with asyncio.timeout(60):
            await ended.wait()


async def test_what_fails_is_a_500_and_what_fails_later_breaks_off() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"some"
        raise ValueError

    async def answer(request: Request) -> Response:
        if request.url.path == "/later":
            return StreamingResponse(pieces())
        raise ValueError

    async with _client(answer, asyncio.Event()) as client:
        assert (await client.get("/")).status_code == 500
        with pytest.raises(httpx.ReadError, match="broke off"):
            await client.get("/later")
