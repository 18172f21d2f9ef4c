"""Kafka: reachable, topics present and configured as they should be, and stored offsets within
them.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError

from plimsoll.checks.finding import Finding
from plimsoll.checks.topics import Kept, findings
from shared.kafka.clients import connection, topic_name
from shared.kafka.diagnosis import diagnose
from shared.messages import TOPICS
from shared.runtime.settings import Settings


async def check(settings: Settings) -> list[Finding]:
    admin = AIOKafkaAdminClient(
        **connection(settings), client_id="plimsoll-doctor", request_timeout_ms=5_000
    )
    try:
        async with asyncio.timeout(15):
            await admin.start()
            existing = set(await admin.list_topics())
            found = [
                Finding("Kafka", f"{settings.kafka_bootstrap_servers} answers"),
                *_topics(settings, existing),
            ]
            there = [topic for topic in TOPICS if topic_name(settings, topic) in existing]
            if there:
                brokers = len((await admin.describe_cluster())["brokers"])
                found += findings(
                    await _kept(settings, admin, there),
                    brokers=brokers,
                    dedupe_days=settings.dedupe_days,
                )
            return found
    except (KafkaError, OSError, TimeoutError) as error:
        return [await _away(settings, error)]
    finally:
        await admin.close()


async def _away(settings: Settings, error: Exception) -> Finding:
    diagnosis = await diagnose(settings, 5.0)
    reason = (
        diagnosis.reason
        if diagnosis
        else f"{settings.kafka_bootstrap_servers}: {str(error) or type(error).__name__}"
    )
    return Finding("Kafka", reason, _remedy(settings))


def _remedy(settings: Settings) -> str:
    if settings.kafka_security_protocol == "PLAINTEXT":
        return (
            "start Kafka, check PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS; "
            "for TLS or SASL set PLIMSOLL_KAFKA_SECURITY_PROTOCOL"
        )
    # A wrong password, an unknown user and an untrusted certificate look alike to a client.
    return (
        "check PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS, "
        "…_SECURITY_PROTOCOL, …_SASL_MECHANISM, …_SASL_USERNAME, …_SASL_PASSWORD and …_SSL_CAFILE"
    )


def _topics(settings: Settings, existing: set[str]) -> list[Finding]:
    names = [topic_name(settings, topic) for topic in TOPICS]
    if missing := [name for name in names if name not in existing]:
        remedy = (
            "start a service that may create topics, or create them with 4 partitions; "
            "if they exist, grant this principal Describe"
        )
        return [Finding("topics", f"missing: {', '.join(missing)}", remedy)]
    return [Finding("topics", f"all {len(names)} exist")]


async def _kept(settings: Settings, admin: AIOKafkaAdminClient, topics: list[str]) -> list[Kept]:
    configurations = await _configurations(admin, [topic_name(settings, topic) for topic in topics])
    described = {
        one["topic"]: one
        for one in await admin.describe_topics([topic_name(settings, topic) for topic in topics])
    }
    return [_one(topic, topic_name(settings, topic), configurations, described) for topic in topics]


def _one(
    topic: str,
    name: str,
    configurations: Mapping[str, Mapping[str, str]],
    described: Mapping[str, Any],
) -> Kept:
    replicas = (
        [len(partition["replicas"]) for partition in described[name]["partitions"]]
        if name in described
        else []
    )
    return Kept(topic, configurations.get(name), min(replicas, default=1))


async def _configurations(
    admin: AIOKafkaAdminClient, names: list[str]
) -> dict[str, dict[str, str]]:
    """Without what the cluster does not reveal: a principal may be allowed to read a topic but not
    its configuration.
    """
    responses = await admin.describe_configs(
        [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    )
    return {
        resource[3]: {entry[0]: entry[1] for entry in resource[4]}
        for response in responses
        for resource in response.resources
        if resource[0] == 0
    }
