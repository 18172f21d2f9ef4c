"""One task, one life: judgement, people and the CRM about the same task, over Kafka, PostgreSQL and
HTTP. What the CRM is asked for is counted: nothing goes back and forth.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from plimsoll.demo.crm import Crm
from shared.embedded import Addresses
from tests.end_to_end.eight import GB, Teller, Town, town

CATALOG = b"""
currency: USD
meters:
  storage: {event: storage.measured, aggregation: latest, value: bytes, reset: never, unit: byte,
            name: {en: Storage}}
plans:
  - {id: starter, rank: 1, price: {month: 10, year: 120}, limits: {storage: 10 GB}}
  - {id: pro, rank: 2, price: {month: 20, year: 240}, limits: {storage: 100 GB}}
"""


@dataclass
class Office:
    town: Town
    crm: Crm
    customer: Teller

    async def uses(self, gigabytes: float) -> None:
        used = int(gigabytes * GB)
        await self.customer.uses("storage", used, "storage.measured", {"bytes": used})
        await self.town.settled()

    async def does(self, task: str, **entry: Any) -> None:
        answer = await self.town.http.post(
            f"/v1/tasks/{task}/entries", json=entry, headers={"Plimsoll-Person": "u7"}
        )
        assert answer.status_code == 201, answer.text
        await self.town.settled()

    async def task(self, reason: str = "usage") -> dict[str, Any]:
        path = f"/v1/tasks?account={self.customer.id}&reason={reason}"
        (found,) = (await self.customer.read(path))["data"]
        task: dict[str, Any] = found
        return task

    async def log(self) -> list[str]:
        path = f"/v1/tasks/{(await self.task())['id']}/entries?limit=100"
        return [one["type"] for one in reversed((await self.customer.read(path))["data"])]

    def there(self) -> dict[str, str]:
        """The CRM's copy: there is one."""
        (copy,) = self.crm.tasks()
        properties: dict[str, str] = copy["properties"]
        return properties

    def writes(self) -> int:
        return sum(
            not call.line.startswith("GET ") and "batch/read" not in call.line
            for call in self.crm.journal
        )


@asynccontextmanager
async def office(url: str, stack: Addresses, prefix: str, directory: Path) -> AsyncIterator[Office]:
    crm = Crm(token="pat-1", owners={"kato@example.com": "64492917"})
    settings = {"url": await crm.start(), "token": "pat-1"}
    try:
        async with town(url, stack.kafka, prefix, directory, catalog=CATALOG) as found:
            answer = await found.http.put("/v1/channels/hubspot", json=settings)
            assert answer.status_code == 200, answer.text
            customer = found.account("Aozora", external_ids={"hubspot": "812"})
            await customer.opens("starter", "2024-09-16")
            yield Office(found, crm, customer)
    finally:
        await crm.stop()


async def test_r_192_one_task_one_life(
    database_url: str, stack: Addresses, topic_prefix: str, tmp_path: Path
) -> None:
    async with office(database_url, stack, topic_prefix, tmp_path) as desk:
        await desk.uses(8)
        task = await desk.task()
        assert desk.there()["plimsoll_task_key"] == task["id"]
        assert [one["channel"] for one in task["crm"]] == ["hubspot"]
        assert task["crm"][0]["external_id"] == desk.crm.tasks()[0]["id"]
        await desk.uses(9)
        assert desk.there()["hs_task_priority"] == "MEDIUM"
        until = "2025-10-20T00:00:00Z"
        await desk.does(task["id"], type="snooze", until=until, reason="Away.")
        assert _due(desk) == datetime.fromisoformat(until)
        await desk.uses(10)
        assert (await desk.task())["state"] == "open", "nothing sleeps at 100 %"
        assert desk.there()["hs_task_priority"] == "HIGH"
        assert desk.there()["hs_timestamp"][:19] == (await desk.task())["due_at"][:19]
        await desk.does(task["id"], type="start")
        assert desk.there()["hs_task_status"] == "IN_PROGRESS"
        await _finished_there(desk, task["id"])
        await desk.uses(5)
        assert await desk.log() == [
            "opened",
            "raised",
            "snooze",
            "woken",
            "raised",
            "start",
            "close",
        ]


async def _finished_there(desk: Office, task: str) -> None:
    """A colleague does it in the CRM: heard once, and written back by nobody."""
    writes = desk.writes()
    desk.crm.edit(desk.crm.tasks()[0]["id"], hs_task_status="COMPLETED")
    await desk.town.move_clock("2025-09-16T02:00:00Z")

    async def closed() -> bool:
        return bool((await desk.task())["state"] == "closed_success")

    await desk.customer.until(closed)
    for hour in (3, 4, 5):
        await desk.town.move_clock(f"2025-09-16T{hour:02}:00:00Z")
    assert desk.writes() == writes
    assert desk.there()["hs_task_status"] == "COMPLETED"
    assert (await desk.task())["id"] == task


async def test_r_192_a_person_closes_it_and_a_higher_threshold_reopens_both(
    database_url: str, stack: Addresses, topic_prefix: str, tmp_path: Path
) -> None:
    async with office(database_url, stack, topic_prefix, tmp_path) as desk:
        await desk.uses(8)
        task = await desk.task()
        await desk.does(task["id"], type="close", outcome="no_success")
        assert desk.there()["hs_task_status"] == "COMPLETED"
        await desk.uses(9.5)
        assert (await desk.task())["state"] == "open"
        assert desk.there()["hs_task_status"] == "NOT_STARTED"
        await desk.uses(5)
        assert (await desk.task())["state"] == "closed_no_success"
        assert desk.there()["hs_task_status"] == "COMPLETED"
        assert await desk.log() == ["opened", "close", "reopened", "closed"]
        made = await desk.town.http.post(
            "/v1/accounts/aozora/tasks",
            json={"title": "Send the guide", "text": "They asked."},
            headers={"Plimsoll-Person": "u7"},
        )
        assert made.status_code == 201, made.text
        await desk.town.settled()
        written = desk.crm.tasks()[-1]["properties"]
        assert written["hs_task_subject"] == "Aozora: Send the guide"
        assert "They asked." in written["hs_task_body"]


def _due(desk: Office) -> datetime:
    return datetime.fromisoformat(desk.there()["hs_timestamp"])
