"""Plays the demo's deal: one act every few seconds, as its people would, over the public API."""

import asyncio
import logging
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx

from plimsoll.demo.deal import ACCOUNT, ACTS, PLAN, SOMEBODY, WAITS_BEFORE, Act
from plimsoll.demo.simulator import Simulator
from shared.runtime.waits import pause
from shared.values.money import format_money

log = logging.getLogger(__name__)
ACT_SECONDS = 6.0
_LOOK_SECONDS = 2.0
_TWO_WEEKS = timedelta(days=14)
_REPORTS = ("conversion", "amounts", "handoffs")


class Play:
    """`memory`: the file that stores how far the play of which account is."""

    def __init__(self, simulator: Simulator, memory: Path | None = None) -> None:
        self.simulator = simulator
        self._memory = memory
        self._account, self.done = self._remembered()
        self.goes_all_the_way = self.done > WAITS_BEFORE
        self.shown: dict[str, Any] = {"acts": [], "figures": []}

    def _remembered(self) -> tuple[str, int]:
        if self._memory is None or not self._memory.exists():
            return "", 0
        account, _, done = self._memory.read_text().partition(" ")
        return account, int(done or 0)

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            seconds = _LOOK_SECONDS
            try:
                if not self.simulator.paused and await self.goes_on():
                    seconds = ACT_SECONDS / self.simulator.speed
                await self.look()
            except httpx.HTTPError as fault:  # the services are restarting, or it was closed
                log.warning("the play is waiting: %s", fault)
            await pause(stop, seconds)

    async def goes_on(self) -> bool:
        """The next act, if its deal is there and the play has not come to its end."""
        account = self._current()
        if account != self._account:
            self._account, self.done, self.goes_all_the_way = account, 0, False
        deal = await self._deal()
        if deal is None or deal["closed_at"] is not None or self.done >= len(ACTS):
            return False
        if self.waits:
            return False
        await self._play(ACTS[self.done], deal)
        self.done += 1
        if self._memory is not None:
            self._memory.write_text(f"{self._account} {self.done}")
        return True

    @property
    def waits(self) -> bool:
        """For the visitor, who may hand the deal over in the console, or press *Play on*."""
        return self.done == WAITS_BEFORE and not self.goes_all_the_way

    def play_on(self) -> None:
        self.goes_all_the_way = True

    def _current(self) -> str:
        return next(one.id for one in self.simulator.featured if one.key == ACCOUNT)

    async def _deal(self) -> dict[str, Any] | None:
        found = await self.simulator.product.get("/v1/opportunities", account=self._account)
        deals = [one for one in (found or {"data": []})["data"] if one["to_plan"] == PLAN]
        return deals[0] if deals else None

    async def _play(self, act: Act, deal: Mapping[str, Any]) -> None:
        product, number = self.simulator.product, ACTS.index(act)
        await product.tell(self._account, f"{number}", act.facts)
        words = {"DUE": (_day(deal["created_at"]) + _TWO_WEEKS).isoformat()}
        for n, entry in enumerate(act.entries):
            headers = {"Plimsoll-Person": act.by, "Idempotency-Key": f"demo {number} {n}"}
            body = {name: words.get(str(value), value) for name, value in entry.items()}
            path = f"/v1/opportunities/{deal['id']}/entries"
            try:
                answer = await product.post(path, body, headers=headers)
            except httpx.HTTPStatusError as fault:
                if fault.response.status_code not in (403, 409, 412):
                    raise
                continue  # a visitor has done it already, or something else instead
            if entry["type"] == "objection":
                words["OBJECTION"] = answer["id"]
        if act.buys:
            await self.simulator.upgrade(self._account)

    async def look(self) -> None:
        """What the page shows of it."""
        # The demo may be started again at each await below: then there is another account.
        resident = self.simulator.residents.get(self._account)
        deal = None if resident is None else await self._deal()
        if resident is None or deal is None:
            self.shown = {"acts": [], "figures": []}
            return
        year = deal["amount"]["year"]
        self.shown = {
            "account": resident.id,
            "name": resident.title,
            "stage": deal["stage"],
            "owner": deal["owner"]["name"],
            "year": None if year is None else _money(Decimal(year), deal["currency"]),
            "acts": [
                {"en": act.en, "ja": act.ja, "by": "customer" if act.by == SOMEBODY else act.by}
                for act in ACTS[: self.done]
            ],
            "left": len(ACTS) - self.done,
            "waits": self.waits,
            "page": f"/console/opportunities/{deal['id']}",
            "figures": await self._figures(),
        }

    async def _figures(self) -> list[dict[str, Any]]:
        """The reports of these days, as far as there is something to count."""
        product = self.simulator.product
        found = {name: await product.get(f"/v1/reports/{name}") for name in _REPORTS}
        rows = {name: one["rows"] for name, one in found.items() if one is not None}
        if found["amounts"] is not None:  # of the whole period, instead of each month
            rows["amounts"] = found["amounts"]["totals"]["currencies"]
        return figures(rows)

    async def document(self, name: str, language: str) -> httpx.Response | None:
        """As the people of the deal would open it."""
        deal = await self._deal()
        if deal is None:
            return None
        path = f"/v1/opportunities/{deal['id']}/documents/{name}"
        return await self.simulator.product.page(path, lang=language)


def figures(rows: Mapping[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """`[{"key", "value"}]`, the value in both languages."""
    found: list[dict[str, Any]] = []
    for row in rows.get("conversion", ()):
        if row["qualified"]:
            found.append(_figure("won", f"{row['won']}/{row['qualified']}"))
    for row in rows.get("handoffs", ()):
        if row["requested"]:
            found.append(_figure("handoffs", f"{row['accepted']}/{row['requested']}"))
    for row in rows.get("amounts", ()):
        if row["upsells"]:
            amount = _money(Decimal(str(row["sum"])), row["currency"])
            found.append({"key": "upsells", "value": amount})
    return found


def _figure(key: str, text: str) -> dict[str, Any]:
    return {"key": key, "value": {"en": text, "ja": text}}


def _money(amount: Decimal, currency: str) -> dict[str, str]:
    return {language: format_money(amount, currency, language) for language in ("en", "ja")}


def _day(moment: str) -> date:
    return datetime.fromisoformat(moment).astimezone(UTC).date()
