"""Waits that end when the process is asked to stop."""

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

T = TypeVar("T")


class Stopped(Exception):
    """The process was asked to stop while we waited."""


async def pause(stop: asyncio.Event, seconds: float) -> None:
    """Until `seconds` have passed, or `stop` is set."""
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return


async def unless(stop: asyncio.Event, work: Awaitable[T], seconds: float | None = None) -> T:
    """The result of `work`, or cancels it: Stopped if `stop` is set first, TimeoutError after
    `seconds`.
    """
    working: asyncio.Future[T] = asyncio.ensure_future(work)
    stopping = asyncio.ensure_future(stop.wait())
    try:
        waits: set[asyncio.Future[Any]] = {working, stopping}
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        raise Stopped if stop.is_set() else TimeoutError
    finally:
        stopping.cancel()
        if not working.done():
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)


async def within(seconds: float, work: Awaitable[T]) -> T:
    """The result of `work`; TimeoutError if it takes longer."""
    async with asyncio.timeout(seconds):
        return await work
