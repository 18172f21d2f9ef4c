"""The value calculator over HTTP: computes, stores nothing."""

from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import Depends
from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema

from services.trigger.api.common import CurrentWatch, account_or_404, shows
from services.trigger.judgement.case import Case
from services.trigger.judgement.economics.calculator import Refusal, tried
from services.trigger.judgement.economics.value import ValueCase
from services.trigger.judgement.facts import types
from services.trigger.judgement.shapes import ValueCaseShown
from shared.postgres.database import transaction
from shared.values.faults import Fault
from shared.values.quantities import bounded
from shared.web import (
    Answer,
    Body,
    CurrentContext,
    Identifier,
    PathIdentifier,
    Problem,
    answer,
    invalid,
    require,
    router,
)

routes = router(tags=["judgement"])


def _decimal(raw: Any) -> Decimal:
    """A number, or decimal text as for money."""
    if isinstance(raw, bool) or not isinstance(raw, int | Decimal | str):
        raise ValueError("must be a number")
    try:
        return bounded(Decimal(raw))
    except ArithmeticError:
        raise ValueError("must be a number") from None


Number = Annotated[
    Decimal,
    BeforeValidator(_decimal),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string"}], "examples": ["50.00"]}),
]


class ActivityBody(Body):
    en: str
    ja: str


class ValueBody(Body):
    """The data of a `value.stated` fact."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "members": 5,
                "hours": 10,
                "hours_basis": "per_person",
                "hours_period": "week",
                "hourly_rate": "50.00",
                "currency": "USD",
                "source": "customer_stated",
                "said_by": "c1",
            }
        }
    )
    members: int | None = None
    hours: Number
    hours_basis: Literal["per_person", "team_total"]
    hours_period: Literal["week", "month"]
    hourly_rate: Number
    currency: str
    automation_rate: Number | None = None
    source: Literal["customer_stated", "measured", "assumed"]
    assumed: list[Literal["members", "hours", "hourly_rate", "automation_rate"]] = Field(
        default_factory=list
    )
    activity: ActivityBody | None = None
    said_by: Identifier | None = None


_EXAMPLE = {
    "currency": "USD",
    "benefit": {"week": "2500.00", "month": "10833.33", "year": "130000.00"},
    "cost": {"month": "1250.00", "year": "15000.00"},
    "net": {"month": "9583.33", "year": "115000.00"},
    "multiple": "8.67",
    "headline": 8,
    "net_roi_pct": "766.67",
    "payback_days": 42,
    "assumed": [],
    "lines": ["5 x 10 h a week x 100% = 50 h a week"],
}
_REFUSED = {
    "no_next_plan": "no_next_plan: there is no higher plan to compare with",
    "no_price": "no_price: one of the two plans is quoted individually",
}


@routes.post(
    "/v1/accounts/{account}/value",
    summary="Compute what the next plan is worth",
    responses=shows(_EXAMPLE),
    dependencies=[Depends(require("read"))],
)
async def compute_value(
    account: PathIdentifier, body: ValueBody, context: CurrentContext, watch: CurrentWatch
) -> Answer[ValueCaseShown]:
    """From these figures, for one unit of the subscription. Nothing is stored."""
    now = context.clock.now()
    async with transaction(context.engine) as conn:
        await account_or_404(conn, account)
        data = _read(body)
        loaded = (await watch.judgement.loader.without_days(conn, [account], now)).get(account)
    if loaded is None:
        raise _refused("no_next_plan")
    found = tried(Case("schedule", now, loaded.catalog, loaded.facts), data, now)
    if not isinstance(found, ValueCase):
        raise _refused(found)
    return answer(found.json(loaded.profile.locale))


def _read(body: ValueBody) -> types.ValueStated:
    given = {key: value for key, value in body.model_dump().items() if value is not None}
    try:
        read = types.read("value.stated", given)
    except types.BadFact as error:
        faults = (Fault(one.path.removeprefix("/data"), one.reason) for one in error.faults)
        raise invalid(*faults) from error
    assert isinstance(read, types.ValueStated)
    return read


def _refused(code: Refusal) -> Problem:
    if code == "currency":
        return invalid(Fault("/currency", "must be the account's currency"))
    return Problem(
        409, "The value of a step cannot be computed.", errors=[Fault("/type", _REFUSED[code])]
    )
