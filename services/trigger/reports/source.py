"""What a report reads from: the database in one snapshot, and catalogues, old ones too."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.process.figures.answer import Question
from services.trigger.process.reports.attribution import Attributed, Ladder, attributed
from services.trigger.tables.catalogs import Catalogs
from services.trigger.tables.figures import lives, parts, upsells
from services.trigger.tables.figures.lives import Sold
from shared.catalog import Catalog, Policy
from shared.catalog.process import Experiment


@dataclass(frozen=True, slots=True)
class Source:
    """`catalog`: the one in force; None before any was applied."""

    conn: AsyncConnection
    catalogs: Catalogs
    catalog: Catalog | None
    question: Question

    @property
    def policy(self) -> Policy:
        return self.catalog.policy if self.catalog else Policy()

    async def with_plan_above(self) -> list[Sold]:
        """The plans that leave room to move up, as they were sold."""
        found = []
        for plan, version in await lives.sold_plans(self.conn):
            catalog = await self.catalogs.version(self.conn, version)
            if plan in catalog.plans and catalog.next_plan(plan) is not None:
                found.append((plan, version))
        return found

    async def lacks(self, plan: str, version: int, features: Sequence[str]) -> bool:
        """Whether a higher plan has one of these features."""
        catalog = await self.catalogs.version(self.conn, version)
        if plan not in catalog.plans:
            return False
        higher = {one for above in catalog.higher_plans(plan) for one in above.features}
        return not higher.isdisjoint(features)

    async def experiment(self) -> Experiment | None:
        """The one asked for, or the present one; a past one is in an older catalogue."""
        named, present = self.question.experiment, self.policy.experiment
        if named is None or (present is not None and present.id == named):
            return present
        for version in await parts.catalog_versions(self.conn):
            found = (await self.catalogs.version(self.conn, version)).policy.experiment
            if found is not None and found.id == named:
                return found
        return None

    async def attributed(self, former: bool = False) -> list[Attributed]:
        """The upsells of the period, or of the one before, with the proposals before them."""
        asked = self.question
        since, until = asked.former if former else (asked.since, asked.until)
        moves = await upsells.upsells(self.conn, since, until, asked.currency)
        accounts = {move.upsell.account for move in moves}
        offers = await upsells.delivered(self.conn, accounts, since, until)
        return attributed(moves, offers, Ladder(self._ranks()))

    def _ranks(self) -> Mapping[str, tuple[str, int]]:
        plans = self.catalog.plans if self.catalog else {}
        return {key: (plan.family, plan.rank) for key, plan in plans.items()}
