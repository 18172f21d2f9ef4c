"""Simulates the demo's accounts: fills their meters tick by tick, upgrades and frees up like
customers.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx

from plimsoll.demo.history import History
from plimsoll.demo.product import Product, event, usage
from plimsoll.demo.world import FEATURED, PEOPLE, Fact, Resident, population
from shared.runtime.waits import pause

log = logging.getLogger(__name__)
TICK_SECONDS = 2.0
_AT_ONCE = 6
CATALOG = Path(__file__).with_name("catalog.yaml")
NEXT_PLAN = {
    "case_basic": "case_large",
    "starter": "pro",
    "pro": "enterprise",
    "jp_basic": "jp_standard",
    "jp_standard": "jp_premium",
}


class Gone(Exception):
    """An account that no longer or does not yet exist: the demo is being restarted."""


class Simulator:
    """`speed` multiplies the steps; `paused` stops them. A visitor's actions take effect
    immediately, even while paused.

    `memory`: the file that stores how often the demo was restarted.
    """

    def __init__(self, product: Product, memory: Path | None = None) -> None:
        self.product = product
        self._memory = memory
        self._again = asyncio.Lock()
        self.generation = int(memory.read_text()) if memory is not None and memory.exists() else 1
        self.residents = self._everybody()
        self._left: list[str] = []
        self.paused = False
        self.speed = 1.0
        self.used: dict[tuple[str, str], int] = {}
        self.plans: dict[str, str] = {}
        self._dice = random.Random()

    def _everybody(self) -> dict[str, Resident]:
        residents = (resident.of(self.generation) for resident in (*FEATURED, *population()))
        return {resident.id: resident for resident in residents}

    @property
    def featured(self) -> list[Resident]:
        return [resident for resident in self.residents.values() if resident.featured]

    async def begin(
        self,
        history: History | None = None,
        connect: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """`history`: what happened before the first visit, of a demo that is new. `connect`: the
        CRM, which hears nothing of that.
        """
        async with self._again:
            await self.prepare()
            wanted = history is not None and await history.is_wanted()
            span = await history.play() if history is not None and wanted else None
            if connect is not None:
                await connect()
            if history is None or span is None:
                await self.settle()
            else:
                visit, moment = span
                await asyncio.gather(*map(self._look_up, self.residents))
                await self._open(list(self.residents.values()), visit, moment)
                await history.finish()

    async def prepare(self) -> None:
        """The catalogue and our people, at every start as they should be."""
        await self.product.put_yaml("/v1/catalog", CATALOG.read_bytes())
        for id, person in PEOPLE.items():
            await self.product.put(f"/v1/people/{id}", person)

    async def _look_up(self, account: str) -> None:
        """What is known of an account that may not be there yet."""
        try:
            await self.refresh(account)
        except Gone:
            return

    async def settle(self) -> None:
        """Accounts that are not there: with their subscriptions, facts and first usage. Of the
        others the existing state.
        """
        # Several in parallel, and all new ones together: a visitor is waiting.
        room = asyncio.Semaphore(_AT_ONCE)

        async def stands(resident: Resident) -> bool:
            async with room:
                known = await self.product.get(f"/v1/accounts/{resident.id}")
                if known is None or known.get("subscription") is None:
                    return False
                await self.refresh(resident.id)
                return True

        found = await asyncio.gather(*map(stands, self.residents.values()))
        await self._open(
            [
                resident
                for resident, stood in zip(self.residents.values(), found, strict=True)
                if not stood
            ]
        )

    async def _open(
        self, new: list[Resident], visit: datetime | None = None, moment: datetime | None = None
    ) -> None:
        """`moment`: when facts and first usage come in, if not now; on the first visit it was
        yesterday.
        """
        now = visit or datetime.now(UTC)
        if new:
            accounts = [
                {"id": one.id, **one.account(), "subscription": one.subscription(now)}
                for one in new
            ]
            await self.product.post("/v1/accounts:batch", accounts)
            facts = [_fact(one.id, fact, moment or now) for one in new for fact in one.facts]
            await self.product.emit(facts, "/v1/signals")
        first = [
            (one.id, meter, flow.start)
            for one in self.residents.values()
            for meter, flow in one.flows.items()
        ]
        missing = [
            (account, meter, amount)
            for account, meter, amount in first
            if moment is not None or not self.used.get((account, meter))
        ]
        await self.product.emit(
            [
                told
                for account, meter, amount in missing
                for told in usage(
                    account, meter, amount, amount - self.used.get((account, meter), 0), moment
                )
            ]
        )
        self.used |= {(account, meter): amount for account, meter, amount in missing}

    async def reset(self, forget: Callable[[], None]) -> None:
        """Resets all accounts to the first start, under new ids; the old ones are erased. `forget`:
        empties the mailbox and the CRM.

        A request during a reset waits for it instead of starting a second one.
        """
        if self._again.locked():
            async with self._again:
                return
        async with self._again:
            old = list(self.residents)
            self.generation += 1
            if self._memory is not None:
                self._memory.write_text(str(self.generation))
            self.residents, self.used, self.plans = self._everybody(), {}, {}
            self.paused, self.speed = False, 1.0
            forget()
            await self._open(list(self.residents.values()))
            self._left += old

    async def refresh(self, account: str) -> dict[str, Any]:
        """Reads an account's plan and totals from the API."""
        seen: dict[str, Any] | None = await self.product.get(f"/v1/accounts/{account}/usage")
        if seen is None:
            raise Gone(account)
        self.plans[account] = seen["plan"]
        for meter in seen["meters"]:
            # Seats are sent as changes: one that is on its way would be sent again.
            if meter["meter"] != "seats" or (account, "seats") not in self.used:
                self.used[account, meter["meter"]] = int(meter["used"])
        return seen

    async def _bring(self, account: str, meter: str, amount: int) -> None:
        change = amount - self.used.get((account, meter), 0)
        if change:
            await self.product.emit(list(usage(account, meter, amount, change)))
            self.used[account, meter] = amount

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            if not self.paused and not self._again.locked():
                await self._tick()
            await self.erase()
            await pause(stop, TICK_SECONDS)

    async def erase(self) -> None:
        """Erases the accounts of earlier generations, a few at a time: nobody waits for it, and new
        ones go first.
        """
        try:
            for account in self._left[:_AT_ONCE]:
                await self.product.delete(f"/v1/accounts/{account}")
                self._left.remove(account)
        except httpx.HTTPError as fault:
            log.warning("the old accounts will be erased later: %s", type(fault).__name__)

    async def _tick(self) -> None:
        try:
            for resident in list(self.residents.values()):
                await self._grow(resident)
        except Gone:
            return  # restarted: the next tick grows the others
        # The services are restarting or busy: the next tick continues.
        except httpx.HTTPError as fault:
            log.warning("the simulator is waiting for the services: %s", type(fault).__name__)

    async def _grow(self, resident: Resident) -> None:
        for meter, flow in resident.flows.items():
            used = self.used.get((resident.id, meter), 0)
            if used >= flow.top:
                await self._full(resident)
            elif self._dice.random() < (0.25 if meter == "seats" else 0.7):
                await self._bring(
                    resident.id, meter, min(flow.top, used + max(1, int(flow.step * self.speed)))
                )

    async def _full(self, resident: Resident) -> None:
        """Background accounts carry on: some free up space, some upgrade. Featured accounts wait
        for the visitor.
        """
        if resident.featured or self._dice.random() > 0.05 * self.speed:
            return
        if self.plans.get(resident.id) == resident.plan and self._dice.random() < 0.3:
            await self.upgrade(resident.id)
        await self.free(resident.id)

    async def boost(self, account: str, percent: int) -> None:
        """Brings the account's main meter to at least `percent` of its limit."""
        meter = self.residents[account].main_meter
        seen = await self.refresh(account)
        limit = next(m["limit"] for m in seen["meters"] if m["meter"] == meter)
        if limit is not None:
            target = -int(-Decimal(str(limit)) * percent // 100)
            await self._bring(account, meter, max(target, self.used.get((account, meter), 0)))

    async def free(self, account: str) -> None:
        """Uses less: half of the limit, or the initial amount of the story."""
        resident = self.residents[account]
        await self.refresh(account)
        flow = resident.flows[resident.main_meter]
        await self._bring(
            account,
            resident.main_meter,
            min(flow.start, flow.top // 2) if resident.main_meter != "seats" else flow.start - 4,
        )

    async def upgrade(self, account: str) -> None:
        plan = NEXT_PLAN.get(self.plans.get(account, ""))
        known = await self.product.get(f"/v1/accounts/{account}")
        if plan is not None and known is not None:
            kept = ("started_at", "anchor", "interval", "quantity", "renewal_date")
            await self.product.put(
                f"/v1/accounts/{account}/subscription",
                {"plan": plan} | {key: known["subscription"][key] for key in kept},
            )
            self.plans[account] = plan


def _fact(account: str, fact: Fact, now: datetime) -> dict[str, Any]:
    return event(account, fact.type, fact.data, now - timedelta(days=fact.days))
