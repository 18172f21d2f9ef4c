"""Judgement over HTTP: facts, recommendations, ownership rules."""

from typing import Annotated, Any, NotRequired

import msgspec
from fastapi import Depends, Query
from fastapi.responses import Response
from sqlalchemy import Row
from typing_extensions import TypedDict

from services.trigger.api.common import CurrentWatch, account_or_404, shows
from services.trigger.judgement.case import Case
from services.trigger.judgement.findings.routing import Ownership, ownership_policy
from services.trigger.process.advice import AdviceShown, advised
from services.trigger.tables import facts as fact_rows
from shared.answers import MomentText, Things
from shared.audit import trail
from shared.audit.trail import Done
from shared.catalog import Policy
from shared.postgres.database import lock_accounts, transaction
from shared.security.rights import Principal
from shared.telemetry.logs import log
from shared.values.moments import iso
from shared.web import (
    Answer,
    CurrentAuthor,
    CurrentContext,
    Paging,
    PathIdentifier,
    Problem,
    answer,
    no_content,
    require,
    router,
)

routes = router(tags=["judgement"])


class TakenBack(TypedDict):
    """When a fact was taken back, and with which key."""

    at: MomentText
    by: str


class FactShown(TypedDict):
    """The event as sent, and when it was received. `fact` is its id here."""

    fact: str
    specversion: str
    id: str
    source: str
    type: str
    subject: str
    time: MomentText
    data: NotRequired[Things]
    received_at: MomentText
    taken_back: NotRequired[TakenBack]


class Facts(TypedDict):
    """A page of facts."""

    data: list[FactShown]
    next_cursor: str | None


_LONGEST_NUMBER = 18
_FACT = {
    "fact": "4711",
    "specversion": "1.0",
    "id": "nps-2026-11-22-c1",
    "source": "/surveys",
    "type": "nps.responded",
    "subject": "acct-42",
    "time": "2026-11-22T05:00:00Z",
    "data": {"score": 9, "contact": "c1"},
    "received_at": "2026-11-22T05:00:00.120Z",
}
_ADVICE: dict[str, Any] = {
    "plan": "pro",
    "reason": "Pro answers: storage",
    "comparison": [],
    "value": None,
    "wait_cost": None,
    "alternative": None,
    "option": None,
    "path": {
        "plan": "pro",
        "towards": [
            {
                "meter": "seats",
                "used": 4,
                "limit": 5,
                "percent": 80,
                "text": "users 4/5 (80%) → Pro",
            }
        ],
    },
    "options": [{"plan": "starter", "name": "Starter", "current": True, "recommended": False}],
    "price": {
        "interval": "month",
        "price": "500.00",
        "difference": "451.00",
        "currency": "USD",
        "text": "$500 a month ($451 more)",
    },
    "add_on": None,
    "angles": [],
    "cross_sell": [],
    "downsell": None,
}


@routes.get(
    "/v1/accounts/{account}/facts",
    summary="List an account's facts",
    responses=shows({"data": [_FACT], "next_cursor": None}),
    dependencies=[Depends(require("read"))],
)
async def list_facts(
    account: PathIdentifier,
    page: Paging,
    context: CurrentContext,
    taken_back: Annotated[
        bool, Query(description="List facts that were taken back, when and by whom")
    ] = False,
) -> Answer[Facts]:
    """Newest first.

    A fact is listed once the decision it led to is stored. Use `fact` to take it back.
    """
    async with transaction(context.engine) as conn:
        await account_or_404(conn, account)
        rows = await fact_rows.page(conn, account, page.before, page.fetch, taken_back=taken_back)
    return answer(page.body(rows, lambda row: [row.seq], _fact))


def _fact(row: Row[Any]) -> FactShown:
    """The event with every digit and extension it arrived with."""
    event: Any = msgspec.json.decode(row.event, type=dict[str, msgspec.Raw]) | {
        "fact": str(row.seq),
        "received_at": iso(row.received_at),
    }
    fact: FactShown = event
    if row.taken_back_at is not None:
        fact["taken_back"] = {"at": iso(row.taken_back_at), "by": row.taken_back_by}
    return fact


@routes.delete(
    "/v1/accounts/{account}/facts/{fact}",
    summary="Take back a fact",
    status_code=204,
    response_class=Response,
)
async def take_back_fact(
    account: PathIdentifier,
    fact: PathIdentifier,
    context: CurrentContext,
    watch: CurrentWatch,
    author: CurrentAuthor,
    caller: Annotated[Principal, Depends(require("facts:write"))],
) -> Response:
    """It no longer counts, and stays taken back if it is sent again.

    What was sent or bought because of it stays. Repeating this changes nothing.
    """
    async with transaction(context.engine) as conn:
        await account_or_404(conn, account)
        await lock_accounts(conn, [account])
        found = fact.isascii() and fact.isdigit() and len(fact) <= _LONGEST_NUMBER
        was_before = found and await fact_rows.is_taken_back(conn, account, int(fact))
        if not (
            found
            and await watch.judgement.take_back(
                conn, account, int(fact), caller.name, context.clock.now()
            )
        ):
            raise Problem(404, "The account has no such fact.")
        was, now = {"taken_back": was_before}, {"taken_back": True}
        done = Done("take_back", "fact", fact, context.clock.now(), account, was, now)
        await trail.write(conn, author, done)
    log.info("fact_taken_back", account=account, fact=fact, by=caller.name)
    return no_content()


@routes.get(
    "/v1/accounts/{account}/recommendation",
    summary="Get the recommended upgrade",
    responses=shows(_ADVICE),
    dependencies=[Depends(require("read"))],
)
async def get_recommendation(
    account: PathIdentifier, context: CurrentContext, watch: CurrentWatch
) -> Answer[AdviceShown]:
    """Labels and texts are in the account's `locale`."""
    now = context.clock.now()
    async with transaction(context.engine) as conn:
        await account_or_404(conn, account)
        loaded = (await watch.judgement.loader.load(conn, [account], now, daily=True)).get(account)
    if loaded is None:
        raise Problem(404, "No catalogue has been applied yet.")
    case = Case("schedule", now, loaded.catalog, loaded.facts)
    return answer(advised(case, loaded.profile.locale))


@routes.get(
    "/v1/policy/ownership",
    summary="Get the ownership rules",
    responses=shows(
        {"rules": [{"id": "OWN-2", "when": "Deals below $50,000 a year", "owner": "cs"}]}
    ),
    dependencies=[Depends(require("read"))],
)
async def get_ownership(
    context: CurrentContext,
    watch: CurrentWatch,
    lang: Annotated[str, Query(max_length=35, description="A language tag")] = "en",
) -> Answer[Ownership]:
    """Who acts on which opportunity: the rules in force, in words."""
    async with transaction(context.engine) as conn:
        applied = await watch.catalogs.in_force(conn)
    return answer(ownership_policy(applied.catalog.policy if applied else Policy(), lang))
