"""Webhooks `opportunity.changed` and `task.changed`: one per entry, with what GET shows."""

from datetime import UTC, datetime
from typing import Any

from shared.messages import Tell
from tests.integration.trigger.test_opportunities import begun, get
from tests.support.desk import Desk, catalog, order, plan

_ON = """insert into channel (name, settings, secrets, created_at, updated_at)
    values ('webhook', '{}', '', now(), now()) returning 1"""


async def told(desk: Desk, kind: str) -> list[dict[str, Any]]:
    return [
        one.facts.changed.data
        for one in await desk.messages()
        if isinstance(one, Tell) and one.kind == kind and one.webhook and one.facts.changed
    ]


async def test_r_192_each_entry_of_a_deal_is_told_once_with_what_get_shows(desk: Desk) -> None:
    await desk.rows(_ON)
    made = await begun(desk, note="They asked.")
    path = f"/v1/opportunities/{made['id']}/entries"
    opened, noted = await told(desk, "opportunity.changed")
    assert [one["entry"]["type"] for one in (opened, noted)] == ["opened", "note"]
    await desk("POST", path, {"type": "line", "item": "enterprise", "discount_pct": "5"}, want=201)
    *_, line = await told(desk, "opportunity.changed")
    entry = line.pop("entry")
    assert (entry["type"], entry["seq"]) == ("line", 3)
    assert line == await get(desk, made), "the body of GET"
    await desk("POST", path, {"type": "move", "to": "qualified"}, want=409)
    assert len(await told(desk, "opportunity.changed")) == 3, "what is refused is not told"


async def test_what_judgement_opens_is_told_too(desk: Desk) -> None:
    await desk.rows(_ON)
    plans = catalog(plan("pro", 1), plan("enterprise", 2, api_calls=1000))
    year_ago = datetime(2025, 11, 1, tzinfo=UTC)
    await desk.opens(catalog=plans, subscription=order("pro", started_at=year_ago))
    for used in (80, 96):
        await desk.counts("api_calls", used)
    found = await told(desk, "opportunity.changed")
    deals = (await desk("GET", "/v1/opportunities"))["data"]
    assert deals
    assert {one["id"] for one in found} == {one["id"] for one in deals}
    for deal in deals:
        shown = await desk("GET", f"/v1/opportunities/{deal['id']}")
        *_, last = (one for one in found if one["id"] == deal["id"])
        assert last.pop("entry")["seq"] == shown["revision"]
        assert last == shown


async def test_each_entry_of_a_task_is_told_once_with_what_get_shows(desk: Desk) -> None:
    await desk.rows(_ON)
    await begun(desk)
    body = {"title": "Call them", "owner": "u7"}
    task = await desk("POST", "/v1/accounts/acct-42/tasks", body, want=201)
    await desk("POST", f"/v1/tasks/{task['id']}/entries", {"type": "start"}, want=201)
    opened, started = await told(desk, "task.changed")
    entry = started.pop("entry")
    assert (opened["entry"]["type"], entry["type"], entry["seq"]) == ("opened", "start", 2)
    assert started == await desk("GET", f"/v1/tasks/{task['id']}")


async def test_without_a_webhook_nothing_is_composed(desk: Desk) -> None:
    await begun(desk)
    assert await told(desk, "opportunity.changed") == []
