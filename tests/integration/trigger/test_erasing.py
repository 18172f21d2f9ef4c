"""Who writes to an account while somebody erases it: what is written is not taken along, and nobody is told that it was kept."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from sqlalchemy import text

from services.trigger import erasing, plans
from shared.database import transaction
from tests.support.desk import ACCOUNT, Desk, order

ACCT = "/v1/accounts/acct-42"


async def _waits(desk: Desk, number: int, *work: asyncio.Task[Any]) -> None:
    """Until so many wait for a lock."""
    while (await desk.rows(_WAITING))[0].number < number:
        assert not any(task.done() for task in work), [task.result() for task in work if task.done()]
        await asyncio.sleep(0.01)


_WAITING = """
    select count(*) as number from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock' and application_name like 'plimsoll%'
"""


async def test_what_is_written_while_an_account_is_erased_is_refused(desk: Desk) -> None:
    """Each by itself: of those that change what holds, one of a process at a time waits in the database."""
    writes: dict[str, Callable[[str], Coroutine[Any, Any, Any]]] = {
        "account": lambda path: desk("PUT", path, ACCOUNT | {"name": "Other"}, want=409),
        "batch": lambda path: desk("POST", "/v1/accounts:batch", [{"id": path.rsplit("/", 1)[1], **ACCOUNT, "name": "Third"}]),
        "subscription": lambda path: desk("PUT", f"{path}/subscription", order("pro"), want=404),
        "ending": lambda path: desk("DELETE", f"{path}/subscription", want=404),
        "taken-back": lambda path: desk("DELETE", f"{path}/next-subscription", want=404),
        "limit": lambda path: desk("PUT", f"{path}/limits/storage", {"limit": 1}, want=404),
        "no-limit": lambda path: desk("DELETE", f"{path}/limits/storage", want=404),
    }
    for account, write in writes.items():
        await desk.opens(account=account)
        path = f"/v1/accounts/{account}"
        async with transaction(desk.context.engine) as conn:
            await erasing.erase_account(conn, account, desk.now)
            writing = asyncio.create_task(write(path))
            await _waits(desk, 1, writing)
        told = await writing
        if account == "batch":
            assert [(one["result"], one["errors"][0]["path"]) for one in told["data"]] == [("refused", "/id")]
        await desk("GET", path, want=404)


async def test_a_contact_who_is_erased_is_not_put_back_by_who_came_in_between(desk: Desk) -> None:
    await desk.opens()
    async with transaction(desk.context.engine) as conn:
        await erasing.erase_contact(conn, desk.watch, "acct-42", "c2", desk.now)
        writes = [
            asyncio.create_task(desk("PUT", ACCT, ACCOUNT | {"name": "Other"}, want=409)),
            asyncio.create_task(desk("POST", "/v1/accounts:batch", [{"id": "acct-42", **ACCOUNT, "name": "Third"}])),
        ]
        await _waits(desk, 2, *writes)
    _, batch = await asyncio.gather(*writes)
    assert batch["refused"] == 1
    assert [one["id"] for one in (await desk("GET", ACCT))["contacts"]] == ["c1"]


async def test_a_time_zone_that_changes_between_look_and_lock_moves_the_periods(desk: Desk) -> None:
    """Who came second saw the zone of before, and puts it back: that is a move, under the lock of plans."""
    await desk.opens()
    async with transaction(desk.context.engine) as conn:
        await plans.lock(conn, ["acct-42"])
        await conn.execute(text("update account set time_zone = 'Asia/Tokyo' where id = 'acct-42'"))
        writing = asyncio.create_task(desk("PUT", ACCT, ACCOUNT | {"name": "Other"}))
        await _waits(desk, 1, writing)
    before = (await desk.rows("select revision from subscription"))[0].revision
    assert (await writing)["time_zone"] == ACCOUNT["time_zone"]
    assert (await desk.rows("select revision from subscription"))[0].revision > before
