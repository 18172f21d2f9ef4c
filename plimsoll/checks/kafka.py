"""Kafka: reachable, the topics there, kept long enough, and large enough for an event."""

import asyncio
from collections.abc import Mapping

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError

from plimsoll.checks.finding import Finding
from shared.kafka import connection, topic_name
from shared.messages import TOPICS, USAGE_EVENTS
from shared.settings import Settings

_DAY_MS = 86_400_000
_LARGEST = 300_000  # an event of 256 kB with its headers


async def check(settings: Settings) -> list[Finding]:
    admin = AIOKafkaAdminClient(**connection(settings), client_id="plimsoll-doctor", request_timeout_ms=5_000)
    try:
        async with asyncio.timeout(15):
            await admin.start()
            existing = set(await admin.list_topics())
            findings = [Finding("Kafka", f"{settings.kafka_bootstrap_servers} answers"), *_topics(settings, existing)]
            if topic_name(settings, USAGE_EVENTS) in existing:
                findings += _limits(settings, await _configuration(admin, topic_name(settings, USAGE_EVENTS)))
            return findings
    except (KafkaError, OSError, TimeoutError) as error:
        return [Finding("Kafka", f"{settings.kafka_bootstrap_servers}: {str(error) or type(error).__name__}", _remedy(settings))]
    finally:
        await admin.close()


def _remedy(settings: Settings) -> str:
    if settings.kafka_security_protocol == "PLAINTEXT":
        return "start Kafka, check PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS; for TLS or SASL set PLIMSOLL_KAFKA_SECURITY_PROTOCOL"
    # A wrong password, an unknown user and an untrusted certificate all look alike to a client.
    return (
        "check PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS, …_SECURITY_PROTOCOL, …_SASL_MECHANISM, …_SASL_USERNAME, …_SASL_PASSWORD and …_SSL_CAFILE"
    )


def _topics(settings: Settings, existing: set[str]) -> list[Finding]:
    names = [topic_name(settings, topic) for topic in TOPICS]
    if missing := [name for name in names if name not in existing]:
        remedy = "start a service that may create topics, or create them with 4 partitions"
        return [Finding("topics", f"missing: {', '.join(missing)}", remedy)]
    return [Finding("topics", f"all {len(names)} are there")]


async def _configuration(admin: AIOKafkaAdminClient, topic: str) -> Mapping[str, str]:
    (response,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    entries = response.resources[0][4]
    return {entry[0]: entry[1] for entry in entries}


def _limits(settings: Settings, configuration: Mapping[str, str]) -> list[Finding]:
    kept, largest = int(configuration["retention.ms"]), int(configuration["max.message.bytes"])
    days = "for ever" if kept < 0 else f"{kept / _DAY_MS:.1f} days"
    short = 0 <= kept < settings.dedupe_days * _DAY_MS
    return [
        Finding(
            "retention",
            f"usage.events is kept {days}, the dedupe window is {settings.dedupe_days} days",
            f"set the topic's retention.ms above {settings.dedupe_days * _DAY_MS}: a rewind reaches no further back" if short else None,
        ),
        Finding(
            "message size",
            f"usage.events takes {largest} bytes",
            f"set the topic's max.message.bytes to {_LARGEST} or more: events may have 256 kB" if largest < _LARGEST else None,
        ),
    ]
