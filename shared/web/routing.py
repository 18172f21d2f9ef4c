"""How a route is answered: authorised before its query and body are read, both read strictly, numbers written without loss.

An endpoint is named as its operation is (`get_account`), and says in its return type what it answers: `Answer[Usage]`.
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

from shared.faults import Fault
from shared.quantities import dumps
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
    """JSON of a `T`, a `TypedDict`. As an endpoint's return type it is also the model in the description; see `answer`."""

    media_type = "application/json"


class _StrictRequest(Request):
    async def json(self) -> Any:
        if not hasattr(self, "_strict"):
            self._strict = parse_json(await self.body())
        return self._strict


class Route(APIRoute):
    """FastAPI reads the body before it asks who is calling; here it is the other way round. An unknown query name is a fault."""

    strict_query: ClassVar[bool] = True

    def __init__(
        self,
        path: str,
        endpoint: Callable[..., Any],
        *,
        response_model: Any = _UNSAID,
        operation_id: str | None = None,
        **more: Any,
    ) -> None:
        model = _model(endpoint)
        super().__init__(
            path,
            endpoint,
            response_model=response_model if model is None else model,
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
    """What people open from a mail or in a browser: mail tools and browsers' extensions append names of their own."""

    strict_query = False


def _model(endpoint: Callable[..., Any]) -> Any:
    """The `T` of an endpoint that returns `Answer[T]`."""
    told = inspect.signature(endpoint).return_annotation
    return get_args(told)[0] if get_origin(told) is Answer else None


def _is_plain(query: bytes, known: Collection[bytes]) -> bool:
    """Whether each name is known as it is written, and stands there once: nearly always, and then nothing has to be decoded."""
    names = [part.partition(b"=")[0] for part in query.split(b"&")] if query else []
    return all(name in known for name in names) and len(set(names)) == len(names)


def _check_query(request: Request, known: Collection[str]) -> None:
    """Problem 422 that names what the address has and the operation has not, and what is given twice: one of the two would be lost."""
    given = Counter(name for name, _ in request.query_params.multi_items())
    faults = [
        Fault(f"query.{name[:_LONGEST_NAME]}", "is not known here" if name not in known else "is given more than once")
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
    """What every service builds its API with."""
    return APIRouter(route_class=route, tags=list(tags))


def answer(content: T, status: int = 200, *, headers: Mapping[str, str] | None = None) -> Answer[T]:
    """JSON of dicts, lists, texts, moments and numbers; a Decimal becomes a JSON number, digit by digit."""
    return Answer(dumps(content), status, headers=headers)


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
