"""Routes of log-in: pages, which may be answered with something instead."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.console.login.instead import Instead
from shared.web import PageRoute

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class LoginRoute(PageRoute):
    def get_route_handler(self) -> Handler:
        inner = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await inner(request)
            except Instead as instead:
                return instead.response

        return handle


def login_router() -> APIRouter:
    """Pages are not part of the API's description."""
    return APIRouter(route_class=LoginRoute, include_in_schema=False)
