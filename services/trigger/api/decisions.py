"""Decisions over HTTP: why an account was, or was not, notified or sent an offer."""

from typing import Annotated, Any

import msgspec
from fastapi import Depends, Query
from sqlalchemy import Row
from typing_extensions import TypedDict

from services.trigger.api.common import shows
from services.trigger.judgement.shapes import DecisionShown
from services.trigger.tables import alerts
from shared.postgres.database import transaction
from shared.web import (
    Answer,
    CurrentContext,
    Identifier,
    Paging,
    PathIdentifier,
    Problem,
    answer,
    require,
    router,
)

routes = router(tags=["decisions"])


class Decisions(TypedDict):
    """A page of decisions."""

    data: list[DecisionShown]
    next_cursor: str | None


_EXAMPLE = {
    "id": "1d7e5a3c9b8f4e6da2c1b0f9e8d7c6b5",
    "account": "acct-42",
    "cause": "usage.threshold",
    "at": "2026-11-22T05:00:00.250Z",
    "signals": ["usage_limit"],
    "outcome": "withheld",
    "gates": [
        {"gate": "dissatisfied", "result": "block", "reason": "NPS 4 on 2025-09-01", "evidence": {}}
    ],
    "blocked_by": ["dissatisfied"],
    "retry_at": None,
    "remedy": {"task": "support_reinforcement", "owner": "cs", "due_at": "2026-11-24T05:00:00Z"},
    "recommendation": {"plan": "enterprise", "steps": 1, "multi_step": False, "add_on": None},
    "value": None,
    "route": None,
    "scenarios": [],
    "qualification": None,
    "loyalty": {
        "segment": "medium",
        "tenure": "yes",
        "logins": "yes",
        "nps": "no",
        "enquiries": "unknown",
    },
    "remedies": [],
    "late": False,
}


@routes.get(
    "/v1/decisions",
    summary="List decisions",
    responses=shows({"data": [_EXAMPLE], "next_cursor": None}),
    dependencies=[Depends(require("read"))],
)
async def list_decisions(
    page: Paging,
    context: CurrentContext,
    account: Annotated[Identifier | None, Query(description="Only for this account")] = None,
) -> Answer[Decisions]:
    """Newest first, each with all its gates."""
    async with transaction(context.engine) as conn:
        rows = await alerts.list_decisions(
            conn, account=account, before=page.before, limit=page.fetch
        )
    return answer(page.body(rows, lambda row: [row.seq], _shown))


@routes.get(
    "/v1/decisions/{id}",
    summary="Get a decision",
    responses=shows(_EXAMPLE),
    dependencies=[Depends(require("read"))],
)
async def get_decision(id: PathIdentifier, context: CurrentContext) -> Answer[DecisionShown]:
    """Every gate is evaluated, even after one that blocks."""
    async with transaction(context.engine) as conn:
        row = await alerts.find_decision(conn, id)
    if row is None:
        raise Problem(
            404,
            "No decision has this id. "
            f"Decisions are kept for {context.settings.keep_decisions} days.",
        )
    return answer(_shown(row))


def _shown(row: Row[Any]) -> DecisionShown:
    """As `Decision.json` wrote it, with every digit as stored. Decisions from before `loyalty` was
    noted have none.
    """
    stored: Any = {"loyalty": None} | msgspec.json.decode(row.body, type=dict[str, msgspec.Raw])
    decision: DecisionShown = stored
    return decision
