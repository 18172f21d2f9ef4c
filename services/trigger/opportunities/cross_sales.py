"""Opens the task of what is sold beside a plan that an account has decided on."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.dossier.dossier import Loaded
from services.trigger.judgement.case import Case
from services.trigger.judgement.findings import cross_sell
from services.trigger.opportunities import tasks
from services.trigger.opportunities.logs import context_of
from services.trigger.outcome import Outcome
from services.trigger.process.log.entries import JUDGEMENT
from services.trigger.process.tasks import beside
from services.trigger.process.tasks.openings import Opening, opening
from shared.values.moments import iso


async def ask(
    conn: AsyncConnection, decided: Mapping[str, tuple[Loaded, str]], now: datetime
) -> Outcome:
    """By account: what is known of it, and the plan. Nothing where nothing is sold beside it."""
    openings = list[Opening]()
    for loaded, plan in decided.values():
        sold = loaded.catalog.plans.get(plan)
        case = Case("schedule", now, loaded.catalog, loaded.facts)
        found = () if sold is None else cross_sell.beside(case, sold)
        if sold is not None and found:
            context = await context_of(conn, loaded, now)
            openings.append(opening(beside.asked(sold, found), context, iso(now), None))
    return await tasks.open_all(conn, openings, JUDGEMENT, now)
