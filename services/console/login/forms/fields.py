"""What a form brought, and whether a page of ours sent it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode

from fastapi import Request

from services.console.login.forms.origin import is_ours
from shared.web.dependencies import current_context
from shared.web.problems import Problem
from shared.web.routing import media_type

FIELD, HEADER = "csrf", "x-plimsoll-csrf"
_MOST_FIELDS = 5_000
_URLENCODED = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Fields:
    """What a form brought, each field in the order of its values."""

    values: Mapping[str, Sequence[str]]

    def get(self, name: str, default: str = "") -> str:
        """The first value."""
        found = self.values.get(name)
        return found[0] if found else default

    def all(self, name: str) -> Sequence[str]:
        return self.values.get(name, ())

    @property
    def typed(self) -> "Fields":
        """Without the token."""
        return Fields({name: told for name, told in self.values.items() if name != FIELD})

    @property
    def body(self) -> str:
        return urlencode(self.values, doseq=True)


def parse_fields(body: bytes) -> Fields:
    """Raises Problem 422. What is not UTF-8 is refused: it would be stored as something else."""
    try:
        found = parse_qs(
            body.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError:  # UnicodeDecodeError is one
        raise Problem(422, "The form cannot be read.") from None
    return Fields({name: tuple(told) for name, told in found.items()})


async def fields_of(request: Request) -> Fields:
    """Read once per request. The body has at most a megabyte."""
    if not hasattr(request.state, "fields"):
        media_type(request, {_URLENCODED})
        request.state.fields = parse_fields(await request.body())
    found: Fields = request.state.fields
    return found


def came_from_us(request: Request) -> bool:
    return is_ours(request.headers, current_context(request).settings.public_url)


def given_token(request: Request, fields: Fields) -> str:
    return request.headers.get(HEADER) or fields.get(FIELD)
