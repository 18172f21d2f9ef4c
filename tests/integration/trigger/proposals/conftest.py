"""A desk that plays stories directly to the trigger's transactions, with its own clock."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.trigger import account_events
from services.trigger.account_events import Said
from services.trigger.accounts import Account, Contact, Person
from services.trigger.alerts.watch import Watch
from services.trigger.outcome import Outcome
from services.trigger.proposals.judge import Judge
from services.trigger.subscriptions import account_changes, catalog_changes, plan_changes
from services.trigger.subscriptions.changes import Unsold
from services.trigger.subscriptions.orders import Order
from services.trigger.subscriptions.plan_changes import Subscriptions
from services.trigger.tables import due
from services.trigger.tables.catalogs import Catalogs
from shared.audit.trail import COMMAND
from shared.catalog import Catalog
from shared.events import Event
from shared.messages import Message
from shared.postgres.database import create_engine, lock_accounts, transaction
from shared.values.periods import NEVER
from tests.support.stories import NOW

OWNER = Contact("c1", "青空 花子", "owner", "hanako@example.com")
KATO = Person("u7", "Kato", "kato@example.com")


@dataclass
class Desk:
    engine: AsyncEngine
    watch: Watch
    now: datetime = NOW
    account: str = "acct-1"
    messages: list[Message] = field(default_factory=list)
    count: int = 0

    async def apply(self, catalog: Catalog) -> None:
        async with transaction(self.engine) as conn:
            await catalog_changes.apply_catalog(
                conn, self.watch.catalogs, catalog, COMMAND, self.now
            )

    async def open(
        self,
        plan: str | None,
        since: str = "2024-07-01",
        order: dict[str, Any] | None = None,
        **more: Any,
    ) -> None:
        """The account, with a contact who may buy, and its subscription."""
        given = {
            "locale": "ja-JP",
            "time_zone": "Asia/Tokyo",
            "country": "JP",
            "csm": KATO,
            "contacts": (OWNER,),
            **more,
        }
        async with transaction(self.engine) as conn:
            _, followed = await account_changes.put_account(
                conn, self.watch, Account(self.account, "Aozora", **given), self.now
            )
        self._sent(followed)
        if plan:
            await self.subscribe(plan, started_at=f"{since}T00:00:00Z", **(order or {}))

    async def subscribe(self, plan: str, **order: Any) -> None:
        async with transaction(self.engine) as conn:
            await plan_changes.lock(conn, [self.account])
            done = await Subscriptions(self.watch).put(
                conn, self.account, Order.model_validate({"plan": plan, **order}), now=self.now
            )
        assert not isinstance(done, Unsold), done
        self._sent(done)

    async def say(self, type_: str, at: datetime | None = None, **data: Any) -> None:
        """A fact about the account, as it arrives over Kafka."""
        self.count += 1
        event = self.event(type_, at, id=f"f{self.count}", **data)
        async with transaction(self.engine) as conn:
            assert await account_events.refuse(conn, self.watch, [event], self.now) == [[]]
            await lock_accounts(conn, [self.account])
            self._sent(await account_events.take(conn, self.watch, [Said(event)], self.now))

    def event(self, type_: str, at: datetime | None = None, *, id: str = "x", **data: Any) -> Event:
        given = {key.rstrip("_"): value for key, value in data.items()}
        return Event(
            id=id, source="/crm", type=type_, subject=self.account, time=at or self.now, data=given
        )

    async def use(
        self, meter: str, used: int, start: datetime = NEVER, end: datetime | None = None
    ) -> None:
        """Sets the meter to `used` and wakes the trigger."""
        async with transaction(self.engine) as conn:
            row = {
                "account": self.account,
                "meter": meter,
                "start": start,
                "end": end,
                "used": Decimal(used),
                "now": self.now,
            }
            await conn.execute(_USE, row)
            await lock_accounts(conn, [self.account])
            self._sent(await self.watch.reconsider(conn, {self.account: {meter}}, now=self.now))

    async def rows_changed(self, meter: str, used: int) -> None:
        """Sets the meter to `used` without waking anyone."""
        async with transaction(self.engine) as conn:
            row = {
                "account": self.account,
                "meter": meter,
                "start": NEVER,
                "end": None,
                "used": Decimal(used),
                "now": self.now,
            }
            await conn.execute(_USE, row)

    async def record(
        self, meter: str, at: datetime, value: int, aggregation: str = "count"
    ) -> None:
        """An hour as ingest stores it."""
        statement = text(
            f"""
            insert into usage_day (account, meter, day, aggregation, h{at.hour:02})
                values (:account, :meter, :day, :aggregation, :value)
            on conflict (account, meter, day) do update set h{at.hour:02} = excluded.h{at.hour:02}
            """
        )
        async with transaction(self.engine) as conn:
            row = {
                "account": self.account,
                "meter": meter,
                "day": at.date(),
                "aggregation": aggregation,
                "value": Decimal(value),
            }
            await conn.execute(statement, row)

    async def pass_time(self, now: datetime) -> None:
        """Advances the clock and runs what judgement scheduled until then."""
        self.now = now
        purposes = {purpose.name: purpose for purpose in self.watch.judgement.purposes}
        for name, purpose in purposes.items():
            async with transaction(self.engine) as conn:
                found = [
                    one
                    for one in await due.overdue(conn, {**purposes, "period": purpose}, now, 100)
                    if one.purpose.partition(":")[0] == name
                ]
                taken = await due.take(conn, found)
                if taken:
                    self._sent(await purpose.run(conn, taken, now))

    async def end_period(self) -> None:
        async with transaction(self.engine) as conn:
            await lock_accounts(conn, [self.account])
            self._sent(await self.watch.reconsider(conn, {self.account: None}, now=self.now))

    async def rows(self, query: str) -> list[Any]:
        async with self.engine.connect() as conn:
            return [row._asdict() for row in await conn.execute(text(query))]

    async def decisions(self) -> list[dict[str, Any]]:
        """Oldest first."""
        return [
            msgspec.json.decode(row["body"])
            for row in await self.rows("select body::text as body from decision order by seq")
        ]

    def _sent(self, outcome: Outcome) -> None:
        self.messages += [
            msgspec.json.decode(one.value or b"", type=Message) for one in outcome.messages
        ]

    async def later(self, **span: float) -> None:
        await self.pass_time(self.now + timedelta(**span))


_USE = text(
    """
    insert into usage_total (account, meter, period_start, period_end, used, last_event_at,
        revision)
    values (:account, :meter, :start, :end, :used, :now, 1)
    on conflict (account, meter, period_start) do update set used = excluded.used,
        revision = usage_total.revision + 1
    """
)


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    engine = create_engine(database_url, name="judging-test", pool_size=2)
    catalogs = Catalogs()
    yield Desk(engine, Watch(catalogs, Judge(catalogs)))
    await engine.dispose()
