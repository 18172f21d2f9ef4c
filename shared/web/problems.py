"""Problem details (RFC 9457), and the conversion of exceptions into them. No stack trace, no echo
of the input.
"""

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException as StarletteHTTPException
from typing_extensions import TypedDict

from shared.answers import FaultShown
from shared.kafka.clients import KafkaUnavailable
from shared.loop.isolation import AccountsFailed
from shared.postgres.data_errors import is_data_error
from shared.postgres.errors import DatabaseUnavailable
from shared.values.faults import Fault, pointer_part
from shared.values.quantities import dumps

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 2


class ProblemShown(TypedDict):
    """Problem details as in RFC 9457, with every fault that was found."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FaultShown]


class Problem(HTTPException):
    """Raise it anywhere while handling a request: `raise Problem(422, "…",
    errors=[Fault("/3/data/bytes", "…")])`.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        errors: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, detail, dict(headers or {}))
        self.errors = tuple(errors)


MOST_FAULTS = 1_000
"""The most faults in one response."""
INVALID = "The request is not valid: see errors."


def invalid(*faults: Fault) -> Problem:
    """422 that names each part of the request that is wrong."""
    return Problem(422, INVALID, errors=faults)


def unavailable(detail: str) -> Problem:
    """503 with Retry-After: a dependency of this request is down."""
    return Problem(503, detail, headers={"Retry-After": str(RETRY_SECONDS)})


# RFC 9110's names: Python before 3.13 has the old ones, and a title must not depend on the Python
# version.
_TITLES = {413: "Content Too Large", 422: "Unprocessable Content"}


def title(status: int) -> str:
    return _TITLES.get(status) or HTTPStatus(status).phrase


def problem_response(
    status: int, detail: str, errors: Sequence[Fault] = (), headers: Mapping[str, str] | None = None
) -> Response:
    body: ProblemShown = {
        "type": "about:blank",
        "title": title(status),
        "status": status,
        "detail": detail,
        "errors": [fault_shown(fault) for fault in errors[:MOST_FAULTS]],
    }
    return Response(dumps(body), status, headers=headers, media_type=MEDIA_TYPE)


def fault_shown(fault: Fault) -> FaultShown:
    shown: FaultShown = {"path": fault.path, "reason": fault.reason}
    if fault.line is not None and fault.column is not None:
        return {**shown, "line": fault.line, "column": fault.column}
    return shown


async def on_http_exception(_request: Request, error: Exception) -> Response:
    assert isinstance(error, StarletteHTTPException)
    errors = error.errors if isinstance(error, Problem) else ()
    detail = (
        error.detail
        if isinstance(error, Problem)
        else _DETAILS.get(error.status_code, title(error.status_code))
    )
    return problem_response(error.status_code, detail, errors, _with_head(error.headers))


def _with_head(headers: Mapping[str, str] | None) -> Mapping[str, str] | None:
    """Routes declare only GET; HEAD comes with it (shared/web/head.py)."""
    methods = (headers or {}).get("Allow", "").split(", ")
    return (
        {**(headers or {}), "Allow": ", ".join([*methods, "HEAD"])}
        if "GET" in methods and "HEAD" not in methods
        else headers
    )


_DETAILS = {
    404: "There is nothing at this address.",
    405: "This address does not take this method.",
    413: "The body is larger than 1 MiB.",
    400: "The body could not be parsed.",
}


async def on_invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    faults = [
        Fault(_path(entry, error.body), _reason(entry)) for entry in error.errors()[:MOST_FAULTS]
    ]
    return problem_response(422, INVALID, faults)


async def on_unreadable(_request: Request, error: Exception) -> Response:
    """A conflict with the installation's state; the sentence says how to resolve it."""
    return problem_response(409, str(error))


async def on_disconnect(_request: Request, _error: Exception) -> Response:
    """The client disconnected while sending its body: not a defect of ours, and nobody is left to
    read this.
    """
    return problem_response(400, "The connection ended before the body did.")


async def on_exception(_request: Request, error: Exception) -> Response:
    """All other exceptions: 503 for an unavailable dependency, 422 for a value that the database
    refuses, else a defect of ours.
    """
    if isinstance(error, KafkaUnavailable):
        return problem_response(
            503, "Kafka is not available: try again.", headers={"Retry-After": str(RETRY_SECONDS)}
        )
    if isinstance(error, DBAPIError) and is_data_error(error):
        return problem_response(422, "The request holds a value that cannot be stored.")
    if isinstance(error, DatabaseUnavailable):
        return problem_response(
            503,
            "The database is not available: try again.",
            headers={"Retry-After": str(RETRY_SECONDS)},
        )
    if isinstance(error, AccountsFailed):
        parts = sorted({failure.part for failure in error.failures.values()})
        return problem_response(
            500,
            f"This account cannot be worked on ({', '.join(parts)}): nothing was changed. "
            "It has been logged.",
        )
    return problem_response(500, "An unexpected fault. It has been logged with this request's id.")


def model_faults(error: ValidationError, body: Any) -> list[Fault]:
    """The faults that a model finds in a body that no route has parsed: with the same words, and
    pointers into it.
    """
    return [
        Fault(_place(entry, entry["loc"], body), _reason(entry))
        for entry in error.errors()[:MOST_FAULTS]
    ]


def _path(entry: Mapping[str, Any], body: Any) -> str:
    where, *rest = entry["loc"]
    if where != "body":
        return ".".join([str(where), *map(str, rest)])
    return _place(entry, rest, body)


def _place(entry: Mapping[str, Any], parts: Sequence[Any], body: Any) -> str:
    if entry["type"] in _TAGS:
        return f"{_pointer(parts, body, False)}/{_unquoted(entry['ctx']['discriminator'])}"
    return _pointer(parts, body, entry["type"] in ("missing", "extra_forbidden"))


def _pointer(parts: Sequence[Any], body: Any, names_absent: bool) -> str:
    """A JSON pointer of the parts that are in the body, without pydantic's own names of a union's
    branches; such a name may be a field's, too: {"type": "step", "step": 1}.
    """
    found, node = [], body
    for position, part in enumerate(parts):
        last = position == len(parts) - 1
        if not last and _names_branch(node, part):
            continue
        if (isinstance(node, dict) and part in node) or (
            isinstance(node, list) and isinstance(part, int) and 0 <= part < len(node)
        ):
            node = node[part]
        elif not (last and names_absent):
            continue
        found.append(pointer_part(part))
    return "".join(found)


def _names_branch(node: Any, part: Any) -> bool:
    """Whether nothing is within the field of this name, so that what follows is beside it."""
    if not isinstance(node, dict) or node.get("type") != part:
        return False
    return not isinstance(node.get(part), dict | list)


def _reason(entry: Mapping[str, Any]) -> str:
    type_, context = str(entry["type"]), entry.get("ctx", {})
    if type_ in _REASONS:
        return _REASONS[type_].format(**context)
    if type_ in _CHOICES:
        return f"must be one of {', '.join(re.findall(_QUOTED, context[_CHOICES[type_]]))}"
    message = str(entry["msg"])
    return message.removeprefix("Value error, ").removeprefix("Assertion failed, ")


def _unquoted(text: str) -> str:
    return text.strip("'")


_TAGS = ("union_tag_invalid", "union_tag_not_found")
"""Faults of the field that says which model it is; pydantic gives the place of the whole."""
_CHOICES = {"literal_error": "expected", "union_tag_invalid": "expected_tags"}
_QUOTED = re.compile(r"'([^']*)'")
_REASONS = {
    "missing": "is missing",
    "union_tag_not_found": "is missing",
    "extra_forbidden": "is not known here",
    # pydantic would name a class of ours.
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "dict_type": "must be an object",
    "list_type": "must be a list",
    "string_type": "must be text",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "string_too_short": "must have {min_length} or more characters",
    "string_too_long": "must have at most {max_length} characters",
    "too_short": "must have {min_length} or more entries",
    "too_long": "must have at most {max_length} entries",
}
"""Our words for what pydantic finds, in which every other reason is said, too."""
