"""Routes of log-in."""

from fastapi import APIRouter

from services.console.routing import ConsoleRoute


def login_router() -> APIRouter:
    """Pages are not part of the API's description."""
    return APIRouter(route_class=ConsoleRoute, include_in_schema=False)
