"""Damages a broker's files, like a failing disk or a producer with an unknown codec."""

import struct
from collections.abc import Iterator
from pathlib import Path

from aiokafka.record.util import calc_crc32c

_LENGTH_AT, _CRC_AT, _ATTRIBUTES_AT, _HEADER = 8, 17, 21, 12
_UNKNOWN_CODEC = 5


def spoil(segment: Path, marker: bytes, how: str) -> None:
    """Changes the one batch that contains `marker`: `crc` flips a bit, `codec` sets a compression
    that does not exist.
    """
    raw = bytearray(segment.read_bytes())
    (start, end) = next((start, end) for start, end in _batches(raw) if marker in raw[start:end])
    if how == "crc":
        raw[end - 2] ^= 0x01
    else:
        (attributes,) = struct.unpack_from(">h", raw, start + _ATTRIBUTES_AT)
        struct.pack_into(">h", raw, start + _ATTRIBUTES_AT, attributes & ~0x07 | _UNKNOWN_CODEC)
        struct.pack_into(
            ">I", raw, start + _CRC_AT, calc_crc32c(bytes(raw[start + _ATTRIBUTES_AT : end]))
        )
    with segment.open("r+b") as file:
        file.seek(start)
        file.write(raw[start:end])


def _batches(raw: bytearray) -> Iterator[tuple[int, int]]:
    start = 0
    while start + _HEADER <= len(raw):
        (length,) = struct.unpack_from(">i", raw, start + _LENGTH_AT)
        if length <= 0:
            return
        yield start, start + _HEADER + length
        start += _HEADER + length
