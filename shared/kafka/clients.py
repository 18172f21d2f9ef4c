"""Kafka clients: shared security settings for producers, consumers and topics; topic names;
timeouts.
"""

import asyncio
import base64
import json
import ssl
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
from aiokafka.errors import (
    KafkaConnectionError,
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    TopicAlreadyExistsError,
    for_code,
)
from aiokafka.structs import RecordMetadata

from shared.kafka.connections import connect_safely
from shared.kafka.records import Headers, unpack
from shared.messages import ACCOUNT_EVENTS, MESSAGES, TOPICS, USAGE_EVENTS, USAGE_TOTALS
from shared.runtime.settings import Settings

PARTITIONS = 4
SERVICE_TOPICS: Mapping[str, tuple[str, ...]] = {
    "ingest": (USAGE_EVENTS,),
    "trigger": (USAGE_TOTALS, ACCOUNT_EVENTS),
    "notifier": (MESSAGES,),
}
"""What each service reads."""

SESSION_MS = 10_000
HEARTBEAT_MS = 1_000
REBALANCE_MS = 30_000
CONSUMER_REQUEST_MS = 4_000
PRODUCER_REQUEST_MS = 5_000
SEND_SECONDS = 4.0
"""How long a caller of `Producer.send` waits before it gets KafkaUnavailable."""
_FAILING_SECONDS = 1.0
"""While Kafka does not respond, later callers wait no longer than this, so that requests do not
pile up.
"""
_STOP_SECONDS = 2.0


class KafkaUnavailable(Exception):
    """Kafka did not acknowledge it in time. It may still arrive: send it again with the same
    identity.
    """


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A record to publish; `topic` without the installation's prefix. `partition` None: chosen by
    the key, as Java does (murmur2).
    """

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    partition: int | None = None


def packed(headers: Headers) -> bytes | None:
    """Headers as stored in a column."""
    if not headers:
        return None
    return json.dumps(
        [
            [name, None if value is None else base64.b64encode(value).decode()]
            for name, value in headers
        ]
    ).encode()


def unpacked(column: bytes | None) -> Headers:
    if column is None:
        return ()
    return tuple(
        (name, None if value is None else base64.b64decode(value))
        for name, value in json.loads(column)
    )


def topic_name(settings: Settings, topic: str) -> str:
    return settings.topic_prefix + topic


def bare_name(settings: Settings, topic: str) -> str:
    return topic.removeprefix(settings.topic_prefix)


def connection(settings: Settings) -> dict[str, Any]:
    """The arguments of every aiokafka client: addresses, TLS, SASL, metadata age. Its connections
    are of `shared.kafka.connections`.
    """
    connect_safely()
    protocol = settings.kafka_security_protocol
    arguments: dict[str, Any] = {
        "bootstrap_servers": settings.kafka_bootstrap_servers,
        "security_protocol": protocol,
        "retry_backoff_ms": 100,
        "metadata_max_age_ms": 5_000,
    }
    if protocol.endswith("SSL"):
        arguments["ssl_context"] = ssl.create_default_context(cafile=settings.kafka_ssl_cafile)
    if protocol.startswith("SASL"):
        arguments |= {
            "sasl_mechanism": settings.kafka_sasl_mechanism,
            "sasl_plain_username": settings.kafka_sasl_username,
            "sasl_plain_password": settings.kafka_sasl_password,
        }
    return arguments


def make_consumer(settings: Settings, service: str, **more: Any) -> AIOKafkaConsumer:
    """A member of the service's group that never chooses its own position. Subscribe before
    `start`. Its records are of `shared.kafka.records`.
    """
    unpack()
    return AIOKafkaConsumer(
        **connection(settings),
        group_id=settings.topic_prefix + service,
        client_id=f"plimsoll-{service}",
        enable_auto_commit=False,
        auto_offset_reset="none",
        check_crcs=True,
        session_timeout_ms=SESSION_MS,
        heartbeat_interval_ms=HEARTBEAT_MS,
        rebalance_timeout_ms=REBALANCE_MS,
        request_timeout_ms=CONSUMER_REQUEST_MS,
        partition_assignment_strategy=(StickyPartitionAssignor,),
        fetch_min_bytes=1,
        fetch_max_wait_ms=100,
        max_partition_fetch_bytes=4_194_304,
        **more,
    )


def make_producer(settings: Settings, *, name: str, linger_ms: int = 0) -> AIOKafkaProducer:
    return AIOKafkaProducer(
        **connection(settings),
        client_id=f"plimsoll-{name}",
        acks="all",
        enable_idempotence=True,
        linger_ms=linger_ms,
        max_batch_size=262_144,
        max_request_size=1_000_000,
        request_timeout_ms=PRODUCER_REQUEST_MS,
    )


def is_cancelled() -> bool:
    """Whether the running task itself was cancelled, as opposed to a cancellation inside aiokafka
    when its coordinator or sender dies.
    """
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


class Producer:
    """An idempotent producer that starts on first use, and is replaced when it has failed for good.

    Several tasks may send at once. Records of one call and one key arrive in order.
    """

    def __init__(self, settings: Settings, *, name: str, keeps_pending: bool = True) -> None:
        """`keeps_pending`: what was not acknowledged in time may still be sent later. False for a
        relay, which sends it again itself.
        """
        self._settings = settings
        self._name = name
        self._keeps_pending = keeps_pending
        self._failing = False
        self._producer: AIOKafkaProducer | None = None
        self._starting = asyncio.Lock()

    async def send(
        self, records: Iterable[Outgoing], *, seconds: float = SEND_SECONDS
    ) -> list[RecordMetadata]:
        """Publishes all and returns once every in-sync replica has them. Raises KafkaUnavailable
        after `seconds`, or if the broker refuses; MessageSizeTooLargeError as it is, because
        waiting does not make a record smaller.
        """
        try:
            async with asyncio.timeout(
                min(seconds, _FAILING_SECONDS) if self._failing and self._keeps_pending else seconds
            ):
                producer = await self._started()
                answers = await self._all(producer, records)
        except MessageSizeTooLargeError:
            raise
        except (TimeoutError, KafkaError, OSError) as error:
            self._failing = True
            # Out-of-order sequences and fenced producers do not heal (aiokafka #1017): start again
            # with a new client.
            heals = isinstance(
                error, TimeoutError | OSError | KafkaTimeoutError | KafkaConnectionError
            )
            if not (heals and self._keeps_pending):
                await self._discard()
            raise KafkaUnavailable(f"Kafka did not acknowledge: {type(error).__name__}") from error
        except asyncio.CancelledError as error:
            if is_cancelled():
                raise
            self._failing = True
            raise KafkaUnavailable("Kafka did not acknowledge: the client gave up") from error
        self._failing = False
        return answers

    async def _all(
        self, producer: AIOKafkaProducer, records: Iterable[Outgoing]
    ) -> list[RecordMetadata]:
        sent = []
        try:
            for record in records:
                sent.append(
                    await producer.send(
                        topic_name(self._settings, record.topic),
                        value=record.value,
                        key=record.key,
                        partition=record.partition,
                        headers=list(record.headers),
                    )
                )
            return await asyncio.gather(*sent)
        finally:
            for future in sent:
                if future.done() and not future.cancelled():
                    # Retrieved, so that asyncio does not complain about it later.
                    future.exception()

    async def _started(self) -> AIOKafkaProducer:
        async with self._starting:
            if self._producer is None:
                producer = make_producer(self._settings, name=self._name)
                try:
                    await producer.start()
                except BaseException:
                    await stop_producer(producer)
                    raise
                self._producer = producer
            return self._producer

    async def _discard(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            await stop_producer(producer)

    async def stop(self) -> None:
        await self._discard()


async def stop_producer(producer: AIOKafkaProducer) -> None:
    """Flushes and closes; without a broker, closes anyway after two seconds."""
    try:
        async with asyncio.timeout(_STOP_SECONDS):
            await producer.stop()
    except TimeoutError:
        # aiokafka waits forever for acknowledgements that cannot come; there is no public way to
        # drop them.
        await producer._sender.close()
        await producer.client.close()
    except KafkaError:
        await producer.client.close()


async def stop_consumer(consumer: AIOKafkaConsumer) -> None:
    """Leaves the group and closes; bounded, because aiokafka may wait for brokers that are down
    (#659).
    """
    try:
        async with asyncio.timeout(_STOP_SECONDS):
            await consumer.stop()
    except (TimeoutError, KafkaError, OSError):
        # What stop() had not closed yet: there is no public way to resume it.
        for part in (consumer._fetcher, consumer._client):
            if part is not None:
                with suppress(KafkaError, OSError):
                    await part.close()


async def ensure_topics(settings: Settings, topics: Iterable[str] = TOPICS) -> None:
    """Creates missing topics with 4 partitions; an existing topic keeps its partition count. Raises
    KafkaUnavailable.
    """
    names = [topic_name(settings, topic) for topic in topics]
    admin = AIOKafkaAdminClient(
        **connection(settings), client_id="plimsoll-admin", request_timeout_ms=PRODUCER_REQUEST_MS
    )
    try:
        async with asyncio.timeout(20):
            await admin.start()
            existing = set(await admin.list_topics())
            missing = [_new_topic(name) for name in names if name not in existing]
            if missing:
                _check(await admin.create_topics(missing))
    except (TimeoutError, KafkaError, OSError) as error:
        raise KafkaUnavailable(
            f"the topics could not be created: {type(error).__name__}: {error}"
        ) from error
    finally:
        with suppress(KafkaError, OSError):
            await admin.close()


def _new_topic(name: str) -> NewTopic:
    topic = NewTopic(name, num_partitions=PARTITIONS, replication_factor=1)
    # The cluster's default; aiokafka's constructor does not know that brokers accept this.
    topic.replication_factor = -1
    return topic


def _check(response: Any) -> None:
    for _topic, code, *_ in response.topic_errors:
        error = for_code(code)
        if code and error is not TopicAlreadyExistsError:
            raise error()
