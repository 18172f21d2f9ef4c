"""BP-18: one message stays one, however many workers handle it at the same time."""

import asyncio

from tests.support.post import Office

WORKERS = 8


async def test_bp_18_eight_workers_make_one_notification_and_one_delivery_each(
    office: Office,
) -> None:
    await office.alert("a95")
    message = office.tell("a95")
    await asyncio.gather(*(office.hears(message) for _ in range(WORKERS)))
    told = await office.rows("select recipient, count(*) as times from notification group by 1")
    assert {row.recipient: row.times for row in told} == {"contact:c1": 1, "contact:c2": 1}
    doubled = await office.rows(
        "select notification, channel from delivery group by 1, 2 having count(*) > 1"
    )
    assert doubled == []
    shown = await office.rows("select contact, count(*) as times from inbox_item group by 1")
    assert {row.contact: row.times for row in shown} == {"c1": 1, "c2": 1}
