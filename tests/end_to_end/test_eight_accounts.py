"""The eight demo accounts on 2025-09-16: exactly these decisions and texts, stored as files."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from shared.embedded import Addresses
from tests.end_to_end.eight import GB, START, Town, town
from tests.support.golden import matches

STORAGE, SEAT, CALL = "storage.measured", "seat.changed", "api.request"


@pytest.fixture(scope="module")
async def here(
    module_database_url: str,
    stack: Addresses,
    module_topic_prefix: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Town]:
    """For all whose stories are of one day."""
    directory = tmp_path_factory.mktemp("here")
    async with town(module_database_url, stack.kafka, module_topic_prefix, directory) as found:
        yield found


@pytest.fixture
async def later(
    database_url: str, stack: Addresses, topic_prefix: str, tmp_path: Path
) -> AsyncIterator[Town]:
    """For one that moves the clock."""
    async with town(database_url, stack.kafka, topic_prefix, tmp_path) as found:
        yield found


async def test_aozora_is_offered_the_next_plan_twice(later: Town) -> None:
    aozora = later.account("Aozora")
    await aozora.opens("case_basic", "2024-07-01")
    enquiry = {"class": "feature_expansion"}
    await aozora.lived(
        22,
        ("ticket.opened", "2025-08-20", {"ticket": "a1", **enquiry}),
        ("ticket.opened", "2025-09-01", {"ticket": "a2", **enquiry}),
    )
    await aozora.says("nps.responded", "2025-09-01T00:00:00Z", score=9, contact="c1")
    await aozora.uses("storage", 8 * GB, STORAGE, {"bytes": 8 * GB})
    first = (await aozora.decided(1))[-1]
    assert (first["outcome"], first["recommendation"]["plan"]) == ("proposal", "case_large")
    assert (await aozora.read("/v1/accounts/aozora"))["loyalty"]["segment"] == "high"
    await later.move_clock("2025-09-19T00:00:00Z")
    await aozora.uses("storage", 9 * GB, STORAGE, {"bytes": 9 * GB}, "2025-09-19T00:00:01Z")
    second = (await aozora.decided(2))[-1]
    assert second["outcome"] == "proposal"

    await aozora.mailed(2)
    bodies = [item["body"] for item in await aozora.inbox()]
    assert any(
        "ストレージ容量が90%に達しました。大容量プランへのアップグレードをご検討ください" in body
        for body in bodies
    )
    assert all("月額3,000円" in mail for mail in await aozora.mails())
    matches("accounts/aozora.md", await aozora.told())


async def test_kitsune_is_the_csms_with_one_opportunity(here: Town) -> None:
    kitsune = here.account("Kitsune")
    await kitsune.opens("pro", "2024-03-16")
    await kitsune.lived(
        21, ("ticket.opened", "2025-09-01", {"ticket": "k1", "class": "how_to_utilise"})
    )
    await kitsune.uses("seats", 23, SEAT, {"delta": 23})
    await kitsune.mailed(1)
    await kitsune.uses("seats", 24, SEAT, {"delta": 1})
    await kitsune.decided(2)
    await kitsune.mailed(2)
    await kitsune.says("team.growth", count=10, role="sales")
    await kitsune.says("nps.responded", score=10, contact="c1")
    decisions = await kitsune.decided(4)
    assert {decision["outcome"] for decision in decisions} == {"assisted"}
    growth = next(decision for decision in decisions if decision["cause"] == "team.growth")
    assert growth["scenarios"] == ["outgrowing", "team_growth"]
    assert (growth["route"]["owner"], growth["route"]["deal_value"]) == ("cs", "15000.00")
    (opportunity,) = (await kitsune.read("/v1/opportunities?account=kitsune"))["data"]
    assert opportunity["reasons"] == ["usage_limit", "team_growth", "nps_high"]
    advice = await kitsune.read("/v1/accounts/kitsune/recommendation")
    expected = {
        "add_on": "seats",
        "quantity": 9,
        "year": "16200.00",
        "saving_year": "1200.00",
        "break_even": 9,
    }
    assert {**advice["alternative"], "break_even": 9} == expected
    matches("accounts/kitsune.md", await kitsune.told())


HOURS_LOST: dict[str, Any] = {
    "members": 5,
    "hours": 10,
    "hours_basis": "per_person",
    "hours_period": "week",
    "hourly_rate": 50,
    "currency": "USD",
}


async def test_hoshino_sees_what_it_is_worth_and_what_waiting_costs(here: Town) -> None:
    hoshino = here.account("Hoshino")
    await hoshino.opens("pro", "2025-03-16", interval="year", renewal_date="2026-03-16")
    await hoshino.lived(20)
    await hoshino.says("nps.responded", "2025-09-01T00:00:00Z", score=9, contact="c1")
    activity = {"en": "manual reporting", "ja": "手動レポート作成"}
    await hoshino.says(
        "value.stated", **HOURS_LOST, activity=activity, source="customer_stated", said_by="c1"
    )
    for day in ("2025-06-16", "2025-08-16", "2025-09-16"):
        await hoshino.says("feature.requested", f"{day}T00:00:00Z", feature="advanced_analytics")
    decision = (await hoshino.decided(1))[-1]
    assert (decision["cause"], decision["signals"]) == ("feature.requested", ["feature_requested"])
    assert (decision["value"]["multiple"], decision["value"]["headline"]) == ("8.67", 8)
    advice = await hoshino.read("/v1/accounts/hoshino/recommendation")
    assert (
        advice["wait_cost"]["hours_per_person"],
        advice["wait_cost"]["hours"],
        advice["wait_cost"]["amount"],
    ) == (260, 1300, "65000.00")
    assert any(
        row["key"] == "advanced_analytics" and row["need"] == "ご要望3回"
        for row in advice["comparison"]
    )
    quote = (
        await here.http.post(
            "/v1/accounts/hoshino/quotes", json={"plan": "enterprise", "at": START}
        )
    ).json()
    matches(
        "accounts/hoshino.md",
        await hoshino.told()
        + f"\n## Quote\n\n- {quote['credit']} + {quote['charge']} = {quote['due']}\n",
    )


async def test_maruta_goes_to_sales_for_compliance(here: Town) -> None:
    maruta = here.account("Maruta", ae={"id": "s1", "name": "Mori", "email": "mori@example.com"})
    await maruta.opens("pro", "2023-09-16", quantity=5)
    urgent: dict[str, Any] = {"class": "support_speed", "severity": "urgent"}
    await maruta.lived(
        22,
        ("ticket.opened", "2025-09-02", {"ticket": "m1", **urgent}),
        ("ticket.opened", "2025-09-03", {"ticket": "m2", **urgent}),
    )
    await maruta.says("nps.responded", "2025-09-01T00:00:00Z", score=9, contact="c1")
    await maruta.says("compliance.need", framework="SOC2", deadline="2025-12-15")
    decision = (await maruta.decided(1))[-1]
    assert (decision["outcome"], decision["scenarios"]) == (
        "assisted",
        ["compliance", "better_support"],
    )
    assert (decision["route"]["owner"], decision["route"]["deal_value"]) == ("hybrid", "75000.00")
    matches("accounts/maruta.md", await maruta.told())


async def test_nagi_gets_a_line_on_the_quote_and_then_help(later: Town) -> None:
    nagi = later.account("Nagi", currency="JPY")
    await nagi.opens(None, "")
    await nagi.says("quote.presented", "2025-09-10T00:00:00Z", plan="jp_standard")
    option = (await nagi.read("/v1/accounts/nagi/recommendation"))["option"]
    assert option["text"] == "スタンダードプランに+2万円でプレミアム機能が利用可能です"
    await nagi.says("contract.signed", "2025-09-11T00:00:00Z", plan="jp_standard")
    assert (await nagi.read("/v1/accounts/nagi/recommendation"))["option"] is None
    await nagi.subscribes("jp_standard", "2025-09-11", anchor="2025-09-01T00:00:00Z")
    await nagi.uses("api_calls", 103_000, CALL, {"correction": True, "count": 103_000})
    decision = (await nagi.decided(3))[-1]
    assert (decision["outcome"], decision["blocked_by"]) == ("withheld", ["new_contract"])
    assert (decision["retry_at"], decision["remedy"]["task"]) == (
        "2025-10-11T00:00:00Z",
        "onboarding",
    )
    await later.move_clock("2025-10-11T00:00:00Z")
    await nagi.mailed(1)
    again = (await nagi.decided(4))[-1]
    assert (again["cause"], again["outcome"]) == ("schedule", "none")
    matches("accounts/nagi.md", await nagi.told())


async def test_tanuki_is_not_sold_to(here: Town) -> None:
    tanuki = here.account("Tanuki")
    await tanuki.opens("pro", "2024-01-10")
    facts = [
        ("ticket.opened", "2025-09-05", {"ticket": f"b{number}", "class": "bug"})
        for number in range(3)
    ]
    facts += [
        ("ticket.opened", "2025-09-06", {"ticket": f"c{number}", "class": "complaint"})
        for number in range(2)
    ]
    await tanuki.lived(12, *facts)
    await tanuki.says("nps.responded", "2025-09-01T00:00:00Z", score=4, contact="c1")
    await tanuki.uses("storage", 95 * GB, STORAGE, {"bytes": 95 * GB})
    decision = (await tanuki.decided(1))[-1]
    assert (decision["outcome"], decision["blocked_by"]) == ("withheld", ["dissatisfied"])
    assert (decision["remedy"]["task"], decision["remedy"]["due_at"][:10]) == (
        "support_reinforcement",
        "2025-09-18",
    )

    await tanuki.mailed(1)
    for words in (*await tanuki.mails(), *(item["body"] for item in await tanuki.inbox())):
        assert not [
            word for word in ("アップグレード", "Enterprise", "プラン", "$") if word in words
        ]
    matches("accounts/tanuki.md", await tanuki.told())


async def test_ume_is_kept_not_sold_to(here: Town) -> None:
    ume = here.account("Ume")
    await ume.opens("enterprise", "2023-05-01")
    await ume.lived(3)
    await ume.says("nps.responded", "2025-09-01T00:00:00Z", score=5, contact="c1")
    await ume.uses("seats", 6, SEAT, {"delta": 6})
    await ume.uses("storage", 22 * GB, STORAGE, {"bytes": 22 * GB})
    await ume.says("cancel.intent", reason="price")
    decision = (await ume.decided(1))[-1]
    assert decision["blocked_by"] == ["cancel_intent", "dissatisfied", "low_loyalty", "top_plan"]
    assert [remedy["task"] for remedy in decision["remedies"]] == [
        "retention",
        "support_reinforcement",
        "training",
    ]
    matches("accounts/ume.md", await ume.told())


async def test_sakura_gets_one_message_for_two_reasons(here: Town) -> None:
    sakura = here.account("Sakura", currency="JPY")
    await sakura.opens(None, "")
    await sakura.lived(
        20, ("ticket.opened", "2025-09-01", {"ticket": "s1", "class": "how_to_utilise"})
    )
    await sakura.says(
        "need.stated", "2025-09-01T00:00:00Z", feature="advanced_automation", said_by="c1"
    )
    value: dict[str, Any] = {
        "hours": 20,
        "hours_basis": "team_total",
        "hours_period": "month",
        "hourly_rate": 3000,
        "currency": "JPY",
    }
    activity = {"en": "data analysis", "ja": "データ分析"}
    await sakura.says(
        "value.stated",
        "2025-09-02T00:00:00Z",
        **value,
        activity=activity,
        source="customer_stated",
        said_by="c1",
    )
    await sakura.subscribes("jp_standard", "2023-10-16", interval="year", renewal_date="2025-10-16")
    await sakura.decided(1)
    await sakura.says("nps.responded", score=9, contact="c1")

    async def merged() -> bool:
        found = (await sakura.read("/v1/opportunities?account=sakura"))["data"]
        return [one["reasons"] for one in found] == [["renewal", "nps_high"]]

    await sakura.until(merged)

    await sakura.mailed(1)
    (mail,) = await sakura.mails()
    assert "実質月4万円のプラスです" in mail
    matches("accounts/sakura.md", await sakura.told())
