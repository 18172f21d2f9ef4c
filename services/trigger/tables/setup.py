"""What the setup checklist asks of what is stored. Each question stops at its first answer."""

from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection


async def answers(conn: AsyncConnection) -> Row[Any]:
    """`recorded`: an account has logins and NPS answers; `crm`: a CRM channel is on; `csm` and
    `sales`: there are active people with that role; `assigned`: a subscribed account has a CSM.
    """
    return (await conn.execute(_ANSWERS)).one()


_ANSWERS = text(
    """
    select exists (select 1 from account_record
                   where body ? 'active_days' and body ? 'nps') as recorded,
        exists (select 1 from channel
                where name in ('hubspot', 'salesforce') and off_at is null) as crm,
        exists (select 1 from person where active and 'csm' = any(roles)) as csm,
        exists (select 1 from person where active and 'sales' = any(roles)) as sales,
        exists (select 1 from account a join subscription s on s.account = a.id
                where a.csm is not null) as assigned
    """
)
