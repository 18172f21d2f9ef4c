"""The value calculator over HTTP: computes, stores nothing."""

from fastapi import Depends

from services.trigger.api.common import CurrentWatch, account_or_404, shows
from services.trigger.judgement.case import Case
from services.trigger.judgement.economics.calculator import Refusal, tried
from services.trigger.judgement.economics.value import ValueCase
from services.trigger.judgement.shapes import ValueCaseShown
from services.trigger.process.talk.business_case import ValueBody, read
from shared.postgres.database import transaction
from shared.values.faults import Fault
from shared.web import (
    Answer,
    CurrentContext,
    PathIdentifier,
    Problem,
    answer,
    invalid,
    require,
    router,
)

routes = router(tags=["judgement"])


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
        data = read(body)
        if isinstance(data, tuple):
            raise invalid(*data)
        loaded = (await watch.judgement.loader.without_days(conn, [account], now)).get(account)
    if loaded is None:
        raise _refused("no_next_plan")
    found = tried(Case("schedule", now, loaded.catalog, loaded.facts), data, now)
    if not isinstance(found, ValueCase):
        raise _refused(found)
    return answer(found.json(loaded.profile.locale))


def _refused(code: Refusal) -> Problem:
    if code == "currency":
        return invalid(Fault("/currency", "must be the account's currency"))
    return Problem(
        409, "The value of a step cannot be computed.", errors=[Fault("/type", _REFUSED[code])]
    )
