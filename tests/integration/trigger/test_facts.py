"""Facts over Kafka and HTTP: which account they belong to, and how one is taken back."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.trigger.proposals.judge import Judge
from services.trigger.tables.catalogs import Catalogs
from shared.runtime.settings import Settings
from tests.support.desk import Desk, catalog, open_desk, order, plan

PLANS = (plan("starter", 1), plan("pro", 2, api_calls=1000, features=["core", "sso"]))


@pytest.fixture
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    async with open_desk(settings, judgement=Judge(Catalogs())) as found:
        await found.opens(catalog=catalog(*PLANS))
        yield found


async def shown(desk: Desk, account: str = "acct-42") -> dict[str, Any]:
    found: dict[str, Any] = await desk("GET", f"/v1/accounts/{account}")
    return found


async def facts(desk: Desk, account: str = "acct-42", **params: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (
        await desk("GET", f"/v1/accounts/{account}/facts", params=params)
    )["data"]
    return found


async def take_back(desk: Desk, position: int = 0, account: str = "acct-42") -> str:
    fact = str((await facts(desk, account))[position]["fact"])
    await desk("DELETE", f"/v1/accounts/{account}/facts/{fact}", want=204)
    await desk.due()
    return fact


async def test_two_customers_may_have_the_same_id_from_one_source(desk: Desk) -> None:
    await desk("PUT", "/v1/accounts/acct-43", {"name": "Midori"}, want=201)
    await desk("PUT", "/v1/accounts/acct-43/subscription", order())
    for account, score in (("acct-42", 9), ("acct-43", 2)):
        await desk.learns(
            "nps.responded", {"score": score, "contact": "c1"}, account=account, id="1"
        )
        await desk.learns(
            "nps.responded", {"score": 5, "contact": "c1"}, account=account, id="1"
        )  # a repetition does not count
    assert [(await shown(desk, account))["nps"]["score"] for account in ("acct-42", "acct-43")] == [
        9,
        2,
    ]
    assert [len(await facts(desk, account)) for account in ("acct-42", "acct-43")] == [1, 1]
    decisions = await desk.rows(
        "select account from decision where cause = 'nps.responded' order by account"
    )
    assert [row.account for row in decisions] == ["acct-42", "acct-43"]
    await desk.replays()
    assert [len(await facts(desk, account)) for account in ("acct-42", "acct-43")] == [1, 1]


async def test_plan_changes_of_two_customers_with_the_same_id_both_hold(desk: Desk) -> None:
    await desk("PUT", "/v1/accounts/acct-43", {"name": "Midori"}, want=201)
    for account in ("acct-42", "acct-43"):
        await desk.learns("subscription.changed", order("pro"), account=account, id="1")
    assert [
        (await shown(desk, account))["subscription"]["plan"] for account in ("acct-42", "acct-43")
    ] == ["pro", "pro"]


async def test_a_score_that_is_taken_back_counts_no_longer(desk: Desk) -> None:
    await desk.learns("nps.responded", {"score": 8, "contact": "c1"})
    await desk.learns("nps.responded", {"score": 2, "contact": "c1"})
    before = await shown(desk)
    assert before["nps"]["score"] == 2
    assert "dissatisfied" in [one["gate"] for one in before["suppressions"]]
    fact = await take_back(desk)
    after = await shown(desk)
    assert after["nps"]["score"] == 8
    assert "dissatisfied" not in [one["gate"] for one in after["suppressions"]]
    assert not await desk.rows("select 1 from suppression where gate = 'dissatisfied'")
    assert [one["data"]["score"] for one in await facts(desk)] == [8]
    (seen,) = await facts(desk, taken_back="true")
    assert (seen["fact"], seen["data"]["score"], seen["taken_back"]["by"]) == (
        fact,
        2,
        "PLIMSOLL_ADMIN_KEY",
    )
    assert seen["taken_back"]["at"].endswith("Z")
    await desk("DELETE", f"/v1/accounts/acct-42/facts/{fact}", want=204)  # again


async def test_what_was_taken_back_stays_so_when_it_is_sent_again(desk: Desk) -> None:
    await desk.learns("nps.responded", {"score": 2, "contact": "c1"}, id="same")
    await take_back(desk)
    await desk.learns("nps.responded", {"score": 2, "contact": "c1"}, id="same")
    await desk.replays()
    assert (await shown(desk))["nps"] is None
    assert await facts(desk) == []
    assert [row.type for row in await desk.rows("select type from signal")] == []


async def test_tickets_are_counted_without_it(desk: Desk) -> None:
    for ticket in ("a", "b"):
        await desk.learns("ticket.opened", {"ticket": ticket, "class": "bug", "severity": "urgent"})
    await desk.learns("ticket.closed", {"ticket": "a"})
    await take_back(desk)
    (record,) = await desk.rows("select body -> 'tickets' as tickets from account_record")
    assert {key: one.get("closed_at") for key, one in record.tickets.items()} == {
        "a": None,
        "b": None,
    }
    await take_back(desk)
    (record,) = await desk.rows("select body -> 'tickets' as tickets from account_record")
    assert list(record.tickets) == ["a"]


async def test_a_signal_ends_with_the_fact_that_raised_it(desk: Desk) -> None:
    await desk.learns("feature.requested", {"feature": "sso"})
    await desk.learns("feature.requested", {"feature": "sso"})
    await desk.learns("feature.requested", {"feature": "sso"})
    await desk.learns("cancel.intent", None)
    assert {row.type for row in await desk.rows("select type from signal")} == {
        "feature_requested",
        "cancel_intent",
    }
    await take_back(desk)
    assert {row.type for row in await desk.rows("select type from signal")} == {"feature_requested"}
    assert "cancelling" not in str((await shown(desk))["suppressions"])
    await take_back(desk)
    assert {row.type for row in await desk.rows("select type from signal")} == set()


async def test_a_signal_that_another_fact_raises_too_stays(desk: Desk) -> None:
    await desk.learns("cancel.intent", {"reason": "first"})
    await desk.learns("cancel.intent", {"reason": "second"})
    await take_back(desk, 0)
    (signal,) = await desk.rows("select type, evidence from signal")
    assert (signal.type, signal.evidence["reason"]) == ("cancel_intent", "first")


@pytest.mark.parametrize("fact", ["0", "999999999999999999", "9" * 19, "x", "-1", "１"])
async def test_a_fact_that_is_not_there_is_404(desk: Desk, fact: str) -> None:
    await desk.learns("nps.responded", {"score": 2, "contact": "c1"})
    problem = await desk("DELETE", f"/v1/accounts/acct-42/facts/{fact}", want=404)
    assert problem["detail"] == "The account has no such fact."
    assert len(await facts(desk)) == 1


async def test_facts_of_another_account_cannot_be_taken_back(desk: Desk) -> None:
    await desk("PUT", "/v1/accounts/acct-43", {"name": "Midori"}, want=201)
    await desk.learns("nps.responded", {"score": 2, "contact": "c1"})
    (fact,) = await facts(desk)
    await desk("DELETE", f"/v1/accounts/acct-43/facts/{fact['fact']}", want=404)
    await desk("DELETE", f"/v1/accounts/nobody/facts/{fact['fact']}", want=404)
    assert len(await facts(desk)) == 1
