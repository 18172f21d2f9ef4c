"""How often a batch queries the database: its accounts' state is read once, after their locks."""

import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from services.trigger.proposals.judge import Judge
from services.trigger.tables.catalogs import Catalogs
from shared.runtime.settings import Settings
from tests.support.desk import Desk, catalog, open_desk, order, plan

READ = {
    "the catalogue in force": "select version from catalog order by revision",
    "terms": "from account a left join subscription s",
    "profiles": r"from account a where id = any",
    "locks": "pg_advisory_xact_lock",
}
JUDGED = {"features": ["core"], "price": {"month": 49, "year": 588}}


@pytest.fixture
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    async with open_desk(settings, judgement=Judge(Catalogs())) as found:
        plans = (plan("starter", 1, **JUDGED), plan("pro", 2, api_calls=10_000, **JUDGED))
        await found.opens(catalog=catalog(*plans))
        yield found


@contextmanager
def statements(desk: Desk) -> Iterator[list[str]]:
    """Records the executed statements, in order."""
    found: list[str] = []
    engine = desk.context.engine.sync_engine

    def write_down(conn: Any, cursor: Any, statement: str, *others: Any) -> None:
        found.append(re.sub(r"\s+", " ", statement).strip())

    event.listen(engine, "before_cursor_execute", write_down)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", write_down)


def reads(executed: list[str]) -> Counter[str]:
    return Counter(
        name
        for statement in executed
        for name, pattern in READ.items()
        if re.search(pattern, statement)
    )


async def test_a_batch_that_crosses_a_threshold(desk: Desk) -> None:
    await desk.counts("api_calls", 70)
    with statements(desk) as executed:
        await desk.counts("api_calls", 85)
    assert "api_calls 80" in await desk.told()
    assert reads(executed) == dict.fromkeys(READ, 1)
    assert len(executed) <= 18, "\n".join(executed)


async def test_a_batch_with_a_fact(desk: Desk) -> None:
    with statements(desk) as executed:
        await desk.learns("nps.responded", {"score": 9, "contact": "c1"})
    assert await desk.rows("select 1 from fact")
    assert reads(executed) == dict.fromkeys(READ, 1)
    assert len(executed) <= 15, "\n".join(executed)


async def test_a_batch_that_changes_a_plan_reads_the_account_again(desk: Desk) -> None:
    await desk.counts("api_calls", 70)
    with statements(desk) as executed:
        await desk.learns("subscription.changed", order("pro"))
    assert await desk.rows("select plan from subscription") == [("pro",)]
    assert reads(executed) == {**dict.fromkeys(READ, 1), "terms": 2}
    assert len(executed) <= 36, "\n".join(executed)


@pytest.mark.parametrize("path", ["usage", "can?meter=api_calls", "can?feature=core"])
async def test_a_request_reads_the_catalogue_and_the_terms_once(desk: Desk, path: str) -> None:
    await desk.counts("api_calls", 70)
    with statements(desk) as executed:
        await desk("GET", f"/v1/accounts/acct-42/{path}")
    assert reads(executed) == {"the catalogue in force": 1, "terms": 1}
    assert len(executed) <= 7, "\n".join(executed)
