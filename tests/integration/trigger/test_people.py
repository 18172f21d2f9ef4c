"""Contacts who join and leave: what is recorded, and that every current contact gets each open
alert once, in any order.
"""

import asyncio
import random
from collections import Counter
from typing import Any

import msgspec
from aiokafka.structs import ConsumerRecord, TopicPartition

from services.notifier.channels.live import Channels
from services.notifier.delivery.wakeups import Wakeups
from services.notifier.handler import MessageHandler
from shared.loop.turn import Turn
from shared.messages import MESSAGES, People
from shared.postgres.database import transaction
from tests.support.desk import ACCOUNT, Desk

OWNER, MEMBER = ACCOUNT["contacts"]


async def people(desk: Desk) -> list[People]:
    return [one for one in await desk.messages() if isinstance(one, People)]


async def history(desk: Desk) -> dict[str, tuple[bool, bool]]:
    """By contact: whether the date of their address is recorded, and whether they left."""
    rows = await desk.rows(
        "select contact, given_at is not null as given, left_at is not null as gone "
        "from contact_history"
    )
    return {row.contact: (row.given, row.gone) for row in rows}


async def test_joining_and_leaving_contacts_are_reported_and_recorded(desk: Desk) -> None:
    await desk.opens()
    assert (await people(desk), await history(desk)) == ([], {})
    put = "/v1/accounts/acct-42"
    await desk("PUT", put, ACCOUNT | {"name": "Midori"})
    assert (await people(desk), await history(desk)) == ([], {})
    await desk("PUT", put, ACCOUNT | {"contacts": [OWNER | {"role": "admin"}, MEMBER]})
    assert (len(await people(desk)), await history(desk)) == (1, {})
    await desk("PUT", put, ACCOUNT | {"contacts": [OWNER]})
    assert await history(desk) == {"c2": (False, True)}
    await desk("PUT", put, ACCOUNT | {"contacts": [OWNER | {"email": "new@example.com"}, MEMBER]})
    assert await history(desk) == {"c1": (True, False), "c2": (True, False)}
    assert len(await people(desk)) == 3
    await desk("PUT", put, ACCOUNT | {"contacts": [OWNER | {"email": "new@example.com"}, MEMBER]})
    await desk("PUT", put, ACCOUNT | {"time_zone": "Asia/Tokyo", "contacts": []})
    assert len(await people(desk)) == 4
    await desk(
        "POST",
        "/v1/accounts:batch",
        [{"id": "acct-42", "add_contacts": [OWNER]}, {"id": "new", **ACCOUNT}],
    )
    assert (len(await people(desk)), await history(desk)) == (
        5,
        {"c1": (True, False), "c2": (False, True)},
    )


THIRD = {
    "id": "c3",
    "name": "Aoi",
    "email": "aoi@example.com",
    "role": "billing_admin",
    "locale": None,
}


async def _open(desk: Desk, accounts: list[str]) -> None:
    await desk.opens(accounts[0])
    for account in accounts[1:]:
        await desk("PUT", f"/v1/accounts/{account}", ACCOUNT, want=201)
        await desk(
            "PUT",
            f"/v1/accounts/{account}/subscription",
            {"plan": "starter", "started_at": "2026-11-01T00:00:00Z"},
        )


async def test_contacts_who_change_at_the_moment_of_an_alert_have_it_once_each(desk: Desk) -> None:
    """Contacts join before, after and during the notice; the notifier reads as fast as it can."""
    accounts = [f"a{number}" for number in range(8)]
    await _open(desk, accounts)
    reading = Reading(desk)
    dice = random.Random(11)

    async def count(account: str) -> None:
        other = Desk(desk.context, desk.watch, desk.handler, desk.scheduler, desk.http)
        for total in (85, 100):
            await asyncio.sleep(dice.random() / 20)
            await other.counts("api_calls", total, account=account)

    async def change(account: str) -> None:
        for contacts in (
            [OWNER, MEMBER, THIRD],
            [MEMBER, THIRD],
            [OWNER, THIRD, {**THIRD, "id": "c4"}],
        ):
            await asyncio.sleep(dice.random() / 20)
            await desk("PUT", f"/v1/accounts/{account}", ACCOUNT | {"contacts": contacts})

    work = asyncio.gather(*map(count, accounts), *map(change, accounts))
    while not work.done():
        await reading.reads()
        await asyncio.sleep(0)
    await work
    await reading.reads()
    open_items = await desk.rows(
        "select i.account, i.contact from inbox_item i "
        "join contact c on c.account = i.account and c.id = i.contact "
        "where i.resolved_at is null"
    )
    assert Counter((row.account, row.contact) for row in open_items) == {
        (a, c): 1 for a in accounts for c in ("c1", "c3", "c4")
    }
    before = await desk.rows("select count(*), max(changed_seq) from inbox_item")
    reading.seen.clear()
    await reading.reads()
    assert await desk.rows("select count(*), max(changed_seq) from inbox_item") == before


class Reading:
    """The notifier's handler, fed with what the trigger sent, each account's messages in order."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._handler = MessageHandler(
            desk.context.clock, Channels(desk.context), Wakeups(desk.context.wake)
        )
        self.seen: set[int] = set()

    async def reads(self) -> None:
        rows = await self._desk.rows(
            "select id, key, value from outbox where topic = 'plimsoll.messages' order by id"
        )
        fresh = [row for row in rows if row.id not in self.seen]
        records = [_record(row) for row in fresh]
        if not records:
            return
        batch = {TopicPartition(MESSAGES, 0): records}
        async with transaction(self._desk.context.engine) as conn:
            await self._handler.apply(
                Turn(
                    conn,
                    batch,
                    dict.fromkeys(batch, 0),
                    self._desk.now,
                    prepared=self._handler.prepare(batch),
                )
            )
        self.seen |= {row.id for row in fresh}


def _record(row: Any) -> ConsumerRecord:
    assert msgspec.json.decode(bytes(row.value))
    return ConsumerRecord(
        MESSAGES, 0, row.id, 0, 0, bytes(row.key), bytes(row.value), None, 0, len(row.value), ()
    )
