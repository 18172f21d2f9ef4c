"""Searches a database for a text, in every column of every table."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

_COLUMNS = text(
    """
    select c.table_name as table, c.column_name as column, c.data_type as type
        from information_schema.columns c
    join information_schema.tables t using (table_schema, table_name)
    where c.table_schema = 'public' and t.table_type = 'BASE TABLE' order by 1, 2
    """
)


async def columns(conn: AsyncConnection) -> dict[str, dict[str, str]]:
    """Table -> column -> type."""
    found: dict[str, dict[str, str]] = {}
    for row in await conn.execute(_COLUMNS):
        found.setdefault(row.table, {})[row.column] = row.type
    return found


async def places_of(engine: AsyncEngine, needle: str) -> dict[str, int]:
    """`table.column` -> how many rows contain it, ignoring case, also as bytes and as base64."""
    found = dict[str, int]()
    async with engine.connect() as conn:
        for table, named in (await columns(conn)).items():
            shown = ", ".join(
                f"count(*) filter (where {_holds(column, type_)})"
                for column, type_ in named.items()
            )
            counts = (
                await conn.execute(
                    text(f'select {shown} from "{table}"'), {"needle": needle.lower()}
                )
            ).one()
            found |= {
                f"{table}.{column}": count
                for column, count in zip(named, counts, strict=True)
                if count
            }
    return found


def _holds(column: str, type_: str) -> str:
    if type_ == "bytea":
        shown = f"encode(\"{column}\", 'escape')"
    elif column.endswith("base64"):
        shown = f"encode(decode(\"{column}\", 'base64'), 'escape')"
    else:
        shown = f'"{column}"::text'
    return f"position(cast(:needle as text) in lower({shown})) > 0"
