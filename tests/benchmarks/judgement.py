"""The cost of deciding: the pure pipeline, and one decision including loading and storing."""

import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from statistics import median, quantiles
from typing import Any

import asyncpg
import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.trigger.alerts.occasions import Occasion, Verdict
from services.trigger.alerts.watch import Watch
from services.trigger.judgement.case import Case
from services.trigger.judgement.pipeline import decide
from services.trigger.proposals.judge import Judge
from services.trigger.tables.catalogs import Catalogs
from services.trigger.tables.present import Present
from shared.embedded import Addresses
from shared.loop.isolation import Failure
from shared.postgres.database import create_engine, lock_accounts, transaction
from tests.benchmarks.population import insert
from tests.support.catalogs import catalog
from tests.support.databases import migrated_template, new_database, url_of
from tests.support.stories import Story, account

DECISIONS, WARM_UP = 150, 30


def cases() -> list[Case]:
    """A mix of accounts under three catalogues: ready to buy, quiet, unhappy, promoters, rich in
    facts.
    """
    found = []
    for name, plan, meter in (
        ("global", "starter", "storage"),
        ("global", "pro", "storage"),
        ("case", "basic", "storage"),
    ):
        sold = catalog(name)
        for story in _stories(account(sold, plan)):
            limit = story.limit(meter) or Decimal(1)
            found.append(story.crossing_case(meter, int(limit * 9 / 10), 90))
            found.append(story.case("schedule"))
    return found


def _stories(story: Story) -> Iterator[Story]:
    yield story
    active = story.active(22)
    for feature in ("core", "standard_security", "basic"):
        active = active.told("feature.used", feature=feature)
    yield active
    yield active.told("nps.responded", score=9, contact="c1")
    yield active.told("nps.responded", score=3, contact="c1").tickets("bug", 3, severity="high")
    yield story.active(3)
    yield active.told("cancel.intent", reason="price")


def pure(seconds: float = 2.5) -> float:
    """Returns decisions a second of `pipeline.decide` on one core, by CPU time: the best of 5."""
    every, rates = cases(), []
    for _ in range(5):
        done, began = 0, time.process_time()
        while (spent := time.process_time() - began) < seconds / 5:
            for case in every:
                decide(replace(case))  # a case caches its findings: each decision gets a new one
            done += len(every)
        rates.append(done / spent)
    return max(rates)


class Timed(Judge):
    """Judgement that measures its time."""

    seconds: list[float]

    async def decide(
        self, conn: AsyncConnection, occasions: Sequence[Occasion], present: Present, now: datetime
    ) -> Sequence[Verdict | Failure]:
        began = time.perf_counter()
        verdicts = await super().decide(conn, occasions, present, now)
        self.seconds.append(time.perf_counter() - began)
        return verdicts


@dataclass
class Population:
    """A database with a number of accounts, and how long decisions about them took."""

    engine: AsyncEngine
    accounts: int
    watch: Watch
    judging: Timed
    seconds: list[float] = field(default_factory=list)

    async def decide(self, number: int) -> None:
        """An account's calls reach 96 %: thresholds, facts, all gates; alerts, decision stored."""
        account = f"acct-{number}"
        async with transaction(self.engine) as conn:
            await conn.execute(_USE, {"account": account})
        began = time.perf_counter()
        async with transaction(self.engine) as conn:
            await lock_accounts(conn, [account])
            outcome = await self.watch.reconsider(
                conn, {account: {"api_calls"}}, now=datetime.now(UTC)
            )
        self.seconds.append(time.perf_counter() - began)
        assert outcome.raised, f"nothing was decided about {account}"


async def measure(
    stack: Addresses,
    *,
    sizes: tuple[int, int] = (1_000, 100_000),
    say: Callable[[str], None] = print,
) -> dict[str, Any]:
    """`decisions_per_second`; `decision_ms` at both sizes and their ratio; `judging_ms`, p50 and
    p99: what judging adds to an alert.

    The two sizes take turns, so that noise of the machine affects both.
    """
    rate = pure()
    say(f"judgement: {rate:,.0f} decisions/s in the pure pipeline")
    async with AsyncExitStack() as ending:
        template = await ending.enter_async_context(migrated_template(stack.postgres_url))
        some = [
            await ending.enter_async_context(_population(stack, template, size)) for size in sizes
        ]
        for one in some:
            for number in range(WARM_UP):
                await one.decide(_number(number, one.accounts))
            one.seconds.clear()
            one.judging.seconds.clear()
        for number in range(WARM_UP, WARM_UP + DECISIONS):
            for one in some:
                await one.decide(_number(number, one.accounts))
    found = {f"{one.accounts:,} accounts": round(median(one.seconds) * 1000, 2) for one in some}
    judging = sorted(some[-1].judging.seconds)
    ratio = median(some[1].seconds) / median(some[0].seconds)
    adds = {
        "p50": round(median(judging) * 1000, 2),
        "p99": round(quantiles(judging, n=100)[98] * 1000, 2),
    }
    say(f"judgement: one decision {found} ms, ratio {ratio:.2f}; judging itself {adds} ms")
    return {
        "decisions_per_second": round(rate),
        "decision_ms": found,
        "decision_ratio": round(ratio, 3),
        "judging_ms": adds,
    }


@asynccontextmanager
async def _population(stack: Addresses, template: str, accounts: int) -> AsyncIterator[Population]:
    async with new_database(stack.postgres_url, template=template) as name:
        url = url_of(stack.postgres_url, name)
        connection = await asyncpg.connect(url)
        try:
            await insert(connection, catalog("global"), accounts, 0)
            await connection.execute("update account_record set body = $1", _record())
            await connection.execute("vacuum analyze account_record")
        finally:
            await connection.close()
        engine, catalogs = create_engine(url, name="bench-judgement", pool_size=1), Catalogs()
        judging = Timed(catalogs)
        judging.seconds = []
        try:
            yield Population(engine, accounts, Watch(catalogs, judging), judging)
        finally:
            await engine.dispose()


def _number(index: int, accounts: int) -> int:
    """Numbers of accounts of the starter plan, spread over all accounts, each only once."""
    step = accounts // (WARM_UP + DECISIONS) // 5 * 5
    return 5 + index * step


def _record() -> str:
    """An account's record: a month of logins, features, an answer."""
    story = next(
        one for one in _stories(account(catalog("global"), "starter")) if one.facts.record.nps
    )
    return msgspec.json.encode(story.facts.record).decode()


_USE = text(
    "update usage_total set used = 9600, revision = revision + 1 "
    "where account = :account and meter = 'api_calls'"
)
