"""Rules that only show with all services together, over HTTP and Kafka."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.catalog import catalog_document, parse_catalog
from shared.embedded import Addresses
from shared.values.quantities import dumps
from tests.end_to_end.eight import CATALOG, GB, START, Town, town

ONE = {"Content-Type": "application/cloudevents+json"}


@pytest.fixture
async def here(
    database_url: str, stack: Addresses, topic_prefix: str, tmp_path: Path
) -> AsyncIterator[Town]:
    async with town(database_url, stack.kafka, topic_prefix, tmp_path) as found:
        yield found


async def test_bp_15_the_way_back_under_a_hard_limit_is_never_blocked(here: Town) -> None:
    """Seven of five seats, eleven of ten gigabytes: removals are accepted and end the alert."""
    hard = catalog_document(parse_catalog(CATALOG.read_bytes(), "application/yaml"))
    starter = next(plan for plan in hard["plans"] if plan["id"] == "starter")
    starter["limits"] |= {
        "seats": {"limit": 5, "enforcement": "hard"},
        "storage": {"limit": "10 GB", "enforcement": "hard"},
    }
    answer = await here.http.put(
        "/v1/catalog", content=dumps(hard), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 200, answer.text
    neko = here.account("Neko")
    await neko.opens("starter", "2024-07-01")
    await neko.uses("seats", 7, "seat.changed", {"delta": 7})
    await neko.uses("storage", 11 * GB, "storage.measured", {"bytes": 11 * GB})
    assert (await neko.read("/v1/accounts/neko/can?meter=seats&amount=1"))["allowed"] is False
    event = here.event("neko", "seat.changed", START, {"delta": -1})
    answer = await here.http.post("/v1/events", content=json.dumps(event), headers=ONE)
    assert answer.status_code == 202, answer.text
    await neko.uses("seats", 4, "seat.changed", {"delta": -2})
    await neko.uses(
        "storage", 1 * GB, "storage.measured", {"bytes": 1 * GB}, "2025-09-16T00:00:01Z"
    )

    async def cured() -> bool:
        return not (await neko.read("/v1/alerts?account=neko&meter=storage&state=open"))["data"]

    await neko.until(cured)


async def test_r_055_targets_are_listed_and_shown(here: Town) -> None:
    """Loyal, content and below the highest plan; not the new, the unhappy or the topmost one."""
    for name, plan, since, score in (
        ("Aozora", "starter", "2024-07-01", 9),
        ("Nagi", "starter", "2025-09-11", 9),
        ("Tanuki", "pro", "2024-01-10", 4),
        ("Ume", "enterprise", "2023-05-01", 9),
    ):
        one = here.account(name)
        await one.opens(plan, since)
        await one.lived(
            22, ("ticket.opened", "2025-09-01", {"ticket": "t1", "class": "how_to_utilise"})
        )
        await one.says("nps.responded", score=score, contact="c1")
    found = (await here.http.get("/v1/targets")).json()
    shown = {"segment": "high", "tenure": "yes", "logins": "yes", "nps": "yes", "enquiries": "yes"}
    assert found == {
        "data": [
            {
                "account": "aozora",
                "name": "Aozora",
                "plan": "starter",
                "next_plan": "pro",
                "loyalty": shown,
            }
        ],
        "next_cursor": None,
        "as_of": found["as_of"],
    }
    first = (await here.http.get("/v1/targets?limit=1")).json()
    assert [one["account"] for one in first["data"]] == ["aozora"]
    if (cursor := first["next_cursor"]) is not None:  # others were examined, and are none
        rest = (await here.http.get(f"/v1/targets?limit=1&cursor={cursor}")).json()
        assert rest["data"] == []
    targets = {
        name: (await here.http.get(f"/v1/accounts/{name}")).json()["upsell_target"]
        for name in ("aozora", "tanuki", "ume", "nagi")
    }
    assert targets == {"aozora": True, "tanuki": False, "ume": False, "nagi": False}
    await _check_shapes_of_reports(here)


async def _check_shapes_of_reports(here: Town) -> None:
    for report, shape in (
        ("plays", {"data", "flags"}),
        (
            "readiness",
            {"asked", "qualified", "needs_discovery", "nurture", "disqualified", "flags"},
        ),
        ("plans", {"target", "warnings", "support", "flags"}),
    ):
        assert set((await here.http.get(f"/v1/reports/{report}?days=30")).json()) == shape
