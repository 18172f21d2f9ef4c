"""Quotes over HTTP: create, read, accept. What was quoted is what is charged (R-160..R-162)."""

from datetime import datetime
from typing import Any, Literal

from fastapi import Depends
from pydantic import ConfigDict
from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.alerts.watch import Watch
from services.trigger.api.common import (
    CurrentWatch,
    account_or_404,
    deciding,
    shows,
    unknown_account,
)
from services.trigger.api.work.actors import KEY, KeyHeader, key_of
from services.trigger.judgement.economics.proration import NotQuotable
from services.trigger.outcome import Outcome
from services.trigger.process.log.kind import OTHER_BODY
from services.trigger.proposals import quotes
from services.trigger.proposals.quotes import Quote, QuoteShown
from services.trigger.subscriptions import plan_changes, succession
from services.trigger.subscriptions.changes import Unsold
from services.trigger.subscriptions.orders import Order
from services.trigger.subscriptions.plan_changes import Subscriptions
from services.trigger.tables import quotes as stored
from services.trigger.tables.present import Present
from shared.audit import trail
from shared.audit.trail import Done
from shared.postgres.database import transaction
from shared.values.faults import Fault
from shared.web import (
    Answer,
    Body,
    CurrentAuthor,
    CurrentContext,
    Identifier,
    Moment,
    PathIdentifier,
    Problem,
    answer,
    invalid,
    require,
    router,
)

routes = router(tags=["quotes"])

_EXAMPLE: dict[str, Any] = {
    "id": "0b7a4e1f2c3d4e5f60718293a4b5c6d7",
    "account": "acct-42",
    "plan": "pro",
    "mode": "second",
    "at": "2025-09-16T00:00:00Z",
    "credit": "-24.50",
    "charge": "250.00",
    "due": "225.50",
    "currency": "USD",
    "effective_at": "2025-09-16T00:00:00Z",
    "expires_at": "2025-09-17T00:00:00Z",
    "accepted_at": None,
}


class QuoteBody(Body):
    """`mode`: to the second, or by the day.

    `at`: a moment in the running period; defaults to now.
    """

    model_config = ConfigDict(json_schema_extra={"example": {"plan": "pro", "mode": "second"}})
    plan: Identifier
    mode: Literal["second", "day"] = "second"
    at: Moment | None = None


@routes.post(
    "/v1/accounts/{account}/quotes",
    summary="Quote a change of plan",
    status_code=201,
    responses=shows(_EXAMPLE, 201, "Stored for 24 hours"),
    dependencies=[Depends(require("facts:write"))],
)
async def create_quote(
    account: PathIdentifier,
    body: QuoteBody,
    context: CurrentContext,
    watch: CurrentWatch,
    author: CurrentAuthor,
    idempotency_key: KeyHeader = None,
) -> Answer[QuoteShown]:
    """Valid for a day. A lower plan has nothing due and starts at the end of the period."""
    now, key = context.clock.now(), key_of(idempotency_key, body)
    id = quotes.id_under(key.text, account, author.kind, author.id) if key else ""
    digest = key.digest.hex() if key else ""
    async with transaction(context.engine) as conn:
        await account_or_404(conn, account)
        if key and (known := await stored.find(conn, id)):
            return answer(_again(known, digest), 201)
        loaded = (await watch.judgement.loader.load(conn, [account], now)).get(account)
        if loaded is None:
            raise invalid(Fault("/plan", "no catalogue has been applied yet"))
        try:
            proration = quotes.quoted(loaded, body.plan, body.mode, body.at or now, now)
        except NotQuotable as refusal:
            raise invalid(Fault(refusal.path, str(refusal))) from refusal
        quote = quotes.made(loaded, proration, now, id=id, digest=digest)
        await stored.add(conn, quote, now)
        told: Any = quotes.shown(quote)
        await trail.write(conn, author, Done("create", "quote", quote.id, now, account, after=told))
    return answer(quotes.shown(quote), 201)


def _again(known: Quote, digest: str) -> QuoteShown:
    if known.body.get("digest") != digest:
        raise invalid(Fault(f"header.{KEY}", OTHER_BODY))
    return quotes.shown(known)


@routes.get(
    "/v1/quotes/{id}",
    summary="Get a quote",
    responses=shows(_EXAMPLE),
    dependencies=[Depends(require("read"))],
)
async def get_quote(id: PathIdentifier, context: CurrentContext) -> Answer[QuoteShown]:
    """Includes quotes that have expired or were accepted."""
    async with transaction(context.engine) as conn:
        found = await stored.find(conn, id)
    if found is None:
        raise Problem(404, "No quote has this id.")
    return answer(quotes.shown(found))


@routes.post(
    "/v1/quotes/{id}:accept",
    summary="Accept a quote",
    responses=shows(_EXAMPLE),
    dependencies=[Depends(require("facts:write"))],
)
async def accept_quote(
    id: PathIdentifier, context: CurrentContext, watch: CurrentWatch, author: CurrentAuthor
) -> Answer[QuoteShown]:
    """Charges what was quoted.

    A higher plan starts immediately, a lower one at the end of the period; until then it is the
    account's `next_subscription`. Accepting again changes nothing.
    """
    now = context.clock.now()
    async with deciding(context) as (conn, outcome):
        known = await stored.find(conn, id)
        if known is None:
            raise Problem(404, "No quote has this id.")
        if known.accepted_at is None:
            if now >= known.expires_at:
                raise Problem(409, "The quote has expired.")
            await plan_changes.lock(conn, [known.account])
            outcome.add(await _accepted(conn, watch, known, now))
            await stored.accept(conn, id, now)
            moved = [{"plan": known.from_plan}, {"plan": known.plan}]
            await trail.write(conn, author, Done("accept", "quote", id, now, known.account, *moved))
        accepted = await stored.find(conn, id)
    assert accepted is not None
    return answer(quotes.shown(accepted))


async def _accepted(conn: AsyncConnection, watch: Watch, quote: Quote, now: datetime) -> Outcome:
    present = Present(watch.catalogs)
    terms = (await present.terms(conn, [quote.account], now)).get(quote.account)
    if terms is None:
        raise unknown_account()
    running = terms.running(now)
    if running is None or running.plan != quote.from_plan:
        raise Problem(409, "The account is no longer on the plan that the quote was made for.")
    subscriptions = Subscriptions(watch, present)
    if quote.effective_at > now:
        if terms.next is not None and terms.next.in_place_of is None:
            raise Problem(409, "This account already has a next subscription.")
        if running.ended_at is not None and running.ended_at <= quote.effective_at:
            raise Problem(409, "The subscription ends before the lower plan would start.")
        done = await subscriptions.agree(
            conn, quote.account, quote.plan, quote.effective_at, now=now
        )
    else:
        if not quotes.still_holds(quote, running):
            raise Problem(
                409,
                "What the account pays has changed since the quote was made: ask for a new one.",
            )
        applied = await present.in_force(conn)
        assert applied is not None
        moved = succession.moved_to(running, quote.plan, applied.version, applied.catalog)
        done = await subscriptions.put(conn, quote.account, Order.of(moved), now=now)
    if isinstance(done, Unsold):
        raise Problem(
            409, "The catalogue no longer sells the plan this way.", errors=list(done.faults)
        )
    return done
