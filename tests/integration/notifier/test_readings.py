"""R-192: what happens to tasks in HubSpot comes back as facts, once; what we wrote does not."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from plimsoll.checks import channels
from plimsoll.demo.crm import Fault
from plimsoll.demo.crm_http import Answer
from services.notifier.channels.live import Channels
from services.notifier.channels.states import notices
from services.notifier.delivery.wakeups import Wakeups
from services.notifier.readings.reader import Reader
from shared.postgres.database import transaction
from shared.runtime.settings import Settings
from shared.telemetry import metrics
from tests.support.loops import until
from tests.support.post import Office, open_office

READ = "tasks/batch/read"
KEY = "a" * 32


@pytest.fixture
async def crm(settings: Settings) -> AsyncIterator[Office]:
    """A task that HubSpot has, just written."""
    async with open_office(settings, workers=("hubspot", "email")) as office:
        await office.opens()
        await office.sets("hubspot")
        office.crm.owners |= {"mori@example.com": "77"}
        office.crm.users |= {"77": "9077"}
        await office.raised("a80", 80, recipients=(), task=office.task())
        await office.until("hubspot", "delivered")
        yield office


def task_of(office: Office) -> str:
    (task,) = office.crm.tasks()
    return str(task["id"])


async def facts(office: Office) -> list[dict[str, Any]]:
    rows = await office.rows("select value from outbox where topic = 'account.events' order by id")
    return [json.loads(bytes(row.value)) for row in rows]


async def read_again(office: Office) -> None:
    """Waits for two readings that begin from now on: the first may have been under way."""
    for _ in range(2):
        before = len(office.crm.calls(READ))
        office.passes(seconds=40)

        async def has_read(before: int = before) -> bool:
            return len(office.crm.calls(READ)) > before

        await until(has_read)


async def test_r_192_what_a_colleague_does_is_told_once_and_what_we_wrote_is_not(
    crm: Office,
) -> None:
    await read_again(crm)
    assert await facts(crm) == [], "created by Plimsoll"
    task = task_of(crm)
    crm.crm.edit(task, hubspot_owner_id="77", hs_timestamp="2026-12-04T00:00:00.000Z", by="9077")
    await read_again(crm)
    taken, snoozed = await facts(crm)
    assert taken["id"].startswith(f"{task}:20")
    assert snoozed["id"] == taken["id"] + ":2"
    assert [
        (one["type"], one["source"], one["subject"], one["data"]) for one in (taken, snoozed)
    ] == [
        ("task.taken", "/crm/hubspot", "acct-42", {"key": KEY, "by": "mori@example.com"}),
        (
            "task.snoozed",
            "/crm/hubspot",
            "acct-42",
            {"key": KEY, "until": "2026-12-04T00:00:00Z", "by": "mori@example.com"},
        ),
    ]
    crm.crm.edit(task, hs_task_status="COMPLETED", by="1")
    await read_again(crm)
    *_, done = await facts(crm)
    assert (done["type"], done["data"]) == ("task.done", {"key": KEY})
    await read_again(crm)
    assert len(await facts(crm)) == 3
    # A higher threshold reopens it, with the CSM as its owner and its date: all that is ours.
    await crm.raised("a95", recipients=(), task=crm.task(priority="high"))
    await crm.until("hubspot", "delivered", "delivered")
    (reopened,) = crm.crm.tasks()
    assert reopened["properties"]["hs_task_status"] == "NOT_STARTED"
    assert reopened["properties"]["hubspot_owner_id"] == "64492917"
    writes = len([one for one in crm.crm.journal if READ not in one.line])
    await read_again(crm)
    assert len(await facts(crm)) == 3, "no echo"
    assert len([one for one in crm.crm.journal if READ not in one.line]) == writes, "no calls"


async def test_a_lost_answer_to_our_own_writing_is_no_news(crm: Office) -> None:
    await read_again(crm)
    crm.crm.faults.append(Fault("PATCH", None, applied=True, times=99))
    await crm.raised(
        "a95", recipients=(), task=crm.task(owner={"id": "m", "email": "mori@example.com"})
    )

    async def given_up() -> bool:
        return bool(
            await crm.rows(
                "update delivery set state = 'unknown', next_attempt_at = null "
                "where state = 'retrying' returning 1"
            )
        )

    await until(given_up)
    (written,) = crm.crm.tasks()
    assert written["properties"]["hubspot_owner_id"] == "77"
    crm.crm.faults.clear()
    await read_again(crm)
    assert await facts(crm) == [], "we may have been the ones who wrote it"
    crm.crm.edit(task_of(crm), hs_task_status="IN_PROGRESS")
    await read_again(crm)
    assert [one["type"] for one in await facts(crm)] == ["task.taken"], "what comes later is news"


async def test_a_deleted_task_is_not_read_any_more_and_made_again_once_when_it_is_raised(
    crm: Office,
) -> None:
    first = task_of(crm)
    crm.crm.delete(first)
    crm.passes(seconds=40)

    async def unread() -> bool:
        return (await crm.rows("select next_read_at from crm_task"))[0].next_read_at is None

    await until(unread)
    assert await facts(crm) == []
    await crm.raised("a90", 90, recipients=(), task=crm.task())
    await crm.raised("a95", recipients=(), task=crm.task())
    await crm.until("hubspot", "delivered", "delivered", "delivered")
    again = task_of(crm)
    assert again != first
    await read_again(crm)
    crm.crm.edit(again, hs_task_status="COMPLETED")
    await read_again(crm)
    assert [one["type"] for one in await facts(crm)] == ["task.done"]


async def test_several_processes_read_each_task_once_an_interval_and_tell_it_once(
    crm: Office,
) -> None:
    wakeups = Wakeups(crm.context.wake)
    more = [Reader(crm.context, "hubspot", _held(crm), wakeups) for _ in range(3)]
    tasks = [asyncio.create_task(reader.run(crm.stop)) for reader in more]
    crm.tasks.extend(tasks)
    await read_again(crm)
    crm.crm.edit(task_of(crm), hs_task_status="COMPLETED")
    before = len(crm.crm.calls(READ))
    crm.passes(seconds=40)
    await until(lambda: _told(crm))
    await asyncio.sleep(0.5)
    assert len(crm.crm.calls(READ)) == before + 1
    assert len(await facts(crm)) == 1


def _held(office: Office) -> Channels:
    return office.workers["hubspot"]._channels


async def _told(office: Office) -> bool:
    return bool(await facts(office))


async def test_people_who_cannot_be_asked_for_now_make_it_wait(crm: Office) -> None:
    await read_again(crm)
    crm.crm.faults.append(Fault("/crm/v3/owners/", Answer(503, {})))
    crm.crm.edit(task_of(crm), hubspot_owner_id="77")
    await read_again(crm)
    await read_again(crm)
    (taken,) = await facts(crm)
    assert taken["data"] == {"key": KEY, "by": "mori@example.com"}


async def test_a_crm_that_does_not_let_us_read_says_so_and_still_gets_its_tasks(
    crm: Office, settings: Settings
) -> None:
    crm.crm.unreadable = True
    crm.passes(seconds=40)

    async def noticed() -> bool:
        return bool(metrics.channel_unread.labels("hubspot")._value.get())

    await until(noticed)
    calls = len(crm.crm.calls(READ))
    crm.passes(seconds=300)
    await crm.raised("a95", recipients=(), task=crm.task())
    await crm.until("hubspot", "delivered", "delivered")
    assert len(crm.crm.calls(READ)) == calls, "it is asked again after a quarter of an hour"
    async with transaction(crm.context.engine) as conn:
        told = await notices(conn, _held(crm))
    assert told is not None
    assert told.startswith("hubspot cannot be read since 2026-11-23T")
    (finding,) = [one for one in await channels.check(settings) if one.remedy is not None]
    assert "403" in finding.what
    assert "read" in (finding.remedy or "")
    crm.crm.unreadable = False
    crm.passes(minutes=16)

    async def healed() -> bool:
        return not metrics.channel_unread.labels("hubspot")._value.get()

    await until(healed)
    async with transaction(crm.context.engine) as conn:
        assert await notices(conn, _held(crm)) is None


async def test_a_server_without_reading_gets_its_tasks_and_is_no_fault(crm: Office) -> None:
    crm.crm.without_reading = True
    await read_again(crm)
    await crm.raised("a95", 95, recipients=(), task=crm.task())
    await crm.until("hubspot", "delivered", "delivered")
    async with transaction(crm.context.engine) as conn:
        assert await notices(conn, _held(crm)) is None
    crm.crm.without_reading = False
    crm.crm.edit(task_of(crm), hs_task_status="COMPLETED", by="9077")
    await read_again(crm)
    assert [one["type"] for one in await facts(crm)] == ["task.done"]
