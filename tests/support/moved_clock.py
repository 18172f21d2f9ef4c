"""Moves the clock of running services over HTTP, on a machine where that may take long."""

import time
from datetime import UTC, datetime, timedelta

import httpx

_MOMENT = timedelta(seconds=2)
_SECONDS = 120.0


async def clock_moved(http: httpx.AsyncClient, to: datetime) -> None:
    """Until what is due by then is done. The clock goes on meanwhile, and never back."""
    end = time.monotonic() + _SECONDS
    while True:
        answer = await http.put("/v1/test-clock", json={"now": _text(to)})
        if answer.status_code != 503 or time.monotonic() > end:
            break
        to = max(to, await clock_of(http) + _MOMENT)
    assert answer.status_code == 200, answer.text


async def settled(http: httpx.AsyncClient) -> None:
    """Until nothing is in progress, a moment later by the clock."""
    end = time.monotonic() + _SECONDS
    while True:
        now = await clock_of(http) + _MOMENT
        answer = await http.put("/v1/test-clock", json={"now": _text(now)})
        # 422: so long that the clock has passed it meanwhile.
        if answer.status_code not in (422, 503) or time.monotonic() > end:
            break
    assert answer.status_code == 200, answer.text


async def clock_of(http: httpx.AsyncClient) -> datetime:
    answer = await http.get("/v1/test-clock")
    return datetime.fromisoformat(answer.raise_for_status().json()["now"])


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
