"""What each person prefers: `person_preference`. Null: what follows from the person."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True)
class Preference:
    language: str | None = None
    time_zone: str | None = None
    theme: str = "system"
    keys_on: bool = True
    start_page: str | None = None


async def find(conn: AsyncConnection, person: str) -> Preference:
    row = (await conn.execute(_FIND, {"person": person})).one_or_none()
    if row is None:
        return Preference()
    return Preference(row.language, row.time_zone, row.theme, row.keys_on, row.start_page)


async def put(conn: AsyncConnection, person: str, one: Preference) -> None:
    given = {
        "person": person,
        "language": one.language,
        "time_zone": one.time_zone,
        "theme": one.theme,
        "keys_on": one.keys_on,
        "start_page": one.start_page,
    }
    await conn.execute(_PUT, given)


_FIND = text(
    """
    select language, time_zone, theme, keys_on, start_page from person_preference
    where person = :person for update
    """
)
_PUT = text(
    """
    insert into person_preference (person, language, time_zone, theme, keys_on, start_page)
    values (:person, :language, :time_zone, :theme, :keys_on, :start_page)
    on conflict (person) do update set language = excluded.language,
        time_zone = excluded.time_zone, theme = excluded.theme, keys_on = excluded.keys_on,
        start_page = excluded.start_page
    """
)
