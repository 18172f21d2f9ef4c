"""Limits how many heavy requests run together: a few more wait, further ones are refused."""

import asyncio


class Full(Exception):
    """No more requests may wait."""


class Room:
    def __init__(self, at_once: int, waiting: int) -> None:
        self._free = asyncio.Semaphore(at_once)
        self._most = at_once + waiting
        self._inside = 0

    async def __aenter__(self) -> None:
        if self._inside >= self._most:
            raise Full
        self._inside += 1
        try:
            await self._free.acquire()
        except BaseException:
            self._inside -= 1
            raise

    async def __aexit__(self, *_: object) -> None:
        self._inside -= 1
        self._free.release()
