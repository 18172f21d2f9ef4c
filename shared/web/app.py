"""The ASGI application of one to three services."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from fastapi import APIRouter
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.requests import ClientDisconnect

from shared.operations.survey import Operations
from shared.runtime.context import Context
from shared.security.crypto import Unreadable
from shared.web import clock_routes, health, operations_routes, parked_routes
from shared.web.cross_origin import CrossOrigin
from shared.web.description import INFO, PROBLEMS, Described, serve_description
from shared.web.head import Head
from shared.web.limits import Limits
from shared.web.outermost import Outermost
from shared.web.problems import (
    on_disconnect,
    on_exception,
    on_http_exception,
    on_invalid,
    on_unreadable,
)

Check = Callable[[], Awaitable[str | None]]


def create_app(
    context: Context,
    routers: Iterable[APIRouter],
    checks: Mapping[str, Check],
    notes: Mapping[str, Check] | None = None,
    *,
    owners: Mapping[Callable[..., Any], str] | None = None,
    whole: Callable[[], dict[str, Any]] | None = None,
    operations: Operations | None = None,
    title: str = "Plimsoll",
) -> Any:
    """An ASGI app with the routers, `/healthz`, `/readyz`, `/metrics`, `/openapi.json`, and the
    test clock if it is on.

    `checks`: name -> coroutine that returns None, or why this part is not ready. `notes`: the same
    for what is paused while the service works. `owners`: endpoint -> its service, for the log.
    `whole`: see `serve_description`. `operations`: what this process tells about itself.
    """
    app = create_api(
        context, routers, checks, notes, owners=owners, operations=operations, title=title
    )
    serve_description(app, whole)
    return Outermost(CrossOrigin(Limits(Head(app))))


def create_api(
    context: Context,
    routers: Iterable[APIRouter],
    checks: Mapping[str, Check],
    notes: Mapping[str, Check] | None = None,
    *,
    owners: Mapping[Callable[..., Any], str] | None = None,
    operations: Operations | None = None,
    title: str = "Plimsoll",
) -> Described:
    app = Described(
        title=title,
        **INFO,
        servers=[{"url": context.settings.public_url or "/"}],
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        responses=PROBLEMS,
    )
    app.state.context = context
    app.state.owners = owners or {}
    app.add_exception_handler(StarletteHTTPException, on_http_exception)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(Unreadable, on_unreadable)
    app.add_exception_handler(ClientDisconnect, on_disconnect)
    app.add_exception_handler(Exception, on_exception)
    app.include_router(
        health.routes(checks, notes or {}, metrics=context.settings.metrics_port is None)
    )
    app.include_router(parked_routes.routes)
    app.include_router(operations_routes.routes(operations or Operations()))
    if context.settings.test_clock:
        app.include_router(clock_routes.routes)
    for router in routers:
        app.include_router(router)
    return app
