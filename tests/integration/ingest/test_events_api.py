"""`POST /v1/events` and `GET /v1/events/rejected`, from outside."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from shared.embedded import Addresses, EmbeddedKafka
from shared.postgres.database import create_engine
from shared.runtime.settings import Settings, load_settings
from shared.security.api_keys import create_key
from tests.support.loops import until
from tests.support.usage import Usage, event, ingesting, usage_of

NOW = datetime.now(UTC)
ONE = {"Content-Type": "application/cloudevents+json"}
MANY = {"Content-Type": "application/cloudevents-batch+json"}


@pytest.fixture
async def client(usage: Usage) -> AsyncIterator[httpx.AsyncClient]:
    async with ingesting(usage) as found:
        yield found


@pytest.fixture(scope="module")
async def refusing(
    stack: Addresses, module_database_url: str, module_topic_prefix: str
) -> AsyncIterator[httpx.AsyncClient]:
    """The client of one service for all tests in which nothing is accepted."""
    settings = load_settings(
        {
            "PLIMSOLL_DATABASE_URL": module_database_url,
            "PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS": stack.kafka,
            "PLIMSOLL_TOPIC_PREFIX": module_topic_prefix,
            "PLIMSOLL_ADMIN_KEY": secrets.token_hex(24),
            "PLIMSOLL_PORT": "0",
        }
    )
    async with usage_of(settings) as usage:
        await usage.apply_catalog()
        async with ingesting(usage) as found:
            yield found


def call(account: str = "a", **more: Any) -> dict[str, Any]:
    return event(account, "api.request", NOW) | more


async def test_one_event_is_counted(usage: Usage, client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/v1/events",
        json=call(),
        headers=ONE | {"Content-Type": "application/cloudevents+json; charset=utf-8"},
    )
    assert (answer.status_code, answer.json()) == (202, {"accepted": 1})
    await usage.settled()
    assert await usage.totals("a") == {"api_calls": 1}


async def test_a_batch_of_a_thousand_is_accepted_and_a_retry_changes_nothing(
    usage: Usage, client: httpx.AsyncClient
) -> None:
    batch = [call(f"acct-{number % 7}") for number in range(1_000)]
    for _ in range(2):
        answer = await client.post("/v1/events", json=batch, headers=MANY)
        assert (answer.status_code, answer.json()) == (202, {"accepted": 1_000})
    await usage.settled()
    assert (
        sum([(await usage.totals(f"acct-{number}"))["api_calls"] for number in range(7)]) == 1_000
    )


async def test_the_same_event_over_http_and_kafka_counts_once(
    usage: Usage, client: httpx.AsyncClient
) -> None:
    sent = call()
    await client.post("/v1/events", json=sent, headers=ONE)
    await usage.send(sent)
    await usage.send(sent, key=None)
    await usage.settled()
    assert await usage.totals("a") == {"api_calls": 1}


async def test_a_batch_with_faults_is_refused_whole_and_names_every_one(
    usage: Usage, client: httpx.AsyncClient
) -> None:
    batch = [
        call(),
        call(id=""),
        event("a", "traffic", NOW, {"bytes": "1"}),
        call(time="x"),
        call(),
        event("a", "traffic", NOW - timedelta(40), {}),
    ]
    before = await usage._ends()
    answer = await client.post("/v1/events", json=batch, headers=MANY)
    assert answer.status_code == 422
    found = {error["path"]: error["reason"].partition(":")[0] for error in answer.json()["errors"]}
    assert found == {
        "/1/id": "id",
        "/2/data/bytes": "number",
        "/3/time": "time",
        "/5/time": "too_old",
        "/5/data/bytes": "field",
    }
    assert await usage._ends() == before


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b"[]", MANY, 422, "shape"),
        (b"{}", MANY, 422, "shape"),
        (b"[1]", MANY, 422, "shape"),
        (b"[", MANY, 400, "json"),
        (b"[[[[" * 50_000, MANY, 400, "depth"),
        (b"[]", ONE, 422, "shape"),
        (b"", ONE, 400, "empty"),
        (b"{}", {"Content-Type": "application/json"}, 415, "content_type"),
        (b"{}", {"Content-Type": "text/plain"}, 415, "content_type"),
        (
            b"{}",
            {"Content-Type": "application/cloudevents+json; charset=latin-1"},
            415,
            "content_type",
        ),
        (b"{}", {}, 415, "content_type"),
        (json.dumps([call() for _ in range(1_001)]).encode(), MANY, 422, "shape"),
    ],
)
async def test_invalid_events_are_refused(
    refusing: httpx.AsyncClient, body: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    answer = await refusing.post("/v1/events", content=body, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.json()["errors"][0]["reason"].startswith(f"{code}:"), answer.text


async def test_more_than_a_mebibyte_is_too_much(refusing: httpx.AsyncClient) -> None:
    assert (
        await refusing.post("/v1/events", content=b" " * 1_048_577, headers=ONE)
    ).status_code == 413


async def test_every_fault_of_one_event_is_named(refusing: httpx.AsyncClient) -> None:
    answer = await refusing.post(
        "/v1/events", json={"id": 7, "type": "x", "specversion": "3"}, headers=ONE
    )
    assert answer.status_code == 422
    assert {
        error["path"]: error["reason"].partition(":")[0] for error in answer.json()["errors"]
    } == {
        "/specversion": "version",
        "/id": "id",
        "/source": "field",
        "/subject": "field",
        "/time": "field",
    }


def binary(kind: str = "traffic", **more: str) -> dict[str, str]:
    attributes = {key: str(value) for key, value in event("a", kind, NOW).items()} | more
    return {f"ce-{key}": value for key, value in attributes.items()} | {
        "Content-Type": "application/json"
    }


def without_media_type(headers: dict[str, str]) -> dict[str, str]:
    """The headers that the Java and Python SDKs send."""
    return {name: value for name, value in headers.items() if name != "Content-Type"}


async def test_binary_mode(usage: Usage, client: httpx.AsyncClient) -> None:
    answers = [
        await client.post("/v1/events", content=b'{"bytes": 5}', headers=binary()),
        await client.post(
            "/v1/events", content=b"", headers=binary("api.request", subject="caf%C3%A9")
        ),
        await client.post(
            "/v1/events", content=b'{"bytes": 0.5}', headers=binary(traceparent="00-1-2-00")
        ),
        await client.post("/v1/events", content=b'{"bytes": 1}', headers=binary(subject='"a"')),
        await client.post(
            "/v1/events", content=b'{"bytes": 2}', headers=without_media_type(binary())
        ),
        await client.post(
            "/v1/events", content=b"", headers=without_media_type(binary("api.request"))
        ),
    ]
    assert [answer.json() for answer in answers] == [{"accepted": 1}] * 6
    await usage.settled()
    totals = await usage.totals("a")
    assert (str(totals["traffic"]), str(totals["api_calls"])) == ("8.5", "1")
    assert await usage.totals("caf\u00e9") == {"api_calls": 1}
    assert any(b'"traceparent":"00-1-2-00"' in record.value for record in await usage.records())


@pytest.mark.parametrize(
    ("body", "changes", "status", "path"),
    [
        (b'{"bytes": "5"}', {}, 422, "/bytes"),
        (b"{}", {}, 422, "/bytes"),
        (b'{"bytes": 5', {}, 400, ""),
        (b'{"bytes": 5}', {"ce-id": "%20"}, 422, "header.ce-id"),
        (b'{"bytes": 5}', {"ce-time": "2026-11-22T05:00:00"}, 422, "header.ce-time"),
        (b'{"bytes": 5}', {"ce-time": "1999-11-22T05:00:00Z"}, 422, "header.ce-time"),
        (b'{"bytes": 5}', {"ce-specversion": "2.0"}, 422, "header.ce-specversion"),
        (b'{"bytes": 5}', {"ce-subject": "a%2Fb"}, 422, "header.ce-subject"),
        (b'{"bytes": 5}', {"ce-subject": "%FF"}, 422, "header.ce-subject"),
        (b"<x/>", {"Content-Type": "text/xml"}, 415, "header.content-type"),
    ],
)
async def test_faults_in_binary_mode_name_the_header(
    refusing: httpx.AsyncClient, body: bytes, changes: dict[str, str], status: int, path: str
) -> None:
    answer = await refusing.post("/v1/events", content=body, headers=binary() | changes)
    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (status, path), answer.text


async def test_a_new_catalogue_applies_immediately(usage: Usage, client: httpx.AsyncClient) -> None:
    sent = event("a", "mail.sent", NOW, {"size": -1})
    assert (await client.post("/v1/events", json=sent, headers=ONE)).status_code == 202
    await usage.apply_catalog(
        {"mails": {"event": "mail.sent", "aggregation": "sum", "value": "size", "reset": "period"}}
    )
    assert (await client.post("/v1/events", json=sent, headers=ONE)).status_code == 422
    assert (
        await client.post("/v1/events", json=sent | {"data": {"size": 3}}, headers=ONE)
    ).status_code == 202
    await usage.settled()
    assert await usage.totals("a") == {"mails": 3}


async def test_keys_need_the_scope(usage: Usage, client: httpx.AsyncClient) -> None:
    assert usage.settings.database_url
    engine = create_engine(usage.settings.database_url, name="test")
    writer, reader = [
        await create_key(engine, scope, [scope]) for scope in ("events:write", "read")
    ]
    await engine.dispose()
    asked = {}
    for name, key in (("writer", writer), ("reader", reader), ("nobody", "pk_wrong")):
        bearer = {"Authorization": f"Bearer {key}"}
        sent = await client.post("/v1/events", json=call(), headers=ONE | bearer)
        asked[name] = (
            sent.status_code,
            (await client.get("/v1/events/rejected", headers=bearer)).status_code,
        )
    assert asked == {"writer": (202, 403), "reader": (403, 200), "nobody": (401, 401)}


async def test_rejected_records_are_listed_newest_first_in_pages(
    usage: Usage, client: httpx.AsyncClient
) -> None:
    await usage.send(*(f"bad {number}".encode() for number in range(5)), key="a")
    await usage.send(None, key="a")
    await usage.settled()
    first = (await client.get("/v1/events/rejected?limit=4")).json()
    rest = (await client.get(f"/v1/events/rejected?limit=4&cursor={first['next_cursor']}")).json()
    assert [row["payload"] for row in first["data"] + rest["data"]] == [
        None,
        "bad 4",
        "bad 3",
        "bad 2",
        "bad 1",
        "bad 0",
    ]
    assert rest["next_cursor"] is None
    only = (await client.get("/v1/events/rejected?code=tombstone")).json()
    assert [row["reason"].partition(":")[0] for row in only["data"]] == ["tombstone"]
    assert (await client.get("/v1/events/rejected?topic=account.events")).json()["data"] == []
    assert (await client.get("/v1/events/rejected?limit=0")).status_code == 422
    assert (await client.get("/v1/events/rejected?cursor=forged")).status_code == 422


async def test_without_kafka_nothing_is_accepted_and_nothing_counts_twice(
    settings: Settings, own_kafka: EmbeddedKafka
) -> None:
    sent = [call() for _ in range(50)]
    async with (
        usage_of(replace(settings, kafka_bootstrap_servers=own_kafka.address)) as usage,
        ingesting(usage) as client,
    ):
        await usage.apply_catalog()
        assert (await client.post("/v1/events", json=sent, headers=MANY)).status_code == 202
        await usage.settled()
        await asyncio.to_thread(own_kafka.stop)
        refused = await client.post("/v1/events", json=[*sent, call()], headers=MANY)
        assert refused.status_code == 503
        assert int(refused.headers["retry-after"]) > 0
        await asyncio.to_thread(own_kafka.start)
        await until(lambda: _taken(client, sent), 40, pause=0.5)
        await usage.settled(60)
        # A refused event may have arrived anyway, but at most once.
        assert (await usage.totals("a"))["api_calls"] in (50, 51)


async def _taken(client: httpx.AsyncClient, events: list[dict[str, Any]]) -> bool:
    return (await client.post("/v1/events", json=events, headers=MANY)).status_code == 202
