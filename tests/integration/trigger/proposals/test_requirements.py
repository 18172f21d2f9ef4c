"""Rules that depend on stored state: several looks, plans and proposals."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.trigger.judgement.findings.signals import by_priority
from shared.catalog import catalog_document
from shared.messages import Tell
from shared.wording import inbox_text, task_text
from tests.integration.trigger.proposals.conftest import Desk
from tests.support.catalogs import catalog, parsed
from tests.support.stories import NOW, day

GB = 10**9
CLAIM = (
    "現在のご利用状況を確認したところ、プレミアムプランがよりコストパフォーマンスが高いと思われます"
)


def tells(desk: Desk) -> list[Tell]:
    return [message for message in desk.messages if isinstance(message, Tell)]


async def sakura(desk: Desk, now: datetime) -> None:
    """The renewal is on 2025-10-16; what the step is worth has been stated."""
    desk.now = now
    await desk.apply(catalog("jp"))
    await desk.open(
        "standard", since="2023-10-16", order={"interval": "year", "renewal_date": "2025-10-16"}
    )
    await desk.say("need.stated", feature="api_integration", said_by="c1")
    value: dict[str, Any] = {
        "hours": 20,
        "hours_basis": "team_total",
        "hours_period": "month",
        "hourly_rate": 3000,
        "currency": "JPY",
    }
    await desk.say("value.stated", **value, source="customer_stated", said_by="c1")


async def test_r_014_a_cut_limit_does_not_hold_for_those_who_bought_before(desk: Desk) -> None:
    """Starter goes from 10 to 5 GB: 4.9 GB are 49 % for old customers, and 98 % for new ones."""
    await desk.apply(catalog("global"))
    await desk.open("starter")
    cut = catalog_document(catalog("global"))
    cut["plans"][0]["limits"]["storage"] = "5 GB"
    await desk.apply(parsed(cut))
    await desk.use("storage", 49 * GB // 10)
    assert await desk.decisions() == []
    desk.account = "acct-2"
    await desk.open("starter")
    await desk.use("storage", 49 * GB // 10)
    assert [one["signals"] for one in await desk.decisions()] == [["usage_limit"]]


@pytest.mark.parametrize(
    ("july", "expected"), [(96_000, ["usage_limit", "repeated_limit"]), (None, ["usage_limit"])]
)
async def test_r_026_july_and_august_near_the_limit_are_a_signal_in_august(
    desk: Desk, july: int | None, expected: list[str]
) -> None:
    desk.now = day("2025-08-20")
    await desk.apply(catalog("global"))
    await desk.open("pro", order={"anchor": "2025-07-01T00:00:00Z"})
    if july is not None:
        desk.now = day("2025-07-31")
        await desk.use("api_calls", july, day("2025-07-01"), day("2025-08-01"))
        desk.now = day("2025-08-20")
    await desk.use("api_calls", 97_000, day("2025-08-01"), day("2025-09-01"))
    assert (await desk.decisions())[-1]["signals"] == expected


async def test_r_040_a_limit_that_is_reached_becomes_the_first_reason(desk: Desk) -> None:
    """Sakura's renewal and NPS 9 on one day, then 90 % of the storage: one opportunity, and one
    message with a proposal.
    """
    await sakura(desk, datetime(2025, 9, 15, 23, tzinfo=UTC))
    await desk.pass_time(NOW)
    await desk.say("nps.responded", score=9, contact="c1")
    await desk.use("storage", 90 * GB)
    (opportunity,) = await desk.rows("select reasons from opportunity")
    assert (
        opportunity["reasons"]
        == ["usage_limit", "renewal", "nps_high"]
        == list(by_priority(opportunity["reasons"]))
    )
    assert len([tell for tell in tells(desk) if tell.proposes]) == 1


async def test_r_041_the_renewal_is_spoken_of_on_the_16th_neither_before_nor_after(
    desk: Desk,
) -> None:
    await sakura(desk, day("2025-09-14"))
    seen = []
    for date in (15, 16, 17, 18):
        await desk.pass_time(datetime(2025, 9, date, 12, tzinfo=UTC))
        seen.append([one["at"][:10] for one in await desk.decisions() if one["cause"] == "renewal"])
    assert seen == [[], ["2025-09-16"], ["2025-09-16"], ["2025-09-16"]]
    (tell,) = [tell for tell in tells(desk) if tell.proposes]
    assert CLAIM in inbox_text(tell.kind, tell.cls, tell.facts, "owner", "ja").body


async def test_r_041_down_for_three_days_it_fires_once_and_is_late(desk: Desk) -> None:
    await sakura(desk, day("2025-09-14"))
    await desk.pass_time(day("2025-09-19"))
    await desk.pass_time(day("2025-09-20"))
    assert [one["late"] for one in await desk.decisions() if one["cause"] == "renewal"] == [True]


async def test_r_079_tanuki_is_looked_at_again_when_the_bugs_are_closed_and_it_has_been_quiet(
    desk: Desk,
) -> None:
    """Two decisions about the limit: withheld, and allowed after NPS 8 and 14 quiet days."""
    await desk.apply(catalog("global"))
    await desk.open("pro", since="2024-01-10")
    tickets = [("bug", f"b{n}") for n in range(3)] + [("complaint", f"c{n}") for n in range(2)]
    for class_, ticket in tickets:
        await desk.say("ticket.opened", NOW - timedelta(days=5), ticket=ticket, class_=class_)
    await desk.say("nps.responded", NOW - timedelta(days=5), score=4, contact="c1")
    await desk.use("storage", 95 * GB)
    await desk.later(days=1)
    for _, ticket in tickets:
        await desk.say("ticket.closed", ticket=ticket)
    await desk.say("nps.responded", score=8, contact="c1")
    await desk.later(days=13)
    about_the_limit = [one for one in await desk.decisions() if "usage_limit" in one["signals"]]
    assert [one["outcome"] for one in about_the_limit] == ["withheld"]
    assert (about_the_limit[0]["blocked_by"], about_the_limit[0]["remedy"]["task"]) == (
        ["dissatisfied"],
        "support_reinforcement",
    )
    await desk.later(days=1)
    about_the_limit = [one for one in await desk.decisions() if "usage_limit" in one["signals"]]
    assert [(one["cause"], one["outcome"]) for one in about_the_limit] == [
        ("usage.threshold", "withheld"),
        ("schedule", "assisted"),
    ]


@pytest.mark.parametrize(("complaints", "outcome"), [(1, "proposal"), (2, "withheld")])
async def test_r_080_two_complaints_in_a_hundred_sends_pause_a_play(
    desk: Desk, complaints: int, outcome: str
) -> None:
    """2 % is more than 1 %; one in a hundred is not."""
    await desk.apply(catalog("global"))
    await desk.open("starter")
    await desk.say("need.stated", feature="sso", said_by="c1")
    async with desk.engine.begin() as conn:
        await conn.exec_driver_sql("insert into play (key, sent) values ('nps_high', 99)")
    await desk.say("nps.responded", score=9, contact="c1")
    for _ in range(complaints):
        await desk.say("proposal.answered", answer="complained", contact="c1")
    (play,) = await desk.rows("select sent, complaints from play where key = 'nps_high'")
    assert (play["sent"], play["complaints"]) == (100, complaints)
    desk.account = "acct-2"
    await desk.open("starter")
    await desk.say("need.stated", feature="sso", said_by="c1")
    await desk.say("nps.responded", score=9, contact="c1")
    last = (await desk.decisions())[-1]
    assert last["outcome"] == outcome
    if outcome == "withheld":
        assert next(
            gate["reason"] for gate in last["gates"] if gate["gate"] == "frequency_cap"
        ).startswith("play_paused")


async def test_r_107_four_signals_of_a_week_make_one_opportunity(desk: Desk) -> None:
    await desk.apply(catalog("global"))
    await desk.open("pro")
    await desk.use("seats", 24)
    await desk.later(days=2)
    await desk.say("team.growth", count=10)
    await desk.later(days=2)
    await desk.say("compliance.need", framework="SOC2")
    await desk.later(days=2)
    await desk.say("nps.responded", score=9, contact="c1")
    (opportunity,) = await desk.rows("select reasons from opportunity")
    assert opportunity["reasons"] == ["usage_limit", "compliance_need", "team_growth", "nps_high"]


async def test_r_143_the_csm_hears_of_the_cheaper_seats_once(desk: Desk) -> None:
    cheap = catalog_document(catalog("global"))
    cheap["plans"][1]["extra"] = {"seats": {"month": 60}}
    await desk.apply(parsed(cheap))
    await desk.open("pro")
    await desk.use("seats", 15)
    await desk.say("team.growth", count=19)
    (task,) = [tell for tell in tells(desk) if tell.kind == "crm.task"]
    assert "シートの追加(9席、年$6,480)を案内してください" in task_text(task.facts, "ja").body
    await desk.later(days=1)
    assert len([tell for tell in tells(desk) if tell.kind == "crm.task"]) == 1


async def test_r_035_a_month_after_the_upgrade_the_csm_asks_whether_it_has_helped(
    desk: Desk,
) -> None:
    """9.5 of 10 GB, then 100 GB: 9 %, nothing open, nothing to send, and one task after 30 days."""
    await desk.apply(catalog("global"))
    await desk.open("starter")
    await desk.use("storage", 95 * GB // 10)
    await desk.later(hours=1)
    await desk.subscribe("pro", started_at="2024-07-01T00:00:00Z")
    upgraded = desk.now
    assert await desk.rows("select 1 from alert where state = 'open'") == []
    assert {
        row["resolution"]
        for row in await desk.rows("select resolution from alert where state = 'resolved'")
    } == {"limit"}
    desk.messages.clear()
    await desk.pass_time(upgraded + timedelta(days=30, seconds=-1))
    assert tells(desk) == []
    await desk.pass_time(upgraded + timedelta(days=30))
    (task,) = tells(desk)
    assert task.task is not None
    assert task.task.owner is not None
    assert (task.kind, task.task.owner.name) == ("crm.task", "Kato")
    body = task_text(task.facts, "ja").body
    assert "2025年9月16日にStarterプランからProプランへ移りました" in body
    assert "お困りだったことは解決しましたか?" in body
    assert "moved from Starter to Pro on September 16, 2025" in task_text(task.facts, "en").body
    await desk.later(days=60)
    assert len(tells(desk)) == 1


@pytest.mark.parametrize("away", ["down", "left"])
async def test_r_035_accounts_that_went_back_or_left_are_not_asked(desk: Desk, away: str) -> None:
    await desk.apply(catalog("global"))
    await desk.open("starter")
    await desk.subscribe("pro", started_at="2024-07-01T00:00:00Z")
    await desk.later(days=10)
    if away == "down":
        await desk.subscribe("starter", started_at="2024-07-01T00:00:00Z")
    else:
        await desk.say("subscription.cancelled")
    desk.messages.clear()
    await desk.later(days=30)
    assert tells(desk) == []
