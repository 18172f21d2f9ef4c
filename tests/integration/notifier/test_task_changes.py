"""Tasks with a log in Plimsoll: every change is told as what the task shall be now, once."""

from datetime import datetime, timedelta
from typing import Any

from services.notifier.channels.hubspot.draft import stamp
from shared.messages import Tell
from shared.runtime.settings import Settings
from tests.support.post import NOON, Office, open_office

KEY = "b" * 32
MORI = "70000088"
PATCH = "PATCH /crm/objects/2026-03/tasks/"
OWNER = {"id": "u7", "name": "Kato", "email": "kato@example.com"}


def change(office: Office, revision: int, **task: Any) -> Tell[dict[str, Any]]:
    """As trigger tells it after an entry."""
    given: dict[str, Any] = {
        "due_at": NOON + timedelta(days=3),
        "state": "open",
        "raised": 1,
        "owner": OWNER,
        "revision": revision,
    }
    return office.tell(
        None,
        None,
        key=f"change-{revision}",
        kind="crm.task",
        cls="internal",
        recipients=(),
        task=office.task(KEY, purpose="opportunity", **(given | task)),
    )


async def changed(office: Office, revision: int, **task: Any) -> None:
    await office.hears(change(office, revision, **task))


async def sent(office: Office, count: int) -> dict[str, str]:
    await office.until("hubspot", *["delivered"] * count)
    (task,) = office.crm.tasks()
    properties: dict[str, str] = task["properties"]
    return properties


async def test_a_task_follows_its_log(settings: Settings) -> None:
    async with open_office(settings, workers=("hubspot",)) as office:
        await office.opens()
        await office.sets("hubspot")
        office.crm.owners["mori@example.com"] = MORI
        await changed(office, 1)
        first = await sent(office, 1)
        assert _due(first) == NOON + timedelta(days=3)

        until = NOON + timedelta(days=20)
        await changed(office, 2, state="snoozed", snoozed_until=until)
        assert _due(await sent(office, 2)) == until

        # Waking moves it back to its own date, which is earlier: no rule of "only earlier" holds.
        await changed(office, 3, state="open")
        assert _due(await sent(office, 3)) == NOON + timedelta(days=3)

        mori = {"id": "s1", "name": "Mori", "email": "mori@example.com"}
        await changed(office, 4, state="in_progress", owner=mori)
        now = await sent(office, 4)
        assert (now["hubspot_owner_id"], now["hs_task_status"]) == (MORI, "IN_PROGRESS")

        await changed(office, 5, state="closed_no_success", owner=mori)
        assert (await sent(office, 5))["hs_task_status"] == "COMPLETED"
        assert await office.rows("select 1 from crm_task where completed_at is not null")

        await changed(office, 6, state="open", raised=6, reopened=6, owner=mori)
        assert (await sent(office, 6))["hs_task_status"] == "NOT_STARTED"
        assert await office.rows("select 1 from crm_task where completed_at is null")


async def test_what_the_crm_has_already_is_not_written(settings: Settings) -> None:
    """What came from there ends here: one look, no write, so nothing goes back and forth."""
    async with open_office(settings, workers=("hubspot",)) as office:
        await office.opens()
        await office.sets("hubspot")
        await changed(office, 1)
        await sent(office, 1)
        (task,) = office.crm.tasks()
        writes = len(office.crm.calls(PATCH))

        office.crm.edit(task["id"], hs_task_status="IN_PROGRESS")
        await changed(office, 2, state="in_progress")
        await sent(office, 2)
        office.crm.edit(task["id"], hs_task_status="COMPLETED")
        await changed(office, 3, state="closed_success")
        await sent(office, 3)
        assert len(office.crm.calls(PATCH)) == writes


async def test_what_people_changed_there_stays(settings: Settings) -> None:
    """Until Plimsoll hears of it, a raise takes nothing back."""
    async with open_office(settings, workers=("hubspot",)) as office:
        await office.opens()
        await office.sets("hubspot")
        await changed(office, 1)
        await sent(office, 1)
        (task,) = office.crm.tasks()
        later = stamp(NOON + timedelta(days=9))
        office.crm.edit(task["id"], hs_task_status="COMPLETED", hs_timestamp=later)
        await changed(office, 2, raised=2, priority="high")
        now = await sent(office, 2)
        assert (now["hs_task_status"], now["hs_timestamp"]) == ("COMPLETED", later)
        assert now["hs_task_priority"] == "HIGH"


async def test_a_deleted_task_is_made_again_by_a_raise_only(settings: Settings) -> None:
    async with open_office(settings, workers=("hubspot",)) as office:
        await office.opens()
        await office.sets("hubspot")
        await changed(office, 1)
        await sent(office, 1)
        office.crm.clear()
        await changed(office, 2, due_at=NOON + timedelta(days=5))
        await office.until("hubspot", "delivered", "delivered")
        assert office.crm.tasks() == []
        await changed(office, 3, due_at=NOON + timedelta(days=5), raised=3)
        assert _due(await sent(office, 3)) == NOON + timedelta(days=5)


async def test_of_several_that_wait_the_newest_goes(settings: Settings) -> None:
    async with open_office(settings, workers=("hubspot",)) as office:
        await office.opens()
        await office.sets("hubspot")
        await office.hears(
            change(office, 1),
            change(office, 2, raised=2, priority="high"),
            change(office, 3, raised=2, priority="high", due_at=NOON + timedelta(days=8)),
        )
        await office.hears_again(highest=0)
        found = await office.until("hubspot", "cancelled", "cancelled", "delivered")
        assert found[0]["last_error"] == "a newer change of the task says it all"
        (task,) = office.crm.tasks()
        assert task["properties"]["hs_task_priority"] == "HIGH"
        assert _due(task["properties"]) == NOON + timedelta(days=8)


def _due(properties: dict[str, str]) -> datetime:
    return datetime.fromisoformat(properties["hs_timestamp"])
