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
from typing import Any

import httpx
import psutil
from sqlalchemy import Engine, event

from plimsoll.composition import SERVICES
from services.console.login.entry import new_session
from services.console.tables import sessions
from services.console.views.reports_one import NAMES as REPORTS
from shared.embedded import Addresses
from shared.kafka.clients import ensure_topics
from shared.postgres.database import create_engine, transaction
from shared.runtime.settings import Settings, load_settings
from shared.telemetry import metrics
from tests.benchmarks import company
from tests.benchmarks.environment import environment
from tests.support.databases import migrated_template, new_database, url_of
from tests.support.serving import serving

PAGES: Mapping[str, int] = {
    "help": 100,
    "today": 200,
    "today?who=all": 200,
    "today?who=all&kind=handoff": 200,
    "today?who=all&due=later": 200,
    "tasks/{task}": 200,
    "accounts": 300,
    "accounts?sort=-near_percent": 300,
    "accounts?sort=-score&band=green": 300,
    "accounts?sort=renewal_date&csm=k7": 300,
    "accounts?sort=arr&plan=pro&near=90": 300,
    "accounts?q=青空": 300,
    "accounts?q=aoz&sort=-arr": 300,
    "accounts?q=ｱｵｿﾞﾗ": 300,
    "accounts?cursor={page_200}": 300,
    "accounts/{account}": 300,
    "accounts/{account}/usage": 300,
    "accounts/{account}/timeline": 300,
    "decisions/{decision}": 150,
    "pipeline": 300,
    "pipeline?view=table": 300,
    "pipeline?view=table&stage=qualified&flag=no_next_step": 300,
    "opportunities/{deal}": 300,
    "opportunities/{deal}/conversation": 300,
    "opportunities/{deal}/objections": 300,
    "opportunities/{deal}/trial": 300,
    "opportunities/{deal}/case": 150,
    "opportunities/{deal}/quote": 300,
    "opportunities/{deal}/handoff": 300,
    "handoffs": 200,
    "handoffs/{deal}": 200,
    "catalogue": 300,
    "catalogue/2": 300,
    "catalogue/compare?a=1&b=2": 300,
    "catalogue/edit": 300,
    "policy": 150,
    "operations": 500,
    "operations/rejected": 300,
    "operations/rejected?reason=not JSON": 300,
    "operations/rejected/{rejected}": 300,
    "operations/deliveries": 300,
    "operations/deliveries?state=dead": 300,
    "operations/deliveries/{delivery}": 300,
    "operations/channels": 200,
    "operations/keys": 200,
    "operations/people": 300,
    "operations/people/k7": 300,
    "operations/audit": 300,
    "operations/audit?who=k7": 300,
    "search?q=青空": 150,
    "search?q=aoz": 150,
    "search?q=ｱｵｿﾞﾗ": 150,
    "setup": 100,
    "preferences": 100,
    "reports": 1_000,
}
"""Address under /console -> its budget in ms. `{…}` is filled with what `_known` finds."""
REPORTS_MS = 1_000
KIB = 60
ROUNDS, REQUESTS, SLOW_REQUESTS = 3, 15, 3
"""Of each page in each round; the second for what takes half a second or more."""
PAGE_OF_CURSOR, ROWS = 200, 50
IDLE_SECONDS = 15.0
_ASSET = re.compile(r'(?:href|src)="(/console/static/[^"]+)"')


@dataclass
class Seen:
    """Of one page: ms of each request by round, and ms of CPU of this process; of one request the
    bytes with everything the page needs, calls of the API and statements.
    """

    rounds: list[list[float]] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    kib: float = 0
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
    `console_kib`, `console_calls`, `console_statements`: what it sends and asks.
    `console_csv_s`: all accounts as a file.
    `console_stream_cpu_s`: what one page that is left open costs in a minute.
    """
    async with (
        migrated_template(stack.postgres_url) as template,
        new_database(stack.postgres_url, template=template) as name,
    ):
        url = url_of(stack.postgres_url, name)
        began = time.monotonic()
        await company.fill(url, datetime.now(UTC), share)
        say(f"console: filled in {time.monotonic() - began:.0f} s")
        settings = load_settings(environment(stack, url))
        return await measured(settings, say)


async def measured(settings: Settings, say: Callable[[str], None]) -> dict[str, Any]:
    """On a company that is there."""
    await ensure_topics(settings)
    async with serving(settings, SERVICES) as served, _visitor(settings, served.url) as http:
        known = await company.lives(served.client, settings)
        known["page_200"] = await _cursor(served.client)
        pages = {page: f"/console/{page.format(**known)}" for page in PAGES}
        pages |= {f"reports/{name}": f"/console/reports/{name}" for name in REPORTS}
        found = {page: Seen() for page in pages}
        for page, path in pages.items():
            await _once(http, path, found[page])
        for _ in range(ROUNDS):
            for page, path in pages.items():
                await _timed(http, path, found[page])
        for line in _lines(found):
            say(line)
        csv_seconds = await _csv(http)
        idle = await _stream_cost(http)
    return _figures(found) | {
        "console_csv_s": round(csv_seconds, 1),
        "console_stream_cpu_s": round(idle, 2),
    }


def _budget(page: str) -> int:
    return PAGES.get(page, REPORTS_MS)


def _lines(found: Mapping[str, Seen]) -> Iterator[str]:
    help_ms = found["help"].p(50)
    for page, one in found.items():
        over = " OVER" if one.p(95) > _budget(page) else ""
        yield (
            f"{page}: p50 {one.p(50):.0f} p95 {one.p(95):.0f} of {_budget(page)} ms{over}, "
            f"least {min(map(min, one.rounds)):.0f}, CPU {median(one.cpu):.0f}, "
            f"{one.p(50) / help_ms:.1f} x help, {one.kib:.1f} KiB, {one.calls} calls, "
            f"{one.statements} statements"
        )


def _figures(found: Mapping[str, Seen]) -> dict[str, Any]:
    """Each by page."""
    help_ms = found["help"].p(50)
    of_page: Mapping[str, Callable[[str, Seen], Any]] = {
        "console_ms": lambda _, one: {"p50": round(one.p(50), 1), "p95": round(one.p(95), 1)},
        "console_cpu_ms": lambda _, one: round(median(one.cpu), 1),
        "console_of_budget": lambda page, one: round(one.p(95) / _budget(page), 2),
        "console_ratio": lambda _, one: round(one.p(50) / help_ms, 1),
        "console_kib": lambda _, one: round(one.kib, 1),
        "console_calls": lambda _, one: one.calls,
        "console_statements": lambda _, one: one.statements,
    }
    return {
        name: {page: figure(page, one) for page, one in found.items()}
        for name, figure in of_page.items()
    }


@asynccontextmanager
async def _visitor(settings: Settings, url: str) -> AsyncIterator[httpx.AsyncClient]:
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
    sent = answer.num_bytes_downloaded
    for asset in sorted(set(_ASSET.findall(answer.text))):
        sent += (await http.get(asset)).num_bytes_downloaded
    seen.kib = sent / 1024


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
    while len(found) <= (SLOW_REQUESTS if found and median(found) > 500 else REQUESTS):
        began, cpu = time.perf_counter(), time.process_time()
        answer = await http.get(path)
        found.append((time.perf_counter() - began) * 1_000)
        seen.cpu.append((time.process_time() - cpu) * 1_000)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
    seen.rounds.append(found[1:])


async def _csv(http: httpx.AsyncClient) -> float:
    began = time.perf_counter()
    (await http.get("/console/accounts?format=csv")).raise_for_status()
    return time.perf_counter() - began


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
