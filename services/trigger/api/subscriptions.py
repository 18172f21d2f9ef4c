"""Subscriptions over HTTP. What changes is evaluated before the answer."""

from typing import Annotated, Any

from fastapi import Depends, Query
from fastapi.responses import Response

from services.trigger import orders, plans
from services.trigger.api.asking import CurrentWatch, deciding, shows, terms_or_404
from services.trigger.orders import Order, SubscriptionShown
from services.trigger.plans import Subscriptions, Unsold
from shared.database import transaction
from shared.web import Answer, CurrentContext, Moment, PathIdentifier, Problem, answer, invalid, no_content, require, router

routes = router(tags=["accounts"])

_EXAMPLE: dict[str, Any] = {
    "plan": "starter",
    "started_at": "2026-11-01T00:00:00Z",
    "anchor": None,
    "interval": "month",
    "quantity": 1,
    "renewal_date": None,
    "add_ons": {},
    "price": None,
}


@routes.put(
    "/v1/accounts/{account}/subscription",
    summary="Subscribe an account, or change its plan",
    openapi_extra={"requestBody": {"content": {"application/json": {"example": _EXAMPLE}}}},
    responses=shows(_EXAMPLE | {"catalog_version": 3, "currency": "USD"}),
    dependencies=[Depends(require("accounts:write"))],
)
async def put_subscription(account: PathIdentifier, body: Order, context: CurrentContext, watch: CurrentWatch) -> Answer[SubscriptionShown]:
    """The same body changes nothing. The same plan keeps the catalogue version that it was sold with."""
    now, subscriptions = context.clock.now(), Subscriptions(watch)
    async with transaction(context.engine) as conn:
        terms = await terms_or_404(conn, account)
        wanted = await subscriptions.ordered(conn, terms, body, now, now)
    if isinstance(wanted, Unsold):
        raise invalid(*wanted.faults)
    if not plans.is_same(terms.running(now), wanted):
        async with deciding(context) as (conn, outcome):
            await plans.lock(conn, [account])
            done = await subscriptions.put(conn, account, body, now=now)
            if isinstance(done, Unsold):
                raise invalid(*done.faults)
            outcome.add(done)
    return await _shown(account, context, watch)


@routes.get(
    "/v1/accounts/{account}/subscription",
    summary="The subscription that holds now",
    responses=shows(_EXAMPLE | {"catalog_version": 3, "currency": "USD"}),
    dependencies=[Depends(require("read"))],
)
async def get_subscription(account: PathIdentifier, context: CurrentContext, watch: CurrentWatch) -> Answer[SubscriptionShown]:
    """404 where there is none."""
    return await _shown(account, context, watch)


@routes.delete(
    "/v1/accounts/{account}/subscription",
    summary="End a subscription",
    status_code=204,
    response_class=Response,
    dependencies=[Depends(require("accounts:write"))],
)
async def end_subscription(
    account: PathIdentifier,
    context: CurrentContext,
    watch: CurrentWatch,
    at: Annotated[Moment | None, Query(description="When it ends; now where it is not given or has passed")] = None,
) -> Response:
    """Open alerts resolve as `cancelled`. Ending what has ended changes nothing."""
    now = context.clock.now()
    async with deciding(context) as (conn, outcome):
        await terms_or_404(conn, account)
        await plans.lock(conn, [account])
        outcome.add(await Subscriptions(watch).end(conn, account, at=at or now, now=now))
    return no_content()


async def _shown(account: str, context: CurrentContext, watch: CurrentWatch) -> Answer[SubscriptionShown]:
    async with transaction(context.engine) as conn:
        running = (await terms_or_404(conn, account)).running(context.clock.now())
        if running is None:
            raise Problem(404, "This account has no subscription.")
        return answer(orders.shown(running, await watch.catalogs.version(conn, running.catalog_version)))
