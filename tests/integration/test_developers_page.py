"""The requests in docs/product-developers.md are accepted and answered as shown."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from plimsoll.composition import SERVICES
from shared.kafka.clients import ensure_topics
from shared.runtime.settings import Settings
from tests.support.pages import DEVELOPERS, ROOT, blocks
from tests.support.serving import Served, serving

_REQUEST = re.compile(
    r"^(GET|PUT|POST) (/\S+)\n(?:Content-Type: (\S+)\n)?(\{.*?\})\n*(?=^[A-Z]+ /|\Z)",
    re.MULTILINE | re.DOTALL,
)
_CLOUD_EVENT = "application/cloudevents+json"


@pytest.fixture
async def served(settings: Settings) -> AsyncIterator[Served]:
    """At the time of the page's events, with the catalogue of docs/catalogue.md and four seats in
    use.
    """
    await ensure_topics(settings)
    async with serving(replace(settings, test_clock=True), SERVICES) as served:
        await taken(served.client.put("/v1/test-clock", json={"now": "2026-11-22T06:00:00Z"}))
        (catalogue,) = [
            block.text
            for block in blocks(ROOT / "docs" / "catalogue.md")
            if block.language == "yaml"
        ]
        await taken(
            served.client.put(
                "/v1/catalog",
                content=catalogue.encode(),
                headers={"Content-Type": "application/yaml"},
            )
        )
        seats = {
            "specversion": "1.0",
            "id": "1",
            "source": "/shop",
            "type": "seat.changed",
            "subject": "acme",
            "data": {"delta": 4},
        }
        event = json.dumps(seats | {"time": "2026-11-22T05:00:00Z"})
        await taken(
            served.client.post("/v1/events", content=event, headers={"Content-Type": _CLOUD_EVENT})
        )
        yield served


async def taken(sent: Any) -> httpx.Response:
    answer: httpx.Response = await sent
    assert answer.is_success, f"{answer.request.method} {answer.request.url}: {answer.text}"
    return answer


async def test_every_request_of_the_page(served: Served) -> None:
    requests = [
        found
        for block in blocks(DEVELOPERS)
        if not block.language
        for found in _REQUEST.findall(block.text)
    ]
    assert [(method, path.partition("?")[0]) for method, path, *_ in requests] == [
        ("POST", "/v1/events"),
        ("PUT", "/v1/accounts/acme"),
        ("PUT", "/v1/accounts/acme/subscription"),
        ("PUT", "/v1/accounts/acme/limits/storage"),
        ("GET", "/v1/accounts/acme/can"),
    ]
    for method, path, media, body in requests:
        if method == "GET":
            await answered(served, path, json.loads(body))
        else:
            headers = {"Content-Type": media or "application/json"}
            await taken(served.client.request(method, path, content=body.encode(), headers=headers))
    (storage,) = [meter for meter in (await usage(served))["meters"] if meter["meter"] == "storage"]
    assert (storage["used"], storage["limit"], storage["percent"]) == (
        9_000_000_000,
        12_000_000_000,
        75,
    )


async def answered(served: Served, path: str, shown: Any) -> None:
    """Events that were just sent are counted within ten seconds."""
    for _ in range(100):
        answer = (await taken(served.client.get(path))).json()
        if answer == shown:
            return
        await asyncio.sleep(0.1)
    assert answer == shown


async def usage(served: Served) -> Any:
    return (await taken(served.client.get("/v1/accounts/acme/usage"))).json()


async def test_the_error_that_the_page_shows(served: Served) -> None:
    (shown,) = [json.loads(block.text) for block in blocks(DEVELOPERS) if block.language == "json"]
    good = {
        "specversion": "1.0",
        "source": "/shop",
        "type": "storage.measured",
        "subject": "acme",
        "time": "2026-11-22T05:00:00Z",
    }
    events = [
        good | {"id": str(number), "data": {"bytes": 1 if number < 3 else "1"}}
        for number in range(4)
    ]
    answer = await served.client.post(
        "/v1/events",
        content=json.dumps(events),
        headers={"Content-Type": "application/cloudevents-batch+json"},
    )
    assert (answer.status_code, answer.json()) == (422, shown)
