"""Who listens outside: what the notifier has set, so that nothing is composed for nobody."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


async def is_listening(conn: AsyncConnection) -> bool:
    """Whether a webhook is set. What goes to one that its receiver disabled is kept for later."""
    return bool((await conn.execute(_LISTENS)).scalar_one())


LISTENS = """
    exists (select from channel where name = 'webhook' and (off_at is null or disabled))
"""
"""Part of a statement: `is_listening`."""
_LISTENS = text(f"select {LISTENS}")
