"""The words that models of answers are written in. Pure, so that what builds an answer can stand beside its model.

A model is a `TypedDict`: the type checker holds each literal that builds an answer to it, and it costs nothing at run time.
"""

from decimal import Decimal
from typing import Annotated, Any, Generic, NotRequired, TypeVar

from pydantic import WithJsonSchema
from typing_extensions import TypedDict

T = TypeVar("T")

Amount = Annotated[int | Decimal, WithJsonSchema({"type": "number"})]
"""A quantity: an exact JSON number."""

MomentText = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
"""A moment that is text already, in UTC with `Z`."""

DayText = Annotated[str, WithJsonSchema({"type": "string", "format": "date"})]

MoneyText = Annotated[str, WithJsonSchema({"type": "string", "examples": ["-24.50"]})]
"""Money is a decimal text; its currency stands beside it."""

Things = dict[str, Any]
"""Whatever a rule found worth showing: its names differ from rule to rule."""


class Names(TypedDict):
    """A name in both languages."""

    en: str
    ja: str


class ThresholdAmount(TypedDict):
    """An absolute threshold: reached at this total, whatever the limit is."""

    at: Amount


ThresholdShown = int | ThresholdAmount
"""A percentage of the limit, or an absolute amount."""


class FaultShown(TypedDict):
    """`path`: a JSON pointer into the body, `query.NAME` or `header.NAME`; empty for the whole."""

    path: str
    reason: str


class AcceptedCount(TypedDict):
    """How many were taken."""

    accepted: int


class AcceptedEvents(AcceptedCount):
    """`erased`: how many were of accounts that were erased and count for nobody; left out where there were none."""

    erased: NotRequired[int]


class Listed(TypedDict, Generic[T]):
    """A page of a list. `next_cursor` gives the next one; null at the end."""

    data: list[T]
    next_cursor: str | None
