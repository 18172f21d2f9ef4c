"""Asks the database directly, past all proxies, and again after it was away."""

import asyncio

import asyncpg

_AWAY = (OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.PostgresError)
_SECONDS = 5.0

Record = asyncpg.Record


class Database:
    """One connection, used by one question at a time. It may write while others may only read."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None
        self._one = asyncio.Lock()

    async def ask(self, statement: str, *arguments: object, seconds: float = 90) -> list[Record]:
        """Waits up to `seconds` for a server that is away, then raises what it said."""
        end = asyncio.get_running_loop().time() + seconds
        while True:
            try:
                async with self._one, asyncio.timeout(_SECONDS):
                    return list(await (await self._open()).fetch(statement, *arguments))
            except (*_AWAY, TimeoutError):
                self._drop()
                if asyncio.get_running_loop().time() > end:
                    raise
            await asyncio.sleep(0.1)

    async def run(self, statement: str) -> None:
        """Outside a transaction; a server that is away is an error."""
        async with self._one, asyncio.timeout(_SECONDS):
            await (await self._open()).execute(statement)

    async def _open(self) -> "asyncpg.Connection[asyncpg.Record]":
        if self._connection is None or self._connection.is_closed():
            self._connection = await asyncpg.connect(
                self._url,
                timeout=_SECONDS,
                server_settings={
                    "application_name": "proof",
                    "default_transaction_read_only": "off",
                },
            )
        return self._connection

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    async def close(self) -> None:
        self._drop()
