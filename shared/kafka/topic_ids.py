"""Asks the cluster for its topic ids (KIP-516): a recreated topic has another id. aiokafka does not
support that version.
"""

import uuid
from collections.abc import Collection
from io import BytesIO
from typing import Any

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import IncompatibleBrokerVersion, KafkaConnectionError, KafkaError
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    Boolean,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Schema,
    TaggedFields,
)

_NAMELESS = uuid.UUID(int=0)  # the answer of a cluster without ids yet, during an upgrade


class _Uuid:
    @classmethod
    def encode(cls, value: uuid.UUID) -> bytes:
        return value.bytes

    @classmethod
    def decode(cls, data: BytesIO) -> uuid.UUID:
        return uuid.UUID(bytes=data.read(16))


_ID: Any = _Uuid()
_NUMBERS = CompactArray(Int32)


def _rows(*fields: tuple[str, Any]) -> CompactArray:
    rows = CompactArray(Int32)
    rows.array_of = Schema(*fields, ("tags", TaggedFields))
    return rows


class _Answer(Response):  # type: ignore[misc] # aiokafka has no types
    API_KEY = 3
    API_VERSION = 10
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "brokers",
            _rows(
                ("node_id", Int32),
                ("host", CompactString()),
                ("port", Int32),
                ("rack", CompactString()),
            ),
        ),
        ("cluster_id", CompactString()),
        ("controller_id", Int32),
        (
            "topics",
            _rows(
                ("error_code", Int16),
                ("topic", CompactString()),
                ("topic_id", _ID),
                ("is_internal", Boolean),
                (
                    "partitions",
                    _rows(
                        ("error_code", Int16),
                        ("partition", Int32),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", _NUMBERS),
                        ("isr", _NUMBERS),
                        ("offline_replicas", _NUMBERS),
                    ),
                ),
                ("authorized_operations", Int32),
            ),
        ),
        ("cluster_authorized_operations", Int32),
        ("tags", TaggedFields),
    )


class _Question(RequestStruct):  # type: ignore[misc]
    API_KEY = 3
    API_VERSION = 10
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = _Answer
    SCHEMA = Schema(
        ("topics", _rows(("topic_id", _ID), ("topic", CompactString()))),
        ("allow_auto_topic_creation", Boolean),
        ("include_cluster_authorized_operations", Boolean),
        ("include_topic_authorized_operations", Boolean),
        ("tags", TaggedFields),
    )


class TopicIdsRequest(Request[_Question]):  # type: ignore[misc]
    API_KEY = 3

    def __init__(self, topics: Collection[str]) -> None:
        self._topics = topics

    def build(self, request_struct_class: type[_Question]) -> _Question:
        return request_struct_class(
            [(_NAMELESS, topic, {}) for topic in self._topics], False, False, False, {}
        )


async def topic_ids(client: AIOKafkaClient, topics: Collection[str]) -> dict[str, str]:
    """The ids by full topic name, of existing topics; empty if the broker has no ids (before Kafka
    2.8).

    `client` must be started. Raises KafkaError while the cluster is down.
    """
    node = client.get_random_node()
    if node is None:
        raise KafkaConnectionError("no broker is known")
    try:
        answer = await client.send(node, TopicIdsRequest(topics))
    except (IncompatibleBrokerVersion, NotImplementedError):
        return {}
    except ValueError as error:
        raise KafkaError(f"unreadable metadata response: {error}") from error
    found = {row[1]: row[2] for row in answer.topics if row[0] == 0}
    return {topic: known.hex for topic, known in found.items() if known != _NAMELESS}
