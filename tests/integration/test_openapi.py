"""All three services' OpenAPI, exercised from outside: no answer that the description does not allow, and never a 5xx."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from plimsoll.composition import SERVICES
from shared.settings import Settings
from tests.support.catalogs import document
from tests.support.description import closed
from tests.support.serving import Served, serving

SCHEMATHESIS = Path(sys.executable).parent / "schemathesis"
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


@pytest.fixture
async def served(settings: Settings) -> AsyncIterator[Served]:
    """With a catalogue, an account with a plan and some usage, so that there is something to be asked about."""
    from shared.kafka import ensure_topics

    await ensure_topics(settings)
    async with serving(replace(settings, public_url="https://usage.example.com"), SERVICES) as served:
        await _put(served, "/v1/catalog", document())
        contact = {"id": "c1", "name": "Kato", "email": "kato@example.com", "role": "owner", "locale": "en-US"}
        await _put(served, "/v1/accounts/acct-42", {"name": "Aozora", "locale": "ja-JP", "time_zone": "Asia/Tokyo", "contacts": [contact]})
        await _put(
            served, "/v1/accounts/acct-42/subscription", {"plan": "starter", "started_at": "2026-01-01T00:00:00Z", "interval": "month"}
        )
        event = {"specversion": "1.0", "id": "1", "source": "/test", "type": "seat.changed", "subject": "acct-42", "data": {"delta": 5}}
        sent = await served.client.post(
            "/v1/events", json=event | {"time": datetime.now(UTC).isoformat()}, headers={"Content-Type": "application/cloudevents+json"}
        )
        assert sent.status_code == 202, sent.text
        yield served


async def _put(served: Served, path: str, body: object) -> None:
    response = await served.client.put(path, json=body)
    assert response.status_code in (200, 201), response.text


CONFIGURATION = """
[[operations]]
include-operation-id = ["put_catalog", "check_catalog"]
phases.coverage.enabled = false
"""
"""Each branch of a catalogue's schema by itself are thousands of catalogues; the fuzzing phase makes enough of them."""


async def exercise(served: Served, folder: Path, token: str, *options: str) -> None:
    (folder / "schemathesis.toml").write_text(CONFIGURATION)
    described = (await served.client.get("/openapi.json")).json()
    (folder / "openapi.json").write_text(json.dumps(closed(described)))
    command = [
        str(SCHEMATHESIS), "--config-file", "schemathesis.toml", "--no-color", "run", "openapi.json", "--url", served.url,
        "--header", f"Authorization: Bearer {token}", "--checks", CHECKS, "--phases", "examples,coverage,fuzzing",
        "--max-examples", "6", "--workers", "2", "--seed", "20261122", "--suppress-health-check", "all", "--continue-on-failure", *options,
    ]  # fmt: skip
    outcome = await asyncio.to_thread(_run, command, folder)
    assert outcome.returncode == 0, outcome.stdout[-6000:]


def _run(command: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=170, check=False, cwd=folder)


async def test_every_operation_of_the_back_ends_api(served: Served, tmp_path: Path) -> None:
    await exercise(
        served, tmp_path, served.client.headers["Authorization"].removeprefix("Bearer "), "--exclude-path-regex", "^/v1/inbox/(?!tokens)"
    )


async def test_every_operation_of_the_end_users_inbox(served: Served, tmp_path: Path) -> None:
    minted = await served.client.post("/v1/inbox/tokens", json={"account": "acct-42", "contact": "c1", "ttl": 3600})
    await exercise(served, tmp_path, minted.json()["token"], "--include-path-regex", "^/v1/inbox(/|$)(?!tokens|stream)")


async def test_every_operation_is_described_with_an_example(served: Served) -> None:
    described = (await served.client.get("/openapi.json")).json()
    operations = {(method, path): found for path, methods in described["paths"].items() for method, found in methods.items()}
    assert [name for name, operation in operations.items() if not operation.get("summary")] == []
    bodies = {name: operation["requestBody"]["content"] for name, operation in operations.items() if "requestBody" in operation}
    bare = [name for name, body in bodies.items() if not any(_has_example(described, media) for media in body.values())]
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
