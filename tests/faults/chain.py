"""The whole chain as processes, with a mail server and a CRM server; and what can be observed from
outside.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import httpx
from aiokafka import AIOKafkaProducer

from plimsoll.demo.crm import Crm
from tests.faults.load import CATALOG, Story, account_body, subscription_body
from tests.support.mailboxes import TestMailbox
from tests.support.processes import ServiceProcess
from tests.support.trust import TRUST

CHUNK = 500


class Chain:
    """Ingest, trigger and notifier as processes (`members` of each), on one database and separate
    topics.
    """

    def __init__(
        self, environment: Mapping[str, str], logs: Path, members: Mapping[str, int] | None = None
    ) -> None:
        self.environment = dict(environment)
        self.mailbox = TestMailbox()
        self.crm = Crm()
        # Probes ask every half second: a connection for each would cost more than the answers.
        self._database = asyncpg.create_pool(
            self.environment["PLIMSOLL_DATABASE_URL"], min_size=0, max_size=2
        )
        counts = {"ingest": 1, "trigger": 1, "notifier": 1} | dict(members or {})
        self._logs = logs
        self._counts = counts
        self.processes: list[ServiceProcess] = []

    async def __aenter__(self) -> "Chain":
        self.environment |= {
            "PLIMSOLL_SMTP_URL": self.mailbox.start(),
            "PLIMSOLL_MAIL_FROM": "alerts@vendor.example",
        }
        self.crm_url = await self.crm.start()
        await self._database
        self.processes = [
            ServiceProcess(name, self.environment, self._logs)
            for name, count in self._counts.items()
            for _ in range(count)
        ]
        for process in self.processes:
            process.start()
        await asyncio.gather(*(process.ready() for process in self.processes))
        return self

    async def __aexit__(self, *failure: object) -> None:
        try:
            await asyncio.gather(*(asyncio.to_thread(process.stop) for process in self.processes))
        finally:
            self._database.terminate()
            await self.crm.stop()
            self.mailbox.stop()

    def of(self, name: str) -> list[ServiceProcess]:
        return [process for process in self.processes if process.name == name]

    async def call(
        self,
        service: str,
        method: str,
        path: str,
        body: Any = None,
        want: Sequence[int] = (200, 201, 202),
    ) -> Any:
        headers = {"Authorization": f"Bearer {self.environment['PLIMSOLL_ADMIN_KEY']}"}
        async with httpx.AsyncClient(
            verify=TRUST,
            base_url=self.of(service)[0].url,
            headers=headers,
            timeout=30,
            trust_env=False,
        ) as client:
            answer = await client.request(method, path, json=body)
        assert answer.status_code in want, (
            f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        )
        return answer.json()

    async def set_up(self, told: Sequence[Story]) -> None:
        await self.call("trigger", "PUT", "/v1/catalog", CATALOG)
        await self.call(
            "notifier", "PUT", "/v1/channels/hubspot", {"url": self.crm_url, "token": "pat-test"}
        )
        for story in told:
            if story.account.startswith("acct"):
                await self.call(
                    "trigger", "PUT", f"/v1/accounts/{story.account}", account_body(story.account)
                )
                await self.call(
                    "trigger",
                    "PUT",
                    f"/v1/accounts/{story.account}/subscription",
                    subscription_body(datetime.now(UTC)),
                )

    async def produce(self, records: Sequence[tuple[bytes, bytes]], seconds: float) -> None:
        """Sends the records to Kafka in order, spread over `seconds`."""
        topic = self.environment["PLIMSOLL_TOPIC_PREFIX"] + "usage.events"
        chunks = [records[start : start + CHUNK] for start in range(0, len(records), CHUNK)]
        async with AIOKafkaProducer(
            bootstrap_servers=self.environment["PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS"],
            enable_idempotence=True,
        ) as producer:
            for chunk in chunks:
                acknowledged = [await producer.send(topic, value, key=key) for key, value in chunk]
                await asyncio.gather(*acknowledged)
                await asyncio.sleep(seconds / len(chunks))

    async def query(self, statement: str, *arguments: Any) -> list[asyncpg.Record]:
        return list(await self._database.fetch(statement, *arguments))

    async def totals(self) -> dict[tuple[str, str], int]:
        rows = await self.query(
            "select account, meter, sum(used) as used from usage_total group by 1, 2"
        )
        return {(row["account"], row["meter"]): int(row["used"]) for row in rows}

    async def settled(
        self, probe: Callable[[], Awaitable[Any]], quiet: float = 3, seconds: float = 90
    ) -> Any:
        """The result of `probe` once it has not changed for `quiet` seconds."""
        seen, since, end = await probe(), time.monotonic(), time.monotonic() + seconds
        while time.monotonic() < end:
            await asyncio.sleep(0.5)
            now = await probe()
            if now != seen:
                seen, since = now, time.monotonic()
            if time.monotonic() - since > quiet:
                return seen
        raise AssertionError(f"still changing after {seconds} s: {seen}")

    async def delivered(self, seconds: float = 150) -> None:
        """Waits until only proposals for business hours are left to send. An interrupted send is
        resumed after its lease.
        """
        left = """select d.channel, d.state, count(*) as n
                  from delivery d join notification n on n.id = d.notification
                  where d.state in ('queued', 'sending', 'retrying') and n.class <> 'proposal'
                  group by 1, 2"""
        end = time.monotonic() + seconds
        while waiting := await self.query(left):
            assert time.monotonic() < end, f"still to be sent after {seconds} s: {waiting}"
            await asyncio.sleep(0.5)


def wanted_totals(told: Sequence[Story]) -> dict[tuple[str, str], int]:
    totals = {(story.account, "api_calls"): story.calls for story in told} | {
        (story.account, "seats"): story.seats for story in told
    }
    return {key: used for key, used in totals.items() if used}
