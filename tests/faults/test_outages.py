"""Kafka down for a while, then PostgreSQL, under load."""

import asyncio
import secrets
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.embedded import Addresses, EmbeddedStack
from shared.migrations import upgrade
from tests.faults.chain import Chain
from tests.faults.load import Story
from tests.support.findings import Tell
from tests.support.loops import until
from tests.support.trust import TRUST

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]


@dataclass
class Client:
    """Sends events until told to stop; a refused or unanswered event is sent again with the same
    id, as the docs say.
    """

    url: str
    key: str
    accepted: int = 0
    refusals: list[httpx.Response] = field(default_factory=list)
    ended: bool = False

    async def run(self) -> None:
        headers = {
            "Authorization": f"Bearer {self.key}",
            "Content-Type": "application/cloudevents+json",
        }
        async with httpx.AsyncClient(
            verify=TRUST, base_url=self.url, headers=headers, timeout=30, trust_env=False
        ) as client:
            while not self.ended:
                event = {
                    "specversion": "1.0",
                    "id": uuid.uuid4().hex,
                    "source": "/away",
                    "type": "seat.changed",
                    "subject": "acct-0",
                    "time": datetime.now(UTC).isoformat(),
                    "data": {"delta": 1},
                }
                await self._send(client, event)
                await asyncio.sleep(0.05)

    async def _send(self, client: httpx.AsyncClient, event: dict[str, Any]) -> None:
        while True:
            answer = await client.post(
                "/v1/events", json=event, headers={"Content-Type": "application/cloudevents+json"}
            )
            if answer.status_code == 202:
                self.accepted += 1
                return
            self.refusals.append(answer)
            await asyncio.sleep(0.5)


@asynccontextmanager
async def away(stop: Callable[[], None], start: Callable[[], str]) -> AsyncIterator[None]:
    await asyncio.to_thread(stop)
    try:
        yield
    finally:
        await asyncio.to_thread(start)


async def readiness(chain: Chain, service: str) -> dict[str, Any]:
    async with httpx.AsyncClient(verify=TRUST, timeout=10, trust_env=False) as client:
        answer = await client.get(f"{chain.of(service)[0].url}/readyz")
    body: dict[str, Any] = answer.json()
    assert (answer.status_code == 200) == body["ready"]
    return body


async def wait_until_unready(chain: Chain, service: str, part: str) -> None:
    for _ in range(50):
        if not (await readiness(chain, service))["checks"][part]["ok"]:
            return
        await asyncio.sleep(0.3)
    raise AssertionError(f"{service} still says that {part} is there")


def _environment(addresses: Addresses) -> dict[str, str]:
    return {
        "PLIMSOLL_DATABASE_URL": addresses.postgres_url,
        "PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS": addresses.kafka,
        "PLIMSOLL_TOPIC_PREFIX": "",
        "PLIMSOLL_ADMIN_KEY": secrets.token_hex(24),
        "PLIMSOLL_SECRET_KEY": secrets.token_hex(24),
        "PLIMSOLL_ALLOW_PRIVATE_URLS": "on",
        "PLIMSOLL_LOG_FORMAT": "text",
    }


async def _stop_kafka(stack: EmbeddedStack, chain: Chain, client: Client, seconds: float) -> int:
    """Returns how many events were refused meanwhile, each with when to try again."""
    async with away(stack.kafka.stop, stack.kafka.start):
        await asyncio.sleep(seconds)
        await wait_until_unready(chain, "ingest", "kafka")
        await until(lambda: bool(client.refusals))
    assert {answer.status_code for answer in client.refusals} == {503}
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in client.refusals)
    await asyncio.gather(*(process.ready() for process in chain.processes))
    refused, client.refusals = len(client.refusals), []
    return refused


async def _stop_postgresql(stack: EmbeddedStack, chain: Chain, seconds: float) -> None:
    async with away(stack.postgres.stop, stack.postgres.start):
        await wait_until_unready(chain, "trigger", "postgres")
        answer = await refused_read(chain)
        await asyncio.sleep(seconds)
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    await asyncio.gather(*(process.ready() for process in chain.processes))


@pytest.mark.parametrize("seconds", [5, pytest.param(20, marks=pytest.mark.nightly)])
async def test_kafka_and_postgresql_may_go_away_for_a_while(
    data_dir: Path, tmp_path: Path, tell: Tell, seconds: float
) -> None:
    stack = EmbeddedStack(data_dir, train=False)
    addresses = await asyncio.to_thread(stack.start)
    environment = _environment(addresses)
    try:
        await upgrade(addresses.postgres_url)
        async with Chain(environment, tmp_path) as chain:
            await chain.set_up([Story("acct-0", 0, 0)])
            client = Client(chain.of("ingest")[0].url, environment["PLIMSOLL_ADMIN_KEY"])
            sending = asyncio.create_task(client.run())
            await asyncio.sleep(2)
            while_kafka = await _stop_kafka(stack, chain, client, seconds)
            await _stop_postgresql(stack, chain, seconds)
            await asyncio.sleep(2)
            client.ended = True
            await sending
            assert all(answer.status_code == 503 for answer in client.refusals)
            totals = await chain.settled(chain.totals, quiet=4)
            told = await chain.query("select count(*) as n from alert where notified")
            tell(
                f"Kafka, then PostgreSQL away for {seconds} s: accepted {client.accepted}, "
                f"counted {totals}, refused with 503: {while_kafka} and {len(client.refusals)}, "
                f"alerts told: {told[0]['n']}"
            )
            assert totals[("acct-0", "seats")] == client.accepted
    finally:
        await asyncio.to_thread(stack.stop)


async def refused_read(chain: Chain) -> httpx.Response:
    headers = {"Authorization": f"Bearer {chain.environment['PLIMSOLL_ADMIN_KEY']}"}
    async with httpx.AsyncClient(
        verify=TRUST, headers=headers, timeout=20, trust_env=False
    ) as client:
        return await client.get(f"{chain.of('trigger')[0].url}/v1/accounts/acct-0/usage")
