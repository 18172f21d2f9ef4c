"""Plays the demo's accounts: fills their meters tick by tick, upgrades and frees up like customers do."""

import asyncio
import logging
import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx

from plimsoll.demo.product import Product, event, usage
from plimsoll.demo.world import FEATURED, Fact, Resident, population
from shared.waiting import pause

log = logging.getLogger(__name__)
TICK_SECONDS = 2.0
CATALOG = Path(__file__).with_name("catalog.yaml")
NEXT_PLAN = {"case_basic": "case_large", "starter": "pro", "pro": "enterprise", "jp_basic": "jp_standard", "jp_standard": "jp_premium"}


class Simulator:
    """`speed` multiplies the steps; `paused` stops them. What a visitor presses acts at once, also while paused."""

    def __init__(self, product: Product) -> None:
        self.product = product
        self.residents = {resident.id: resident for resident in (*FEATURED, *population())}
        self.paused = False
        self.speed = 1.0
        self.used: dict[tuple[str, str], int] = {}
        self.plans: dict[str, str] = {}
        self._dice = random.Random()

    async def settle(self) -> None:
        """First start: catalogue, accounts, subscriptions, facts, first usage. Later starts: reads what stands."""
        await self.product.put_yaml("/v1/catalog", CATALOG.read_bytes())
        for resident in self.residents.values():
            await self._settle(resident)

    async def _settle(self, resident: Resident) -> None:
        known = await self.product.get(f"/v1/accounts/{resident.id}")
        if known is None or known.get("subscription") is None:
            now = datetime.now(UTC)
            await self.product.put(f"/v1/accounts/{resident.id}", resident.account())
            await self.product.put(f"/v1/accounts/{resident.id}/subscription", resident.subscription(now))
            await self.product.emit([_fact(resident.id, fact, now) for fact in resident.facts], "/v1/signals")
        await self.refresh(resident.id)
        for meter, flow in resident.flows.items():
            if not self.used.get((resident.id, meter)):
                await self._bring(resident.id, meter, flow.start)

    async def refresh(self, account: str) -> dict[str, Any]:
        """Reads plan and totals of an account from the API."""
        seen: dict[str, Any] = await self.product.get(f"/v1/accounts/{account}/usage")
        self.plans[account] = seen["plan"]
        for meter in seen["meters"]:
            self.used[account, meter["meter"]] = int(meter["used"])
        return seen

    async def _bring(self, account: str, meter: str, amount: int) -> None:
        change = amount - self.used.get((account, meter), 0)
        if change:
            await self.product.emit(list(usage(account, meter, amount, change)))
            self.used[account, meter] = amount

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            if not self.paused:
                await self._tick()
            await pause(stop, TICK_SECONDS)

    async def _tick(self) -> None:
        try:
            for resident in self.residents.values():
                await self._grow(resident)
        except httpx.HTTPError as fault:  # the services are restarting or busy: the next tick goes on from there
            log.warning("the simulator waits for the services: %s", type(fault).__name__)

    async def _grow(self, resident: Resident) -> None:
        for meter, flow in resident.flows.items():
            used = self.used.get((resident.id, meter), 0)
            if used >= flow.top:
                await self._full(resident)
            elif self._dice.random() < (0.25 if meter == "seats" else 0.7):
                await self._bring(resident.id, meter, min(flow.top, used + max(1, int(flow.step * self.speed))))

    async def _full(self, resident: Resident) -> None:
        """The crowd goes on living: some free up space, some upgrade. Featured accounts wait for the visitor."""
        if resident.featured or self._dice.random() > 0.05 * self.speed:
            return
        if self.plans.get(resident.id) == "case_basic" and self._dice.random() < 0.3:
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
        """Uses less: half of what the limit allows, or the first amount of the story."""
        resident = self.residents[account]
        await self.refresh(account)
        flow = resident.flows[resident.main_meter]
        await self._bring(
            account, resident.main_meter, min(flow.start, flow.top // 2) if resident.main_meter != "seats" else flow.start - 4
        )

    async def upgrade(self, account: str) -> None:
        plan = NEXT_PLAN.get(self.plans.get(account, ""))
        known = await self.product.get(f"/v1/accounts/{account}")
        if plan is not None and known is not None:
            kept = ("started_at", "anchor", "interval", "quantity", "renewal_date")
            await self.product.put(
                f"/v1/accounts/{account}/subscription", {"plan": plan} | {key: known["subscription"][key] for key in kept}
            )
            self.plans[account] = plan


def _fact(account: str, fact: Fact, now: datetime) -> dict[str, Any]:
    return event(account, fact.type, fact.data, now - timedelta(days=fact.days))
