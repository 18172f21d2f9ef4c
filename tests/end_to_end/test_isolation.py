"""A fault in any part of one account's work does not change what others get, and once it is removed
all of the work continues.
"""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from shared.embedded import Addresses
from tests.end_to_end.eight import GB, START, Teller, Town, town

RECORD_LANES = {
    "thresholds": "usage.totals",
    "notice": "usage.totals",
    "render": "plimsoll.messages",
}


@pytest.fixture
async def here(
    database_url: str, stack: Addresses, topic_prefix: str, tmp_path: Path
) -> AsyncIterator[Town]:
    async with town(database_url, stack.kafka, topic_prefix, tmp_path) as found:
        yield found


async def _fault(here: Town, account: Teller, part: str, error: str | None) -> None:
    answer = await here.http.put(
        "/v1/test-faults", json={"account": account.id, "part": part, "error": error}
    )
    assert answer.status_code == 200, answer.text


async def _parked(here: Town, **asked: str) -> list[dict[str, Any]]:
    return list((await here.http.get("/v1/parked", params=asked)).json()["data"])


async def _fills(account: Teller, gigabytes: int) -> None:
    await account.uses("storage", gigabytes * GB, "storage.measured", {"bytes": gigabytes * GB})


async def _alerts(account: Teller) -> list[tuple[Any, ...]]:
    found = (await account.read(f"/v1/alerts?account={account.id}"))["data"]
    return sorted(
        (one["meter"], str(one["threshold"]), one["state"], one["notified"]) for one in found
    )


async def _told(account: Teller) -> dict[str, Any]:
    """The results: alerts, decisions, inbox and mailbox."""
    return {
        "alerts": await _alerts(account),
        "inbox": [item["title"] for item in await account.inbox()],
        "mails": len(await account.mails()),
    }


async def _is_told(account: Teller) -> bool:
    told = await _told(account)
    return bool(told["alerts"] and told["inbox"] and told["mails"])


@pytest.mark.parametrize("part", ["thresholds", "notice", "render"])
async def test_records_of_the_account_wait_in_order_and_everybody_else_goes_on(
    here: Town, part: str
) -> None:
    sick, well = here.account("Sick"), here.account("Well")
    for account in (sick, well):
        await account.opens("starter", "2025-08-01")
    await _fault(here, sick, part, "raise")
    await _fills(sick, 9)
    await _fills(well, 9)
    await well.until(lambda: _is_told(well))
    await sick.until(lambda: _parked(here, account="sick"))
    [row] = await _parked(
        here, account="sick", service="notifier" if part == "render" else "trigger"
    )
    assert (row["part"], row["lanes"], row["reason"]) == (
        part,
        [RECORD_LANES[part]],
        "error: InjectedFault",
    )
    assert row["records"] >= 1
    assert (await _told(sick))["inbox"] == []
    ready = await here.http.get("/readyz")
    assert ready.status_code == 200
    assert (
        f"1 account is parked: sick ({part}, error: InjectedFault): see GET /v1/parked"
        in ready.text
    )
    assert (await here.http.post(f"/v1/parked/{row['id']}:retry")).json()["id"] == row["id"]
    await _fault(here, sick, part, None)
    assert (await here.http.post(f"/v1/parked/{row['id']}:retry")).status_code in (
        200,
        404,
    )  # or retried automatically just now
    await sick.until(lambda: _is_told(sick))
    assert await _told(sick) == await _told(well)
    await sick.until(lambda: _gone(here))
    assert (await here.http.post(f"/v1/parked/{row['id']}:retry")).status_code == 404


async def _gone(here: Town) -> bool:
    return not await _parked(here)


async def test_what_has_failed_for_long_is_tried_soon_once_the_fault_is_taken_back(
    here: Town,
) -> None:
    sick = here.account("Sick")
    await sick.opens("starter", "2025-08-01")
    await _fault(here, sick, "thresholds", "raise")
    await _fills(sick, 9)
    await sick.until(lambda: _parked(here, account="sick"))
    for minute in range(10, 100, 10):
        await here.move_clock(
            f"2025-09-16T01:{minute % 60:02}:00Z"
            if minute < 60
            else f"2025-09-16T02:{minute - 60:02}:00Z"
        )
    [row] = await _parked(here, account="sick")
    assert row["attempts"] > 8  # the next one is minutes away
    await _fault(here, sick, "thresholds", None)
    await sick.until(lambda: _gone(here))
    assert [state for _, _, state, _ in await _alerts(sick)].count("open") == 1


async def test_what_cannot_be_delivered_waits_and_the_inbox_has_it_at_once(here: Town) -> None:
    sick, well = here.account("Sick"), here.account("Well")
    for account in (sick, well):
        await account.opens("starter", "2025-08-01")
    await _fault(here, sick, "deliver", "raise")
    await _fills(sick, 9)
    await _fills(well, 9)
    await well.until(lambda: _is_told(well))
    await sick.until(lambda: _parked(here, account="sick"))
    [row] = await _parked(here)
    assert (row["service"], row["part"], row["lanes"], row["records"]) == (
        "notifier",
        "deliver",
        ["delivery"],
        1,
    )
    told = await _told(sick)
    assert (len(told["inbox"]), told["mails"]) == (1, 0)
    await _fault(here, sick, "deliver", None)
    await sick.until(lambda: _is_told(sick))
    assert await _told(sick) == await _told(well)
    await sick.until(lambda: _gone(here))


async def test_the_notice_does_not_depend_on_judgement(here: Town) -> None:
    sick, well = here.account("Sick"), here.account("Well")
    for account in (sick, well):
        await account.opens("starter", "2024-07-01")
        await account.lived(20)
    await _fault(here, sick, "judgement", "raise")
    await _fills(sick, 9)
    await _fills(well, 9)
    await sick.until(lambda: _is_told(sick))
    assert (await _told(sick))["alerts"] == (await _told(well))["alerts"]
    [failed] = await sick.decided(1)
    assert (failed["outcome"], failed["reason"], failed["gates"]) == (
        "failed",
        "error: InjectedFault",
        [],
    )
    [alert] = [
        one
        for one in (await sick.read("/v1/alerts?account=sick"))["data"]
        if one["state"] == "open"
    ]
    assert alert["decision"] == failed["id"]
    [row] = await _parked(here, account="sick")
    assert (row["service"], row["part"], row["records"]) == ("trigger", "judgement", 1)
    await here.move_clock("2025-09-16T00:01:30Z")
    assert (await sick.decided(1))[0]["outcome"] == "failed"
    await _fault(here, sick, "judgement", None)
    await here.move_clock("2025-09-16T00:10:00Z")
    [decided], [other] = await sick.decided(1), await well.decided(1)
    assert (decided["id"], decided["outcome"], decided["reason"]) == (
        failed["id"],
        other["outcome"],
        None,
    )
    assert [gate["gate"] for gate in decided["gates"]] == [gate["gate"] for gate in other["gates"]]
    assert decided["blocked_by"] == other["blocked_by"]
    assert await _gone(here)
    assert len((await _told(sick))["inbox"]) >= 1


async def test_a_fact_that_judgement_trips_over_holds_back_no_notice(here: Town) -> None:
    sick, well = here.account("Sick"), here.account("Well")
    for account in (sick, well):
        await account.opens("starter", "2025-08-01")
    await _fault(here, sick, "judgement", "raise")
    event = here.event("sick", "nps.responded", START, {"score": 3})
    answer = await here.http.post(
        "/v1/signals", json=event, headers={"Content-Type": "application/cloudevents+json"}
    )
    assert answer.status_code == 202
    await well.says("nps.responded", score=3)
    await sick.until(lambda: _parked(here, account="sick"))
    await _fills(sick, 9)
    await sick.until(lambda: _is_told(sick))
    await _fault(here, sick, "judgement", None)
    await sick.until(lambda: sick._listed({event["id"]}))
    assert (await sick.read("/v1/accounts/sick"))["nps"]["score"] == 3


async def test_a_timer_that_raises_holds_back_no_other(here: Town) -> None:
    sick, well = here.account("Sick"), here.account("Well")
    for account in (sick, well):
        await account.opens("starter", "2025-08-01", anchor="2025-09-01T00:00:00Z")
        for number in range(9):
            await account.uses("api_calls", number + 1, "api.request", {})
        assert (
            await here.http.put(f"/v1/accounts/{account.id}/limits/api_calls", json={"limit": 10})
        ).status_code == 200
    for account in (sick, well):
        await account.mailed(1)
    await _fault(here, sick, "timer", "raise")
    await here.move_clock("2025-10-01T00:00:05Z")
    assert {state for _, _, state, _ in await _alerts(well)} == {"superseded", "resolved"}
    assert "open" in {state for _, _, state, _ in await _alerts(sick)}
    [row] = await _parked(here, account="sick")
    assert (row["service"], row["part"], row["reason"]) == (
        "trigger",
        "timer",
        "error: InjectedFault",
    )
    assert "timer period" in row["lanes"]
    assert row["records"] == len(row["lanes"])
    await _fault(here, sick, "timer", None)
    await here.move_clock("2025-10-01T01:00:00Z")
    assert await _alerts(sick) == await _alerts(well)
    assert await _gone(here)


async def test_faults_on_request_are_for_administrators_and_named(here: Town) -> None:
    for body, path in [
        ({"account": "a", "part": "nothing", "error": "raise"}, "/part"),
        ({"account": "a", "part": "timer", "error": "explode"}, "/error"),
        ({"account": "", "part": "timer", "error": None}, "/account"),
    ]:
        answer = await here.http.put("/v1/test-faults", json=body)
        assert (answer.status_code, [one["path"] for one in answer.json()["errors"]]) == (
            422,
            [path],
        )
    assert (await here.http.get("/v1/parked", params={"service": "console"})).status_code == 422
    assert (await here.http.post("/v1/parked/none:retry")).status_code == 404
    for method, path in (
        ("GET", "/v1/parked"),
        ("POST", "/v1/parked/1:retry"),
        ("PUT", "/v1/test-faults"),
    ):
        assert (
            await here.http.request(method, path, headers={"Authorization": "Bearer none"})
        ).status_code == 401
