"""The OpenAPI 3.1 description: what FastAPI derives from the routes, plus what applies to all of
them, stated once.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import Response
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from fastapi.utils import create_model_field
from pydantic import TypeAdapter

from shared.catalog.shape import CatalogDocument
from shared.events.shape import CLOUD_EVENT, CLOUD_EVENT_BATCH, EVENT_DATA
from shared.values.quantities import dumps
from shared.web.problems import INVALID, MEDIA_TYPE, ProblemShown
from shared.web.routing import Route

INFO: dict[str, Any] = {
    "version": "1",
    "summary": (
        "Usage alerts: how full every customer's plan is, "
        "told to the right person at the right moment."
    ),
    "description": (
        "Watches how full every customer's plan is, "
        "and tells the right person at the right moment. Errors are RFC 9457 problem details. "
        "Within `/v1` fields may be added to answers, never renamed or removed."
    ),
    "contact": {"name": "Operators of this installation"},
    "license_info": {"name": "Apache License 2.0", "identifier": "Apache-2.0"},
}
TAGS = {
    "accounts": "Customers: master data, contacts, subscription, individual limits.",
    "alerts": "Thresholds that were reached, and their outcome.",
    "catalogue": "What is sold: meters, plans, limits, prices, policy.",
    "channels": "Where messages go: mail server, CRM, webhook.",
    "decisions": "Why an account did or did not get a notice or an offer, gate by gate.",
    "events": "Incoming usage events, each counted once, and rejected records.",
    "facts": "What billing, CRM and support know about an account.",
    "inbox": (
        "The end user's inbox. "
        "Its operations use the token of `create_inbox_token`; any origin may call them."
    ),
    "judgement": "Facts, advice, ownership, backtests.",
    "notifications": "Notifications, their deliveries, and retries.",
    "opportunities": "Deals as logs of entries: what people do, and what it comes to.",
    "tasks": "What our people have to do, as logs of entries.",
    "people": "Our own people, who act on opportunities.",
    "operations": "Health and metrics, for operators. No key is needed.",
    "quotes": "The current price of a plan change, and making the change as quoted.",
    "reports": "Results of offers, readiness of accounts, and how well the plans fit.",
    "test clock": "The time, as tests set it. Only with `PLIMSOLL_TEST_CLOCK=on`.",
    "feedback": "Whether an offer helped, from a mail's link; and where its links lead.",
    "unsubscribe": (
        "The unsubscribe page behind a mail's link, and one-click unsubscribe (RFC 8058)."
    ),
    "usage": "How full a plan is, and whether a further amount would fit.",
    "widget": "The element `<plimsoll-alerts>` and its digest.",
}
_REFERENCE = "#/components/schemas/"
SCHEMAS = "x-schemas"
"""The key in `openapi_extra` for schemas that an operation's own body description refers to, but
that no route uses.
"""
_REFUSED: ProblemShown = {
    "type": "about:blank",
    "title": "Unprocessable Content",
    "status": 422,
    "detail": INVALID,
    "errors": [{"path": "/3/data/bytes", "reason": "is missing"}],
}
_AWAY: ProblemShown = {
    "type": "about:blank",
    "title": "Service Unavailable",
    "status": 503,
    "detail": "Kafka is not available: try again.",
    "errors": [],
}


def _problem(description: str, example: ProblemShown) -> dict[str, Any]:
    schema = {"$ref": _REFERENCE + ProblemShown.__name__}
    return {
        "description": description,
        "content": {MEDIA_TYPE: {"schema": schema, "example": example}},
    }


PROBLEMS: dict[int | str, dict[str, Any]] = {
    "4XX": _problem("Refused: what is wrong, and where", _REFUSED),
    "5XX": _problem("Not done: 503 says when to try again", _AWAY),
}
_INNER = ("Shown", "Shape")
"""Suffix of models whose plain name is taken by an internal value; the description drops it."""


class Described(FastAPI):
    """`openapi()` adapted to this API: see `_finish`."""

    def openapi(self) -> dict[str, Any]:
        contexts = [
            context
            for context in iter_route_contexts(self.routes)
            if isinstance(context.original_route, APIRoute)
        ]
        if self.openapi_schema is None:
            _tell_answers(contexts)
        found = super().openapi()
        if "tags" not in found:  # it has just been built
            _finish(found, {context.operation_id: context for context in contexts})
        return found


def _tell_answers(contexts: Iterable[RouteContext]) -> None:
    """Gives FastAPI the models of answers, which `Route` keeps back until they are needed."""
    for context in contexts:
        route = context.original_route
        if isinstance(route, Route) and route.told is not None:
            context._effective_route.response_field = create_model_field(  # type: ignore[union-attr]
                f"Response_{context.unique_id}", route.told, mode="serialization"
            )


def serve_description(
    app: FastAPI,
    here: Callable[[], dict[str, Any]],
    whole: Callable[[], dict[str, Any]] | None,
) -> None:
    """`/openapi.json` is what `here` finds: this process. `whole` describes all services: the
    gateway serves that under the same name.
    """
    app.add_route("/openapi.json", _served(here), include_in_schema=False)
    if whole is not None:
        app.add_route("/openapi/whole.json", _served(whole), include_in_schema=False)


def _served(make: Callable[[], dict[str, Any]]) -> Callable[[Request], Awaitable[Response]]:
    """Built once, on the first request, and in a thread: it takes most of a second, in which alerts
    must continue.
    """
    lock, made = asyncio.Lock(), list[bytes]()

    async def serve(_request: Request) -> Response:
        async with lock:
            if not made:
                made.append(await asyncio.to_thread(lambda: dumps(make())))
        return Response(made[0], media_type="application/json")

    return serve


def operations(description: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for methods in description["paths"].values():
        yield from methods.values()


def _finish(description: dict[str, Any], routes: Mapping[Any, Any]) -> None:
    """Marks operations without a guard as public, restores nulls in examples, adds referenced
    schemas, and cleans up names and tags.
    """
    brought: dict[str, Any] = {}
    for operation in operations(description):
        operation.setdefault("security", [])
        _restore_examples(operation, routes[operation["operationId"]])
        brought |= operation.pop(SCHEMAS, {})
    _complete(description, brought)
    _rename(description)
    used = {tag for operation in operations(description) for tag in operation.get("tags", ())}
    description["tags"] = [
        {"name": name, "description": text} for name, text in TAGS.items() if name in used
    ]


def _restore_examples(operation: dict[str, Any], route: Any) -> None:
    """FastAPI drops every null, including those in examples."""
    told = [
        (operation["responses"][str(status)], response)
        for status, response in route.responses.items()
    ]
    if "requestBody" in operation:
        told.append((operation["requestBody"], (route.openapi_extra or {}).get("requestBody", {})))
    for shown, meant in told:
        for media, content in meant.get("content", {}).items():
            if "example" in content:
                shown["content"][media]["example"] = content["example"]


def _complete(description: dict[str, Any], brought: Mapping[str, Any]) -> None:
    """Adds the referenced schemas, and those that they refer to in turn."""
    schemas = description.setdefault("components", {}).setdefault("schemas", {})
    shared = _shared() | dict(brought)
    while missing := {name for name in _referred(description) if name not in schemas}:
        schemas |= {name: shared[name] for name in sorted(missing)}


def _shared() -> dict[str, Any]:
    found = {
        "CloudEvent": CLOUD_EVENT,
        "CloudEventBatch": CLOUD_EVENT_BATCH,
        "EventData": EVENT_DATA,
    }
    for model in (ProblemShown, CatalogDocument):
        found |= schemas_of(model)
    return found


def schemas_of(model: Any) -> dict[str, Any]:
    """The schemas of a model and of those that it refers to, by name."""
    schema = TypeAdapter(model).json_schema(ref_template=_REFERENCE + "{model}")
    return {**schema.pop("$defs", {}), model.__name__: schema}


def _rename(description: dict[str, Any]) -> None:
    """`AccountShown` becomes `Account`."""
    schemas = description["components"]["schemas"]
    names = {name: _outer(name) for name in schemas}
    twice = sorted(name for name, count in Counter(names.values()).items() if count > 1)
    assert not twice, f"more than one model is named {twice} in the description"
    for schema in _nodes(description):
        if str(schema.get("$ref", "")).startswith(_REFERENCE):
            schema["$ref"] = _REFERENCE + names[schema["$ref"].removeprefix(_REFERENCE)]
    renamed = {names[name]: schema | {"title": names[name]} for name, schema in schemas.items()}
    description["components"]["schemas"] = dict(sorted(renamed.items()))


def _outer(name: str) -> str:
    for ending in _INNER:
        name = name.removesuffix(ending)
    return name


def _referred(description: Mapping[str, Any]) -> Iterator[str]:
    for node in _nodes(description):
        if str(node.get("$ref", "")).startswith(_REFERENCE):
            yield node["$ref"].removeprefix(_REFERENCE)


def _nodes(node: Any) -> Iterator[dict[str, Any]]:
    """Every nested object, itself included."""
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from _nodes(value)
    elif isinstance(node, list):
        for item in node:
            yield from _nodes(item)
