"""`GET /v1/targets`: accounts to approach about an upgrade, with the four indicators (R-055)."""

from datetime import datetime

from fastapi import Depends
from typing_extensions import TypedDict

from services.trigger.api.common import CurrentWatch, shows
from services.trigger.dossier.dossier import Loaded
from services.trigger.judgement.case import Case
from services.trigger.judgement.findings.loyalty import LoyaltyShown, loyalty
from services.trigger.judgement.findings.targets import is_target
from services.trigger.tables.lists import candidates
from shared.answers import MomentText
from shared.postgres.database import transaction
from shared.values.moments import iso
from shared.web import Answer, CurrentContext, Paging, answer, require, router

routes = router(tags=["judgement"])


class Target(TypedDict):
    """An account to approach about an upgrade."""

    account: str
    name: str
    plan: str
    next_plan: str
    loyalty: LoyaltyShown


class Targets(TypedDict):
    """A page of accounts to approach, as they are at `as_of`."""

    data: list[Target]
    next_cursor: str | None
    as_of: MomentText


_LOYALTY = {
    "segment": "high",
    "tenure": "yes",
    "logins": "yes",
    "nps": "yes",
    "enquiries": "unknown",
}
_EXAMPLE = {
    "account": "acct-42",
    "name": "Aozora",
    "plan": "starter",
    "next_plan": "pro",
    "loyalty": _LOYALTY,
}


@routes.get(
    "/v1/targets",
    summary="List accounts to approach about an upgrade",
    responses=shows({"data": [_EXAMPLE], "next_cursor": None, "as_of": "2026-11-30T09:00:00Z"}),
    dependencies=[Depends(require("read"))],
)
async def list_targets(
    page: Paging, context: CurrentContext, watch: CurrentWatch
) -> Answer[Targets]:
    """Loyal accounts with a plan above theirs and nothing that blocks an offer, by account id.

    `limit` is the number of accounts examined: a page may hold fewer, and more may follow while
    there is a cursor.
    """
    now = context.clock.now()
    async with transaction(context.engine) as conn:
        after = page.after[0] if page.after else ""
        found = await candidates.targets(conn, now, after, page.fetch)
        loaded = await watch.judgement.loader.load(conn, found, now)
    body = page.body(
        found, lambda account: [account], lambda account: _target(loaded.get(account), now)
    )
    return answer(
        {
            "data": [shown for shown in body["data"] if shown is not None],
            "next_cursor": body["next_cursor"],
            "as_of": iso(now),
        }
    )


def _target(loaded: Loaded | None, now: datetime) -> Target | None:
    if loaded is None:
        return None
    case = Case("schedule", now, loaded.catalog, loaded.facts)
    if not is_target(case) or case.plan is None or case.next_plan is None:
        return None
    return {
        "account": loaded.profile.id,
        "name": loaded.profile.name,
        "plan": case.plan.id,
        "next_plan": case.next_plan.id,
        "loyalty": loyalty(loaded.facts, case.policy, now).json(),
    }
