"""Judging by the fastest of several tries."""

from collections.abc import Awaitable, Callable, Iterable

import pytest

from tests.support.fastest import too_slow


def _taking(**times: Iterable[float]) -> Callable[[], Awaitable[dict[str, float]]]:
    each = {name: iter(one) for name, one in times.items()}

    async def measure() -> dict[str, float]:
        return {name: next(one) for name, one in each.items()}

    return measure


async def test_one_try_within_the_budget_is_enough() -> None:
    assert await too_slow(_taking(answered=[500, 99]), {"answered": 100}) == []


async def test_each_is_judged_by_its_own_fastest_try() -> None:
    measure = _taking(answered=[99, 500], painted=[400, 10])
    assert await too_slow(measure, {"answered": 100, "painted": 100}) == []


@pytest.mark.parametrize("took", [100, 101])
async def test_what_is_never_within_it_is_told_with_every_try(took: float) -> None:
    measure = _taking(answered=[took, 250, 300], painted=[1, 1, 1])
    found = await too_slow(measure, {"answered": 100, "painted": 100}, tries=3)
    assert found == [f"answered: {took:.0f} ms of 100 at best, of {took:.0f} 250 300"]
