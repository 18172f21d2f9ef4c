"""The tables and columns that docs/data.md names are those of the migrated database."""

import re

import asyncpg

from tests.support.pages import DATA, ROOT, blocks, prose


def told() -> dict[str, list[str]]:
    """Table -> its columns; the page omits some (`…`), and writes a range as `h00 … h23`."""
    (text,) = [block.text for block in blocks(DATA) if block.language == "sql"]
    joined = re.sub(r"\n {6,}", " ", re.sub(r" *--.*", "", text))
    tables = re.findall(r"^(\w+)\((.*)\)", joined, re.MULTILINE)
    return {name: _columns(inner) for name, inner in tables}


def _columns(inner: str) -> list[str]:
    for aside in (r"/\*.*?\*/", r"(?:PK|UNIQUE)\s*\([^)]*\)", r"\([^)]*\)"):
        inner = re.sub(aside, "", inner)
    return [
        part.split()[0].strip('"') for part in inner.split(",") if part.strip() not in ("", "…")
    ]


async def test_tables_and_columns_exist(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        rows = await connection.fetch(
            "select table_name, column_name from information_schema.columns "
            "where table_schema = 'public'"
        )
    finally:
        await connection.close()
    there = {(row["table_name"], row["column_name"]) for row in rows}
    named = {(table, column) for table, columns in told().items() for column in columns}
    assert len(told()) > 15
    assert named - there == set()


def test_the_migrations_are_named() -> None:
    files = sorted(
        path.stem for path in (ROOT / "shared" / "migrations" / "versions").glob("0*.py")
    )
    assert sorted(set(re.findall(r"`(00\d\d_\w+)`", prose(DATA)))) == files
