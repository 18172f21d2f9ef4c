"""Every page of the console over a large company: how soon the server answers, how much it sends,
what it asks the API and the database.

All services in one process over HTTP, one request after another. The machine's own speed is that of
`/console/help`, a page that asks nothing.
"""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import median, quantiles
from typing import Any, NamedTuple

import httpx
import psutil
from sqlalchemy import Engine, event

from plimsoll.composition import SERVICES
from services.console.login.entry import new_session
from services.console.tables import sessions
from shared.embedded import Addresses
from shared.kafka.clients import ensure_topics
from shared.postgres.database import create_engine, transaction
from shared.runtime.settings import Settings, load_settings
from shared.telemetry import metrics
from tests.benchmarks import company, idle
from tests.benchmarks.environment import environment
from tests.benchmarks.pages import addresses, budget
from tests.support.databases import migrated_template, new_database, url_of
from tests.support.serving import serving

ROUNDS, REQUESTS, SLOW_REQUESTS = 3, 15, 3
"""Of each page in each round; the second for what takes long."""
SLOW_MS = 200
PAGE_OF_CURSOR, ROWS = 200, 50
IDLE_SECONDS = 15.0
_ASSET = re.compile(r'(?:href|src)="(/console/static/[^"]+)"')


class Size(NamedTuple):
    """kB, of 1,000 bytes: as sent, with its styles and scripts; of the page alone, not packed."""

    sent_kb: float
    html_kb: float


@dataclass
class Seen:
    """Of one page: ms of each request by round, and ms of CPU of this process; of one request
    its size, calls of the API and statements.
    """

    rounds: list[list[float]] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    size: Size = field(default_factory=lambda: Size(0, 0))
    calls: int = 0
    statements: int = 0

    def p(self, percent: int) -> float:
        """The median of the rounds'."""
        return median(quantiles(one, n=100, method="inclusive")[percent - 1] for one in self.rounds)


async def measure(
    stack: Addresses, *, share: float = 1.0, say: Callable[[str], None] = print
) -> dict[str, Any]:
    """`console_ms`: of each page p50 and p95; `console_of_budget`: p95 to its budget;
    `console_ratio`: p50 to that of the page of help; `console_cpu_ms`: of this process;
    `console_kb`, `console_html_kb`: what it sends with its styles and scripts, and is by itself;
    `console_calls`, `console_statements`: what it asks.
    `console_csv`: all accounts as a file: until its first byte, until its last, and how many more
    MB the process takes meanwhile.
    `console_stream_cpu_s`: what one page that is left open costs in a minute.
    `console_sweep_cpu_ms`: what looking for accounts whose usage has moved costs if none has.
    `console_idle_cpu_s`: what services that nobody asks cost in a minute, with the console and
    without.
    """
    async with (
        migrated_template(stack.postgres_url) as template,
        new_database(stack.postgres_url, template=template) as name,
    ):
        url = url_of(stack.postgres_url, name)
        began = time.monotonic()
        await company.fill(url, datetime.now(UTC), share)
        say(f"console: filled in {time.monotonic() - began:.0f} s")
        found = await measured(load_settings(environment(stack, url)), say)
    return found | await idle.measure(stack)


async def measured(settings: Settings, say: Callable[[str], None]) -> dict[str, Any]:
    """On a company that is there."""
    await ensure_topics(settings)
    async with serving(settings, SERVICES) as served, visitor(settings, served.url) as http:
        known = await company.lives(served.client, settings)
        known["page_200"] = await _cursor(served.client)
        pages = addresses(known)
        found = {page: Seen() for page in pages}
        for page, path in pages.items():
            await _once(http, path, found[page])
        for _ in range(ROUNDS):
            for page, path in pages.items():
                await _timed(http, path, found[page])
        for line in _lines(found):
            say(line)
        whole: dict[str, Any] = {"console_csv": await _csv(http)}
        whole["console_stream_cpu_s"] = round(await _stream_cost(http), 2)
    whole["console_sweep_cpu_ms"] = await idle.sweep(settings)
    return _figures(found) | whole


def _lines(found: Mapping[str, Seen]) -> Iterator[str]:
    help_ms = found["help"].p(50)
    for page, one in found.items():
        over = " OVER" if one.p(95) > budget(page) else ""
        yield (
            f"{page}: p50 {one.p(50):.0f} p95 {one.p(95):.0f} of {budget(page)} ms{over}, "
            f"least {min(map(min, one.rounds)):.0f}, CPU {median(one.cpu):.0f}, "
            f"{one.p(50) / help_ms:.1f} x help, {one.size.sent_kb:.1f} kB of "
            f"{one.size.html_kb:.1f} kB, {one.calls} calls, "
            f"{one.statements} statements"
        )


def _figures(found: Mapping[str, Seen]) -> dict[str, Any]:
    """Each by page."""
    help_ms = found["help"].p(50)
    of_page: Mapping[str, Callable[[str, Seen], Any]] = {
        "console_ms": lambda _, one: {"p50": round(one.p(50), 1), "p95": round(one.p(95), 1)},
        "console_cpu_ms": lambda _, one: round(median(one.cpu), 1),
        "console_of_budget": lambda page, one: round(one.p(95) / budget(page), 2),
        "console_ratio": lambda _, one: round(one.p(50) / help_ms, 1),
        "console_kb": lambda _, one: round(one.size.sent_kb, 1),
        "console_html_kb": lambda _, one: round(one.size.html_kb, 1),
        "console_calls": lambda _, one: one.calls,
        "console_statements": lambda _, one: one.statements,
    }
    return {
        name: {page: figure(page, one) for page, one in found.items()}
        for name, figure in of_page.items()
    }


@asynccontextmanager
async def visitor(settings: Settings, url: str) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody with every role, logged in."""
    assert settings.database_url is not None
    now = datetime.now(UTC)
    begun = new_session(company.READER, company.READER_ROLES, "bench", settings, now, None)
    engine = create_engine(settings.database_url, name="bench")
    try:
        async with transaction(engine) as conn:
            await sessions.add(conn, begun.session)
    finally:
        await engine.dispose()
    async with httpx.AsyncClient(
        base_url=url, cookies={"plimsoll": begun.cookie}, timeout=120, trust_env=False
    ) as http:
        yield http


async def _cursor(client: httpx.AsyncClient) -> str:
    """Where the two hundredth page of the list of accounts begins."""
    cursor, left = "", (PAGE_OF_CURSOR - 1) * ROWS
    while left > 0:
        asked: dict[str, Any] = {"limit": min(left, 500)} | ({"cursor": cursor} if cursor else {})
        answer = await client.get("/v1/accounts", params=asked)
        following = answer.raise_for_status().json()["next_cursor"]
        if following is None:
            break
        cursor, left = following, left - 500
    return cursor


async def _once(http: httpx.AsyncClient, path: str, seen: Seen) -> None:
    """For the first time, with everything that belongs to the page."""
    calls = _calls()
    with _statements() as statements:
        answer = await http.get(path)
    assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:2000]}"
    seen.calls, seen.statements = _calls() - calls, len(statements)
    seen.size = await size(http, path)


async def size(http: httpx.AsyncClient, path: str) -> Size:
    answer = await http.get(path)
    assert answer.status_code == 200, f"{path}: {answer.status_code}"
    sent = answer.num_bytes_downloaded
    for asset in sorted(set(_ASSET.findall(answer.text))):
        sent += (await http.get(asset)).num_bytes_downloaded
    return Size(sent / 1_000, len(answer.content) / 1_000)


def _calls() -> int:
    """How many requests the API has answered in this process."""
    return sum(
        int(sample.value)
        for family in metrics.http_requests.collect()
        for sample in family.samples
        if sample.name.endswith("_total") and sample.labels["route"].startswith("/v1/")
    )


@contextmanager
def _statements() -> Iterator[list[str]]:
    seen: list[str] = []

    def note(*given: Any) -> None:
        seen.append(given[2])

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


async def _timed(http: httpx.AsyncClient, path: str, seen: Seen) -> None:
    """One round; the first request warms up."""
    found: list[float] = []
    while len(found) <= (SLOW_REQUESTS if found and median(found) > SLOW_MS else REQUESTS):
        began, cpu = time.perf_counter(), time.process_time()
        answer = await http.get(path)
        found.append((time.perf_counter() - began) * 1_000)
        seen.cpu.append((time.process_time() - cpu) * 1_000)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
    seen.rounds.append(found[1:])


async def _csv(http: httpx.AsyncClient) -> dict[str, float]:
    process, most, first = psutil.Process(), 0, 0.0
    before, began = process.memory_info().rss, time.perf_counter()
    async with http.stream("GET", "/console/accounts?format=csv") as answer:
        answer.raise_for_status()
        async for _ in answer.aiter_bytes():
            first = first or time.perf_counter() - began
            most = max(most, process.memory_info().rss)
    return {
        "first_s": round(first, 2),
        "s": round(time.perf_counter() - began, 1),
        "mb": round((most - before) / 1e6, 1),
    }


async def _stream_cost(http: httpx.AsyncClient) -> float:
    """CPU seconds a minute of this process with an open stream, beyond those without."""

    async def cost(while_: Awaitable[None]) -> float:
        process = psutil.Process()
        before = sum(process.cpu_times()[:2])
        await while_
        return (sum(process.cpu_times()[:2]) - before) * 60 / IDLE_SECONDS

    alone = await cost(asyncio.sleep(IDLE_SECONDS))
    async with http.stream("GET", "/console/stream") as answer:
        assert answer.status_code == 200
        return await cost(asyncio.sleep(IDLE_SECONDS)) - alone
