"""Unreadable record batches on the broker (unknown compression, wrong checksum): finds where they
end.
"""

import gzip
import struct
import zlib

import cramjam
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import CorruptRecordException, UnsupportedCodecError
from aiokafka.structs import TopicPartition

from shared.kafka.clients import connection
from shared.kafka.record_batches import HEADER, PREFIX, fetch
from shared.runtime.settings import Settings

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
"""The errors of the libraries that decompress and parse."""


def is_unreadable(error: BaseException) -> bool:
    """Whether a fetch failed because of a batch's content, as opposed to the connection."""
    return isinstance(error, _CONTENT)


def reason(error: BaseException) -> str:
    """The reason of the rejected record: `crc` if the checksum is wrong, else `codec`."""
    return "crc" if isinstance(error, CorruptRecordException) else "codec"


async def next_readable(settings: Settings, partition: TopicPartition, offset: int) -> int:
    """The offset after the batch that contains `offset`. Reads the batch's frame, which is readable
    even if its content is not.

    `partition` has the topic's full name. Raises KafkaError while the broker is down.
    """
    client = AIOKafkaClient(
        **connection(settings), client_id="plimsoll-step-over", request_timeout_ms=5_000
    )
    try:
        await client.bootstrap()
        await client.add_topic(partition.topic)
        await client.force_metadata_update()
        return _end_of_batch(await fetch(client, partition, offset), offset)
    finally:
        await client.close()


def _end_of_batch(raw: bytes, offset: int) -> int:
    """The offset after the batch, from the next batch if one was fetched with it, else from this
    one's header.
    """
    if len(raw) < HEADER.size:
        return offset + 1
    base, length, _epoch, magic, _checksum, _attributes, delta = HEADER.unpack_from(raw)
    claimed = base + delta + 1 if magic >= 2 and delta >= 0 else base + 1
    following = PREFIX.size + length
    if length > 0 and len(raw) >= following + PREFIX.size:
        behind, _ = PREFIX.unpack_from(raw, following)
        if behind > offset:
            # A damaged header may claim anything; the next batch is reliable.
            return int(min(claimed, behind)) if claimed > offset else int(behind)
    return int(max(claimed, offset + 1))
