"""How a route is answered: authorised before its body is read, the body read strictly, numbers written without loss."""

from collections.abc import Callable, Collection, Coroutine, Iterable
from typing import Any

from fastapi import APIRouter, Request
from fastapi.dependencies.models import Dependant
from fastapi.responses import Response
from fastapi.routing import APIRoute

from shared.quantities import dumps
from shared.web.dependencies import Guard
from shared.web.json_body import parse_json
from shared.web.problems import Problem

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class _StrictRequest(Request):
    async def json(self) -> Any:
        if not hasattr(self, "_strict"):
            self._strict = parse_json(await self.body())
        return self._strict


class Route(APIRoute):
    """FastAPI reads the body before it asks who is calling; here it is the other way round."""

    def get_route_handler(self) -> Handler:
        inner = super().get_route_handler()
        guards = list(_guards(self.dependant))
        takes_json = self.body_field is not None

        async def handle(request: Request) -> Response:
            for guard in guards:
                await guard.check(request)
            if takes_json:
                media_type(request, {"application/json"})
            return await inner(_StrictRequest(request.scope, request.receive))

        return handle


def _guards(dependant: Dependant) -> Iterable[Guard]:
    for dependency in dependant.dependencies:
        if isinstance(dependency.call, Guard):
            yield dependency.call
        yield from _guards(dependency)


def router(*, tags: Collection[str] = ()) -> APIRouter:
    """What every service builds its API with."""
    return APIRouter(route_class=Route, tags=list(tags))


def answer(content: Any, status: int = 200, *, headers: dict[str, str] | None = None) -> Response:
    """JSON of dicts, lists, texts, moments and numbers; a Decimal becomes a JSON number, digit by digit."""
    return Response(dumps(content), status, headers=headers, media_type="application/json")


def no_content() -> Response:
    return Response(status_code=204)


def media_type(request: Request, allowed: Collection[str]) -> str:
    """The body's media type, without parameters, in lower case. Problem 415 where it is missing or not among `allowed`.

    A charset other than UTF-8 is refused too: the bytes would be read as something else.
    """
    name, _, parameters = request.headers.get("content-type", "").partition(";")
    name = name.strip().lower()
    charset = next(
        (
            value.strip().strip('"').lower()
            for key, _, value in (p.partition("=") for p in parameters.split(";"))
            if key.strip() == "charset"
        ),
        "utf-8",
    )
    if name not in allowed or charset not in ("utf-8", "utf8", "us-ascii"):
        raise Problem(415, f"The body must be {' or '.join(sorted(allowed))}, in UTF-8.", headers={"Accept": ", ".join(sorted(allowed))})
    return name
