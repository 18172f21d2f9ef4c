"""A separate client for the chain benchmark: reads streams and prints when items arrive.

Lines on stdin: ACCOUNT TOKEN.
"""

import asyncio
import json
import sys
import time

import httpx


async def listen(url: str, accounts: list[tuple[str, str]]) -> None:
    opened = asyncio.Semaphore(0)
    limits = httpx.Limits(max_connections=None)
    async with (
        httpx.AsyncClient(base_url=url, timeout=None, trust_env=False, limits=limits) as client,
        asyncio.TaskGroup() as readers,
    ):
        for account, token in accounts:
            readers.create_task(_read(client, account, token, opened))
        for _ in accounts:
            await opened.acquire()
        print("open", flush=True)


async def _read(
    client: httpx.AsyncClient, account: str, token: str, opened: asyncio.Semaphore
) -> None:
    async with client.stream(
        "GET", "/v1/inbox/stream", headers={"Authorization": f"Bearer {token}"}
    ) as answer:
        answer.raise_for_status()
        opened.release()
        event = ""
        async for line in answer.aiter_lines():
            if line.startswith("event:"):
                event = line[6:].strip()
            elif line.startswith("data:") and event == "created":
                print(account, json.loads(line[5:])["threshold"], time.monotonic(), flush=True)


if __name__ == "__main__":
    asyncio.run(
        listen(
            sys.argv[1],
            [(account, token) for account, token in (line.split() for line in sys.stdin)],
        )
    )
