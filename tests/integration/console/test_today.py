"""What somebody has to do this morning, and doing it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.support.console import House, Visitor

TUESDAY = datetime(2026, 12, 1, 9, tzinfo=UTC)
PATH = "/v1/accounts/acct-42"


async def with_tasks(house: House, visitor: Visitor, *due: str, **more: Any) -> list[str]:
    """Tasks of this person, one for each of these days, in this order: their ids."""
    headers = {"Plimsoll-Person": visitor.id}
    return [
        (
            await house.desk(
                "POST",
                f"{PATH}/tasks",
                {"title": f"Task {n}", "due_at": day, **more},
                headers=headers,
                want=201,
            )
        )["id"]
        for n, day in enumerate(due)
    ]


async def opened(house: House) -> Visitor:
    house.desk.at(TUESDAY)
    await house.desk.opens()
    return await house.visitor("u7", "csm", name="Kato")


async def test_tasks_are_in_the_order_in_which_they_are_done(house: House) -> None:
    kato = await opened(house)
    later, week, today, overdue = await with_tasks(
        house,
        kato,
        "2026-12-20T09:00:00Z",
        "2026-12-03T09:00:00Z",
        "2026-12-01T17:00:00Z",
        "2026-12-01T09:30:00Z",
    )
    house.desk.at(TUESDAY + timedelta(hours=1))
    page = await kato.get("/console/today")
    assert (page.status, page.page) == (200, "today")
    assert page.ids("task") == [overdue, today, week, later]
    assert page.ids("group") == ["overdue", "today", "week", "later"]
    assert page.values("open") == ["4"]
    assert page.states()["tasks"] == "ready"
    only = await kato.get("/console/today?due=today")
    assert only.ids("task") == [today]
    assert (await kato.get("/console/today?priority=high")).states()["tasks"] == "empty"


async def test_what_is_selected_is_closed_and_said(house: House) -> None:
    kato = await opened(house)
    first, second = await with_tasks(house, kato, "2026-12-03", "2026-12-04")
    page = await kato.get("/console/today")
    fields = {"idempotency_key": page.field("idempotency_key"), "to": "/console/today"}
    closing = {**fields, "task": [first, second], "act": "close", "outcome": "success"}
    done = await kato.post("/console/today", closing)
    assert (done.status, done.headers["location"]) == (303, "/console/today?said=closed")
    again = await kato.post("/console/today", closing)
    assert again.status == 303  # a double click is one entry
    shown = await kato.get("/console/today?said=closed")
    assert shown.states()["tasks"] == "empty"
    assert shown.values("closed_today") == ["2"]
    assert "Closed." in shown.text
    entries = await house.desk("GET", f"/v1/tasks/{first}/entries")
    assert [one["type"] for one in entries["data"]] == ["close", "opened"]


async def test_a_task_of_somebody_else_is_refused_by_the_api_and_what_was_typed_stays(
    house: House,
) -> None:
    kato = await opened(house)
    (id,) = await with_tasks(house, kato, "2026-12-03")
    mori = await house.visitor("s1", "sales", name="Mori", language="ja")
    page = await mori.get(f"/console/tasks/{id}")
    assert 'lang="ja"' in page.html
    fields = {
        "act": "close",
        "outcome": "success",
        "text": "電話しました",
        "idempotency_key": page.field("idempotency_key", "close"),
        "revision": page.field("revision", "close"),
    }
    refused = await mori.post(f"/console/tasks/{id}", fields)
    assert refused.status == 403
    assert "電話しました" in refused.text
    assert 'id="problems"' in refused.html
    assert (await house.desk("GET", f"/v1/tasks/{id}"))["state"] == "open"


async def test_who_was_slower_sees_what_was_appended_and_sends_again(house: House) -> None:
    kato = await opened(house)
    (id,) = await with_tasks(house, kato, "2026-12-03")
    page = await kato.get(f"/console/tasks/{id}")
    assert (await kato.post(f"/console/tasks/{id}", {"act": "start"})).status == 303
    fields = {
        "act": "snooze",
        "until": "2026-12-05",
        "reason": "Away until Saturday",
        "idempotency_key": page.field("idempotency_key", "snooze"),
        "revision": page.field("revision", "snooze"),
    }
    stale = await kato.post(f"/console/tasks/{id}", fields)
    assert stale.status == 412
    assert "data-appended" in stale.html
    assert "Away until Saturday" in stale.html
    again = fields | {name: stale.field(name, "snooze") for name in ("idempotency_key", "revision")}
    assert (await kato.post(f"/console/tasks/{id}", again)).status == 303
    assert (await house.desk("GET", f"/v1/tasks/{id}"))["state"] == "snoozed"
    today = await kato.get("/console/today")
    assert id not in today.ids("task")
    assert today.values("snoozed") == ["1"]
    assert (await kato.get("/console/today?due=snoozed")).ids("task") == [id]
    awake = await house.desk("GET", "/v1/tasks?awake=true&open=true")
    assert id not in [one["id"] for one in awake["data"]]
    asleep = await house.desk("GET", "/v1/tasks?awake=false")
    assert [one["id"] for one in asleep["data"]] == [id]
    assert (await kato.post(f"/console/tasks/{id}", {"act": "wake"})).status == 303
    assert id in (await kato.get("/console/today")).ids("task")


async def test_what_is_not_there_is_a_page(house: House) -> None:
    kato = await opened(house)
    for path in ("/console/tasks/none", "/console/nowhere"):
        page = await kato.get(path)
        assert (page.status, page.page) == (404, "failure")
        assert "Content-Security-Policy" in page.headers
