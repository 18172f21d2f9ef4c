"""What judgement shows and accepts over HTTP: quotes, facts, fields, the policy, refusals."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.embedded import Addresses
from tests.end_to_end.eight import GB, START, Town, town


@pytest.fixture
async def here(
    database_url: str, stack: Addresses, topic_prefix: str, tmp_path: Path
) -> AsyncIterator[Town]:
    async with town(database_url, stack.kafka, topic_prefix, tmp_path) as found:
        yield found


async def _quoted(here: Town, terms: dict[str, str]) -> httpx.Response:
    return await here.http.post("/v1/accounts/hoshi/quotes", json=terms)


async def test_r_161_a_quote_is_charged_as_quoted_and_expires(here: Town) -> None:
    """R-160 to R-162."""
    hoshi = here.account("Hoshi")
    await hoshi.opens("starter", "2025-08-01", anchor="2025-09-01T00:00:00Z")
    answer = await _quoted(here, {"plan": "pro", "at": START})
    assert answer.status_code == 201, answer.text
    quote = answer.json()
    assert (quote["credit"], quote["charge"], quote["due"], quote["currency"]) == (
        "-24.50",
        "250.00",
        "225.50",
        "USD",
    )
    day = (await _quoted(here, {"plan": "pro", "mode": "day", "at": START})).json()
    assert day["mode"] == "day"
    in_the_next_period = {"plan": "pro", "at": "2025-10-02T00:00:00Z"}
    assert (await _quoted(here, in_the_next_period)).status_code == 422
    assert (await _quoted(here, {"plan": "jp_basic"})).status_code == 422
    await here.move_clock("2025-09-16T05:00:00Z")
    accepted = (await here.http.post(f"/v1/quotes/{quote['id']}:accept")).json()
    assert accepted["due"] == "225.50"
    assert (await hoshi.read("/v1/accounts/hoshi"))["subscription"]["plan"] == "pro"
    again = await here.http.post(f"/v1/quotes/{quote['id']}:accept")
    assert (again.status_code, again.json()["due"]) == (200, "225.50")
    assert (await here.http.post(f"/v1/quotes/{day['id']}:accept")).status_code == 409
    down = (await _quoted(here, {"plan": "starter"})).json()
    assert (down["due"], down["effective_at"]) == ("0.00", "2025-10-01T00:00:00Z")
    await here.http.post(f"/v1/quotes/{down['id']}:accept")
    assert (await hoshi.read("/v1/accounts/hoshi"))["subscription"]["plan"] == "pro"
    late = (await _quoted(here, {"plan": "enterprise"})).json()
    await here.move_clock("2025-10-01T00:00:00Z")
    assert (await hoshi.read("/v1/accounts/hoshi"))["subscription"]["plan"] == "starter"
    assert (await here.http.post(f"/v1/quotes/{late['id']}:accept")).status_code == 409
    for_one = (await here.http.post("/v1/accounts/hoshi/quotes", json={"plan": "pro"})).json()
    await hoshi.subscribes("starter", "2025-08-01", anchor="2025-09-01T00:00:00Z", quantity=100)
    refused = await here.http.post(f"/v1/quotes/{for_one['id']}:accept")
    assert (refused.status_code, "has changed" in refused.text) == (409, True)
    assert (await here.http.get("/v1/quotes/none")).status_code == 404


async def test_r_190_an_account_shows_what_is_managed(here: Town) -> None:
    shiro = here.account("Shiro")
    await shiro.opens("starter", "2024-07-01")
    await shiro.lived(20)
    await shiro.says("nps.responded", score=4, contact="c1")
    await shiro.uses("storage", 9 * GB, "storage.measured", {"bytes": 9 * GB})
    await shiro.decided(2)
    shown: dict[str, Any] = await shiro.read("/v1/accounts/shiro")
    assert shown["nps"] == {"score": 4, "at": START}
    assert shown["renewal_date"] == "2026-07-01"
    assert shown["loyalty"] == {
        "segment": "medium",
        "tenure": "yes",
        "logins": "yes",
        "nps": "no",
        "enquiries": "unknown",
    }
    assert set(shown["health"]) == {"score", "band", "trend", "worst", "components", "reasons"}
    assert [(one["gate"], one["retry_at"]) for one in shown["suppressions"]] == [
        ("dissatisfied", None)
    ]
    assert shown["proposal_history"] == []
    await shiro.says("nps.responded", "2025-09-16T00:30:00Z", score=8, contact="c1")
    (proposal,) = (await shiro.read("/v1/accounts/shiro"))["proposal_history"]
    assert (proposal["plan"], proposal["channel"], proposal["reason"], proposal["outcome"]) == (
        "pro",
        "message",
        "usage_limit",
        None,
    )
    await shiro.says("proposal.answered", answer="declined", contact="c1")
    after = await shiro.read("/v1/accounts/shiro")
    assert after["proposal_history"][0]["outcome"] == "declined"
    assert "recently_declined" in [one["gate"] for one in after["suppressions"]]


async def test_r_176_the_ownership_policy_can_be_read(here: Town) -> None:
    rules = (await here.http.get("/v1/policy/ownership")).json()["rules"]
    assert {"id", "when", "owner"} <= set(rules[0])
    assert any("50,000" in rule["when"] for rule in rules if rule["id"] == "OWN-2")


async def test_bad_facts_are_refused_whole(here: Town) -> None:
    kuro = here.account("Kuro")
    await kuro.opens("pro", "2024-07-01")
    headers = {"Content-Type": "application/cloudevents-batch+json"}
    good = here.event("kuro", "nps.responded", START, {"score": 9})
    for type_, data, subject, path in (
        ("nps.responded", {"score": 11}, "kuro", "/1/data/score"),
        ("feature.used", {"feature": "teleport"}, "kuro", "/1/data/feature"),
        ("quote.presented", {"plan": "pro", "price": "-5"}, "kuro", "/1/data/price"),
        ("nps.responded", {"score": 9}, "nobody", "/1/subject"),
        ("such.nonsense", {}, "kuro", "/1/type"),
    ):
        answer = await here.http.post(
            "/v1/signals", json=[good, here.event(subject, type_, START, data)], headers=headers
        )
        assert answer.status_code == 422, answer.text
        assert [error["path"] for error in answer.json()["errors"]] == [path]
    assert (await kuro.read("/v1/accounts/kuro/facts"))["data"] == []
    assert (await kuro.read("/v1/decisions?account=kuro"))["data"] == []
