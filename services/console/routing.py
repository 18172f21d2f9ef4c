"""Routes of pages: whatever goes wrong on the way is a page too, in the reader's language. Files
and redirects have the headers of pages where they have none of their own.
"""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from services.console import failures
from services.console.ask import Away
from services.console.compression import pack
from services.console.headers import BASE, page_headers
from services.console.login.instead import Instead
from shared.postgres.errors import DatabaseUnavailable
from shared.telemetry.logs import log
from shared.web import PageRoute
from shared.web.dependencies import current_context

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class ConsoleRoute(PageRoute):
    def get_route_handler(self) -> Handler:
        inner = super().get_route_handler()

        async def handle(request: Request) -> Response:
            response = await answered(request)
            for name, value in page_headers(current_context(request).settings).items():
                response.headers.setdefault(name, value)
            pack(request, response)
            return response

        async def answered(request: Request) -> Response:
            try:
                return await inner(request)
            except Instead as instead:
                return instead.response
            except (Away, DatabaseUnavailable):
                return await failures.page(request, 503)
            except RequestValidationError:
                return await failures.page(request, 404)
            except HTTPException as error:
                return await failures.page(request, error.status_code)
            except Exception as error:
                if current_context(request).stopping.is_set():
                    return await failures.page(request, 503)
                log.error("page_failed", route=self.path, exc_info=error)
                return await failures.page(request, 500)

        return handle


def page_router() -> APIRouter:
    """Pages are not part of the API's description."""
    return APIRouter(route_class=ConsoleRoute, include_in_schema=False, prefix=BASE)
