"""Types shared by answer models. Pure, so that the code that builds an answer can sit next to its
model.

A model is a `TypedDict`: the type checker holds each literal that builds an answer to it, and it
costs nothing at run time.
"""

from decimal import Decimal
from typing import Annotated, Any, Generic, NotRequired, TypeVar

from pydantic import WithJsonSchema
from typing_extensions import TypedDict

T = TypeVar("T")

Amount = Annotated[int | Decimal, WithJsonSchema({"type": "number"})]
"""A quantity: an exact JSON number."""

MomentText = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
"""A timestamp already formatted as text, in UTC with `Z`."""

DayText = Annotated[str, WithJsonSchema({"type": "string", "format": "date"})]

MoneyText = Annotated[str, WithJsonSchema({"type": "string", "examples": ["-24.50"]})]
"""An amount of money as decimal text; the currency is a separate field."""

Things = dict[str, Any]
"""The evidence of a rule; the keys differ from rule to rule."""


class Names(TypedDict):
    """A name in both languages."""

    en: str
    ja: str


class ThresholdAmount(TypedDict):
    """An absolute threshold: reached at this total, regardless of the limit."""

    at: Amount


class ThresholdRate(TypedDict):
    """A counter's threshold: reached by this much within an hour (UTC), whatever the limit."""

    per_hour: Amount


ThresholdShown = int | ThresholdAmount | ThresholdRate
"""A percentage of the limit, an absolute amount, or a rate."""


class FaultShown(TypedDict):
    """`path`: a JSON pointer into the body, `query.NAME` or `header.NAME`; empty for the whole.
    `line`, `column`: where a YAML text has it, both from 1.
    """

    path: str
    reason: str
    line: NotRequired[int]
    column: NotRequired[int]


class AcceptedCount(TypedDict):
    """How many were accepted."""

    accepted: int


class AcceptedEvents(AcceptedCount):
    """`erased`: how many belonged to erased accounts and were not counted; omitted if there were
    none.
    """

    erased: NotRequired[int]


class Listed(TypedDict, Generic[T]):
    """A page of a list. `next_cursor` fetches the next one; null at the end."""

    data: list[T]
    next_cursor: str | None
