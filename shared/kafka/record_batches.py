"""Record batches as the broker stores them: the frame is readable even if the content is not."""

import struct
from dataclasses import dataclass

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError, for_code
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.structs import TopicPartition

HEADER = struct.Struct(
    ">qiibIhi"
)  # base offset, length, leader epoch, magic, checksum, attributes, last offset delta
PREFIX = struct.Struct(">qi")  # base offset and length: the same in every format
LARGEST = 4_194_304
_WAIT_MS = 500


@dataclass(frozen=True, slots=True)
class Frame:
    base: int
    checksum: int


async def fetch(
    client: AIOKafkaClient, partition: TopicPartition, offset: int, size: int = LARGEST
) -> bytes:
    """What the broker holds, starting with the batch that contains `offset`. `partition` has the
    topic's full name. Raises KafkaError.
    """
    leader = client.cluster.leader_for_partition(partition)
    if leader in (None, -1):
        raise KafkaError(f"{partition.topic} {partition.partition} has no leader")
    wanted = [(partition.topic, [(partition.partition, offset, size)])]
    response = await client.send(leader, FetchRequest(_WAIT_MS, 1, size, 0, wanted))
    for _topic, answers in response.topics:
        for answer in answers:
            if answer[1]:
                raise for_code(answer[1])()
            return bytes(answer[-1] or b"")
    raise KafkaError("an empty response to a fetch")


def first_frame(raw: bytes) -> Frame | None:
    """Of the first batch; None if there is none, or if its format predates Kafka 0.11."""
    if len(raw) < HEADER.size:
        return None
    base, _length, _epoch, magic, checksum, _attributes, _delta = HEADER.unpack_from(raw)
    return Frame(base, checksum) if magic >= 2 else None
