"""Trials over HTTP: what may be used meanwhile, which alerts they cure and raise, how they end."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.integration.trigger.test_opportunities import get
from tests.support.desk import Desk, catalog, order, plan

PATH = "/v1/accounts/acct-42"
START = datetime(2026, 11, 16, tzinfo=UTC)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
SOLD = catalog(
    plan("pro", 1, purchase="sales_assisted", features=["core"]),
    plan("business", 2, api_calls=150, features=["core", "reports"]),
    plan("enterprise", 3, api_calls=110, features=["core", "reports", "sso"]),
)


async def begun(desk: Desk) -> dict[str, Any]:
    desk.at(START)
    await desk.opens(catalog=SOLD, subscription=order("pro"))
    body = {"to_plan": "enterprise"}
    made: dict[str, Any] = await desk("POST", f"{PATH}/opportunities", body, want=201)
    return made


async def offers(desk: Desk, made: dict[str, Any], **more: Any) -> dict[str, Any]:
    body = {"type": "trial", "features": ["sso"], "criteria": [{"feature": "sso", "uses": 1}]}
    entry: dict[str, Any] = await desk(
        "POST", f"/v1/opportunities/{made['id']}/entries", {**body, **more}, want=201
    )
    return entry


async def can(desk: Desk, feature: str = "sso") -> tuple[bool, str | None, str | None]:
    found = await desk("GET", f"{PATH}/can?feature={feature}")
    return found["allowed"], found["by"], found["until"]


async def meter(desk: Desk) -> dict[str, Any]:
    found = (await desk("GET", f"{PATH}/usage"))["meters"]
    return next(one for one in found if one["meter"] == "api_calls")


async def trial_of(desk: Desk, made: dict[str, Any]) -> dict[str, Any]:
    (one,) = (await get(desk, made))["trials"]
    return dict(one)


async def test_it_is_allowed_for_14_days_and_reverts_whether_or_not_anybody_ran(
    desk: Desk,
) -> None:
    made = await begun(desk)
    assert await can(desk, "core") == (True, "plan", None)
    assert await can(desk) == (False, None, None)
    entry = await offers(desk, made)
    assert await can(desk) == (True, "trial", entry["body"]["ends_at"])
    desk.at(START + DAY)
    await desk.learns("feature.used", {"feature": "sso"})
    desk.at(START + 14 * DAY - MINUTE)
    assert (await can(desk))[:2] == (True, "trial")
    desk.at(START + 14 * DAY + MINUTE)
    assert await can(desk) == (False, None, None)
    before = await trial_of(desk, made)
    assert (before["state"], before["criteria"][0]["count"]) == ("ended_met", 1)
    await desk.due()
    assert await trial_of(desk, made) == before
    assert await desk.rows("select state from trial") == [("ended_met",)]
    log = (await desk("GET", f"/v1/opportunities/{made['id']}/entries?type=trial"))["data"]
    assert [(one["by"]["id"], one["body"]["state"]) for one in log] == [
        ("timer", "ended_met"),
        (entry["by"]["id"], "active"),
    ]
    for query in ("", "?feature=nothing", "?feature=sso&meter=api_calls"):
        await desk("GET", f"{PATH}/can{query}", want=422)


async def test_whoever_owns_the_deal_is_reminded_three_days_before_its_end(desk: Desk) -> None:
    made = await begun(desk)
    entry = await offers(desk, made)

    async def reminders() -> list[dict[str, Any]]:
        return list((await desk("GET", "/v1/tasks?reason=trial_ending"))["data"])

    desk.at(START + 11 * DAY - MINUTE)
    await desk.due()
    assert await reminders() == []
    desk.at(START + 11 * DAY + MINUTE)
    await desk.due()
    (task,) = await reminders()
    assert (task["about"], task["opportunity"], task["owner"]["id"]) == (
        entry["id"],
        made["id"],
        "u7",
    )
    assert (task["type"], task["priority"], task["state"]) == ("expansion", "high", "open")
    assert task["due_at"] == entry["body"]["ends_at"]
    desk.at(START + 14 * DAY + MINUTE)
    await desk.due()
    assert [one["state"] for one in await reminders()] == ["closed_success"]


async def test_its_limits_cure_alerts_at_the_start_and_raise_them_at_the_end(desk: Desk) -> None:
    """As a limit that is changed by hand, without any usage; judged by the clock at both ends."""
    made = await begun(desk)
    await desk.counts("api_calls", 95)
    assert await desk.alerts() == {80: "superseded", 90: "superseded", 95: "open"}
    later = (START + DAY).isoformat()
    await offers(desk, made, features=[], limits={"api_calls": 110}, starts_at=later, days=2)
    assert (await meter(desk))["limit"] == 100
    assert "trial" not in await meter(desk)
    desk.at(START + DAY)
    shown = await meter(desk)
    assert (shown["limit"], shown["trial"]) == (110, {"until": "2026-11-19T00:00:00Z"})
    more = await desk("GET", f"{PATH}/can?meter=api_calls&amount=15")
    assert (more["allowed"], more["limit"], more["remaining"]) == (True, 110, 15)
    told = await desk.told()
    await desk.due()
    assert await desk.alerts() == {80: "superseded", 90: "resolved limit", 95: "resolved limit"}
    assert await desk.told() == told
    assert [one["state"] for one in (await get(desk, made))["trials"]] == ["active"]
    await desk.counts("api_calls", 100)
    assert await desk.told() == [*told, "api_calls 90"]
    desk.at(START + 3 * DAY)
    assert (await meter(desk))["limit"] == 100
    assert (await desk("GET", f"{PATH}/can?meter=api_calls"))["allowed"] is False
    await desk.due()
    assert await desk.told() == [*told, "api_calls 90", "api_calls 100"]
    assert "trial" not in await meter(desk)
    (row,) = await desk.rows("select plan from subscription")
    assert row.plan == "pro"
    assert len(await desk.rows("select 1 from plan_change")) == 1


async def test_one_that_begins_or_is_ended_by_hand_counts_before_the_answer(desk: Desk) -> None:
    made = await begun(desk)
    await desk.counts("api_calls", 95)
    entry = await offers(desk, made, limits={"api_calls": "unlimited"})
    assert set((await desk.alerts()).values()) == {"resolved unlimited"}
    assert (await meter(desk))["unlimited"] is True
    path = f"/v1/opportunities/{made['id']}/entries"
    body: dict[str, Any] = {"type": "trial", "features": ["sso"], "limits": {"api_calls": 9}}
    body |= {"criteria": [{"text": "x"}]}
    twice = await desk("POST", path, body, want=409)
    assert [one["path"] for one in twice["errors"]] == ["/features/0", "/limits/api_calls"]
    wrong = await desk("POST", path, body | {"features": ["core", "none"]}, want=422)
    assert [one["path"] for one in wrong["errors"]] == ["/features/0", "/features/1"]
    keyed = {"Idempotency-Key": "k"}
    end = {"type": "end_trial", "trial": entry["id"]}
    first = await desk("POST", path, end, want=201, headers=keyed)
    assert await desk("POST", path, end, want=201, headers=keyed) == first
    assert (await meter(desk))["limit"] == 100
    assert (await desk.alerts())[95] == "open"
    assert (await can(desk))[0] is False
    assert await desk.rows("select 1 from due where purpose like 'trial%'") == []


async def test_a_plan_above_ends_it_and_so_does_leaving(desk: Desk) -> None:
    made = await begun(desk)
    await desk.counts("api_calls", 100)
    await offers(desk, made, limits={"api_calls": 1_000})
    desk.at(START + DAY)
    await desk("PUT", f"{PATH}/subscription", order("business"))
    one = await trial_of(desk, made)
    assert (one["state"], one["ends_at"][:10]) == ("ended_not_met", "2026-11-17")
    assert (await meter(desk))["limit"] == 150
    assert (await get(desk, made))["stage"] == "needs_discovery"
    await offers(desk, made)
    assert (await can(desk))[:2] == (True, "trial")
    await desk("DELETE", f"{PATH}/subscription", want=(200, 204))
    assert await can(desk) == (False, None, None)
    assert [one["state"] for one in (await get(desk, made))["trials"]] == ["ended_not_met"] * 2
    assert (await get(desk, made))["stage"] == "closed_lost"
