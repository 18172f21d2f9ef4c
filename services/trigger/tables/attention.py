"""Whether a person has attended to what they were asked."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


async def acted(conn: AsyncConnection, account: str, decision: str) -> bool:
    """Whether a person has an entry on a task of that decision, here or in the CRM."""
    given = {"account": account, "decision": decision}
    return bool((await conn.execute(_ACTED, given)).scalar_one())


_ACTED = text(
    """
    select exists (
        select 1 from entry p
        where p.account = :account and p.kind = 'task'
            and (p.by_kind in ('person', 'key') or p.by_id = 'crm')
            and p.subject in (
                select t.id from task t where t.account = :account and t.decision = :decision
                union all
                select e.subject from entry e
                where e.account = :account and e.kind = 'task'
                    and e.body ->> 'decision' = :decision))
    """
)
