"""The OpenAPI description of all three services, exercised from outside: no response that it does
not allow, and never a 5xx.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from jsonschema_rs import Draft202012Validator

from plimsoll.composition import SERVICES
from shared.kafka.clients import Outgoing, Producer
from shared.messages import USAGE_EVENTS
from shared.runtime.settings import Settings
from tests.support.catalogs import document
from tests.support.description import closed, without_media
from tests.support.loops import until
from tests.support.serving import Served, serving

SCHEMATHESIS = Path(sys.executable).parent / "schemathesis"
CHECKS = (
    "not_a_server_error,status_code_conformance,"
    "content_type_conformance,response_schema_conformance"
)


CONTACT = {
    "id": "c1",
    "name": "Kato",
    "email": "kato@example.com",
    "role": "owner",
    "locale": "en-US",
}
ACCOUNT = {
    "name": "Aozora",
    "locale": "ja-JP",
    "time_zone": "Asia/Tokyo",
    "contacts": [CONTACT],
}


@pytest.fixture
async def served(settings: Settings) -> AsyncIterator[Served]:
    """With a catalogue, an account with a plan and some usage, so that there is something to
    query.
    """
    from shared.kafka.clients import ensure_topics

    await ensure_topics(settings)
    async with serving(
        replace(settings, public_url="https://usage.example.com"), SERVICES
    ) as served:
        await _put(served, "/v1/catalog", document())
        await _put(served, "/v1/accounts/acct-42", ACCOUNT)
        await _put(
            served,
            "/v1/accounts/acct-42/subscription",
            {"plan": "starter", "started_at": "2026-01-01T00:00:00Z", "interval": "month"},
        )
        event = {
            "specversion": "1.0",
            "id": "1",
            "source": "/test",
            "type": "seat.changed",
            "subject": "acct-42",
            "data": {"delta": 5},
        }
        sent = await served.client.post(
            "/v1/events",
            json=event | {"time": datetime.now(UTC).isoformat()},
            headers={"Content-Type": "application/cloudevents+json"},
        )
        assert sent.status_code == 202, sent.text
        yield served


async def test_what_is_answered_is_what_is_described(served: Served, settings: Settings) -> None:
    """Reads everything about an account with history: no response has a field that its model does
    not name.
    """
    described = closed((await served.client.get("/openapi.json")).json())
    await _put(served, "/v1/people/u7", {"name": "Kato", "roles": ["csm"]})
    await _rejected(settings)
    await _live(served)
    task = await served.client.post("/v1/accounts/acct-42/tasks", json={"title": "Call Aozora"})
    assert task.status_code == 201, task.text
    reader = await _reader(served)
    ids = {"account": "acct-42", "meter": "seats", "name": "webhook", "report": "nrr"}
    ids |= {"version": "1", "other": "1"}
    empty = []
    for path, methods in described["paths"].items():
        operation = methods.get("get")
        if operation is None or operation["operationId"] in ELSEWHERE:
            continue
        if "{id}" in path:
            ids["id"] = (await served.client.get(path.partition("/{id}")[0])).json()["data"][0][
                "id"
            ]
        headers = reader if operation["security"] == [{"InboxToken": []}] else {}
        params = NEEDED.get(operation["operationId"], {})
        response = await served.client.get(path.format_map(ids), params=params, headers=headers)
        assert response.status_code == 200, f"{path}: {response.text}"
        schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
        validator = Draft202012Validator({**schema, "components": described["components"]})
        assert [
            f"{error.instance_path}: {error.message}"
            for error in validator.iter_errors(response.json())
        ] == [], path
        if response.json().get("data") == []:
            empty.append(operation["operationId"])
    assert set(empty) <= EMPTY


EMPTY = {"list_parked", "list_targets", "report_plays", "list_backtests", "list_keys"}
NEEDED = {
    "can": {"meter": "seats"},
    "get_usage_history": {"meter": "seats"},
    "search_everything": {"q": "Aozora"},
}
ELSEWHERE = {
    "get_metrics",
    "follow_inbox",
    "get_widget",
    "ask_unsubscribe",
    "ask_feedback",
    "go",
    "get_quote",
    "get_erasure",
    "get_document",
    "get_bundle",
    "get_backtest",
    "list_backtest_messages",
    "list_backtest_accounts",
}
"""Not JSON, or nothing that could be listed first."""


async def _reader(served: Served) -> dict[str, str]:
    """The headers of a contact's inbox."""
    asked = {"account": "acct-42", "contact": "c1", "ttl": 3600}
    minted = (await served.client.post("/v1/inbox/tokens", json=asked)).json()
    return {"Authorization": f"Bearer {minted['token']}"}


async def _rejected(settings: Settings) -> None:
    """A record that cannot be used."""
    producer = Producer(settings, name="test")
    await producer.send([Outgoing(USAGE_EVENTS, b"acct-42", b"{}")])
    await producer.stop()


async def _live(served: Served) -> None:
    """Reaches a limit, is happy, has a value: an alert, its decision, messages, an opportunity."""
    await _put(served, "/v1/channels/webhook", {"url": "https://hooks.example.com/plimsoll"})
    next_year = (datetime.now(UTC) + timedelta(days=365)).isoformat()
    await _put(
        served, "/v1/accounts/acct-42/subscription", {"plan": "starter", "started_at": next_year}
    )
    facts = [
        ("nps.responded", {"score": 10, "contact": "c1"}),
        ("login.recorded", {"user": "c1"}),
        ("feature.requested", {"feature": "core", "user": "c1"}),
    ]
    for number, (kind, data) in enumerate(facts):
        event = {
            "specversion": "1.0",
            "id": f"fact-{number}",
            "source": "/crm",
            "type": kind,
            "subject": "acct-42",
            "data": data,
        }
        told = await served.client.post(
            "/v1/signals",
            json=event | {"time": datetime.now(UTC).isoformat()},
            headers={"Content-Type": "application/cloudevents+json"},
        )
        assert told.status_code == 202, told.text

    async def lived() -> bool:
        lists = [
            f"/v1/{name}?account=acct-42"
            for name in ("alerts", "decisions", "notifications", "deliveries", "opportunities")
        ]
        found = [
            (await served.client.get(path)).json()["data"]
            for path in [*lists, "/v1/accounts/acct-42/facts", "/v1/events/rejected"]
        ]
        return all(found)

    await until(lived, 40)


async def _put(served: Served, path: str, body: object) -> None:
    response = await served.client.put(path, json=body)
    assert response.status_code in (200, 201), response.text


CONFIGURATION = """
[[operations]]
include-operation-id = ["put_catalog", "check_catalog"]
phases.coverage.enabled = false
"""
"""Covering each branch of the catalogue's schema takes thousands of catalogues; the fuzzing phase
generates enough.
"""
BY_DAY = """
[phases.coverage]
enabled = false
"""
"""Covering each branch of every query and body takes minutes; `make nightly` does it."""


async def exercise(
    served: Served, folder: Path, token: str, configuration: str, *options: str
) -> None:
    (folder / "schemathesis.toml").write_text(configuration)
    described = (await served.client.get("/openapi.json")).json()
    (folder / "openapi.json").write_text(
        json.dumps(without_media(closed(described), "application/x-ndjson"))
    )
    command = [
        str(SCHEMATHESIS), "--config-file", "schemathesis.toml", "--no-color",
        "run", "openapi.json", "--url", served.url, "--header", f"Authorization: Bearer {token}",
        "--checks", CHECKS, "--phases", "examples,coverage,fuzzing", "--max-examples", "4",
        "--workers", "2", "--seed", "20261122", "--suppress-health-check", "all",
        "--continue-on-failure", *options,
    ]  # fmt: skip
    outcome = await asyncio.to_thread(_run, command, folder)
    assert outcome.returncode == 0, outcome.stdout[-6000:]


def _run(command: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, capture_output=True, text=True, timeout=900, check=False, cwd=folder
    )


@pytest.mark.parametrize(
    "configuration",
    [
        pytest.param(BY_DAY, id="by day"),
        pytest.param(CONFIGURATION, id="by night", marks=pytest.mark.nightly),
    ],
)
async def test_every_operation_of_the_back_ends_api(
    served: Served, tmp_path: Path, configuration: str
) -> None:
    await exercise(
        served,
        tmp_path,
        served.client.headers["Authorization"].removeprefix("Bearer "),
        configuration,
        "--exclude-path-regex",
        "^/v1/inbox/(?!tokens)",
    )


async def test_every_operation_of_the_end_users_inbox(served: Served, tmp_path: Path) -> None:
    minted = await served.client.post(
        "/v1/inbox/tokens", json={"account": "acct-42", "contact": "c1", "ttl": 3600}
    )
    await exercise(
        served,
        tmp_path,
        minted.json()["token"],
        CONFIGURATION,
        "--include-path-regex",
        "^/v1/inbox(/|$)(?!tokens|stream)",
    )


async def test_every_operation_is_described_with_an_example(served: Served) -> None:
    described = (await served.client.get("/openapi.json")).json()
    operations = {
        (method, path): found
        for path, methods in described["paths"].items()
        for method, found in methods.items()
    }
    assert [name for name, operation in operations.items() if not operation.get("summary")] == []
    bodies = {
        name: operation["requestBody"]["content"]
        for name, operation in operations.items()
        if "requestBody" in operation
    }
    bare = [
        name
        for name, body in bodies.items()
        if not any(_has_example(described, media) for media in body.values())
    ]
    assert bare == []


def _has_example(described: dict[str, object], media: dict[str, object]) -> bool:
    if "example" in media or "examples" in media:
        return True
    schema = media.get("schema", {})
    assert isinstance(schema, dict)
    if "$ref" in schema:
        components: object = described
        for part in str(schema["$ref"]).removeprefix("#/").split("/"):
            assert isinstance(components, dict)
            components = components[part]
        assert isinstance(components, dict)
        schema = components
    properties = schema.get("properties", {})
    assert isinstance(properties, dict)
    return any("example" in part or "examples" in part for part in (schema, *properties.values()))
