"""Writes to an account while it is erased are refused, not accepted and then deleted with it."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import quote

import structlog
from sqlalchemy import text
from structlog.testing import capture_logs

from services.trigger import erasure_steps
from services.trigger.subscriptions import plan_changes
from shared.postgres.database import transaction
from tests.support.desk import ACCOUNT, Desk, order

ACCT = "/v1/accounts/acct-42"
NEVER_PUT = (
    (
        "insert into usage_day (account, meter, day, aggregation) "
        "values ('counted', 'm', now(), 'count')"
    ),
    """
    insert into parked (service, account, lane, kind, part, reason, traceback, since, attempts,
        next_attempt_at)
    values ('ingest', 'aside', 'usage.events', 'parked', 'x', 'error: X', '', now(), 1, now())
    """,
    """
    insert into event_rejected (service, topic, partition, "offset", reason, payload, at, accounts)
    values ('trigger', 'account.events', 0, 1, 'account: no account has this id', '{}', now(),
        array['other', 'rejected "%\\'' ü'])
    """,
    (
        "insert into fact (source, id, account, type, event, at, received_at) "
        "values ('/s', '1', 'stated', 't', '{}', now(), now())"
    ),
)


async def _waits(desk: Desk, number: int, *work: asyncio.Task[Any]) -> None:
    """Waits until this many wait for a lock."""
    while (await desk.rows(_WAITING))[0].number < number:
        assert not any(task.done() for task in work), [
            task.result() for task in work if task.done()
        ]
        await asyncio.sleep(0.01)


_WAITING = """
    select count(*) as number from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'
        and application_name like 'plimsoll%'
"""


async def test_what_is_written_while_an_account_is_erased_is_refused(desk: Desk) -> None:
    """Each one separately: of a process's writers only one at a time waits in the database."""
    writes: dict[str, Callable[[str], Coroutine[Any, Any, Any]]] = {
        "account": lambda path: desk("PUT", path, ACCOUNT | {"name": "Other"}, want=409),
        "batch": lambda path: desk(
            "POST",
            "/v1/accounts:batch",
            [{"id": path.rsplit("/", 1)[1], **ACCOUNT, "name": "Third"}],
        ),
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
            await erasure_steps.erase_account(conn, account, desk.now)
            writing = asyncio.create_task(write(path))
            await _waits(desk, 1, writing)
        told = await writing
        if account == "batch":
            assert [(one["result"], one["errors"][0]["path"]) for one in told["data"]] == [
                ("refused", "/id")
            ]
        await desk("GET", path, want=404)


async def test_an_erased_contact_is_not_put_back_by_a_concurrent_write(desk: Desk) -> None:
    await desk.opens()
    async with transaction(desk.context.engine) as conn:
        await erasure_steps.erase_contact(conn, desk.watch, "acct-42", "c2", desk.now)
        writes = [
            asyncio.create_task(desk("PUT", ACCT, ACCOUNT | {"name": "Other"}, want=409)),
            asyncio.create_task(
                desk("POST", "/v1/accounts:batch", [{"id": "acct-42", **ACCOUNT, "name": "Third"}])
            ),
        ]
        await _waits(desk, 2, *writes)
    _, batch = await asyncio.gather(*writes)
    assert batch["refused"] == 1
    assert [one["id"] for one in (await desk("GET", ACCT))["contacts"]] == ["c1"]


async def test_a_time_zone_that_changes_between_look_and_lock_moves_the_periods(desk: Desk) -> None:
    """The second writer saw the old zone and puts it back: that moves the periods too."""
    await desk.opens()
    async with transaction(desk.context.engine) as conn:
        await plan_changes.lock(conn, ["acct-42"])
        await conn.execute(text("update account set time_zone = 'Asia/Tokyo' where id = 'acct-42'"))
        writing = asyncio.create_task(desk("PUT", ACCT, ACCOUNT | {"name": "Other"}))
        await _waits(desk, 1, writing)
    before = (await desk.rows("select revision from subscription"))[0].revision
    assert (await writing)["time_zone"] == ACCOUNT["time_zone"]
    assert (await desk.rows("select revision from subscription"))[0].revision > before


async def test_an_id_that_was_never_an_account_is_erased_if_anything_is_stored(desk: Desk) -> None:
    async with transaction(desk.context.engine) as conn:
        for statement in NEVER_PUT:
            await conn.exec_driver_sql(statement)
    for id in ("counted", "aside", "rejected \"%\\' ü", "stated"):
        await desk("DELETE", f"/v1/accounts/{quote(id, safe='')}", want=202)
    await desk("DELETE", "/v1/accounts/nobody", want=404)


async def test_a_person_named_only_by_a_fact_is_erased(desk: Desk) -> None:
    await desk.opens()
    async with transaction(desk.context.engine) as conn:
        for field in ("contact", "said_by", "user"):
            event = json.dumps({"data": {field: f"by {field}"}})
            await conn.execute(text(_STATED), {"field": field, "event": event, "now": desk.now})
    for field in ("contact", "said_by", "user"):
        await desk("POST", f"{ACCT}/contacts/by%20{field}:erase", want=202)
    await desk("POST", f"{ACCT}/contacts/nobody:erase", want=404)


_STATED = """
    insert into fact (source, id, account, type, event, at, received_at)
    values ('/s', :field, 'acct-42', 't', cast(:event as jsonb), :now, :now)
"""


async def test_an_account_being_erased_is_no_longer_readable(desk: Desk) -> None:
    """Its rows exist until the eraser reaches them."""
    for account in ("acct-42", "other"):
        await desk.opens(account=account)
        await desk.counts("api_calls", 96, account=account)
    ids = {
        account: [await _ids(desk, list_, account) for list_ in _LISTS]
        for account in ("acct-42", "other")
    }
    async with transaction(desk.context.engine) as conn:
        await conn.execute(text(_QUOTED), {"now": desk.now})
    assert all(ids["acct-42"][:2])
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        await desk("DELETE", ACCT, want=202)
    assert [
        one.keys() & {"erasure", "account"} for one in lines if one["event"] == "erasure_begun"
    ] == [{"erasure"}]
    assert [await _ids(desk, list_, "acct-42") for list_ in _LISTS] == [[]] * len(_LISTS)
    assert [await _ids(desk, list_, "other") for list_ in _LISTS] == ids["other"]
    for list_, gone, kept in zip(_LISTS, ids["acct-42"], ids["other"], strict=True):
        shown = {one["id"] for one in (await desk("GET", list_))["data"]}
        assert (shown & set(gone), shown & set(kept)) == (set(), set(kept))
    for list_, gone in zip(_LISTS[:2], ids["acct-42"], strict=False):
        await desk("GET", f"{list_}/{gone[0]}", want=404)
    await desk("GET", "/v1/quotes/q", want=404)
    await desk("POST", "/v1/quotes/q:accept", want=404)


_QUOTED = (
    "insert into quote (id, account, plan, body, created_at, expires_at) "
    "values ('q', 'acct-42', 'pro', '{}', :now, :now)"
)
_LISTS = ("/v1/alerts", "/v1/decisions", "/v1/opportunities")


async def _ids(desk: Desk, path: str, account: str) -> list[str]:
    return [one["id"] for one in (await desk("GET", path, params={"account": account}))["data"]]
