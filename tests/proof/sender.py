"""Products that send usage: to Kafka and over HTTP, each event until it is acknowledged, under the
same id.
"""

import asyncio
import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import httpx
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from tests.proof.ledger import Event, Ledger, call
from tests.support.trust import TRUST

_SECONDS = 8.0
_PAUSE = 0.2


class KafkaSender:
    """A producer that is replaced whenever it has failed: some faults of a broker never heal in
    one.
    """

    def __init__(self, address: str, topic: str) -> None:
        self._address, self._topic = address, topic
        self._producer: AIOKafkaProducer | None = None
        self._starting = asyncio.Lock()

    async def send(self, events: Sequence[tuple[bytes, Event]], ledger: Ledger) -> None:
        """Returns once all are acknowledged. Each goes under the key beside it."""
        left = list(events)
        while left:
            try:
                async with asyncio.timeout(_SECONDS):
                    left = await self._attempt(left, ledger)
            except (TimeoutError, KafkaError, OSError):
                await self.replace()
                await asyncio.sleep(_PAUSE)

    async def _attempt(
        self, events: Sequence[tuple[bytes, Event]], ledger: Ledger
    ) -> list[tuple[bytes, Event]]:
        """Returns those that were not acknowledged."""
        producer = await self._started()
        sent = []
        for key, event in events:
            ledger.note(event)
            sent.append(await producer.send(self._topic, event.body, key=key))
        answers = await asyncio.gather(*sent, return_exceptions=True)
        failed = [
            one
            for one, answer in zip(events, answers, strict=True)
            if isinstance(answer, BaseException)
        ]
        if failed:
            await self.replace()
        return failed

    async def _started(self) -> AIOKafkaProducer:
        async with self._starting:
            if self._producer is None:
                producer = AIOKafkaProducer(
                    bootstrap_servers=self._address,
                    acks="all",
                    enable_idempotence=True,
                    request_timeout_ms=4_000,
                    metadata_max_age_ms=2_000,
                )
                try:
                    await producer.start()
                except BaseException:
                    await producer.stop()
                    raise
                self._producer = producer
            return self._producer

    async def replace(self) -> None:
        """Forgets the producer; what it has not sent is not waited for."""
        producer, self._producer = self._producer, None
        if producer is not None:
            try:
                async with asyncio.timeout(1):
                    await producer.stop()
            except (TimeoutError, KafkaError, OSError):
                return


class HttpSender:
    """`POST /v1/events`, a batch at a time, until it is answered with 202."""

    def __init__(self, url: Callable[[], str], key: str) -> None:
        self._url = url
        self._client = httpx.AsyncClient(
            verify=TRUST,
            timeout=_SECONDS,
            trust_env=False,
            headers={
                "Authorization": f"Bearer {key}",
                "Content-Type": "application/cloudevents-batch+json",
            },
        )

    async def send(self, events: Sequence[Event], ledger: Ledger) -> None:
        body = b"[" + b",".join(event.body for event in events) + b"]"
        while True:
            for event in events:
                ledger.note(event)
            try:
                answer = await self._client.post(f"{self._url()}/v1/events", content=body)
            except httpx.TransportError:
                await asyncio.sleep(_PAUSE)
                continue
            if answer.status_code == 202:
                return
            if answer.status_code not in (429, 500, 503):
                raise AssertionError(f"POST /v1/events: {answer.status_code} {answer.text[:500]}")
            await asyncio.sleep(_PAUSE)

    async def close(self) -> None:
        await self._client.aclose()


class Load:
    """Usage without a pause: API calls of some accounts, one in ten sent twice, some of the copies
    under a wrong key.
    """

    def __init__(
        self,
        kafka: KafkaSender,
        http: HttpSender,
        ledger: Ledger,
        accounts: Sequence[str],
        dice: random.Random,
    ) -> None:
        self._kafka, self._http, self._ledger = kafka, http, ledger
        self._accounts, self._dice = accounts, dice

    async def run(self, stop: asyncio.Event) -> None:
        """Until then; what has been begun is acknowledged when it returns."""
        await asyncio.gather(self._by_kafka(stop), self._over_http(stop))

    async def _by_kafka(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            events = [(event.account.encode(), event) for event in self._calls(8)]
            await self._kafka.send(events + self._again(), self._ledger)
            await asyncio.sleep(0.05)

    async def _over_http(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await self._http.send(self._calls(4), self._ledger)
            await asyncio.sleep(0.1)

    def _calls(self, number: int) -> list[Event]:
        return [
            call(self._dice.choice(self._accounts), self._dice, datetime.now(UTC))
            for _ in range(number)
        ]

    def _again(self) -> list[tuple[bytes, Event]]:
        if self._dice.random() < 0.2:
            return []
        return [
            (b"somebody-else" if self._dice.random() < 0.1 else event.account.encode(), event)
            for event in self._ledger.any(self._dice, 1)
        ]
