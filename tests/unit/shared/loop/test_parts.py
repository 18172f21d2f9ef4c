"""The loop's pure parts: halving, ranges, batch frames, kept payloads, waiting."""

import asyncio
import base64
import struct

import pytest
from aiokafka.errors import CorruptRecordException, KafkaConnectionError, UnsupportedCodecError
from aiokafka.structs import ConsumerRecord, TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from shared.kafka.unreadable import _end_of_batch, is_unreadable
from shared.kafka.unreadable import reason as unreadable_reason
from shared.loop.ownership import out_of_range
from shared.loop.rejected import PAYLOAD_BYTES, payload, storable
from shared.loop.turns import halves
from shared.postgres.data_errors import is_data_error, reason
from shared.postgres.database import Signal
from shared.runtime.backoff import Backoff
from shared.security.api_keys import _Bucket


def batch(sizes: list[int]) -> dict[TopicPartition, list[ConsumerRecord]]:
    return {
        TopicPartition("t", number): [
            ConsumerRecord("t", number, offset, 0, 0, b"", b"", None, 0, 0, ())
            for offset in range(size)
        ]
        for number, size in enumerate(sizes)
        if size
    }


@given(st.lists(st.integers(0, 6), min_size=1, max_size=5).filter(lambda sizes: sum(sizes) > 1))
def test_halves_hold_every_record_once_and_in_order(sizes: list[int]) -> None:
    whole = batch(sizes)
    first, second = halves(whole)
    assert abs(sum(map(len, first.values())) - sum(map(len, second.values()))) <= 1
    for partition, records in whole.items():
        assert [*first.get(partition, []), *second.get(partition, [])] == records
    assert all(first.values())
    assert all(second.values())


def test_where_reading_can_go_on() -> None:
    assert out_of_range(5, 0, 10, "ingest") is None
    assert out_of_range(0, 0, 0, "ingest") is None
    assert out_of_range(10, 3, 10, "ingest") is None
    assert "begins at 3" in str(out_of_range(2, 3, 10, "ingest"))
    assert "ends at 10" in str(out_of_range(11, 3, 10, "ingest"))


def frame(base: int, delta: int, *, length: int = 49, magic: int = 2) -> bytes:
    return struct.pack(">qiibIhi", base, length, 0, magic, 0, 5, delta) + b"\0" * (12 + length - 27)


def test_where_a_batch_that_cannot_be_read_ends() -> None:
    whole = frame(100, 9)[: 12 + 49]
    assert _end_of_batch(whole, 100) == 110
    assert _end_of_batch(whole, 104) == 110
    assert _end_of_batch(whole + frame(110, 3), 100) == 110
    assert _end_of_batch(whole + frame(150, 3), 100) == 110  # compaction left a gap after it
    damaged = frame(100, 1_000_000)[: 12 + 49]
    # A header that claims too much is not trusted.
    assert _end_of_batch(damaged + frame(110, 3), 100) == 110
    assert _end_of_batch(frame(100, 0, magic=1), 100) == 101
    assert _end_of_batch(b"", 100) == 101


def test_what_counts_as_unreadable() -> None:
    for error in (
        CorruptRecordException(),
        UnsupportedCodecError(),
        ValueError(),
        struct.error(),
        EOFError(),
    ):
        assert is_unreadable(error)
    for error in (
        KafkaConnectionError(),
        OSError(),
        TimeoutError(),
        AssertionError(),
        asyncio.CancelledError(),
    ):
        assert not is_unreadable(error)
    assert unreadable_reason(CorruptRecordException()) == "crc"
    assert unreadable_reason(UnsupportedCodecError()) == "codec"


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (None, (None, None)),
        (b"", ("", None)),
        ("あ".encode(), ("あ", None)),
        (b"\xff\xfe", (None, base64.b64encode(b"\xff\xfe").decode())),
        (b"a\0b", (None, base64.b64encode(b"a\0b").decode())),
        # A character truncated by its sender.
        (b"\xe3\x81", (None, base64.b64encode(b"\xe3\x81").decode())),
    ],
)
def test_payloads_are_text_where_they_can_be(
    value: bytes | None, kept: tuple[str | None, str | None]
) -> None:
    assert payload(value) == kept


def test_of_a_large_payload_64_kb_are_kept_and_no_half_character() -> None:
    kept, encoded = payload("あ".encode() * 30_000)
    assert encoded is None
    assert kept == "あ" * (PAYLOAD_BYTES // 3)
    assert len(base64.b64decode(payload(b"\xff" * 100_000)[1] or "")) == PAYLOAD_BYTES


def test_a_reason_fits_a_text_column() -> None:
    assert storable("a\0b\ud800" + "x" * 5000).startswith("a\\u0000b\\ud800xxx")
    assert len(storable("x" * 5000)) == 2000


def test_a_reason_names_the_kind_and_never_the_value() -> None:
    assert reason(ValueError("secret")) == "data: ValueError"
    assert reason(KeyError("secret")) == "internal: KeyError"
    assert is_data_error(RecursionError())
    assert not is_data_error(KeyError())


async def test_a_backoff_grows_and_ends_when_it_is_stopped() -> None:
    backoff, stop = Backoff(first=0.01, longest=0.04), asyncio.Event()
    waits = []
    for _ in range(5):
        started = asyncio.get_running_loop().time()
        await backoff.wait(stop)
        waits.append(asyncio.get_running_loop().time() - started)
    assert min(waits[0], waits[1]) < waits[4] + 0.01
    assert all(0.015 <= wait < 0.2 for wait in waits[3:])
    assert (backoff.reset(), backoff.reset()) == (True, False)
    stop.set()
    async with asyncio.timeout(0.05):
        await Backoff(first=10, longest=10).wait(stop)


async def test_a_signal_wakes_once() -> None:
    signal = Signal()
    assert not await signal.wait(0.01)
    signal.set()
    signal.set()
    assert await signal.wait(0.01)
    assert not await signal.wait(0.01)
    asyncio.get_running_loop().call_later(0.01, signal.set)
    assert await signal.wait(5)


def test_a_rate_allows_a_burst_of_one_second_and_then_the_rate() -> None:
    bucket = _Bucket(rate=2.0, level=2.0, at=0.0)
    assert [bucket.take(0.0), bucket.take(0.0)] == [0.0, 0.0]
    assert bucket.take(0.0) == pytest.approx(0.5)
    assert bucket.take(0.6) == 0.0
    slow = _Bucket(rate=0.1, level=1.0, at=0.0)
    assert slow.take(0.0) == 0.0
    assert slow.take(0.0) == pytest.approx(10.0)
    assert slow.take(10.0) == 0.0
