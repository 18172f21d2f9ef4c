"""The OpenAPI description of a service; connects to nothing."""

import json
from collections.abc import Iterable
from typing import Any

import httpx
from fastapi.routing import APIRoute, iter_route_contexts

from services.ingest.service import build as ingest
from services.notifier.service import build as notifier
from services.trigger.service import build as trigger
from shared.runtime.context import make_context
from shared.runtime.service import Build
from shared.runtime.settings import Settings
from shared.web import Require, create_api, create_app
from tests.support.trust import TRUST

SERVICES: dict[str, Build] = {"ingest": ingest, "trigger": trigger, "notifier": notifier}
NOWHERE = Settings(
    database_url="postgresql://nobody@127.0.0.1:1/none",
    kafka_bootstrap_servers="127.0.0.1:1",
    admin_key="k" * 32,
    test_clock=True,
)


async def operations(service: str) -> set[tuple[str, str]]:
    """(METHOD, path) of each operation, such as ("GET", "/v1/accounts/{account}"), including the
    test clock's.
    """
    described = await description([service])
    return {
        (method.upper(), path) for path, methods in described["paths"].items() for method in methods
    }


async def scopes() -> dict[tuple[str, str], str]:
    """(METHOD, path) -> the scope that a key needs there; without those that need none."""
    context = make_context(NOWHERE, name="scopes")
    try:
        app = create_api(
            context, [one for build in SERVICES.values() for one in build(context).routers], {}
        )
        return {
            (method, route.path): guard.scope
            for found in iter_route_contexts(app.routes)
            if isinstance(route := found.original_route, APIRoute)
            for dependency in route.dependant.dependencies
            if isinstance(guard := dependency.call, Require)
            for method in route.methods or ()
        }
    finally:
        await context.close()


_DESCRIBED: dict[tuple[str, ...], bytes] = {}


async def description(services: Iterable[str] = SERVICES) -> dict[str, Any]:
    """`GET /openapi.json` of a process that runs these services; asked once, which takes a second
    of CPU time.
    """
    key = tuple(services)
    if key not in _DESCRIBED:
        _DESCRIBED[key] = await _described(key)
    found: dict[str, Any] = json.loads(_DESCRIBED[key])
    return found


async def _described(services: Iterable[str]) -> bytes:
    context = make_context(NOWHERE, name="description")
    try:
        routers = [router for service in services for router in SERVICES[service](context).routers]
        app = create_app(context, routers, {})
        async with httpx.AsyncClient(
            verify=TRUST, transport=httpx.ASGITransport(app), base_url="http://plimsoll"
        ) as client:
            return (await client.get("/openapi.json")).content
    finally:
        await context.close()


def closed(described: dict[str, Any]) -> dict[str, Any]:
    """The same, but responses may contain only what their models name: undescribed fields would
    otherwise go unnoticed.
    """
    schemas = {
        name: {"additionalProperties": False, **schema} if "properties" in schema else schema
        for name, schema in described["components"]["schemas"].items()
    }
    return {**described, "components": {**described["components"], "schemas": schemas}}


def without_media(described: dict[str, Any], media: str) -> dict[str, Any]:
    """The same, with bodies that have an alternative form only in that form: a tool cannot try what
    it cannot write.
    """
    found = json.loads(json.dumps(described))
    for operations in found["paths"].values():
        for operation in operations.values():
            content = (
                operation.get("requestBody", {}).get("content", {})
                if isinstance(operation, dict)
                else {}
            )
            if len(content) > 1:
                content.pop(media, None)
    return dict(found)
