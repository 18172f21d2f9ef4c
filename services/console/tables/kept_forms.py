"""Forms that a session ended before: `kept_form`."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True)
class KeptForm:
    """`body`: as it was sent to `action`, without its token."""

    action: str
    body: str


async def add(conn: AsyncConnection, id: str, person: str, form: KeptForm, now: datetime) -> None:
    given = {"id": id, "person": person, "action": form.action, "body": form.body, "now": now}
    await conn.execute(_ADD, given)


async def find(conn: AsyncConnection, id: str, person: str) -> KeptForm | None:
    """Of this person alone."""
    row = (await conn.execute(_FIND, {"id": id, "person": person})).one_or_none()
    return None if row is None else KeptForm(row.action, row.body)


async def prune(conn: AsyncConnection, before: datetime, most: int) -> int:
    return (await conn.execute(_PRUNE, {"before": before, "most": most})).rowcount


_ADD = text(
    """
    insert into kept_form (id, person, action, body, created_at)
    values (:id, :person, :action, :body, :now)
    """
)
_FIND = text("select action, body from kept_form where id = :id and person = :person")
_PRUNE = text(
    """
    delete from kept_form t where t.ctid = any(array(
        select ctid from kept_form where created_at < :before limit :most for update skip locked))
    """
)
