"""More accounts than one process gets at a time."""

import asyncio
import json
from datetime import timedelta

import asyncpg

from services.trigger.backtest.run import Asked, over, pages
from services.trigger.backtest.workers import SHARE
from services.trigger.tables.catalogs import Catalogs
from shared.values.quantities import dumps
from tests.benchmarks.population import insert
from tests.integration.trigger.backtest.conftest import Weeks
from tests.support import catalogs

MANY, DAYS = SHARE + 50, 40


async def populate(weeks: Weeks) -> None:
    url = weeks.desk.context.settings.database_url
    connection = await asyncpg.connect(url)
    try:
        await insert(connection, catalogs.catalog("global"), MANY, DAYS)
        weeks.desk.at(await connection.fetchval("select now()"))
    finally:
        await connection.close()


async def test_several_processes_find_what_one_finds(weeks: Weeks) -> None:
    await populate(weeks)
    tried = (catalogs.FOLDER / "global.yaml").read_text()
    found = await weeks.backtest(tried, since=f"{DAYS}d")
    asked = Asked(catalogs.catalog("global"), timedelta(days=DAYS))
    engine = weeks.desk.context.engine
    accounts = [account async for page in pages(engine, None) for account in page]
    alone = await over(engine, Catalogs(), asked, accounts, weeks.desk.now)
    assert len(found["would"]) > MANY / 10
    assert found == json.loads(dumps(alone.json())) | {"hours_behind_seconds": 0}


async def test_a_service_that_stops_waits_for_none(weeks: Weeks) -> None:
    await populate(weeks)
    body = {"catalog": (catalogs.FOLDER / "global.yaml").read_text(), "since": f"{DAYS}d"}
    asking = asyncio.create_task(weeks.desk("POST", "/v1/backtests", body, want=503))
    await asyncio.sleep(0.2)
    weeks.desk.context.stopping.set()
    assert "stopping" in (await asking)["detail"]
