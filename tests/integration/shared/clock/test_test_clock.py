"""The test clock: all processes follow it, due work is done before the response, and it survives a
restart.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from fastapi import Depends
from fastapi.responses import Response
from sqlalchemy import text

from shared.clock.quiescence import report_done
from shared.postgres.database import transaction
from shared.postgres.errors import DatabaseUnavailable
from shared.runtime.context import Context
from shared.runtime.service import Build, Service, add_loop
from shared.runtime.settings import Settings
from shared.web import CurrentContext, answer, require, router
from tests.support.loops import Counting, counted, prepare, produce, rows, until
from tests.support.serving import Served, serving

CLOCK = "/v1/test-clock"
START = datetime(2026, 12, 1, tzinfo=UTC)


def with_scheduler(name: str, takes: float) -> Build:
    """A service whose scheduler does each hour's work once, and needs `takes` seconds for it."""

    def build(context: Context) -> Service:
        made = router()

        @made.get(f"/v1/{name}/now", dependencies=[Depends(require("read"))])
        async def now(context: CurrentContext) -> Response:
            return answer({"now": context.clock.now()})

        async def schedule(stop: asyncio.Event) -> None:
            while not stop.is_set():
                due = context.clock.now()
                try:
                    async with transaction(context.engine) as conn:
                        hour = due.replace(minute=0, second=0, microsecond=0)
                        fresh = await conn.execute(
                            text(
                                "insert into app_state (key, value) "
                                "values (:key, '1') on conflict do nothing"
                            ),
                            {"key": f"{name} {hour}"},
                        )
                    if fresh.rowcount:
                        await asyncio.sleep(takes)
                    await report_done(context.engine, name, due)
                except DatabaseUnavailable:
                    pass  # it is looked at again
                await asyncio.sleep(0.05)

        service = Service(name, routers=[made])
        service.tasks["schedule"] = schedule
        if name == "ingest":
            add_loop(service, context, Counting(in_apply=lambda: asyncio.sleep(0.2)))
        return service

    return build


@pytest.fixture
async def with_clock(settings: Settings) -> Settings:
    await prepare(settings)
    return replace(settings, test_clock=True)


@pytest.fixture
async def two(with_clock: Settings) -> AsyncIterator[tuple[Served, Served]]:
    """Services as in two processes, each with its own clock, pool and port."""
    async with (
        serving(with_clock, [with_scheduler("ingest", 0.0)]) as one,
        serving(with_clock, [with_scheduler("notifier", 1.0)]) as other,
    ):
        await until(partial(_reported, with_clock))
        yield one, other


async def _reported(settings: Settings) -> bool:
    return await rows(settings, "select count(*) from app_state where key like 'done:%'") == [(2,)]


async def put(served: Served, now: datetime | str) -> tuple[int, dict[str, object]]:
    raw = now if isinstance(now, str) else now.isoformat().replace("+00:00", "Z")
    response = await served.client.put(CLOCK, json={"now": raw})
    return response.status_code, response.json()


async def shown(served: Served, path: str = CLOCK) -> datetime:
    return datetime.fromisoformat((await served.client.get(path)).json()["now"])


async def test_all_processes_follow_and_due_work_is_done_before_the_answer(
    two: tuple[Served, Served], with_clock: Settings
) -> None:
    one, other = two
    status, body = await put(one, START)
    assert status == 200
    assert timedelta() <= datetime.fromisoformat(str(body["now"])) - START < timedelta(seconds=10)
    done = await rows(
        with_clock, "select key from app_state where key like '% 2026-12-01 00:00:00%' order by key"
    )
    assert [key for (key,) in done] == [f"ingest {START}", f"notifier {START}"]
    for served, path in ((one, "/v1/ingest/now"), (other, "/v1/notifier/now")):
        assert timedelta() <= await shown(served, path) - START < timedelta(seconds=15)
    before = await shown(other)
    await asyncio.sleep(0.3)
    assert await shown(other) - before >= timedelta(seconds=0.3)  # it keeps ticking


async def test_records_that_wait_are_read_before_the_answer(
    two: tuple[Served, Served], with_clock: Settings
) -> None:
    await produce(with_clock, [("k", b"x")] * 200)
    assert (await put(two[1], START))[0] == 200
    assert await counted(with_clock) == {"k": 200}
    assert await rows(with_clock, "select count(*) from outbox") == [(0,)]


async def test_it_turns_back_only_the_first_time(two: tuple[Served, Served]) -> None:
    past = datetime(2025, 1, 1, tzinfo=UTC)
    assert (await put(two[0], past))[0] == 200
    status, body = await put(two[1], past - timedelta(days=1))
    assert (status, body["errors"]) == (
        422,
        [{"path": "/now", "reason": "would turn the clock back"}],
    )
    assert (await put(two[1], past + timedelta(days=1)))[0] == 200
    for wrong in ("soon", "2026-12-01", "2026-12-01T00:00:00", "9999-01-01T00:00:00Z", 5):
        response = await two[0].client.put(CLOCK, json={"now": wrong})
        assert (response.status_code, response.json()["errors"][0]["path"]) == (422, "/now")


async def test_it_survives_a_restart(with_clock: Settings) -> None:
    builders = [with_scheduler("notifier", 0.0)]
    async with serving(with_clock, builders) as served:
        assert (
            await served.client.put(CLOCK, json={"now": "2030-01-01T00:00:00Z"})
        ).status_code == 200
    async with serving(with_clock, builders) as served:
        assert await shown(served, "/v1/notifier/now") > datetime(2030, 1, 1, tzinfo=UTC)


async def test_it_is_not_there_unless_it_is_switched_on(with_clock: Settings) -> None:
    async with serving(
        replace(with_clock, test_clock=False), [with_scheduler("ingest", 0.0)]
    ) as served:
        assert (await served.client.get(CLOCK)).status_code == 404
        assert (
            await served.client.put(CLOCK, json={"now": "2030-01-01T00:00:00Z"})
        ).status_code == 404
        assert abs(await shown(served, "/v1/ingest/now") - datetime.now(UTC)) < timedelta(seconds=5)
