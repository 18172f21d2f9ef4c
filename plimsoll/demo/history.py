"""Plays the two months before the demo's first morning, over the public API, with the test clock.

A start that was interrupted goes on with the stage that it had not finished.
"""

import json
import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from plimsoll.demo.deal import ACTS, Act, Entry
from plimsoll.demo.past import CUSTOMERS, DEALS, STAGES, Customer, Deal
from plimsoll.demo.product import Product, event, usage
from plimsoll.demo.world import CSM, FEATURED, PEOPLE, Resident
from shared.kafka.clients import Outgoing
from shared.messages import USAGE_EVENTS

log = logging.getLogger(__name__)
_CSM_ZONE = ZoneInfo(PEOPLE[CSM]["time_zone"])
_TWO_WEEKS = timedelta(days=14)
_BY_ITSELF = ("handoff", "first_contact", "escalation")
_GROWTH = (40, 55, 70, 85)
"""How full the featured accounts were at each stage, in percent of where the visitor meets them."""


def yesterday(visit: datetime) -> datetime:
    """So that what is due within a day is due today, in Tokyo, where the CSM works; late in the
    evening within three hours.
    """
    there = visit.astimezone(_CSM_ZONE)
    midnight = there.replace(hour=23, minute=55, second=0, microsecond=0)
    due = visit + timedelta(hours=3)
    if midnight < due and midnight - visit > timedelta(minutes=30):
        due = midnight.astimezone(UTC)
    return due - timedelta(days=1)


def faulty(now: datetime) -> list[Outgoing]:
    """What a producer got wrong: an amount as text. Somebody can correct and replay them."""
    told = [
        event("hoshino", "storage.measured", {"bytes": text}, now)
        for text in ("62 GB", "62.1 GB", "62.3 GB")
    ]
    return [Outgoing(USAGE_EVENTS, b"hoshino", json.dumps(one).encode()) for one in told]


class History:
    """`memory`: the file that stores how many stages were played, and when the first visit was."""

    def __init__(self, product: Product, memory: Path) -> None:
        self._product = product
        self._memory = memory
        self._used: dict[str, int] = {}

    async def is_wanted(self) -> bool:
        """Not for a demo that has customers but no memory: it is from before there was a past."""
        if self._memory.exists():
            return self._done()[0] <= len(STAGES)
        return await self._product.get(f"/v1/accounts/{FEATURED[0].id}") is None

    def _done(self) -> tuple[int, datetime]:
        if not self._memory.exists():
            return 0, datetime.now(UTC)
        done, _, began = self._memory.read_text().partition(" ")
        return int(done), datetime.fromisoformat(began)

    async def play(self) -> tuple[datetime, datetime]:
        """Up to yesterday; `finish` brings the clock to now. Returns the first visit, and the time
        that the clock is at.
        """
        done, visit = self._done()
        for stage, days in enumerate(STAGES):
            if stage < done:
                continue
            moment = await self._not_back(visit - timedelta(days=days))
            self._remember(stage, visit)
            await self._product.set_clock(moment)
            await self._stage(stage, moment)
            self._remember(stage + 1, visit)
        day_before = yesterday(visit)
        if done <= len(STAGES):
            await self._product.set_clock(day_before)
        return visit, day_before

    async def _not_back(self, moment: datetime) -> datetime:
        """A stage that was interrupted goes on at the time that it had come to."""
        now = await self._product.clock()
        ahead = now + timedelta(seconds=5)
        return ahead if moment < ahead < moment + timedelta(days=1) else moment

    async def finish(self) -> None:
        """From now on the clock is that of the visitor."""
        visit = self._done()[1]
        await self._product.settle()
        await self._product.set_clock(datetime.now(UTC))
        self._remember(len(STAGES) + 1, visit)

    def _remember(self, done: int, visit: datetime) -> None:
        self._memory.write_text(f"{done} {visit.isoformat()}")

    async def _stage(self, stage: int, now: datetime) -> None:
        if stage == 0:
            await self._open([one.resident() for one in (*CUSTOMERS, *DEALS)], now, facts=True)
            await self._open([one for one in FEATURED if one.since_days > STAGES[0]], now)
        else:
            await self._use(stage, now)
        await self._fill(stage, now)
        await self._product.settle()
        for customer in CUSTOMERS:
            await self._answers(customer, stage, now)
        for deal in DEALS:
            await self._goes_on(deal, stage, now)
        await self._close_tasks(now)

    async def _open(
        self, residents: Sequence[Resident], now: datetime, *, facts: bool = False
    ) -> None:
        visit = now + timedelta(days=STAGES[0])
        accounts = [
            {"id": one.id, **one.account(), "subscription": one.subscription(visit)}
            for one in residents
        ]
        await self._product.post("/v1/accounts:batch", accounts)
        if facts:
            told = [
                event(one.id, fact.type, fact.data, now - timedelta(days=fact.days))
                for one in residents
                for fact in one.facts
            ]
            await self._product.emit(told, "/v1/signals")
            await self._product.emit(
                [
                    one
                    for resident in residents
                    for meter, flow in resident.flows.items()
                    for one in usage(resident.id, meter, flow.start, flow.start, now)
                ]
            )

    async def _use(self, stage: int, now: datetime) -> None:
        """They log in on every day since the stage before, and use what they have."""
        told = []
        for one in (*CUSTOMERS, *DEALS):
            used = [fact for fact in one.resident().facts if fact.type == "feature.used"]
            days = range(STAGES[stage - 1] - STAGES[stage])
            facts = [("login.recorded", {"user": "owner"}, now - timedelta(days=n)) for n in days]
            facts += [(fact.type, fact.data, now - timedelta(hours=1)) for fact in used]
            told += [
                event(one.id, type_, data, at) | {"id": f"{one.id} {stage} {n} {type_}"}
                for n, (type_, data, at) in enumerate(facts)
            ]
        await self._product.emit(told, "/v1/signals")

    async def _fill(self, stage: int, now: datetime) -> None:
        """The featured accounts, on their way to where the visitor meets them."""
        told: list[dict[str, Any]] = []
        for one in FEATURED:
            flow = one.flows[one.main_meter]
            if one.since_days <= STAGES[0] or one.main_meter == "api_calls":
                continue
            amount = flow.start * _GROWTH[stage] // 100
            before = self._used.get(one.id, 0) or (
                flow.start * _GROWTH[stage - 1] // 100 if stage else 0
            )
            told += usage(one.id, one.main_meter, amount, amount - before, now)
            self._used[one.id] = amount
        await self._product.emit(told)

    async def _answers(self, customer: Customer, stage: int, now: datetime) -> None:
        doing = dict(customer.answers).get(stage)
        if doing == "buys":
            await self._upgrade(customer.id, {"starter": "pro", "case_basic": "case_large"})
        elif doing == "declines":
            said = {"answer": "declined", "reason": "timing", "contact": "owner"}
            await self._tell(customer.id, stage, now, "proposal.answered", said)
        elif doing == "complains":
            said = {"ticket": "C-201", "class": "complaint", "severity": "normal"}
            await self._tell(customer.id, stage, now, "ticket.opened", said)
        if stage == len(STAGES) - 1:
            answer = {"score": customer.later, "contact": "owner"}
            await self._tell(customer.id, stage, now, "nps.responded", answer)

    async def _tell(
        self, account: str, stage: int, now: datetime, type_: str, data: dict[str, Any]
    ) -> None:
        told = event(account, type_, data, now) | {"id": f"{account} {stage} {type_}"}
        await self._product.emit([told], "/v1/signals")

    async def _upgrade(self, account: str, steps: dict[str, str]) -> None:
        known = await self._product.get(f"/v1/accounts/{account}")
        plan = steps.get(known["subscription"]["plan"])
        if plan is not None:
            kept = ("started_at", "anchor", "interval", "quantity", "renewal_date")
            body = {"plan": plan} | {key: known["subscription"][key] for key in kept}
            await self._product.put(f"/v1/accounts/{account}/subscription", body)

    async def _goes_on(self, deal: Deal, stage: int, now: datetime) -> None:
        acts, said = list(deal.played(stage)), list(deal.written(stage))
        if not acts and not said:
            return
        found = await self._product.get("/v1/opportunities", account=deal.id, open="true")
        known = [one for one in found["data"] if one["to_plan"] == "enterprise"]
        if not known:
            log.warning("the past has no deal of %s", deal.id)
            return
        for act in acts:
            await self._act(deal, act, known[0]["id"], stage, now)
        await self._write(known[0]["id"], CSM, said, f"past {deal.id} said {stage}", {})

    async def _act(self, deal: Deal, act: Act, id: str, stage: int, now: datetime) -> None:
        for n, (type_, data) in enumerate(act.facts):
            told = event(deal.id, type_, data, now) | {"id": f"{deal.id} {stage} {n} {type_}"}
            await self._product.emit([told], "/v1/signals")
        if act.facts:
            await self._product.settle()
        words = {"DUE": (now + _TWO_WEEKS).date().isoformat()}
        await self._write(id, act.by, act.entries, f"past {deal.id} {ACTS.index(act)}", words)
        if act.buys:
            await self._upgrade(deal.id, {"pro": "enterprise"})

    async def _write(
        self, id: str, by: str, entries: Sequence[Entry], key: str, words: dict[str, str]
    ) -> None:
        for n, entry in enumerate(entries):
            body = {name: words.get(str(value), value) for name, value in entry.items()}
            headers = {"Plimsoll-Person": by, "Idempotency-Key": f"{key} {n}"}
            path = f"/v1/opportunities/{id}/entries"
            answer = await self._product.post(path, body, headers=headers)
            if entry["type"] == "objection":
                words["OBJECTION"] = answer["id"]

    async def _close_tasks(self, now: datetime) -> None:
        """What people have done by then: of the past hardly anything is overdue on the first
        morning.
        """
        found = await self._product.get("/v1/tasks", open="true", limit=200)
        for task in found["data"]:
            if task["due_at"] > (now + timedelta(days=10)).isoformat():
                continue
            owner = task["owner"]["id"]
            if owner is None or task["reason"] in _BY_ITSELF:
                continue
            path = f"/v1/tasks/{task['id']}/entries"
            body = {"type": "close", "outcome": "success"}
            await self._product.post(path, body, headers={"Plimsoll-Person": owner})
