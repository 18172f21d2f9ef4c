"""What a hand-off looks at besides the log: the account as judgement sees it, its open alerts."""

from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.dossier.loader import Loader
from services.trigger.process.deals.opportunity import Opportunity
from services.trigger.process.handoff.status import standing
from services.trigger.process.log.context import Context
from services.trigger.proposals import account_view
from services.trigger.tables import alerts as alert_rows
from services.trigger.tables import judgements as state_rows
from services.trigger.tables.process import persons as person_rows
from shared.values.moments import iso
from shared.values.quantities import plain

MOST = 100


async def completed(
    conn: AsyncConnection, loader: Loader, state: Opportunity, context: Context
) -> Context:
    """With all of it."""
    account, context = state.account, await with_asked(conn, state, context)
    loaded = (await loader.load(conn, [account], context.at, daily=True))[account]
    since = await state_rows.suppressed_since(conn, account)
    history = await state_rows.history(conn, account)
    alerts = await alert_rows.list_alerts(
        conn, account=account, meter=None, state="open", before=None, limit=MOST
    )
    seen = account_view.described(loaded, since, history, context.at)
    told = [
        {
            "id": row.id,
            "meter": row.meter,
            "threshold": row.threshold,
            "used": plain(row.used),
            "limit": None if row.limit is None else plain(row.limit),
            "percent": row.percent,
            "reached_at": iso(row.reached_at),
        }
        for row in alerts
    ]
    return replace(context, overview={**seen, "alerts": told})


async def with_asked(conn: AsyncConnection, state: Opportunity, context: Context) -> Context:
    """With the one of Sales who was asked."""
    found = standing(state)
    if found is None or found.to in context.persons:
        return context
    asked = await person_rows.with_managers(conn, [found.to])
    return replace(context, persons={**asked, **context.persons})
