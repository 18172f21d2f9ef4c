"""The notifier is killed at random while it sends: in-app exactly once, one CRM task per meter, a
mail repeated at most once, nothing lost.
"""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import pytest

from plimsoll.demo.crm import Fault
from shared.kafka.clients import Outgoing, Producer
from shared.messages import MESSAGES, Recipient
from shared.runtime.settings import Settings
from tests.support.findings import Tell
from tests.support.post import Office, open_office
from tests.support.processes import ServiceProcess
from tests.support.smtp import KEEP_AND_DROP

SECONDS = 120.0
_HEARD = (
    "select (select count(*) from notification where recipient not like 'crm:%'), "
    "(select count(*) from closing)"
)

pytestmark = [pytest.mark.faults, pytest.mark.timeout(280)]


@dataclass(frozen=True, slots=True)
class Load:
    """Two alerts for each account; of every fourth account the second one is cured, too."""

    accounts: int
    kills: int

    @property
    def cured(self) -> range:
        return range(0, self.accounts, 4)

    @property
    def heard(self) -> tuple[int, int]:
        """Two contacts, the task and the webhook for each alert; what ends each first alert, and
        the second of every fourth account.
        """
        return self.accounts * 8, self.accounts + len(self.cured)


LOADS = (
    pytest.param(Load(12, 4), id="four kills"),
    pytest.param(Load(40, 12), id="many kills", marks=pytest.mark.nightly),
)


@dataclass
class Town:
    """An office without workers, for setup and inspection; two processes do the work."""

    office: Office
    under: Load
    processes: list[ServiceProcess]
    producer: Producer

    async def tell(self, account: str, alert: str, threshold: int) -> None:
        office = self.office
        await office.alert(alert, account=account, threshold=str(threshold))
        message = office.tell(
            alert,
            threshold,
            account,
            recipients=(Recipient("c1"), Recipient("c2")),
            task=office.task(f"task-{account}"),
            webhook=True,
        )
        await self.producer.send(
            [Outgoing(MESSAGES, account.encode(), msgspec.json.encode(message))]
        )

    async def over(self, account: str, *alerts: str, cured: bool) -> None:
        state = "resolved" if cured else "superseded"
        for alert in alerts:
            await self.office.alert(alert, state, account)
        closing = self.office.close(*alerts, state=state, cured=cured, account=account)
        await self.producer.send(
            [Outgoing(MESSAGES, account.encode(), msgspec.json.encode(closing))]
        )

    async def quiet(self) -> None:
        """Waits until nothing is in progress."""
        end = asyncio.get_running_loop().time() + SECONDS
        while True:
            left = await self.office.rows(
                "select channel, state, count(*) from delivery where ended_at is null group by 1, 2"
            )
            ((told, closed),) = await self.office.rows(_HEARD)
            if not left and (told, closed) == self.under.heard:
                return
            assert asyncio.get_running_loop().time() < end, (
                f"heard {(told, closed)} of {self.under.heard}; {left}"
            )
            await asyncio.sleep(0.2)


@asynccontextmanager
async def town(
    settings: Settings, environment: dict[str, str], logs: Path, under: Load
) -> AsyncIterator[Town]:
    async with open_office(replace(settings, test_clock=False), workers=()) as office:
        office.context.clock.follow(office.context.clock.offset * 0)
        for n in range(under.accounts):
            await office.opens(f"account-{n}")
        await office.sets("email", "webhook", "hubspot")
        processes = [ServiceProcess("notifier", environment, logs) for _ in range(2)]
        producer = Producer(settings, name="test")
        try:
            for process in processes:
                process.start()
            await asyncio.gather(*(process.ready() for process in processes))
            yield Town(office, under, processes, producer)
        finally:
            for process in processes:
                if process.running:
                    process.kill()
            await producer.stop()


async def killing(sends: Town, dice: random.Random, done: asyncio.Event) -> int:
    kills = 0
    while kills < sends.under.kills or not done.is_set():
        await asyncio.sleep(dice.uniform(0.2, 1.5))
        process = dice.choice(sends.processes)
        process.kill()
        kills += 1
        process.start()
        if kills >= sends.under.kills and done.is_set():
            break
        await asyncio.sleep(dice.uniform(0.8, 2.0))
    return kills


@pytest.mark.parametrize("under", LOADS)
async def test_killed_at_random_nothing_is_lost_and_nothing_comes_twice(
    settings: Settings, environment: dict[str, str], tmp_path: Path, tell: Tell, under: Load
) -> None:
    dice = random.Random(20251122)
    async with town(settings, environment, tmp_path, under) as sends:
        office = sends.office
        office.crm.limit = 10_000
        office.crm.faults += [Fault("batch/upsert", None, applied=True, times=3)]
        office.mail.script.delay = 0.05
        office.mail.will("data", [KEEP_AND_DROP, "250 taken", KEEP_AND_DROP])
        told = asyncio.Event()
        attack = asyncio.create_task(killing(sends, dice, told))
        for n in range(under.accounts):
            await sends.tell(f"account-{n}", f"a80-{n}", 80)
            await asyncio.sleep(dice.uniform(0, 0.1))
        for n in range(under.accounts):
            await sends.over(f"account-{n}", f"a80-{n}", cured=False)
            await sends.tell(f"account-{n}", f"a95-{n}", 95)
            await asyncio.sleep(dice.uniform(0, 0.1))
        for n in under.cured:
            await sends.over(f"account-{n}", f"a95-{n}", cured=True)
        told.set()
        kills = await attack
        await sends.quiet()
        report = await _judged(office, under)
        tell(f"{kills} kills: {report}")


async def _judged(office: Office, under: Load) -> str:
    items = Counter(
        (row.contact, row.alert)
        for row in await office.rows("select account, contact, alert from inbox_item")
    )
    assert len(items) == under.accounts * 4
    assert set(items.values()) == {1}

    tasks = _judge_tasks(office, under)
    mails, states = await _judge_mails(office)
    twice = {id for id, count in mails.items() if count > 1}

    hooks = Counter(request.headers["webhook-id"] for request in office.hook.requests)
    heard = await office.rows(
        "select id from delivery where channel = 'webhook' and state = 'delivered'"
    )
    assert all(f"msg_{row.id}" in hooks for row in heard)
    seen = (
        f"{len(items)} in-app and {len(tasks)} tasks once each, "
        f"{len(mails)} mails of which {len(twice)} came twice"
    )
    return f"{seen}, their deliveries {dict(states)}"


def _judge_tasks(office: Office, under: Load) -> Counter[str]:
    """One for each alert, completed if that is cured."""
    tasks = Counter(task["properties"]["plimsoll_task_key"] for task in office.crm.tasks())
    assert set(tasks.values()) == {1}
    cured = {f"task-account-{n}" for n in under.cured}
    for task in office.crm.tasks():
        done = task["properties"]["hs_task_status"] == "COMPLETED"
        assert done == (task["properties"]["plimsoll_task_key"] in cured)
    return tasks


async def _judge_mails(office: Office) -> tuple[Counter[str], Counter[str]]:
    """Returns how often each was sent, by its id, and the states of the deliveries."""
    mails = Counter(str(message["message-id"]) for _, message in office.mail.taken)
    states = Counter(
        row.state for row in await office.rows("select state from delivery where channel = 'email'")
    )
    delivered = await office.rows(
        "select id from delivery where channel = 'email' and state = 'delivered'"
    )
    assert all(mails[f"<{row.id}.email@vendor.example>"] in (1, 2) for row in delivered)
    assert max(mails.values()) <= 2
    # Every duplicate must have a recorded doubt.
    repeated = {
        f"<{row.id}.email@vendor.example>"
        for row in await office.rows("select id from delivery where channel = 'email' and repeated")
    }
    twice = {id for id, count in mails.items() if count > 1}
    assert twice <= repeated
    assert set(states) <= {"delivered", "cancelled", "unknown"}
    return mails, states
