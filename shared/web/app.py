"""The ASGI application of one to three services."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from fastapi import APIRouter
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Route

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
    every = [*_own(context, checks, notes, operations), *routers]
    app = _bare(context, title)
    app.state.owners = owners or {}
    for router in every:
        if all(isinstance(route, Route) for route in router.routes):
            # Including them would analyse each endpoint again: most of a start.
            app.router.routes.extend(router.routes)
        else:
            app.include_router(router)
    serve_description(app, lambda: _included(context, every, title).openapi(), whole)
    return Outermost(CrossOrigin(Limits(Head(app))))


def create_api(
    context: Context, routers: Iterable[APIRouter], checks: Mapping[str, Check]
) -> Described:
    """What describes these routers."""
    return _included(context, [*_own(context, checks), *routers], "Plimsoll")


def _included(context: Context, routers: Iterable[APIRouter], title: str) -> Described:
    app = _bare(context, title)
    for router in routers:
        app.include_router(router)
    return app


def _own(
    context: Context,
    checks: Mapping[str, Check],
    notes: Mapping[str, Check] | None = None,
    operations: Operations | None = None,
) -> list[APIRouter]:
    """What every process answers."""
    metrics = context.settings.metrics_port is None
    return [
        health.routes(checks, notes or {}, metrics=metrics),
        parked_routes.routes,
        operations_routes.routes(operations or Operations()),
        *([clock_routes.routes] if context.settings.test_clock else []),
    ]


def _bare(context: Context, title: str) -> Described:
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
    app.add_exception_handler(StarletteHTTPException, on_http_exception)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(Unreadable, on_unreadable)
    app.add_exception_handler(ClientDisconnect, on_disconnect)
    app.add_exception_handler(Exception, on_exception)
    return app
