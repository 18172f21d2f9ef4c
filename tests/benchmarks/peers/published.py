"""The totals that an engine has published, as a consumer of committed records sees them."""

import time
from collections import Counter
from collections.abc import Mapping
from typing import Final

from confluent_kafka import Consumer, KafkaError, TopicPartition

_TOGETHER: Final = 10_000
_SECONDS: Final = 1.0


def totals(servers: str, topic: str) -> Counter[str]:
    """How many events each account has in the newest totals of all its meters and periods. A record
    is keyed by account and holds `meter|period|used`.
    """
    consumer = Consumer(
        {
            "bootstrap.servers": servers,
            "group.id": f"totals-{time.time_ns()}",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "isolation.level": "read_committed",
        }
    )
    newest: dict[tuple[bytes, bytes], int] = {}
    try:
        partitions = consumer.list_topics(topic).topics[topic].partitions
        left = set(partitions)
        consumer.assign([TopicPartition(topic, number, 0) for number in partitions])
        while left:
            for record in consumer.consume(_TOGETHER, _SECONDS):
                if (error := record.error()) is not None:
                    assert error.code() == KafkaError._PARTITION_EOF, error
                    left.discard(record.partition())
                    continue
                account, value = record.key(), record.value()
                assert account is not None
                assert value is not None
                place, used = value.rsplit(b"|", 1)
                newest[account, place] = int(used)
    finally:
        consumer.close()
    found = Counter[str]()
    for (account, _), amount in newest.items():
        found[account.decode()] += amount
    return found


def wrong(found: Mapping[str, int], expected: Mapping[str, int]) -> int:
    """How many accounts have another total than expected, or one where none is."""
    return sum(
        found.get(account, 0) != expected.get(account, 0)
        for account in found.keys() | expected.keys()
    )
