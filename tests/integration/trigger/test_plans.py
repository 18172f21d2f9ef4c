"""Changes of plans, limits and catalogues: evaluated before the answer, once."""

from datetime import timedelta
from typing import Any

from services.trigger.proposals.judge import Judge
from services.trigger.tables.catalogs import Catalogs
from shared.messages import Tell
from shared.runtime.settings import Settings
from tests.support.desk import (
    ACCOUNT,
    DECEMBER,
    METERS,
    NOVEMBER,
    Desk,
    catalog,
    open_desk,
    order,
    plan,
)

SUBSCRIPTION = "/v1/accounts/acct-42/subscription"
CALLS = "/v1/accounts/acct-42/limits/api_calls"


async def test_an_upgrade_cures_in_silence_and_recrossing_is_again(desk: Desk) -> None:
    await desk.opens()
    await desk.counts("api_calls", 96)
    await desk("PUT", SUBSCRIPTION, order("pro"))
    assert await desk.alerts() == {80: "superseded", 90: "resolved limit", 95: "resolved limit"}
    assert await desk.told() == ["api_calls 95"]
    (closed,) = await desk.closed()
    assert closed.cured
    await desk.counts("api_calls", 99)
    assert await desk.told() == ["api_calls 95", "api_calls 90"]
    (found,) = (await desk("GET", "/v1/alerts", params={"state": "open"}))["data"]
    assert (found["threshold"], found["again"], found["limit"]) == (90, True, 110)
    last = (await desk.messages())[-1]
    assert isinstance(last, Tell)
    assert last.facts.again


async def test_the_same_order_changes_nothing(desk: Desk) -> None:
    await desk.opens()
    await desk.counts("seats", 5)
    first = await desk("GET", "/v1/accounts/acct-42/subscription")
    (before,) = await desk.rows("select value from revision")
    for _ in range(3):
        assert await desk("PUT", SUBSCRIPTION, order()) == first
        await desk("PUT", "/v1/accounts/acct-42", ACCOUNT, want=200)
    assert await desk.rows("select value from revision") == [before]
    assert await desk.told() == ["seats 100"]


async def test_a_subscription_keeps_the_version_it_was_sold_with(desk: Desk) -> None:
    await desk.opens()
    await desk.counts("api_calls", 85)
    dearer = await desk(
        "PUT",
        "/v1/catalog",
        catalog(plan("starter", 1, api_calls=1000), plan("pro", 2, api_calls=2000)),
    )
    assert dearer["version"] == 2
    assert (await desk.meter("api_calls"))["limit"] == 100
    assert (await desk("PUT", SUBSCRIPTION, order(quantity=2)))["catalog_version"] == 1
    assert (await desk.meter("api_calls"))["limit"] == 100
    assert (await desk("PUT", SUBSCRIPTION, order("pro")))["catalog_version"] == 2
    assert (await desk.meter("api_calls"))["limit"] == 2000
    assert (await desk.alerts())[80] == "resolved limit"


async def test_the_same_catalogue_keeps_its_version(desk: Desk) -> None:
    one, two = catalog(), catalog(plan("solo", 1))
    versions = [
        (await desk("PUT", "/v1/catalog", body))["version"] for body in (one, one, two, one)
    ]
    assert versions == [1, 1, 2, 1]
    assert (await desk("GET", "/v1/catalog"))["version"] == 1
    assert (await desk("GET", "/v1/catalog", params={"version": 2}))["plans"][0]["id"] == "solo"
    assert (await desk("POST", "/v1/catalog:check", two))["version"] == 2


async def test_a_meter_that_is_newer_than_the_subscription(desk: Desk) -> None:
    """R-020: once registered at run time, it fires like any other."""
    await desk.opens()
    projects = {
        "projects": {
            "event": "project.made",
            "aggregation": "count",
            "reset": "never",
            "unit": "project",
        }
    }
    limits = {"api_calls": 100, "storage": "10 GB", "seats": 5, "projects": 3}
    grown = catalog(
        plan("starter", 1) | {"limits": limits},
        plan("pro", 2) | {"limits": limits},
        meters=METERS | projects,
    )
    await desk("PUT", "/v1/catalog", grown)
    await desk.due()
    await desk.hears("projects", 3, revision=1, end=None)
    assert await desk.told() == ["projects 100"]


async def test_a_meter_that_changes_its_kind_or_goes_is_looked_at_again(desk: Desk) -> None:
    await desk.opens()
    await desk.counts("api_calls", 96)
    await desk.counts("seats", 5)
    gone = {key: meter | {"reset": "never"} for key, meter in METERS.items() if key != "seats"}
    plans = [
        plan(key, rank) | {"limits": {"api_calls": 100, "storage": 10}}
        for key, rank in (("starter", 1), ("pro", 2))
    ]
    await desk("PUT", "/v1/catalog", catalog(*plans, meters=gone))
    await desk.due()
    assert await desk.alerts(meter="api_calls") == {
        80: "superseded",
        90: "superseded",
        95: "resolved reset",
    }
    assert (await desk.alerts(meter="seats"))[100] == "resolved limit"


async def test_a_lowered_limit_fires_without_an_event(desk: Desk) -> None:
    await desk.opens()
    await desk.counts("api_calls", 60)
    assert await desk("PUT", CALLS, {"limit": 50}) == {"limit": 50, "thresholds": None}
    assert await desk.told() == ["api_calls 100"]
    await desk("PUT", CALLS, {"limit": 50})
    assert await desk.told() == ["api_calls 100"]
    await desk("DELETE", CALLS, want=204)
    assert set((await desk.alerts()).values()) == {"resolved limit"}


async def test_thresholds_of_an_account_s_own(desk: Desk) -> None:
    await desk.opens()
    await desk.counts("api_calls", 60)
    assert await desk("PUT", CALLS, {"thresholds": [50, {"at": "70"}]}) == {
        "limit": None,
        "thresholds": [50, {"at": 70}],
    }
    assert await desk.told() == ["api_calls 50"]
    await desk.counts("api_calls", 71)
    assert await desk.told() == ["api_calls 50", "api_calls at 70"]
    assert await desk.alerts() == {50: "superseded", "at 70": "open"}
    await desk("PUT", CALLS, {"thresholds": [50]})
    assert await desk.alerts() == {50: "superseded", "at 70": "resolved limit"}
    assert (await desk("GET", "/v1/accounts/acct-42"))["limits"] == {
        "api_calls": {"limit": None, "thresholds": [50]}
    }


async def test_unlimited(desk: Desk) -> None:
    await desk.opens()
    await desk.counts("api_calls", 96)
    await desk("PUT", CALLS, {"limit": "unlimited"})
    assert set((await desk.alerts()).values()) == {"resolved unlimited"}
    found = await desk.meter("api_calls")
    assert (found["limit"], found["unlimited"], found["percent"], found["forecast"]) == (
        None,
        True,
        None,
        None,
    )


async def test_silent_on_creation_if_the_policy_says_so(desk: Desk) -> None:
    await desk("PUT", "/v1/catalog", catalog(policy={"evaluate_on_create": False}))
    await desk.counts("seats", 5)
    await desk("PUT", "/v1/accounts/acct-42", ACCOUNT, want=201)
    await desk("PUT", SUBSCRIPTION, order())
    assert await desk.told() == []
    assert set((await desk.alerts()).values()) == {"superseded"}
    (decision,) = (await desk("GET", "/v1/decisions"))["data"]
    assert (decision["outcome"], decision["gates"][2]["result"]) == ("none", "skip")
    await desk.counts("api_calls", 80)
    assert await desk.told() == ["api_calls 80"]


async def test_ending_a_subscription_cancels_its_alerts(desk: Desk) -> None:
    await desk.opens()
    await desk.counts("api_calls", 96)
    for _ in range(2):
        await desk("DELETE", SUBSCRIPTION, want=204)
    assert await desk.alerts() == {80: "superseded", 90: "superseded", 95: "resolved cancelled"}
    assert [closed.cured for closed in await desk.closed()] == [True]
    usage = await desk("GET", "/v1/accounts/acct-42/usage")
    assert usage["plan"] is None
    await desk("GET", SUBSCRIPTION, want=404)
    await desk.counts("api_calls", 200)
    assert await desk.told() == ["api_calls 95"]
    await desk("PUT", SUBSCRIPTION, order())
    assert await desk.told() == ["api_calls 95", "api_calls 100"]


async def test_a_subscription_may_end_later(desk: Desk) -> None:
    await desk.opens()
    await desk.counts("api_calls", 96)
    end = desk.now + timedelta(days=3)
    await desk("DELETE", f"{SUBSCRIPTION}?at={end:%Y-%m-%dT%H:%M:%SZ}", want=204)
    await desk.due()
    assert (await desk.alerts())[95] == "open"
    desk.at(end)
    await desk.due()
    assert (await desk.alerts())[95] == "resolved cancelled"
    changes = await desk.rows("select from_plan, to_plan from plan_change order by id")
    assert [tuple(row) for row in changes] == [(None, "starter"), ("starter", None)]


async def test_an_order_takes_back_an_end_that_is_to_come(desk: Desk) -> None:
    await desk.opens()
    end = desk.now + timedelta(days=3)
    await desk("DELETE", f"{SUBSCRIPTION}?at={end:%Y-%m-%dT%H:%M:%SZ}", want=204)
    await desk("PUT", SUBSCRIPTION, order())
    desk.at(end + timedelta(days=1))
    await desk.due()
    assert (await desk("GET", SUBSCRIPTION))["plan"] == "starter"


async def test_add_ons_raise_the_limit(desk: Desk) -> None:
    boost = {
        "id": "boost",
        "name": {"en": "Boost", "ja": "ブースト"},
        "plans": ["starter"],
        "price": {"month": 5},
        "limits": {"api_calls": 50},
    }
    extra = plan("starter", 1, extra={"seats": {"month": 15}})
    await desk.opens(catalog=catalog(extra, plan("pro", 2), add_ons=[boost]))
    await desk.counts("api_calls", 96)
    await desk("PUT", SUBSCRIPTION, order(add_ons={"boost": 2, "seats": 3}))
    assert (await desk.meter("api_calls"))["limit"] == 200
    assert (await desk.meter("seats"))["limit"] == 8
    assert set((await desk.alerts()).values()) == {"resolved limit"}


async def test_the_time_zone_moves_the_periods(desk: Desk) -> None:
    await desk.opens(subscription=order(anchor="2026-10-31T15:00:00Z"))
    assert (await desk.meter("api_calls"))["period"] == {
        "start": "2026-10-31T15:00:00Z",
        "end": "2026-11-30T15:00:00Z",
    }
    await desk.counts(
        "api_calls", 95, start=NOVEMBER - timedelta(hours=9), end=DECEMBER - timedelta(hours=9)
    )
    (before,) = await desk.rows("select revision from subscription")
    await desk("PUT", "/v1/accounts/acct-42", ACCOUNT | {"time_zone": "America/Los_Angeles"})
    assert (await desk.meter("api_calls"))["period"] == {
        "start": "2026-10-31T15:00:00Z",
        "end": "2026-11-30T16:00:00Z",
    }
    (after,) = await desk.rows("select revision from subscription")
    assert after.revision > before.revision


async def test_billing_says_it_through_kafka(desk: Desk) -> None:
    await desk.opens()
    await desk.counts("api_calls", 96)
    now = desk.now
    await desk.learns("subscription.changed", order("pro"), at=now)
    assert (await desk("GET", SUBSCRIPTION))["plan"] == "pro"
    assert (await desk.alerts())[95] == "resolved limit"
    await desk.learns("subscription.changed", order("starter"), at=now - timedelta(minutes=1))
    assert (await desk("GET", SUBSCRIPTION))["plan"] == "pro", "what is older comes too late"
    await desk.learns("subscription.renewed", {}, at=now)
    await desk.learns("subscription.cancelled", {"at": "2026-11-10T00:00:00Z"}, at=now)
    assert (await desk("GET", "/v1/accounts/acct-42"))["subscription"] is None


async def test_what_cannot_be_used_is_rejected_with_a_reason(desk: Desk) -> None:
    await desk.opens()
    bad: list[tuple[str, Any, str]] = [
        (
            "subscription.changed",
            order("gold"),
            "field: /plan is not one of the catalogue's plans: starter, pro",
        ),
        ("subscription.changed", {"plan": "pro"}, "field: /data/started_at"),
        ("subscription.cancelled", {"at": "tomorrow"}, "field: at must be a moment"),
        ("weather.changed", {}, "is not a type of account fact: one of login.recorded, "),
        ("nps.responded", {"score": 11}, "score"),
    ]
    for type, data, reason in bad:
        await desk.learns(type, data)
        (row,) = await desk.rows(
            "select topic, reason from event_rejected order by id desc limit 1"
        )
        assert row.topic == "account.events"
        assert reason in row.reason
    await desk.learns("nps.responded", {"score": 9}, account="nobody")
    await desk.gets("account.events", b"{", None)
    await desk.gets(
        "usage.totals",
        b"{",
        None,
        b'{"account":"acct-42","meter":"api_calls","period":null,"used":1,"last_event_at":null,"revision":1}',
    )
    reasons = [
        row.reason for row in await desk.rows("select reason from event_rejected order by id")
    ][len(bad) :]
    starts = ("account: ", "json: ", "tombstone: ", "json: ", "tombstone: ", "period: ")
    assert len(reasons) == len(starts)
    for reason, start in zip(reasons, starts, strict=True):
        assert reason.startswith(start), reason
    await desk.replays()
    assert len(await desk.rows("select 1 from event_rejected")) == len(bad) + len(starts)


async def test_an_event_counts_once_for_ever(settings: Settings) -> None:
    """Even if it arrives again with another time and other contents."""
    async with open_desk(settings, judgement=Judge(Catalogs())) as desk:
        await desk.opens()
        await desk.learns("subscription.changed", order("pro"), id="c1")
        await desk.learns(
            "subscription.changed", order("starter"), id="c1", at=desk.now + timedelta(seconds=5)
        )
        assert (await desk("GET", SUBSCRIPTION))["plan"] == "pro"
        await desk.learns(
            "subscription.changed", order("starter"), id="c2", at=desk.now + timedelta(seconds=5)
        )
        assert (await desk("GET", SUBSCRIPTION))["plan"] == "starter"
