"""Accounts that lived for some weeks, hour by hour, and backtests of the same weeks."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from services.trigger.proposals.judge import Judge
from services.trigger.tables.catalogs import Catalogs
from shared.postgres.database import transaction
from shared.runtime.settings import Settings
from tests.support.desk import METERS, Desk, open_desk

START = datetime(2026, 11, 2, 3, tzinfo=UTC)


@dataclass
class Weeks:
    """Usage is counted, recorded by the hour and decided on, at the time of the desk's clock."""

    desk: Desk
    used: dict[tuple[str, str, datetime], Decimal] = field(default_factory=dict)

    async def use(self, meter: str, at: datetime, amount: int, account: str = "acct-42") -> None:
        """`amount` more of what adds up; for storage, its current size."""
        await self.go_to(at)
        counter = METERS[meter]["reset"] == "period"
        start = (
            at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
            if counter
            else datetime(1970, 1, 1, tzinfo=UTC)
        )
        place, adds = (account, meter, start), METERS[meter]["aggregation"] != "latest"
        await self._record(account, meter, at, amount)
        self.used[place] = self.used.get(place, Decimal(0)) + amount if adds else Decimal(amount)
        end = (start + timedelta(days=32)).replace(day=1)
        await self.desk.counts(meter, self.used[place], account=account, start=start, end=end)

    async def _record(self, account: str, meter: str, at: datetime, amount: int) -> None:
        hour = f"h{at.hour:02}"
        after = (
            f"coalesce(usage_day.{hour}, 0) + excluded.{hour}"
            if METERS[meter]["aggregation"] != "latest"
            else f"excluded.{hour}"
        )
        statement = text(
            f"insert into usage_day (account, meter, day, aggregation, {hour}) "
            "values (:account, :meter, :day, :aggregation, :amount) "
            f"on conflict (account, meter, day) do update set {hour} = {after}"
        )
        row = {
            "account": account,
            "meter": meter,
            "day": at.date(),
            "aggregation": METERS[meter]["aggregation"],
            "amount": amount,
        }
        async with transaction(self.desk.context.engine) as conn:
            await conn.execute(statement, row)

    async def go_to(self, at: datetime) -> None:
        """Everything that falls due on the way is done at its time."""
        while (
            next_ := (
                await self.desk.rows("select min(at) as at from due where at <= :until", until=at)
            )[0].at
        ) is not None:
            self.desk.at(next_)
            await self.desk.due()
        self.desk.at(at)

    async def backtest(self, catalog: Any, since: str = "90d", **more: Any) -> Any:
        return await self.desk(
            "POST", "/v1/backtests", {"catalog": catalog, "since": since, **more}
        )


@pytest.fixture
async def weeks(settings: Settings) -> AsyncIterator[Weeks]:
    async with open_desk(settings, judgement=Judge(Catalogs()), now=START) as desk:
        yield Weeks(desk)


@pytest.fixture
def environment(
    environment: dict[str, str], module_database_url: str, module_topic_prefix: str
) -> dict[str, str]:
    """The desk's database: that of the module, not the one of a single test."""
    return environment | {
        "PLIMSOLL_DATABASE_URL": module_database_url,
        "PLIMSOLL_TOPIC_PREFIX": module_topic_prefix,
    }
