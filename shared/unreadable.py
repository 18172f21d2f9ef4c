"""A batch of records on the broker that cannot be read: unknown compression, wrong checksum. Where does it end?"""

import gzip
import struct
import zlib

import cramjam
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import CorruptRecordException, UnsupportedCodecError
from aiokafka.structs import TopicPartition

from shared.batches import HEADER, PREFIX, fetch
from shared.kafka import connection
from shared.settings import Settings

_CONTENT = (
    CorruptRecordException,
    UnsupportedCodecError,
    cramjam.DecompressionError,
    gzip.BadGzipFile,
    zlib.error,
    struct.error,
    EOFError,
    LookupError,
    ValueError,
    OverflowError,
    MemoryError,
)
"""Decompression and parsing raise what their libraries raise."""


def is_unreadable(error: BaseException) -> bool:
    """Whether a fetch failed on the content of a batch, as opposed to the way there."""
    return isinstance(error, _CONTENT)


def reason(error: BaseException) -> str:
    """`crc` where the checksum is wrong, else `codec`: what a rejected record says."""
    return "crc" if isinstance(error, CorruptRecordException) else "codec"


async def next_readable(settings: Settings, partition: TopicPartition, offset: int) -> int:
    """The offset behind the batch that holds `offset`. Reads the batch's frame, which is plain also where its content is not.

    `partition` has the topic's full name. Raises KafkaError while the broker is away.
    """
    client = AIOKafkaClient(**connection(settings), client_id="plimsoll-step-over", request_timeout_ms=5_000)
    try:
        await client.bootstrap()
        await client.add_topic(partition.topic)
        await client.force_metadata_update()
        return _end_of_batch(await fetch(client, partition, offset), offset)
    finally:
        await client.close()


def _end_of_batch(raw: bytes, offset: int) -> int:
    """What follows the batch, told by the next batch where one came along, else by this one's own header."""
    if len(raw) < HEADER.size:
        return offset + 1
    base, length, _epoch, magic, _checksum, _attributes, delta = HEADER.unpack_from(raw)
    claimed = base + delta + 1 if magic >= 2 and delta >= 0 else base + 1
    following = PREFIX.size + length
    if length > 0 and len(raw) >= following + PREFIX.size:
        behind, _ = PREFIX.unpack_from(raw, following)
        if behind > offset:
            # A damaged header may claim anything; what the broker put behind it does not lie.
            return int(min(claimed, behind)) if claimed > offset else int(behind)
    return int(max(claimed, offset + 1))
