"""Route handling: authorisation before the query and body are read, strict parsing of both,
lossless numbers.

An endpoint is named after its operation (`get_account`), and its return type declares the response:
`Answer[Usage]`.
"""

import inspect
from collections import Counter
from collections.abc import Callable, Collection, Coroutine, Iterable, Mapping
from typing import Any, ClassVar, Generic, TypeVar, get_args, get_origin

import structlog
from fastapi import APIRouter, Request
from fastapi.datastructures import Default
from fastapi.dependencies.models import Dependant
from fastapi.responses import Response
from fastapi.routing import APIRoute

from shared.values.faults import Fault
from shared.values.quantities import dumps
from shared.web.dependencies import Guard
from shared.web.json_body import parse_json
from shared.web.labels import labels_of
from shared.web.problems import Problem, invalid

T = TypeVar("T")
Handler = Callable[[Request], Coroutine[Any, Any, Response]]
_UNSAID: Any = Default(None)
_MOST_FAULTS = 20
_LONGEST_NAME = 100


class Answer(Response, Generic[T]):
    """JSON of a `T`, a `TypedDict`. As a return type of an endpoint it is also the model in the
    description; see `answer`.
    """

    media_type = "application/json"


class _StrictRequest(Request):
    async def json(self) -> Any:
        if not hasattr(self, "_strict"):
            self._strict = parse_json(await self.body())
        return self._strict


class Route(APIRoute):
    """FastAPI reads the body before it authorises the caller; this does it the other way round. An
    unknown query parameter is a fault.
    """

    strict_query: ClassVar[bool] = True
    told: Any
    """The model of the answer; None: FastAPI's own is used, or there is none."""

    def __init__(
        self,
        path: str,
        endpoint: Callable[..., Any],
        *,
        response_model: Any = _UNSAID,
        operation_id: str | None = None,
        **more: Any,
    ) -> None:
        self.told = _model(endpoint)
        super().__init__(
            path,
            endpoint,
            # FastAPI would build a validator of the model here and another one in each
            # application: a third of a service's start. Only the description needs it.
            response_model=response_model if self.told is None else None,
            operation_id=operation_id or endpoint.__name__,
            **more,
        )

    def get_route_handler(self) -> Handler:
        inner = super().get_route_handler()
        guards = list(_guards(self.dependant))
        takes_json = self.body_field is not None
        known = frozenset(_query_names(self.dependant))
        plain = frozenset(name.encode() for name in known)

        async def handle(request: Request) -> Response:
            with structlog.contextvars.bound_contextvars(**labels_of(request.scope)):
                for guard in guards:
                    await guard.check(request)
                if self.strict_query and not _is_plain(request.scope["query_string"], plain):
                    _check_query(request, known)
                if takes_json:
                    media_type(request, {"application/json"})
                return await inner(_StrictRequest(request.scope, request.receive))

        return handle


def _guards(dependant: Dependant) -> Iterable[Guard]:
    for dependency in dependant.dependencies:
        if isinstance(dependency.call, Guard):
            yield dependency.call
        yield from _guards(dependency)


class PageRoute(Route):
    """Pages that people open from a mail or in a browser: mail tools and browser extensions append
    their own parameters.
    """

    strict_query = False


def _model(endpoint: Callable[..., Any]) -> Any:
    """The `T` of an endpoint that returns `Answer[T]`."""
    told = inspect.signature(endpoint).return_annotation
    return get_args(told)[0] if get_origin(told) is Answer else None


def _is_plain(query: bytes, known: Collection[bytes]) -> bool:
    """Whether each name is known as written and appears once: nearly always, and then nothing has
    to be decoded.
    """
    names = [part.partition(b"=")[0] for part in query.split(b"&")] if query else []
    return all(name in known for name in names) and len(set(names)) == len(names)


def _check_query(request: Request, known: Collection[str]) -> None:
    """Problem 422 for parameters that the operation does not have, and for repeated ones, of which
    one would be lost.
    """
    given = Counter(name for name, _ in request.query_params.multi_items())
    faults = [
        Fault(
            f"query.{name[:_LONGEST_NAME]}",
            "is not known here" if name not in known else "is given more than once",
        )
        for name, count in given.items()
        if name not in known or count > 1
    ]
    if faults:
        raise invalid(*faults[:_MOST_FAULTS])


def _query_names(dependant: Dependant) -> Iterable[str]:
    yield from (parameter.alias for parameter in dependant.query_params)
    for dependency in dependant.dependencies:
        yield from _query_names(dependency)


def router(*, tags: Collection[str] = (), route: type[Route] = Route) -> APIRouter:
    """The router that every service builds its API with."""
    return APIRouter(route_class=route, tags=list(tags))


def answer(content: T, status: int = 200, *, headers: Mapping[str, str] | None = None) -> Answer[T]:
    """JSON of dicts, lists, strings, datetimes and numbers; a Decimal becomes a JSON number, digit
    by digit.
    """
    return Answer(dumps(content), status, headers=headers)


def no_content() -> Response:
    return Response(status_code=204)


def media_type(request: Request, allowed: Collection[str]) -> str:
    """The body's media type, without parameters, in lower case. Problem 415 if it is missing or not
    in `allowed`.

    A charset other than UTF-8 is refused too: the bytes would be misread.
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
        raise Problem(
            415,
            f"The body must be {' or '.join(sorted(allowed))}, in UTF-8.",
            headers={"Accept": ", ".join(sorted(allowed))},
        )
    return name
