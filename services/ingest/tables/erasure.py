"""What an erasure changes in ingest besides deleting rows."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


async def step_back(conn: AsyncConnection, account: str) -> int:
    """A walk through all accounts that stopped at this one continues from the one before."""
    return (await conn.execute(_STEP_BACK, {"account": account})).rowcount


_STEP_BACK = text(
    """
    update layout_progress set walked = coalesce((select max(id) from account where id < :account),
        '') where walked = :account
    """
)
