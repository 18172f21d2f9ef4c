"""Who is worth a look, from the rows of lists: `GET /v1/targets` looks at no others."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from services.trigger.overview.keeper import Keeper
from services.trigger.tables.lists import candidates
from shared.postgres.database import transaction
from shared.runtime.settings import Settings
from tests.support.desk import NOVEMBER, Desk, open_desk, order

NOW = NOVEMBER + timedelta(days=9, hours=12)
LOYAL, NEW = "acct-42", "acct-43"


@pytest.fixture
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    """A loyal account, and one that began this month."""
    async with open_desk(settings) as opened:
        opened.at(NOW)
        await opened.opens(LOYAL, subscription=order(started_at=NOVEMBER - timedelta(days=700)))
        await opened.opens(NEW)
        for days in range(30):
            await opened.learns("login.recorded", {"user": "u1"}, at=NOW - timedelta(days=days))
        await opened.learns("nps.responded", {"score": 9, "contact": "c1"})
        yield opened


async def looked_at(desk: Desk) -> list[str]:
    async with transaction(desk.context.engine) as conn:
        return await candidates.targets(conn, desk.now, "", 10)


async def targets(desk: Desk) -> list[str]:
    found = await desk("GET", "/v1/targets")
    assert found["as_of"].startswith(f"{desk.now:%Y-%m-%dT%H}")
    return [one["account"] for one in found["data"]]


async def test_targets_are_looked_for_among_the_loyal_and_those_that_changed(desk: Desk) -> None:
    assert await looked_at(desk) == [LOYAL, NEW], "nobody has written their rows yet"
    assert await targets(desk) == [LOYAL]
    await Keeper(desk.context, desk.watch.judgement.loader).work(asyncio.Event())
    assert await looked_at(desk) == [LOYAL]
    assert await targets(desk) == [LOYAL]
    await desk.learns("ticket.opened", {"ticket": "t1", "class": "bug"}, account=NEW)
    await desk.learns("nps.responded", {"score": 2, "contact": "c1"})
    assert await looked_at(desk) == [LOYAL, NEW]
    assert await targets(desk) == [], "it is not what its row says any more"
    await Keeper(desk.context, desk.watch.judgement.loader).work(asyncio.Event())
    assert await looked_at(desk) == []
    desk.at(NOW + timedelta(days=1, hours=12))
    assert await looked_at(desk) == [LOYAL, NEW], "the day may have changed them"
