"""One account with very many facts: a year of support history and twenty thousand feature names.

Measures facts a second and CPU time per fact at the beginning and at the end: the cost must not
grow with the history.
"""

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import psutil
from aiokafka import AIOKafkaProducer

from shared.embedded import Addresses
from shared.messages import ACCOUNT_EVENTS
from tests.benchmarks.chain import running
from tests.faults.chain import Chain
from tests.support.databases import migrated_template

ACCOUNT = "quiet-0"
TICKETS, FEATURES = 12_000, 20_000
STRETCHES = 8
Fact = dict[str, Any]


async def measure(
    stack: Addresses,
    *,
    tickets: int = TICKETS,
    features: int = FEATURES,
    say: Callable[[str], None] = print,
) -> dict[str, Any]:
    """`facts`: for each kind, facts a second and ms of the trigger's CPU time per fact, in the
    first and in the last eighth.
    """
    found: dict[str, Any] = {}
    async with migrated_template(stack.postgres_url) as template, running(stack, template) as chain:
        for name, facts in (
            ("tickets of a year", _tickets(tickets)),
            ("features", _features(features)),
        ):
            found[name] = await _stretches(chain, facts)
            say(f"facts of one account: {len(facts):,} {name}: {found[name]}")
    return {"facts": found}


def _tickets(count: int) -> list[Fact]:
    now = datetime.now(UTC)
    return [
        _fact(
            f"t{number}",
            "ticket.opened",
            now - timedelta(days=365) * (count - number) / count,
            ticket=f"t{number}",
            **{"class": "bug"},
        )
        for number in range(count)
    ]


def _features(count: int) -> list[Fact]:
    return [
        _fact(f"f{number}", "feature.used", datetime.now(UTC), feature=f"f{number}")
        for number in range(count)
    ]


def _fact(id_: str, type_: str, at: datetime, **data: Any) -> Fact:
    return {
        "specversion": "1.0",
        "id": id_,
        "source": "/crm",
        "type": type_,
        "subject": ACCOUNT,
        "time": at.isoformat(),
        "data": data,
    }


async def _stretches(chain: Chain, facts: Sequence[Fact]) -> dict[str, float]:
    """Sends the facts in eighths and waits for each: the topic's backlog is not measured."""
    process = psutil.Process(chain.of("trigger")[0].pid)
    size = len(facts) // STRETCHES
    rates, costs = [], []
    for begin in range(0, size * STRETCHES, size):
        before, cpu, began = await _known(chain), _cpu(process), time.perf_counter()
        await _produce(chain, facts[begin : begin + size])
        await _until(chain, before + size)
        rates.append(size / (time.perf_counter() - began))
        costs.append((_cpu(process) - cpu) * 1000 / size)
    found = {
        "first_per_second": rates[0],
        "last_per_second": rates[-1],
        "first_ms": costs[0],
        "last_ms": costs[-1],
    }
    return {
        name: round(value, 3)
        for name, value in (found | {"cost_ratio": costs[-1] / costs[0]}).items()
    }


async def _until(chain: Chain, count: int) -> None:
    while await _known(chain) < count:  # noqa: ASYNC110 # another process takes them
        await asyncio.sleep(0.02)


def _cpu(process: psutil.Process) -> float:
    spent = process.cpu_times()
    return float(spent.user + spent.system)


async def _known(chain: Chain) -> int:
    return int(
        (await chain.query("select count(*) as n from fact where account = $1", ACCOUNT))[0]["n"]
    )


async def _produce(chain: Chain, facts: Sequence[Fact]) -> None:
    topic = chain.environment["PLIMSOLL_TOPIC_PREFIX"] + ACCOUNT_EVENTS
    headers = [("content-type", b"application/cloudevents+json")]
    async with AIOKafkaProducer(
        bootstrap_servers=chain.environment["PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS"],
        enable_idempotence=True,
    ) as producer:
        sent = [
            await producer.send(
                topic, json.dumps(fact).encode(), key=ACCOUNT.encode(), headers=headers
            )
            for fact in facts
        ]
        await asyncio.gather(*sent)
