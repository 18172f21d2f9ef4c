"""Subscriptions over HTTP. Changes are evaluated before the response."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Query
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.alerts.watch import Watch
from services.trigger.api.common import CurrentWatch, deciding, shows, terms_or_404
from services.trigger.subscriptions import orders, plan_changes
from services.trigger.subscriptions.changes import Unsold, change
from services.trigger.subscriptions.orders import NextSubscriptionShown, Order, SubscriptionShown
from services.trigger.subscriptions.plan_changes import Subscriptions
from shared.audit import trail
from shared.audit.difference import Fields
from shared.audit.trail import Author, Done
from shared.postgres.database import transaction
from shared.web import (
    Answer,
    CurrentAuthor,
    CurrentContext,
    Moment,
    PathIdentifier,
    Problem,
    answer,
    invalid,
    no_content,
    require,
    router,
)
from shared.web.revisions import MatchHeader, check_match, tag_of

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
    summary="Create or change an account's subscription",
    openapi_extra={"requestBody": {"content": {"application/json": {"example": _EXAMPLE}}}},
    responses=shows(_EXAMPLE | {"catalog_version": 3, "currency": "USD"}),
    dependencies=[Depends(require("accounts:write"))],
)
async def put_subscription(
    account: PathIdentifier,
    body: Order,
    context: CurrentContext,
    watch: CurrentWatch,
    author: CurrentAuthor,
    match: MatchHeader = None,
) -> Answer[SubscriptionShown]:
    """With a future `started_at` it becomes the account's `next_subscription`: it replaces any that
    waits, and nothing changes before its day. With a past one it becomes the current subscription,
    and a waiting one keeps waiting. Repeating the same body changes nothing. The same plan keeps
    the catalogue version it was sold with. With `If-Match` it is 412 if neither the current nor the
    next subscription has that `ETag`.
    """
    now, subscriptions = context.clock.now(), Subscriptions(watch)
    async with transaction(context.engine) as conn:
        terms = await terms_or_404(conn, account, now)
        wanted = change(terms, body, await subscriptions.selling(conn, [terms]), now)
    if isinstance(wanted, Unsold):
        raise invalid(*wanted.faults)
    if wanted is None and match is not None:
        async with transaction(context.engine) as conn:
            check_match(match, *_tags(await _terms(conn, watch, account, now)))
    if wanted is not None:
        async with watch.writing, deciding(context) as (conn, outcome):
            await plan_changes.lock(conn, [account])
            before = await _terms(conn, watch, account, now)
            done = await subscriptions.put(conn, account, body, now=now)
            if isinstance(done, Unsold):
                raise invalid(*done.faults)
            check_match(match, *_tags(before))
            outcome.add(done)
            await _audited(conn, watch, author, account, before, now)
    return await _shown(account, context, watch, waiting=body.started_at > now)


@routes.get(
    "/v1/accounts/{account}/subscription",
    summary="Get the current subscription",
    responses=shows(_EXAMPLE | {"catalog_version": 3, "currency": "USD"}),
    dependencies=[Depends(require("read"))],
)
async def get_subscription(
    account: PathIdentifier, context: CurrentContext, watch: CurrentWatch
) -> Answer[SubscriptionShown]:
    """404 if there is none."""
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
    author: CurrentAuthor,
    at: Annotated[
        Moment | None, Query(description="When it ends; immediately if in the past")
    ] = None,
) -> Response:
    """Without `at`, the current subscription ends now and a waiting one is cancelled.

    With `at`, it ends then, and a subscription that starts at or after that moment stays. Open
    alerts resolve as `cancelled`. Ending a subscription that has ended changes nothing.
    """
    now = context.clock.now()
    async with watch.writing, deciding(context) as (conn, outcome):
        await terms_or_404(conn, account, now)
        await plan_changes.lock(conn, [account])
        before = await _terms(conn, watch, account, now)
        outcome.add(
            await Subscriptions(watch).end(conn, account, at=at or now, leaves=at is None, now=now)
        )
        await _audited(conn, watch, author, account, before, now)
    return no_content()


@routes.get(
    "/v1/accounts/{account}/next-subscription",
    summary="Get the next subscription",
    responses=shows(
        _EXAMPLE | {"catalog_version": 3, "currency": "USD", "starts_at": "2026-11-01T00:00:00Z"}
    ),
    dependencies=[Depends(require("read"))],
)
async def get_next_subscription(
    account: PathIdentifier, context: CurrentContext, watch: CurrentWatch
) -> Answer[NextSubscriptionShown]:
    """404 if none is waiting.

    A lower plan from an accepted quote also waits here until the end of the period.
    """
    return await _shown_next(account, context, watch)


@routes.delete(
    "/v1/accounts/{account}/next-subscription",
    summary="Cancel the next subscription",
    status_code=204,
    response_class=Response,
    dependencies=[Depends(require("accounts:write"))],
)
async def take_back_next_subscription(
    account: PathIdentifier, context: CurrentContext, watch: CurrentWatch, author: CurrentAuthor
) -> Response:
    """It will not start; the current one continues. Does nothing if none is waiting."""
    now = context.clock.now()
    async with watch.writing, deciding(context) as (conn, outcome):
        await terms_or_404(conn, account, now)
        await plan_changes.lock(conn, [account])
        before = await _terms(conn, watch, account, now)
        outcome.add(await Subscriptions(watch).take_back(conn, account, now=now))
        await _audited(conn, watch, author, account, before, now)
    return no_content()


async def _terms(conn: AsyncConnection, watch: Watch, account: str, now: datetime) -> Fields:
    """What the account pays for, and what it waits for."""
    terms = await terms_or_404(conn, account, now)
    running, waiting, versions = terms.running(now), terms.next, watch.catalogs
    return {
        "subscription": running
        and orders.shown(running, await versions.version(conn, running.catalog_version)),
        "next_subscription": waiting
        and orders.shown_next(
            waiting, await versions.version(conn, waiting.subscription.catalog_version)
        ),
    }


def _tags(terms: Fields) -> list[str | None]:
    return [None if one is None else _tag(one) for one in terms.values()]


def _tag(shown: Any) -> str:
    """The next one has `starts_at`, too; a `PUT` answers without it."""
    return tag_of({name: value for name, value in shown.items() if name != "starts_at"})


async def _audited(
    conn: AsyncConnection, watch: Watch, author: Author, account: str, before: Fields, now: datetime
) -> None:
    after = await _terms(conn, watch, account, now)
    done = Done("change", "subscription", account, now, account, before, after)
    await trail.write(conn, author, done)


async def _shown(
    account: str, context: CurrentContext, watch: CurrentWatch, *, waiting: bool = False
) -> Answer[SubscriptionShown]:
    """`waiting`: the next subscription, if it is still waiting."""
    now = context.clock.now()
    async with transaction(context.engine) as conn:
        terms = await terms_or_404(conn, account, now)
        found = terms.next.subscription if waiting and terms.next else terms.running(now)
        if found is None:
            raise Problem(404, "This account has no subscription now.")
        sold = await watch.catalogs.version(conn, found.catalog_version)
    shown = orders.shown(found, sold)
    return answer(shown, headers={"ETag": _tag(shown)})


async def _shown_next(
    account: str, context: CurrentContext, watch: CurrentWatch
) -> Answer[NextSubscriptionShown]:
    async with transaction(context.engine) as conn:
        waiting = (await terms_or_404(conn, account, context.clock.now())).next
        if waiting is None:
            raise Problem(404, "This account has no next subscription.")
        sold = await watch.catalogs.version(conn, waiting.subscription.catalog_version)
    shown = orders.shown_next(waiting, sold)
    return answer(shown, headers={"ETag": _tag(shown)})
