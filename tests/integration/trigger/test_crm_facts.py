"""R-192: what happens to a task in another system comes back as a fact; an address that refuses
mail is a task until it changes.
"""

from datetime import timedelta
from typing import Any

from tests.integration.trigger.test_tasks import PATH, listed, open_all, opening, opens
from tests.support.desk import ACCOUNT, Desk


def fact(desk: Desk, type: str, id: str = "1", account: str = "acct-42", **data: Any) -> Any:
    return {
        "specversion": "1.0",
        "id": id,
        "source": "/crm/hubspot",
        "type": type,
        "subject": account,
        "time": desk.now.isoformat(),
        "data": data,
    }


async def refused(desk: Desk, *facts: Any) -> Any:
    return await desk(
        "POST",
        "/v1/signals",
        list(facts),
        headers={"Content-Type": "application/cloudevents-batch+json"},
        want=422,
    )


async def entries(desk: Desk, id: str) -> list[tuple[str, str, str]]:
    """Types with who wrote them, oldest first."""
    found = (await desk("GET", f"/v1/tasks/{id}/entries"))["data"]
    return [(one["type"], one["by"]["kind"], one["by"]["id"]) for one in reversed(found)]


async def test_r_192_taken_put_off_and_done_there_is_so_here_once(desk: Desk) -> None:
    await opens(desk)
    await desk("PUT", "/v1/people/s1", {"name": "Mori", "roles": ["sales"], "email": "m@x.com"})
    await open_all(desk, opening(desk, "competitor", "", "high"))
    (task,) = await listed(desk)
    key, until = task["id"], (desk.now + timedelta(days=2)).isoformat()
    await desk.learns("task.taken", dict(key=key, by="M@X.com"), id="1")
    await desk.learns("task.taken", dict(key=key, by="u7"), id="1")
    await desk.learns("task.snoozed", dict(key=key, until=until), id="2")
    await desk.learns("task.snoozed", dict(key=key, until=until), id="3")
    assert await entries(desk, key) == [
        ("opened", "plimsoll", "judgement"),
        ("start", "person", "s1"),
        ("owner", "person", "s1"),
        ("snooze", "plimsoll", "crm"),
    ]
    (asleep,) = await listed(desk)
    assert (asleep["state"], asleep["snooze_reason"], asleep["owner"]["id"]) == (
        "snoozed",
        "crm",
        "s1",
    )
    await desk.learns("task.done", dict(key=key, by="u7"), id="4")
    await desk.learns("task.done", dict(key=key, outcome="invalid"), id="5")
    (done,) = await listed(desk)
    assert done["state"] == "closed_success"
    assert (await entries(desk, key))[-1] == ("close", "person", "u7")
    assert await desk("GET", "/v1/decisions", params={"account": "acct-42"}) == {
        "data": [],
        "next_cursor": None,
    }, "judgement has nothing to say about it"


async def test_a_key_that_is_not_this_account_s_is_refused(desk: Desk) -> None:
    await opens(desk)
    await desk("PUT", "/v1/accounts/other", ACCOUNT, want=201)
    await open_all(desk, opening(desk, "competitor", "", "high"))
    (task,) = await listed(desk)
    problem = await refused(
        desk,
        fact(desk, "task.done", "1", key="nobody"),
        fact(desk, "task.done", "2", account="other", key=task["id"]),
        fact(desk, "task.snoozed", "3", key=task["id"], until="2036-01-01"),
        fact(desk, "task.taken", "4", key=task["id"]),
    )
    assert [one["path"] for one in problem["errors"]] == [
        "/0/data/key",
        "/1/data/key",
        "/2/data/until",
    ]
    alone = {"Content-Type": "application/cloudevents+json"}
    one = fact(desk, "task.done", key="nobody")
    problem = await desk("POST", "/v1/signals", one, headers=alone, want=422)
    assert [one["path"] for one in problem["errors"]] == ["/data/key"]
    assert (await listed(desk))[0]["state"] == "open", "a batch is taken whole or not"
    await desk.learns("task.done", {"key": "nobody"})
    await desk.learns("task.done", {"key": task["id"]})
    assert (await listed(desk))[0]["state"] == "closed_success", (
        "the other one is a rejected record"
    )
    (row,) = await desk.rows("select reason from event_rejected")
    assert "no task with this key" in row.reason


async def test_an_address_that_refuses_is_a_task_until_it_changes(desk: Desk) -> None:
    await opens(desk)
    await desk.learns("contact.unreachable", dict(contact="c1", reason="550 unknown"))
    await desk.learns("contact.unreachable", dict(contact="gone", reason="550 unknown"))
    (task,) = await listed(desk, "?reason=unreachable")
    assert (task["about"], task["type"], task["priority"], task["owner"]["id"]) == (
        "c1",
        "lifecycle",
        "high",
        "u7",
    )
    assert "青空 花子" in task["lines"]["happened"]
    first, *others = ACCOUNT["contacts"]
    for contacts, state in (
        ([first, {**others[0], "email": "ken@example.com"}], "open"),
        ([{**first, "email": None}, others[0]], "open"),
        ([{**first, "email": "hana@example.com"}, others[0]], "closed_success"),
    ):
        await desk("PUT", PATH, {**ACCOUNT, "contacts": contacts})
        (task,) = await listed(desk, "?reason=unreachable")
        assert task["state"] == state
    await desk.learns("contact.unreachable", dict(contact="c1", reason="550 unknown"))
    await desk("PUT", PATH, {**ACCOUNT, "contacts": others})
    newest, _ = await listed(desk, "?reason=unreachable")
    assert newest["state"] == "closed_no_success", "nobody is to be reached any more"
