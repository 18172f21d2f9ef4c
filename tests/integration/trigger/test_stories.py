"""Random stories through the API, the handler and the tables, compared with the pure module:
nothing is lost or doubled.
"""

import random
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.support.desk import DECEMBER, NOVEMBER, Desk, order
from tests.unit.trigger.watched import Watched

EDGES = [0, 50, 79, 80, "87.5", 88, "89.999999999", 90, 93, 95, 98, 100, 120]
LIMITS: list[int | None] = [50, 90, 100, 100, 110, 200, None, 0]
THRESHOLDS: list[tuple[int | str, ...]] = [(80, 90, 95, 100), (50, 100), (90,), (80, "85", 100)]
METERS = {"api_calls": False, "seats": True}


STEPS = [*["use"] * 4, "limit", "thresholds", "again", "period"]


@pytest.mark.parametrize("seed", range(12))
async def test_a_story_told_twice_ends_the_same(desk: Desk, seed: int) -> None:
    dice = random.Random(seed)
    await desk.opens()
    meter = dice.choice(sorted(METERS))
    watched = Watched(None, gauge=METERS[meter])
    path, start, end = f"/v1/accounts/acct-42/limits/{meter}", NOVEMBER, DECEMBER

    async def rule(limit: int | None, keys: tuple[int | str, ...]) -> None:
        body = {
            "limit": "unlimited" if limit is None else limit,
            "thresholds": [key if isinstance(key, int) else {"at": key} for key in keys],
        }
        await desk("PUT", path, body)
        watched.limit, watched.keys = None if limit is None else Decimal(limit), keys
        if watched.state.held or watched.used:
            watched.look()

    await rule(100, THRESHOLDS[0])
    for _ in range(14):
        step = dice.choice(STEPS)
        if step == "use":
            used = Decimal(str(dice.choice(EDGES)))
            await desk.counts(meter, used, start=start, end=end)
            watched.uses(used)
        elif step == "limit":
            await rule(dice.choice(LIMITS), watched.keys)
        elif step == "thresholds":
            limit = None if watched.limit is None else int(watched.limit)
            await rule(limit, dice.choice(THRESHOLDS))
        elif step == "again" and watched.state.held:
            await desk("DELETE", "/v1/accounts/acct-42/subscription", want=204)
            await desk("PUT", "/v1/accounts/acct-42/subscription", order())
            watched.cancel().look()
        elif step == "period" and not watched.gauge:
            start, end = end, (end + timedelta(days=32)).replace(day=1)
            desk.at(start + timedelta(days=1))
            await desk.due()
            watched.next_period()
        assert await _alerts(desk) == _rows(watched)
        assert await desk.told() == [f"{meter} {_level(level)}" for level in watched.sent]


async def _alerts(desk: Desk) -> list[tuple[Any, ...]]:
    found = await desk.rows("select threshold, state, resolution, again, notified from alert")
    return sorted((tuple(row) for row in found), key=str)


def _rows(watched: Watched) -> list[tuple[Any, ...]]:
    return sorted(
        ((row.key, row.state, row.resolution, row.again, row.notified) for row in watched.rows),
        key=str,
    )


def _level(key: str) -> str:
    return {"gated": "feature.gated"}.get(key, key.replace("at:", "at "))
