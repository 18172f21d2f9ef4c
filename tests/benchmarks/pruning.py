"""Prunes a million old rows while others write: how long a piece holds its locks, and how long a
concurrent writer waits."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import asyncpg

from services.notifier.pruning import RULES as NOTIFIER
from services.trigger.pruning import RULES as TRIGGER
from shared.embedded import Addresses
from shared.pruning import Pruner
from shared.runtime.context import make_context
from shared.runtime.settings import load_settings
from tests.support.databases import migrated_template, new_database, url_of

_NAME = "plimsoll-pruning"
_WORDS = "jsonb_build_object('text', repeat(md5(n::text), 20))"
_AGE = "now() - interval '1500 days'"
_FILL = (
    f"""
    insert into fact (source, id, account, type, at, received_at, event)
    select '/s', n::text, 'a' || n % 1000, 'login.recorded', {_AGE}, {_AGE}, {_WORDS}
        from generate_series(1, $1::int) as n
    """,
    f"""
    insert into decision (id, account, cause, at, outcome, body)
    select n::text, 'a' || n % 1000, 'x', {_AGE}, 'none', {_WORDS} from generate_series(1,
        $1::int) as n
    """,
    f"""
    insert into notification (id, key, recipient, account, kind, class, facts, created_at)
    select n::text, n::text, 'webhook', 'a' || n % 1000, 'usage.threshold', 'notice', {_WORDS},
        {_AGE} from generate_series(1, $1::int) as n
    """,
    f"""
    insert into delivery (id, notification, account, channel, lane, state, deadline_at, created_at,
        ended_at)
    select n::text, n::text, 'a' || n % 1000, 'webhook', n::text, 'delivered', {_AGE}, {_AGE},
        {_AGE} from generate_series(1, $1::int) as n
    """,
)
_WRITE = """
    insert into fact (source, id, account, type, at, received_at, event)
    values ('/now', gen_random_uuid()::text, 'a1', 'x', now(), now(), '{}')
"""
_OLDEST = f"""
    select coalesce(max(extract(epoch from clock_timestamp() - xact_start)) filter (where
        application_name = '{_NAME}'), 0)::float8 as held
    from pg_stat_activity where datname = current_database()
"""


async def measure(
    stack: Addresses, *, rows: int = 250_000, say: Callable[[str], None] = print
) -> dict[str, Any]:
    """`pruning`: `rows` rows in each of four tables; the longest transaction, and a writer's
    longest wait, in ms.
    """
    async with (
        migrated_template(stack.postgres_url) as template,
        new_database(stack.postgres_url, template=template) as name,
    ):
        url = url_of(stack.postgres_url, name)
        connection, watcher = await asyncpg.connect(url), await asyncpg.connect(url)
        try:
            for statement in _FILL:
                await connection.execute(statement, rows)
            await connection.execute("vacuum analyze")
            found = await _prune(url, connection, watcher)
            left = [
                await connection.fetchval(f"select count(*) from {table}")
                for table in ("decision", "notification", "delivery")
            ]
        finally:
            await connection.close()
            await watcher.close()
    assert left == [0, 0, 0], left
    say(
        f"pruning: {4 * rows:,} rows in {found['seconds']} s; "
        f"longest transaction {found['longest_ms']} ms, writer {found['writer_ms']} ms"
    )
    return {"pruning": {"rows": 4 * rows} | found}


async def _prune(url: str, writer: Any, watcher: Any) -> dict[str, Any]:
    given = {
        "PLIMSOLL_DATABASE_URL": url,
        "PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
        "PLIMSOLL_ADMIN_KEY": "k" * 40,
    }
    context = make_context(load_settings(given), name="pruning", pool_size=1)
    stop, never, held, waited = asyncio.Event(), asyncio.Event(), [0.0], [0.0]

    async def write() -> None:
        while not stop.is_set():
            began = time.perf_counter()
            await writer.execute(_WRITE)
            waited.append(time.perf_counter() - began)
            await asyncio.sleep(0.01)

    async def watch() -> None:
        while not stop.is_set():
            held.append(await watcher.fetchval(_OLDEST))
            await asyncio.sleep(0.002)

    others = [asyncio.create_task(write()), asyncio.create_task(watch())]
    try:
        began = time.perf_counter()
        for service, rules in (("trigger", TRIGGER), ("notifier", NOTIFIER)):
            await Pruner(context, service, rules).sweep(never)
        seconds = time.perf_counter() - began
    finally:
        stop.set()
        await asyncio.gather(*others)
        await context.close()
    return {
        "seconds": round(seconds, 1),
        "longest_ms": round(max(held) * 1_000, 1),
        "writer_ms": round(max(waited) * 1_000, 1),
    }
