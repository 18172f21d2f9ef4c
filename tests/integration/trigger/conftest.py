"""A trigger on a database that a module's tests share, emptied before each."""

import secrets
from collections.abc import AsyncIterator

import asyncpg
import pytest

from shared.embedded import Addresses
from shared.runtime.settings import Settings
from tests.support.desk import Desk, open_desk

_EMPTY = """
    do $$ declare filled text; begin
        select string_agg(quote_ident(relname), ', ') into filled from pg_class
            where relkind = 'r' and relnamespace = 'public'::regnamespace
                and relname not in ('alembic_version', 'revision', 'dedupe_state')
                and pg_relation_size(oid) > 0;
        if filled is not null then
            execute 'truncate ' || filled || ' cascade';
        end if;
    end $$
"""
"""Only tables with something in them: truncating all of them makes four hundred files."""


@pytest.fixture
async def settings(
    stack: Addresses, module_database_url: str, module_topic_prefix: str
) -> Settings:
    connection = await asyncpg.connect(module_database_url)
    try:
        await connection.execute(_EMPTY)
    finally:
        await connection.close()
    return Settings(
        database_url=module_database_url,
        kafka_bootstrap_servers=stack.kafka,
        topic_prefix=module_topic_prefix,
        admin_key=secrets.token_hex(24),
        secret_key=secrets.token_hex(24),
        port=0,
    )


@pytest.fixture
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    async with open_desk(settings) as opened:
        yield opened
