"""A migrated database in a moment: a copy of a template that was migrated once."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from sqlalchemy import make_url

from shared.migrations.run import upgrade


def url_of(server_url: str, database: str) -> str:
    return make_url(server_url).set(database=database).render_as_string(hide_password=False)


async def run_on_server(server_url: str, statement: str) -> None:
    connection = await asyncpg.connect(server_url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@asynccontextmanager
async def new_database(server_url: str, *, template: str | None = None) -> AsyncIterator[str]:
    """The name of a database that lives as long as the block; clients that are still on it at the end are cut off."""
    name = f"test_{secrets.token_hex(6)}"
    await run_on_server(server_url, f"create database {name}" + (f" template {template}" if template else ""))
    try:
        yield name
    finally:
        await run_on_server(server_url, f"drop database {name} with (force)")


@asynccontextmanager
async def migrated_template(server_url: str) -> AsyncIterator[str]:
    async with new_database(server_url) as name:
        await upgrade(url_of(server_url, name))
        yield name
