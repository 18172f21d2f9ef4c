"""Kafka records in all forms: keys, partitions, headers, sizes, timestamps, arrays (the K rows that
do not belong to the loop).
"""

import json
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from services.ingest.accounts import partition_of
from shared.telemetry import metrics
from tests.support.usage import Usage, event, ingesting, stamp

NOW = datetime.now(UTC)
EVENT = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"


def call(account: str, **more: Any) -> dict[str, Any]:
    return event(account, "api.request", NOW, **more)


def count(result: str) -> float:
    return float(metrics.events.labels(result)._value.get())


async def reasons(usage: Usage) -> list[str]:
    return [reason.partition(":")[0] for _, _, reason in await usage.rejected()]


async def test_k1_a_tombstone_is_rejected(usage: Usage) -> None:
    async with ingesting(usage):
        await usage.send(None, call("a"), key="a")
        await usage.settled()
    assert await reasons(usage) == ["tombstone"]
    assert await usage.totals("a") == {"api_calls": 1}


@pytest.mark.parametrize("key", [None, "somebody else", b"\xff\xfe", b""])
async def test_k2_k3_a_record_without_its_accounts_key_is_sent_on_and_counted_once(
    usage: Usage, key: str | bytes | None
) -> None:
    sent = call("a")
    rerouted, counted = metrics.rerouted._value.get(), count("counted")
    async with ingesting(usage):
        await usage.send(sent, key=key, headers=[("trace", b"x"), ("empty", None)])
        await usage.send(sent)
        await usage.settled()
    assert await usage.totals("a") == {"api_calls": 1}
    assert metrics.rerouted._value.get() - rerouted == 1
    assert count("counted") - counted == 1
    assert await usage.rejected() == []


@pytest.mark.parametrize("key", ["a", "somebody else"])
async def test_a_record_in_binary_mode_without_a_value_is_an_event_without_data(
    usage: Usage, key: str
) -> None:
    headers = [(f"ce_{name}", str(value).encode()) for name, value in call("a").items()]
    async with ingesting(usage):
        await usage.send(None, key=key, headers=headers)
        await usage.send(None, key="a", headers=headers)
        await usage.settled()
    assert await usage.totals("a") == {"api_calls": 1}
    assert await usage.rejected() == []


@pytest.mark.parametrize("partition", range(4))
async def test_k18_the_same_record_on_two_partitions_counts_once(
    usage: Usage, partition: int
) -> None:
    sent = call("a")
    async with ingesting(usage):
        await usage.send(sent, partition=partition)
        await usage.send(sent)
        await usage.settled()
    assert await usage.totals("a") == {"api_calls": 1}


async def test_a_record_is_sent_on_with_its_headers(usage: Usage) -> None:
    wrong = (partition_of("a", 4) + 1) % 4
    async with ingesting(usage):
        await usage.send(
            call("a"), partition=wrong, headers=[("trace", b"x"), ("content-type", EVENT.encode())]
        )
        await usage.settled()
    found = [record for record in await usage.records() if record.partition == partition_of("a", 4)]
    assert [(record.key, dict(record.headers)["trace"]) for record in found] == [(b"a", b"x")]
    assert set(dict(found[0].headers)) == {"trace", "content-type", "plimsoll-received"}


async def test_k9_only_headers_that_mean_something_are_read_and_at_most_64(usage: Usage) -> None:
    async with ingesting(usage):
        await usage.send(
            call("a"), headers=[("x", b"\xff"), ("x", b"\xff"), ("y", None), ("content-type", None)]
        )
        await usage.send(call("a"), headers=[(f"h{n}", b"") for n in range(64)])
        await usage.send(call("a"), headers=[(f"h{n}", b"") for n in range(65)])
        await usage.send(call("a"), headers=[(f"h{n}", b"") for n in range(10_000)])
        await usage.settled()
    assert await usage.totals("a") == {"api_calls": 2}
    assert await reasons(usage) == ["headers", "headers"]


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ([("content-type", b"text/plain")], "content_type"),
        ([("content-type", b"application/cloudevents+avro")], "content_type"),
        ([("content-type", b"application/json; charset=latin-1")], "content_type"),
        ([("ce_specversion", b"2.0")], "content_type"),
        ([("content-type", b"\xff")], "headers"),
        ([("ce_specversion", b"1.0"), ("ce_specversion", b"1.0")], "headers"),
        ([("ce_specversion", b"1.0"), ("ce_id", b"\xff")], "headers"),
        ([("ce_specversion", b"1.0"), ("ce_id", b"1")], "field"),
    ],
)
async def test_k10_wrong_headers_are_rejected(
    usage: Usage, headers: list[tuple[str, bytes | None]], code: str
) -> None:
    async with ingesting(usage):
        await usage.send(call("a"), headers=headers)
        await usage.settled()
    assert await reasons(usage) == [code]
    assert await usage.totals("a") == {}


def binary(account: str, **more: str) -> list[tuple[str, bytes | None]]:
    attributes = {key: str(value) for key, value in event(account, "traffic", NOW).items()} | more
    return [
        ("content-type", b"application/json"),
        *((f"ce_{key}", value.encode()) for key, value in attributes.items()),
    ]


async def test_binary_mode_reads_attributes_from_headers_and_data_from_the_value(
    usage: Usage,
) -> None:
    async with ingesting(usage):
        await usage.send(b'{"bytes": 5}', key="\u00e9", headers=binary("\u00e9"))
        await usage.send(b"", key="a", headers=binary("a", type="api.request"))
        await usage.send(b'{"bytes": 7}', key="nobody", headers=binary("a"))
        await usage.send(b'{"bytes": 7, "bytes": 8}', key="a", headers=binary("a"))
        await usage.send(b'{"bytes": "7"}', key="a", headers=binary("a"))
        await usage.settled()
    assert await usage.totals("\u00e9") == {"traffic": 5, "peak": 5}
    assert await usage.totals("a") == {"api_calls": 1, "traffic": 7, "peak": 7}
    assert await reasons(usage) == ["dup_key", "number"]


async def allow(usage: Usage, setting: str, value: str) -> None:
    """Topic settings that a broker's administrator may have chosen."""
    admin = AIOKafkaAdminClient(bootstrap_servers=usage.settings.kafka_bootstrap_servers)
    await admin.start()
    await admin.alter_configs(
        [ConfigResource(ConfigResourceType.TOPIC, usage.topic, {setting: value})]
    )
    await admin.close()


@pytest.mark.parametrize("timestamp_ms", [0, -1, 1, 2**62, 1_577_836_800_000], ids=str)
async def test_k11_the_records_timestamp_decides_nothing(usage: Usage, timestamp_ms: int) -> None:
    await allow(usage, "message.timestamp.after.max.ms", str(2**63 - 1))
    async with ingesting(usage):
        await usage.send(call("a"), timestamp_ms=timestamp_ms)
        await usage.settled()
    assert await usage.periods("a", "api_calls") == {
        stamp(NOW.replace(day=1, hour=0, minute=0, second=0, microsecond=0)): 1
    }
    (woken,) = await usage.woken()
    assert woken["used"] == 1


@pytest.mark.parametrize("compression", ["gzip", "lz4", "snappy", "zstd"])
async def test_k12_k13_a_large_value_is_rejected_whatever_it_was_compressed_to(
    usage: Usage, compression: str
) -> None:
    await allow(usage, "max.message.bytes", "4000000")
    async with ingesting(usage):
        for size in (1_000_000, 2_000_000):
            await usage.send(call("a", data={"pad": "x" * size}))
        await usage.send_compressed(b" " * 50_000_000, compression)
        await usage.send(call("a", data={"pad": "x" * 200_000}))
        await usage.settled()
    assert await reasons(usage) == ["size", "size", "size"]
    assert await usage.totals("a") == {"api_calls": 1}
    kept = await usage.db.fetch("select payload from event_rejected")
    assert all(len(row["payload"]) <= 65_536 for row in kept)


async def test_k19_ten_thousand_records_of_one_account_make_one_wake_up(usage: Usage) -> None:
    await usage.send(*(call("a") for _ in range(10_000)))
    async with ingesting(usage):
        await usage.settled()
    assert await usage.totals("a") == {"api_calls": 10_000}
    assert len(await usage.woken()) == 1


async def test_k21_e39_odd_ids_are_data_and_nothing_else(usage: Usage) -> None:
    odd = [
        "a\tb",
        "'; DROP TABLE usage_total; --",
        "%00",
        "{{7*7}}",
        "${jndi:ldap:x}",
        "<script>",
        "=cmd()",
        "__class__",
    ]
    async with ingesting(usage):
        await usage.send(*(call(account) for account in odd))
        await usage.send(call("a"), key=b"k\r\n\x1b[31m")
        await usage.settled()
    for account in odd[1:]:
        assert await usage.totals(account) == {"api_calls": 1}
    assert await reasons(usage) == ["id"]
    assert await usage.totals("a") == {"api_calls": 1}


async def test_e6_the_same_id_of_two_accounts_is_two_events(usage: Usage) -> None:
    async with ingesting(usage):
        await usage.send(*(call(account) | {"id": "same"} for account in ("a", "b")))
        await usage.send(call("a") | {"id": "same", "source": "/other"})
        await usage.settled()
    assert await usage.totals("a") == {"api_calls": 2}
    assert await usage.totals("b") == {"api_calls": 1}


async def test_e7_the_first_of_two_bodies_with_one_id_wins(usage: Usage) -> None:
    async with ingesting(usage):
        first, second = (
            event("a", "traffic", NOW, {"bytes": size}) | {"id": "same"} for size in (5, 900)
        )
        await usage.send(first, second)
        await usage.send(second)
        await usage.settled()
    assert await usage.totals("a") == {"traffic": 5, "peak": 5}


async def test_a_refused_event_may_be_corrected_and_sent_again(usage: Usage) -> None:
    sent = event("a", "traffic", NOW, {"bytes": "five"})
    async with ingesting(usage):
        await usage.send(sent, sent | {"data": {"bytes": 5}})
        await usage.settled()
    assert await usage.totals("a") == {"traffic": 5, "peak": 5}


@pytest.mark.parametrize("typed", [False, True])
async def test_e10_an_array_is_counted_whole_and_its_events_go_where_they_belong(
    usage: Usage, typed: bool
) -> None:
    accounts = [f"acct-{number}" for number in range(20)]
    events = [call(account) for account in accounts for _ in range(2)]
    headers = [("content-type", BATCH.encode())] if typed else []
    async with ingesting(usage):
        await usage.send(json.dumps([*events, events[0]]).encode(), key="acct-0", headers=headers)
        await usage.send(json.dumps(events).encode(), key=None, headers=headers)
        await usage.settled()
    for account in accounts:
        assert await usage.totals(account) == {"api_calls": 2}
    assert await usage.rejected() == []


@pytest.mark.parametrize(
    ("array", "reason"),
    [
        (b"[]", "shape"),
        (b"[1]", "shape"),
        (b"[", "json"),
        (json.dumps([call("a"), call("a") | {"subject": "x/y"}]).encode(), "id"),
        (json.dumps([call("a"), event("a", "traffic", NOW, {})]).encode(), "field"),
        (
            json.dumps([call("a"), call("a") | {"time": stamp(NOW + timedelta(days=1))}]).encode(),
            "future",
        ),
        (
            json.dumps([call("a"), event("a", "traffic", NOW, {"bytes": float("nan")})]).encode(),
            "number",
        ),
    ],
)
async def test_e10_an_array_with_one_faulty_event_is_rejected_whole(
    usage: Usage, array: bytes, reason: str
) -> None:
    async with ingesting(usage):
        await usage.send(array, key="a")
        await usage.settled()
    ((_, _, found),) = await usage.rejected()
    assert found.startswith(f"{reason}:")
    assert reason in ("shape", "json") or "1" in found.partition("(")[2], found
    assert await usage.totals("a") == {}


async def test_e38_accounts_that_look_alike_are_not_the_same(usage: Usage) -> None:
    alike = ["acme", "Acme", "\u0430cme", "caf\u00e9", "cafe\u0301", "acme "]
    async with ingesting(usage):
        await usage.send(*(call(account) for account in alike for _ in range(2)))
        await usage.settled()
    assert [await usage.totals(account) for account in alike] == [{"api_calls": 2}] * len(alike)


async def test_payloads_are_kept_as_text_or_in_base64(usage: Usage) -> None:
    async with ingesting(usage) as client:
        await usage.send(b"hello", b"\xff\0", zlib.compress(b"x"), key="a")
        await usage.settled()
        answer = (await client.get("/v1/events/rejected")).json()
    assert [
        (row["reason"].partition(":")[0], row["payload"], row.get("payload_base64"))
        for row in answer["data"]
    ] == [
        ("utf8", None, "eJyrAAAAeQB5"),
        ("utf8", None, "/wA="),
        ("json", "hello", None),
    ]
    assert set(answer["data"][2]) >= {"topic", "partition", "offset", "reason", "payload", "at"}
    assert answer["data"][0]["topic"] == "usage.events"
    assert answer["next_cursor"] is None
