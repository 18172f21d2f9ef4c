"""From an accepted event to its alert on the end user's stream, through all three services, under
load.

Usage below all thresholds comes over Kafka at a steady rate; events that reach a threshold are
mixed in over HTTP. A separate process holds the streams open. `latency_ms`: from the 202 to the
arrival of the item.
"""

import asyncio
import json
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import asyncpg
import httpx
import psutil
from aiokafka import AIOKafkaProducer

from shared.embedded import Addresses
from shared.messages import USAGE_EVENTS
from tests.benchmarks.crowd import senders, settle
from tests.benchmarks.environment import environment
from tests.benchmarks.options import Options
from tests.faults.chain import Chain
from tests.faults.load import subscription_body
from tests.support.databases import migrated_template, new_database, url_of
from tests.support.topics import delete_topics

RATES = (2_000, 5_000)
ACCOUNTS, QUIET = 60, 200
CROWD = 1_000_000
"""Accounts beside those of the first runs, at the highest rate."""
CROSSINGS_A_SECOND = 12
STEPS = (80, 10, 5, 5)
"""Seats to add: they reach 80, 90, 95 and 100 % of a hundred, each with an alert and a message."""
TICK = 0.05


@dataclass
class Run:
    """One rate: when each crossing was accepted and its item arrived, and each service's peak
    memory.
    """

    chain: Chain
    crowd: int = 0
    accepted: dict[tuple[str, int], float] = field(default_factory=dict)
    arrived: dict[tuple[str, int], float] = field(default_factory=dict)
    peak: dict[str, int] = field(default_factory=dict)
    sent: int = 0
    rate: float = 0
    round_trips: list[float] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)

    def latencies(self) -> list[float]:
        return sorted((self.arrived[key] - at) * 1000 for key, at in self.accepted.items())


async def measure(
    stack: Addresses,
    options: Options,
    *,
    rates: Sequence[int] = RATES,
    seconds: float = 15,
    say: Callable[[str], None] = print,
) -> dict[str, Any]:
    """`latency_ms` by rate, and with a million accounts; `peak_mb` by service, the highest of all
    rates; `select_1_ms`: how fast the machine was meanwhile.
    """
    loads = [(rate, 0) for rate in rates if not options.accounts] + [
        (rates[-1], crowd) for crowd in options.accounts or (CROWD,)
    ]
    latency: dict[str, dict[str, float]] = {}
    peak: dict[str, float] = {}
    trips: dict[str, float] = {}
    async with migrated_template(stack.postgres_url) as template_name:
        for rate, crowd in loads:
            async with running(stack, template_name, crowd) as chain:
                run = await _run(chain, rate, crowd, seconds)
            found = run.latencies()
            name = f"{rate:,} events/s" + (f", {crowd:,} accounts" if crowd else "")
            latency[name] = {
                "p50": round(median(found), 1),
                "p99": round(quantiles(found, n=100)[98], 1),
            }
            trips[name] = round(median(run.round_trips), 2)
            if not crowd:  # ingest knows a million accounts by heart
                peak |= {
                    service: max(peak.get(service, 0), round(size / 2**20, 1))
                    for service, size in run.peak.items()
                }
            say(
                f"chain: {run.rate:,.0f} of {name}: {latency[name]} ms over {len(found)} alerts; "
                f"`select 1` {trips[name]}; peak {peak} MB"
            )
    return {"latency_ms": latency, "select_1_ms": trips, "peak_mb": peak}


@asynccontextmanager
async def running(
    stack: Addresses, template: str, crowd: int = 0, **more: str
) -> AsyncIterator[Chain]:
    async with new_database(stack.postgres_url, template=template) as name:
        given = environment(stack, url_of(stack.postgres_url, name)) | more
        try:
            with tempfile.TemporaryDirectory() as logs:
                async with Chain(given, Path(logs)) as chain:
                    await chain.call("trigger", "PUT", "/v1/catalog", _catalog())
                    if crowd:
                        await settle(given["PLIMSOLL_DATABASE_URL"], crowd)
                    await _furnish(chain)
                    yield chain
        finally:
            await delete_topics(stack.kafka, given["PLIMSOLL_TOPIC_PREFIX"])


def _catalog() -> dict[str, Any]:
    """A plan with a hundred seats, and calls that reach no threshold."""
    meters = {
        "api_calls": {
            "event": "api.request",
            "aggregation": "count",
            "reset": "period",
            "unit": "call",
        },
        "seats": {
            "event": "seat.changed",
            "aggregation": "sum",
            "value": "delta",
            "reset": "never",
            "unit": "seat",
        },
    }
    plan = {
        "rank": 1,
        "price": {"month": 50, "year": 600},
        "purchase": "self_serve",
        "features": ["core"],
    }
    limits = [{"seats": 100, "api_calls": "unlimited"}, {"seats": 500, "api_calls": "unlimited"}]
    plans = [
        plan | {"id": f"plan{rank}", "rank": rank, "limits": limit}
        for rank, limit in enumerate(limits, 1)
    ]
    return {"currency": "USD", "meters": meters, "plans": plans}


async def _furnish(chain: Chain) -> None:
    async with http_client(chain, "trigger") as client:
        await asyncio.gather(
            *(
                _put(client, accounts)
                for accounts in ((*loud(), *_quiet())[start::4] for start in range(4))
            )
        )


async def _put(client: httpx.AsyncClient, accounts: Sequence[str]) -> None:
    for account in accounts:
        contact = {
            "id": "c1",
            "name": "Olive",
            "email": f"olive@{account}.example",
            "role": "owner",
            "locale": "en-US",
        }
        body = {
            "name": account,
            "locale": "en-US",
            "time_zone": "UTC",
            "country": "US",
            "contacts": [contact],
        }
        (await client.put(f"/v1/accounts/{account}", json=body)).raise_for_status()
        (
            await client.put(
                f"/v1/accounts/{account}/subscription", json=subscription_body(datetime.now(UTC))
            )
        ).raise_for_status()


def http_client(chain: Chain, service: str) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {chain.environment['PLIMSOLL_ADMIN_KEY']}"}
    return httpx.AsyncClient(
        base_url=chain.of(service)[0].url, headers=headers, timeout=30, trust_env=False
    )


def loud() -> list[str]:
    return [f"loud-{number}" for number in range(ACCOUNTS)]


def _quiet() -> list[str]:
    return [f"quiet-{number}" for number in range(QUIET)]


async def _run(chain: Chain, rate: int, crowd: int, seconds: float) -> Run:
    run = Run(chain, crowd)
    async with streams(run):
        watching = asyncio.create_task(_watch(run))
        await asyncio.gather(background(run, rate, seconds + 3), crossings(run, seconds))
        with suppress(TimeoutError):
            await asyncio.wait_for(all_came(run), 30)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
    missing = run.accepted.keys() - run.arrived.keys()
    assert not missing, (
        f"{len(missing)} of {len(run.accepted)} alerts never arrived: {sorted(missing)[:5]}"
    )
    return run


async def all_came(run: Run) -> None:
    while run.accepted.keys() - run.arrived.keys():
        run.came.clear()
        await run.came.wait()


@asynccontextmanager
async def streams(run: Run) -> AsyncIterator[None]:
    """A separate process that reads each account's stream and reports when items arrive."""
    given = []
    async with http_client(run.chain, "notifier") as client:
        for account in loud():
            made = await client.post(
                "/v1/inbox/tokens", json={"account": account, "contact": "c1", "ttl": 3600}
            )
            given.append(f"{account} {made.raise_for_status().json()['token']}\n")
    program = [sys.executable, "-m", "tests.benchmarks.listener", run.chain.of("notifier")[0].url]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*program, stdin=pipe, stdout=pipe)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("".join(given).encode())
    process.stdin.write_eof()
    assert (await process.stdout.readline()).strip() == b"open"
    reading = asyncio.create_task(_read(run, process.stdout))
    try:
        yield
    finally:
        process.terminate()
        await process.wait()
        await reading


async def _read(run: Run, lines: asyncio.StreamReader) -> None:
    async for line in lines:
        account, threshold, at = line.decode().split()
        run.arrived.setdefault((account, int(threshold)), float(at))
        run.came.set()


async def _watch(run: Run) -> None:
    """Samples the services' memory and the time of a `select 1`: a busy machine slows all steps."""
    watched = {process.name: psutil.Process(process.pid) for process in run.chain.processes}
    connection = await asyncpg.connect(run.chain.environment["PLIMSOLL_DATABASE_URL"])
    try:
        while True:
            for name, process in watched.items():
                run.peak[name] = max(run.peak.get(name, 0), process.memory_info().rss)
            began = time.perf_counter()
            await connection.fetchval("select 1")
            run.round_trips.append((time.perf_counter() - began) * 1000)
            await asyncio.sleep(0.1)
    finally:
        connection.terminate()


async def background(run: Run, rate: int, seconds: float) -> None:
    """Sends calls of many accounts at a steady rate, in chunks every twentieth of a second."""
    chain, topic = run.chain, run.chain.environment["PLIMSOLL_TOPIC_PREFIX"] + USAGE_EVENTS
    accounts = senders(run.crowd) if run.crowd else cycle(_quiet())
    began = time.monotonic()
    async with AIOKafkaProducer(
        bootstrap_servers=chain.environment["PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS"]
    ) as producer:
        while (passed := time.monotonic() - began) < seconds:
            chunk = int(passed * rate) - run.sent
            for _ in range(chunk):
                account = next(accounts)
                await producer.send(topic, _call(account, run.sent), key=account.encode())
                run.sent += 1
            await asyncio.sleep(TICK)
        await producer.flush()
    run.rate = run.sent / (time.monotonic() - began)


def _call(account: str, number: int) -> bytes:
    time_ = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return (
        f'{{"specversion":"1.0","id":"c{number}","source":"/bench","type":"api.request","subject":"{account}",'
        f'"time":"{time_}","data":{{"path":"/v1/search","status":200}}}}'
    ).encode()


async def crossings(run: Run, seconds: float, a_second: float = CROSSINGS_A_SECOND) -> None:
    """The accounts take steps in turn, until the time is up or no steps are left."""
    began, number = time.monotonic() + 2, 0
    async with http_client(run.chain, "ingest") as client:
        for step, seats in enumerate(STEPS):
            for account in loud():
                await asyncio.sleep(began + number / a_second - time.monotonic())
                if time.monotonic() > began + seconds:
                    return
                await _accept(run, client, account, seats, sum(STEPS[: step + 1]))
                number += 1


async def _accept(
    run: Run, client: httpx.AsyncClient, account: str, seats: int, threshold: int
) -> None:
    now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    event = {
        "specversion": "1.0",
        "id": uuid.uuid4().hex,
        "source": "/bench",
        "type": "seat.changed",
        "subject": account,
        "time": now,
    }
    media = {"Content-Type": "application/cloudevents+json"}
    answer = await client.post(
        "/v1/events", content=json.dumps(event | {"data": {"delta": seats}}), headers=media
    )
    run.accepted[account, threshold] = time.monotonic()
    assert answer.status_code == 202, answer.text
