"""A test per row of the bad-input catalogue for usage events, over Kafka and over HTTP, with the
exact expected result.
"""

import json
import time
from collections.abc import AsyncIterator, Sequence
from itertools import product
from typing import Any

import httpx
import pytest

from shared.runtime.settings import Settings, load_settings
from tests.support import bad_events
from tests.support.bad_events import Row
from tests.support.malformed import MALFORMED
from tests.support.usage import Usage, ingesting, usage_of

JSON = "application/cloudevents+json"
INVALID = [row for row in bad_events.REFUSED if row.http == 422]


@pytest.fixture(scope="module")
def module_settings(stack: Any, module_database_url: str, module_topic_prefix: str) -> Settings:
    return load_settings(
        {
            "PLIMSOLL_DATABASE_URL": module_database_url,
            "PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS": stack.kafka,
            "PLIMSOLL_TOPIC_PREFIX": module_topic_prefix,
            "PLIMSOLL_ADMIN_KEY": "k" * 48,
            "PLIMSOLL_PORT": "0",
        }
    )


@pytest.fixture(scope="module")
async def usage(module_settings: Settings) -> AsyncIterator[Usage]:
    async with usage_of(module_settings) as found:
        await found.apply_catalog()
        yield found


@pytest.fixture(scope="module")
async def client(usage: Usage) -> AsyncIterator[httpx.AsyncClient]:
    async with ingesting(usage) as found:
        yield found


@pytest.fixture(scope="module")
async def over_kafka(usage: Usage, client: httpx.AsyncClient) -> dict[str, tuple[int, int]]:
    """Sends every row as a record, among good ones; returns each one's place."""
    placed = {}
    for row in (*bad_events.REFUSED, *bad_events.TAKEN):
        account = account_of(row, "k")
        made = row.make(account)
        (placed[row.name],) = await usage.send(
            made if isinstance(made, bytes) else encoded(made), key=account
        )
        await usage.send(bad_events.good("neighbour"))
    await usage.settled()
    return placed


def encoded(body: dict[str, Any]) -> bytes:
    return json.dumps(body).encode()


def account_of(row: Row, way: str) -> str:
    return f"{way}-{row.name}".replace("/", ":")[:200]


def ids(rows: Sequence[Row]) -> list[str]:
    return [row.name for row in rows]


@pytest.mark.parametrize("row", bad_events.REFUSED, ids=ids(bad_events.REFUSED))
async def test_over_kafka_it_is_rejected_with_its_reason(
    row: Row, usage: Usage, over_kafka: dict[str, tuple[int, int]]
) -> None:
    rejected = {(partition, offset): reason for partition, offset, reason in await usage.rejected()}
    reason = rejected[over_kafka[row.name]]
    assert reason.partition(":")[0] == row.kafka, reason
    assert await usage.totals(account_of(row, "k")) == {}


@pytest.mark.parametrize("row", bad_events.TAKEN, ids=ids(bad_events.TAKEN))
async def test_over_kafka_it_is_accepted(
    row: Row, usage: Usage, over_kafka: dict[str, tuple[int, int]]
) -> None:
    rejected = {(partition, offset): reason for partition, offset, reason in await usage.rejected()}
    assert over_kafka[row.name] not in rejected, rejected[over_kafka[row.name]]
    expected = (
        {}
        if row.kafka == "ignored"
        else {"traffic": row.used} | ({"peak": row.used} if row.used >= 0 else {})
    )
    assert await usage.totals(account_of(row, "k")) == expected


async def test_neighbours_of_bad_records_are_counted(
    usage: Usage, over_kafka: dict[str, tuple[int, int]]
) -> None:
    assert (await usage.totals("neighbour"))["traffic"] == len(over_kafka)


async def test_large_malformed_records_hold_nobody_up(
    usage: Usage, client: httpx.AsyncClient
) -> None:
    """Each is followed by a neighbour: a record that once took minutes takes well below a
    second.
    """
    placed = {}
    before = time.monotonic()
    for size, (kind, malformed) in product((8_000, 64_000, 250_000), MALFORMED.items()):
        (place,) = await usage.send(malformed.make(size), key="behind")
        placed[place] = kind
        await usage.send(bad_events.good("behind"))
    await usage.settled()
    assert time.monotonic() - before < len(placed)
    assert (await usage.totals("behind"))["traffic"] == len(placed)
    rejected = {(partition, offset): reason for partition, offset, reason in await usage.rejected()}
    assert {place: rejected[place].partition(":")[0] for place in placed} == {
        p: MALFORMED[kind].reason for p, kind in placed.items()
    }


@pytest.mark.parametrize("kind", MALFORMED)
async def test_large_malformed_bodies_are_refused_soon(
    kind: str, client: httpx.AsyncClient
) -> None:
    body = MALFORMED[kind].make(250_000)
    before = time.monotonic()
    answer = await client.post("/v1/events", content=body, headers={"Content-Type": JSON})
    assert time.monotonic() - before < 10.0
    assert answer.status_code in (400, 422), answer.text[:500]
    assert len(answer.content) < 100_000


@pytest.mark.parametrize("row", bad_events.REFUSED, ids=ids(bad_events.REFUSED))
async def test_over_http_it_is_refused_with_its_place(
    row: Row, usage: Usage, client: httpx.AsyncClient
) -> None:
    before = await usage._ends()
    made = row.make(account_of(row, "h"))
    answer = await client.post(
        "/v1/events",
        content=made if isinstance(made, bytes) else encoded(made),
        headers={"Content-Type": JSON},
    )
    assert answer.status_code == row.http, answer.text[:500]
    assert answer.headers["content-type"] == "application/problem+json"
    errors = answer.json()["errors"]
    assert errors[0]["path"] == row.path, errors
    assert errors[0]["reason"].partition(":")[0] == row.kafka, errors
    assert await usage._ends() == before


@pytest.mark.parametrize("row", INVALID, ids=ids(INVALID))
async def test_in_a_batch_the_place_begins_with_the_index(
    row: Row, usage: Usage, client: httpx.AsyncClient
) -> None:
    before = await usage._ends()
    made = row.make(account_of(row, "b"))
    good = encoded(bad_events.good("in-a-batch"))
    body = b"[" + good + b"," + (made if isinstance(made, bytes) else encoded(made)) + b"]"
    answer = await client.post(
        "/v1/events", content=body, headers={"Content-Type": "application/cloudevents-batch+json"}
    )
    assert answer.status_code == 422, answer.text[:500]
    assert answer.json()["errors"][0]["path"] == f"/1{row.path}"
    assert await usage._ends() == before


@pytest.mark.parametrize("row", bad_events.TAKEN, ids=ids(bad_events.TAKEN))
async def test_over_http_it_is_accepted(row: Row, usage: Usage, client: httpx.AsyncClient) -> None:
    account = account_of(row, "h")
    made = row.make(account)
    answer = await client.post(
        "/v1/events",
        content=made if isinstance(made, bytes) else encoded(made),
        headers={"Content-Type": JSON},
    )
    assert (answer.status_code, answer.text) == (202, '{"accepted":1}')
    await usage.settled()
    assert (await usage.totals(account)).get("traffic", 0) == row.used


async def test_what_no_meter_reads_is_stored_nowhere(
    usage: Usage, over_kafka: dict[str, tuple[int, int]]
) -> None:
    for table in ("usage_total", "usage_day", "usage_unassigned", "unique_member", "outbox"):
        assert not await usage.db.fetchval(
            f"select count(*) from {table} t where t::text like '%canary%'"
        )
