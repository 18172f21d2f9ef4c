"""deploy/gateway.conf in a real nginx, in front of a running service: the paths, one description,
and refusals as problem details.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from plimsoll.composition import SERVICES
from shared.embedded import Addresses
from shared.runtime.service import description
from shared.runtime.settings import Settings, load_settings
from tests.support.nginx import nginx
from tests.support.serving import serving

KEY = "an-admin-key-of-this-module-0123456789"
MEGABYTE = 1_048_576


@pytest.fixture(scope="module")
def gateway_settings(
    stack: Addresses, module_database_url: str, module_topic_prefix: str
) -> Settings:
    return load_settings(
        {
            "PLIMSOLL_DATABASE_URL": module_database_url,
            "PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS": stack.kafka,
            "PLIMSOLL_TOPIC_PREFIX": module_topic_prefix,
            "PLIMSOLL_ADMIN_KEY": KEY,
            "PLIMSOLL_PORT": "0",
        }
    )


@pytest.fixture(scope="module")
async def gateway(
    gateway_settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[httpx.AsyncClient]:
    """Ingest is down; the others are one process."""
    folder = tmp_path_factory.mktemp("nginx")
    async with serving(gateway_settings, SERVICES, whole=SERVICES) as served:
        own = httpx.URL(served.url).netloc.decode()
        upstreams = {"trigger": [own], "notifier": [own], "console": [own]}
        headers = {"Authorization": f"Bearer {KEY}"}
        async with (
            nginx(folder, upstreams) as url,
            httpx.AsyncClient(base_url=url, headers=headers, trust_env=False, timeout=30) as client,
        ):
            yield client


def assert_problem(response: httpx.Response, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert set(body) == {"type", "title", "status", "detail", "errors"}
    assert body["status"] == status
    return body


async def test_one_description_of_all_services(
    gateway: httpx.AsyncClient, gateway_settings: Settings
) -> None:
    found = (await gateway.get("/openapi.json")).json()
    assert found == await asyncio.to_thread(description, gateway_settings, SERVICES)
    assert {"/v1/events", "/v1/accounts/{account}", "/v1/inbox"} <= set(found["paths"])


@pytest.mark.parametrize(
    ("method", "path", "size", "status", "detail"),
    [
        ("PUT", "/v1/catalog", 3 * MEGABYTE, 413, "The body is larger than 1 MiB."),  # nginx
        ("PUT", "/v1/catalog", MEGABYTE + 1, 413, "The body is larger than 1 MiB."),  # the service
        (
            "POST",
            "/v1/accounts:batch",
            10 * MEGABYTE,
            413,
            "The body is larger than 8 MiB.",
        ),  # nginx
        (
            "POST",
            "/v1/accounts:batch",
            8 * MEGABYTE + 1,
            413,
            "The body is larger than 8 MiB.",
        ),  # the service
        ("GET", "/metrics", 0, 404, "There is nothing at this address."),
        ("GET", "/nothing", 0, 404, "There is nothing at this address."),
        ("GET", "/v1/events/rejected", 0, 503, "The service is not available: try again."),
        ("POST", "/v1/events", 10, 503, "The service is not available: try again."),
        ("GET", "/v1/alerts?cursor=" + "x" * 9_000, 0, 414, "The address is too long."),
    ],
)
async def test_a_refusal_is_a_problem(
    gateway: httpx.AsyncClient, method: str, path: str, size: int, status: int, detail: str
) -> None:
    response = await gateway.request(
        method, path, content=b"x" * size, headers={"Content-Type": "application/json"}
    )
    assert assert_problem(response, status)["detail"] == detail
    assert ("retry-after" in response.headers) == (status == 503)


async def test_a_batch_of_accounts_may_be_larger_than_what_else_is_sent(
    gateway: httpx.AsyncClient,
) -> None:
    body = b"[" + b" " * 2 * MEGABYTE + b'{"id": "acct-1", "name": "Aozora"}]'
    taken = await gateway.post(
        "/v1/accounts:batch", content=body, headers={"Content-Type": "application/json"}
    )
    assert (taken.status_code, taken.json()["created"]) == (200, 1), taken.text


async def test_headers_that_are_too_large_are_a_problem(gateway: httpx.AsyncClient) -> None:
    assert_problem(await gateway.get("/v1/alerts", headers={"X-Large": "x" * 40_000}), 400)


async def test_what_is_answered_passes_through(gateway: httpx.AsyncClient) -> None:
    assert (await gateway.get("/v1/alerts")).json() == {"data": [], "next_cursor": None}
    refused = await gateway.get("/v1/alerts?stat=open", headers={"X-Request-Id": "mine"})
    assert assert_problem(refused, 422)["errors"] == [
        {"path": "query.stat", "reason": "is not known here"}
    ]
    assert refused.headers["x-request-id"] == "mine"
