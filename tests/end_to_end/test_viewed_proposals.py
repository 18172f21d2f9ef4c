"""An offer in the product, from the crossing to the reader who opens it: all three services."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from shared.embedded import Addresses
from tests.end_to_end.eight import GB, Town, town


@pytest.fixture
async def here(
    database_url: str, stack: Addresses, topic_prefix: str, tmp_path: Path
) -> AsyncIterator[Town]:
    async with town(database_url, stack.kafka, topic_prefix, tmp_path) as found:
        yield found


async def test_what_a_reader_opens_is_viewed_and_what_they_refuse_is_lost(here: Town) -> None:
    shiro = here.account("Shiro")
    await shiro.opens("starter", "2024-07-01")
    await shiro.lived(20)
    await shiro.uses("storage", 9 * GB, "storage.measured", {"bytes": 9 * GB})
    await shiro.decided(1)
    deal: Any = (await shiro.read("/v1/opportunities?account=shiro"))["data"][0]
    path = f"/v1/opportunities/{deal['id']}"
    (sent,) = (await shiro.read(path))["proposals"]
    assert (sent["channel"], sent["plan"], sent["state"], sent["contacts"]) == (
        "email",
        "pro",
        "sent",
        ["c1"],
    )
    asked = {"account": "shiro", "contact": "c1"}
    token = (await here.http.post("/v1/inbox/tokens", json=asked)).json()["token"]
    reader = {"Authorization": f"Bearer {token}"}
    await here.settled()
    items = (await here.http.get("/v1/inbox", headers=reader)).json()["data"]
    (offer,) = [one for one in items if one["proposes"] == "pro"]
    read = await here.http.post(f"/v1/inbox/{offer['id']}/read", headers=reader)
    assert read.status_code == 200
    await here.settled()
    (viewed,) = (await shiro.read(path))["proposals"]
    assert viewed == {**sent, "state": "viewed"}
    counted = await shiro.read("/v1/reports/thresholds?from=2025-09-01&to=2025-10-01")
    assert [(one["proposals"], one["delivered"]) for one in counted["rows"]] == [(1, 1)]
    body = {"answer": "helpful"}
    await here.http.post(f"/v1/inbox/{offer['id']}/feedback", json=body, headers=reader)
    await here.settled()
    (history,) = (await shiro.read("/v1/accounts/shiro"))["proposal_history"]
    assert history["outcome"] == "helpful"
    await shiro.says("proposal.answered", answer="declined", contact="c1", reason="timing")
    shown = await shiro.read(path)
    assert [one["state"] for one in shown["proposals"]] == ["declined"]
    assert (shown["stage"], shown["loss"]["reason"]) == ("closed_lost", "timing")
