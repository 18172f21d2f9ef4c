"""Totals lead to alerts: what is stored, what is sent, and what is not."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy import event

from shared.messages import COUNTED_HERE, USAGE_TOTALS, Owner
from shared.messages.facts import read_facts
from tests.support.desk import ACCOUNT, DECEMBER, Desk, catalog, order, plan

JANUARY = DECEMBER + timedelta(days=31)


async def test_one_threshold_after_the_other(desk: Desk) -> None:
    await desk.opens()
    await desk.counts("api_calls", 79, 80, 81, 96)
    assert await desk.alerts() == {80: "superseded", 90: "superseded", 95: "open"}
    assert await desk.told() == ["api_calls 80", "api_calls 95"]
    assert (await desk.meter("api_calls"))["thresholds"] == [
        {"threshold": 80, "state": "superseded"},
        {"threshold": 90, "state": "superseded"},
        {"threshold": 95, "state": "open"},
        {"threshold": 100, "state": "armed"},
    ]


LINKS = {
    "upgrade": "https://app.example.com/buy?account={account}&plan={plan}",
    "usage": "https://app.example.com/usage",
}
FACTS_OF_A_NOTICE = {
    "account": {
        "id": "acct-42",
        "name": "Aozora",
        "locale": "ja-JP",
        "time_zone": "UTC",
        "country": "JP",
        "currency": None,
    },
    "meter": {
        "id": "api_calls",
        "unit": "call",
        "name": {"en": "API calls", "ja": "API呼び出し"},
        "reset": "period",
        "enforcement": "soft",
    },
    "used": "96",
    "limit": "100",
    "percent": 96,
    "threshold": 95,
    "again": False,
    "period": {"start": "2026-11-01T00:00:00Z", "end": "2026-12-01T00:00:00Z"},
    "plan": {"id": "starter", "name": {"en": "starter", "ja": "starter"}},
    "links": {
        "upgrade": "https://app.example.com/buy?account=acct-42&plan=pro",
        "usage": "https://app.example.com/usage",
    },
    "owner": {"name": "Kato", "email": "kato@example.com"},
    "admin": {"name": "青空 花子"},
    "proposal": None,
}


async def test_a_notice_carries_all_that_is_needed_to_word_it(desk: Desk) -> None:
    await desk.opens(catalog=catalog(links=LINKS))
    await desk.counts("api_calls", 96)
    (message,) = await desk.notices()
    (alert,) = [alert for alert in (await desk("GET", "/v1/alerts"))["data"] if alert["notified"]]
    assert message.key == message.alert == alert["id"]
    assert (message.kind, message.cls, message.meter, message.threshold, message.webhook) == (
        "usage.threshold",
        "notice",
        "api_calls",
        95,
        True,
    )
    assert [recipient.contact for recipient in message.recipients] == ["c1", "c2"]
    assert message.task is not None
    assert (message.task.purpose, message.task.priority) == ("usage", "high")
    assert message.task.owner == Owner("cs", "u7", "Kato", "kato@example.com")
    assert message.facts.task is not None
    assert msgspec.structs.replace(message.facts, task=None) == read_facts(FACTS_OF_A_NOTICE)


async def test_every_crossing_leaves_a_decision(desk: Desk) -> None:
    await desk.opens()
    await desk.counts("seats", 3, 5)
    alerts = (await desk("GET", "/v1/alerts"))["data"]
    assert [(alert["threshold"], alert["state"], alert["notified"]) for alert in alerts] == [
        (100, "open", True),
        (95, "superseded", False),
        (90, "superseded", False),
        (80, "superseded", False),
    ]
    assert len({alert["decision"] for alert in alerts}) == 1
    decision = await desk("GET", f"/v1/decisions/{alerts[0]['decision']}")
    assert (decision["account"], decision["cause"], decision["outcome"]) == (
        "acct-42",
        "usage.threshold",
        "withheld",
    )
    assert decision["blocked_by"] == ["new_contract", "fit"]
    assert [(gate["gate"], gate["result"]) for gate in decision["gates"][:3]] == [
        ("duplicate", "pass"),
        ("crossing", "pass"),
        ("notice", "pass"),
    ]
    assert decision["gates"][1]["evidence"] == {
        "meter": "seats",
        "used": 5,
        "limit": 5,
        "percent": 100,
        "threshold": 100,
        "alert": alerts[0]["id"],
        "recorded": [80, 90, 95, 100],
    }
    assert (await desk("GET", "/v1/decisions", params={"account": "acct-42"}))["data"] == [decision]


async def test_a_higher_alert_takes_over_the_lower_one_and_its_task(desk: Desk) -> None:
    await desk.opens()
    await desk.counts("api_calls", 80, 90)
    (first, second), (closed,) = await desk.notices(), await desk.closed()
    sent = await desk.messages()
    assert sent.index(first) < sent.index(closed) < sent.index(second)
    assert [(one.alert, one.state) for one in closed.alerts] == [(first.alert, "superseded")]
    assert not closed.cured
    assert first.task is not None
    assert second.task is not None
    assert first.task.key == second.task.key
    assert (first.task.priority, second.task.priority) == ("low", "medium")


async def test_a_cure_closes_everything_and_the_next_task_is_another(desk: Desk) -> None:
    await desk.opens()
    await desk.counts("seats", 5, 4)
    assert await desk.alerts() == {
        80: "superseded",
        90: "resolved below",
        95: "resolved below",
        100: "resolved below",
    }
    (closed,) = await desk.closed()
    assert closed.cured
    assert {(one.state, one.resolution) for one in closed.alerts} == {("resolved", "below")}
    await desk.counts("seats", 5)
    first, second = await desk.notices()
    assert first.task is not None
    assert second.task is not None
    assert first.task.key != second.task.key


async def test_wake_ups_are_asked_for_where_something_may_happen(desk: Desk) -> None:
    await desk.opens()
    await desk.counts("storage", 9_200_000_000)
    (row,) = await desk.rows("select alert_at, rearm_at from usage_total")
    assert (row.alert_at, row.rearm_at) == (9_500_000_000, 8_800_000_000)


async def test_a_feature_that_is_not_in_the_plan(desk: Desk) -> None:
    await desk.opens(catalog=catalog(plan("starter", 1, seats=0), plan("pro", 2)))
    await desk.counts("seats", 1, 2)
    assert await desk.told() == ["seats feature.gated"]
    assert await desk.alerts() == {}
    (decision,) = (await desk("GET", "/v1/decisions"))["data"]
    assert (decision["cause"], decision["outcome"]) == ("feature.gated", "notice")
    seats = await desk.meter("seats")
    assert (seats["used"], seats["limit"], seats["percent"], seats["unlimited"]) == (
        2,
        0,
        None,
        False,
    )


async def test_a_new_period_resolves_what_was_open(desk: Desk) -> None:
    await desk.opens()
    await desk.counts("api_calls", 95)
    desk.at(DECEMBER - timedelta(seconds=5))
    await desk.due()
    assert await desk.alerts(state="open") == {95: "open"}
    desk.at(DECEMBER)
    await desk.due()
    assert await desk.alerts() == {80: "superseded", 90: "superseded", 95: "resolved reset"}
    (closed,) = await desk.closed()
    assert closed.cured
    assert await desk.told() == ["api_calls 95"]


async def test_both_periods_in_one_batch_do_not_meet(desk: Desk) -> None:
    await desk.opens()
    await desk.counts("api_calls", 95)
    desk.at(DECEMBER + timedelta(minutes=1))
    await desk.counts("api_calls", 90, start=DECEMBER, end=JANUARY)
    found = (await desk("GET", "/v1/alerts"))["data"]
    assert [(alert["threshold"], alert["state"], alert["epoch"]) for alert in found] == [
        (90, "open", "2026-12-01T00:00:00Z"),
        (80, "superseded", "2026-12-01T00:00:00Z"),
        (95, "resolved", "2026-11-01T00:00:00Z"),
        (90, "superseded", "2026-11-01T00:00:00Z"),
        (80, "superseded", "2026-11-01T00:00:00Z"),
    ]
    assert await desk.told() == ["api_calls 95", "api_calls 90"]
    sent = await desk.messages()
    assert sent.index((await desk.closed())[0]) < sent.index((await desk.notices())[1]), (
        "the old task is completed before the new one is opened"
    )


async def test_a_closed_period_never_alerts(desk: Desk) -> None:
    await desk.opens()
    desk.at(DECEMBER + timedelta(days=1))
    await desk.counts("api_calls", 95)
    assert (await desk.alerts(), await desk.told()) == ({}, [])
    november = await desk.meter("api_calls", at="2026-11-05T00:00:00Z")
    assert (november["used"], november["percent"], november["forecast"]) == (95, 95, None)
    assert {one["state"] for one in november["thresholds"]} == {"armed"}


async def test_early_events_are_evaluated_when_their_period_begins(desk: Desk) -> None:
    await desk.opens()
    desk.at(DECEMBER - timedelta(minutes=30))
    await desk.counts("api_calls", 80, 90, start=DECEMBER, end=JANUARY)
    await desk.due()
    assert (await desk.alerts(), await desk.told()) == ({}, [])
    desk.at(DECEMBER)
    await desk.due()
    assert await desk.told() == ["api_calls 90"]
    assert await desk.alerts() == {80: "superseded", 90: "open"}


async def test_a_gauge_crosses_the_month_without_a_word(desk: Desk) -> None:
    await desk.opens()
    await desk.counts("storage", 9_000_000_000)
    desk.at(DECEMBER + timedelta(hours=1))
    await desk.due()
    await desk.counts("storage", 9_000_000_001)
    assert await desk.told() == ["storage 90"]
    assert (await desk.alerts())[90] == "open"


async def test_usage_without_a_subscription_waits_for_one(desk: Desk) -> None:
    await desk("PUT", "/v1/catalog", catalog())
    await desk.counts("seats", 5)
    await desk("PUT", "/v1/accounts/acct-42", ACCOUNT, want=201)
    assert await desk.told() == []
    seats = await desk.meter("seats")
    assert (seats["used"], seats["limit"], seats["unlimited"], seats["thresholds"]) == (
        5,
        None,
        False,
        [],
    )
    await desk("PUT", "/v1/accounts/acct-42/subscription", order())
    assert await desk.told() == ["seats 100"]


async def test_a_replay_changes_nothing(desk: Desk) -> None:
    await desk.opens()
    await desk.counts("api_calls", 80, 96)
    await desk.counts("seats", 5, 4, 5)
    await desk.learns("subscription.changed", order("pro"))
    await desk.learns("subscription.cancelled", {})
    tables = (
        "alert",
        "decision",
        "meter_state",
        "subscription",
        "plan_change",
        "outbox",
        "usage_total",
        "due",
    )
    before = {
        name: await desk.rows(f"select to_jsonb(t) from {name} t order by to_jsonb(t)::text")
        for name in tables
    }
    await desk.replays()
    after: dict[str, Any] = {
        name: await desk.rows(f"select to_jsonb(t) from {name} t order by to_jsonb(t)::text")
        for name in tables
    }
    assert after == before


async def test_another_engine_counts(desk: Desk) -> None:
    await desk.opens()
    await desk.hears("api_calls", 50, revision=7, epoch=1)
    await desk.hears("api_calls", 91, revision=9, epoch=1)
    assert await desk.told() == ["api_calls 90"]
    for revision, epoch in ((9, 1), (8, 1), (900, 0)):
        await desk.hears("api_calls", 100, revision=revision, epoch=epoch)
    assert (await desk.meter("api_calls"))["used"] == 91
    await desk.hears("api_calls", "99.5", revision=1, epoch=2)
    assert (await desk.meter("api_calls"))["used"] == 99.5
    assert await desk.told() == ["api_calls 90", "api_calls 95"]
    await desk.hears("storage", 9_000_000_000, revision=1, end=None)
    assert (await desk.meter("storage"))["percent"] == 90


async def test_a_total_that_ingest_has_moved_away_does_not_come_back(desk: Desk) -> None:
    await desk.opens()
    await desk.counts("api_calls", 95)
    await desk.rows("delete from usage_total returning 1")
    await desk.hears("api_calls", 95, revision=1, headers=(COUNTED_HERE,))
    assert await desk.rows("select 1 from usage_total") == []
    assert await desk.alerts() == dict.fromkeys((80, 90, 95), "resolved correction")


async def test_another_engine_may_send_every_total(desk: Desk) -> None:
    """Only one that has reached a wake-up is evaluated."""
    await desk.opens()
    await desk.hears("api_calls", 10, revision=1)
    with counted_statements(desk) as idle:
        await desk.hears("api_calls", 79, revision=2)
    with counted_statements(desk) as woken:
        await desk.hears("api_calls", 80, revision=3)
    assert len(idle) < len(woken) / 2
    assert (await desk.meter("api_calls"))["used"] == 80
    assert await desk.told() == ["api_calls 80"]


async def test_many_accounts_are_looked_at_with_as_many_statements_as_one(desk: Desk) -> None:
    await desk.opens("a0")
    for number in range(1, 30):
        await desk("PUT", f"/v1/accounts/a{number}", ACCOUNT, want=201)
        await desk("PUT", f"/v1/accounts/a{number}/subscription", order())
    total = {"meter": "seats", "period": None, "used": 5, "last_event_at": None, "revision": 1}
    with counted_statements(desk) as one:
        await desk.gets(USAGE_TOTALS, msgspec.json.encode(total | {"account": "a0"}))
    with counted_statements(desk) as many:
        await desk.gets(
            USAGE_TOTALS,
            *(msgspec.json.encode(total | {"account": f"a{number}"}) for number in range(1, 30)),
        )
    assert len(many) == len(one)
    assert len(await desk.told()) == 30


@contextmanager
def counted_statements(desk: Desk) -> Iterator[list[str]]:
    statements: list[str] = []

    def seen(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    event.listen(desk.context.engine.sync_engine, "before_cursor_execute", seen)
    try:
        yield statements
    finally:
        event.remove(desk.context.engine.sync_engine, "before_cursor_execute", seen)


async def test_a_correction_that_comes_before_what_it_corrects(desk: Desk) -> None:
    """Nobody sees negative usage or gets more room than the plan gives; the exact total is complete
    once the rest has arrived.
    """
    await desk.opens()
    await desk.counts("api_calls", -50)
    await desk.counts("seats", -2)
    for meter, limit in (("api_calls", 100), ("seats", 5)):
        found = await desk.meter(meter)
        assert (found["used"], found["percent"], found["forecast"]) == (0, 0, None)
        can = await desk(
            "GET", "/v1/accounts/acct-42/can", params={"meter": meter, "amount": limit + 1}
        )
        assert (can["allowed"], can["used"], can["remaining"]) == (False, 0, limit)
    await desk("GET", "/v1/accounts/acct-42")
    await desk.counts("api_calls", 0, 96)
    assert await desk.told() == ["api_calls 95"]
    await desk.counts("api_calls", -4)
    (closed,) = await desk.closed()
    assert closed.facts is not None
    assert closed.facts.used == 0
