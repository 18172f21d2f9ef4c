"""A rate, from events to the inbox, with the test clock."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from shared.catalog import catalog_document, parse_catalog
from shared.embedded import Addresses
from shared.values.quantities import dumps
from tests.end_to_end.eight import CATALOG, Town, town


@pytest.fixture
async def here(
    database_url: str, stack: Addresses, topic_prefix: str, tmp_path: Path
) -> AsyncIterator[Town]:
    async with town(database_url, stack.kafka, topic_prefix, tmp_path) as found:
        yield found


async def sells(here: Town, thresholds: list[Any]) -> None:
    document = catalog_document(parse_catalog(CATALOG.read_bytes(), "application/yaml"))
    starter = next(plan for plan in document["plans"] if plan["id"] == "starter")
    starter["limits"] |= {"api_calls": {"limit": 10_000, "thresholds": thresholds}}
    answer = await here.http.put(
        "/v1/catalog", content=dumps(document), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 200, answer.text


async def test_bp_17_a_rate_reaches_the_inbox_once_a_day_and_leaves_it_with_its_hour(
    here: Town,
) -> None:
    await sells(here, [80, {"per_hour": 3}])
    neko = here.account("Neko")
    await neko.opens("starter", "2024-07-01")

    async def uses(total: int, at: str) -> None:
        await neko.uses("api_calls", total, "api.request", {}, at)

    async def alerts() -> list[tuple[Any, str, str]]:
        found = (await neko.read("/v1/alerts?account=neko"))["data"]
        return [(one["threshold"], one["state"], one["epoch"]) for one in found]

    for total in (1, 2):
        await uses(total, "2025-09-16T00:00:10Z")
    await here.move_clock("2025-09-16T00:01:30Z")
    assert await alerts() == []
    await uses(3, "2025-09-16T00:01:20Z")
    await here.move_clock("2025-09-16T00:02:30Z")
    epoch = "2025-09-16T00:00:00Z"
    assert await alerts() == [({"per_hour": 3}, "open", epoch)]
    (item,) = await neko.inbox()
    assert (item["threshold"], item["used"], item["limit"]) == ({"per_hour": 3}, 3, None)
    assert item["title"] == "API呼び出し: 1時間で3を使用しています"
    (decision,) = await neko.decided(1)
    assert (decision["outcome"], decision["signals"]) == ("notice", [])
    assert await neko.tasks() == []
    await here.move_clock("2025-09-16T01:00:30Z")
    assert await alerts() == [({"per_hour": 3}, "resolved", epoch)]
    assert [one["resolved_at"] is None for one in await neko.inbox()] == [False]
    for total in (4, 5, 6):
        await uses(total, "2025-09-16T01:00:10Z")
    await here.move_clock("2025-09-16T01:05:00Z")
    assert len(await alerts()) == 1
    assert (await neko.read("/v1/accounts/neko/can?feature=core"))["by"] == "plan"
