"""Backtests that run by themselves: polled, cancelled, continued after a kill."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from services.trigger.backtest.run import PAGE
from services.trigger.backtest.runner import CHANNEL, Runner
from services.trigger.tables.backtests import jobs
from shared.postgres.database import transaction
from tests.benchmarks.population import insert
from tests.integration.trigger.backtest.conftest import Weeks
from tests.integration.trigger.backtest.test_backtest import lived
from tests.support import catalogs, desk
from tests.support.command import ROOT, environment_with
from tests.support.desk import catalog, plan

ASYNC = {"Prefer": "wait=1, respond-async; x=y"}
SMALLER = catalog(plan("starter", 1, api_calls=50), plan("pro", 2, api_calls=110))


@asynccontextmanager
async def running(weeks: Weeks) -> AsyncIterator[Runner]:
    stop, at = asyncio.Event(), weeks.desk
    runner = Runner(at.context, at.watch.backtest)
    task = asyncio.create_task(runner.run(stop))
    try:
        yield runner
    finally:
        stop.set()
        await asyncio.wait_for(task, 30)


async def ask(weeks: Weeks, tried: Any = SMALLER, **more: Any) -> str:
    body = {"catalog": tried, "since": "90d", **more}
    found = await weeks.desk("POST", "/v1/backtests", body, headers=ASYNC, want=202)
    assert (found["state"], found["progress"]) == ("queued", 0)
    weeks.desk.context.wake.local(CHANNEL)
    id: str = found["id"]
    return id


async def until(weeks: Weeks, id: str, *states: str) -> dict[str, Any]:
    """As it is once it is in one of these states."""
    return await once(weeks, id, lambda found: found["state"] in states)


async def once(weeks: Weeks, id: str, wanted: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    found: dict[str, Any] = {}

    async def probe() -> object:
        nonlocal found
        found = await weeks.desk("GET", f"/v1/backtests/{id}")
        return wanted(found)

    await desk.until(probe)
    return found


def only(row: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: row[name] for name in names}


async def test_a_job_finds_what_an_answer_would_hold(weeks: Weeks) -> None:
    await lived(weeks)
    at_once = await weeks.backtest(SMALLER)
    assert at_once.pop("hours_behind_seconds") == 0  # only said of what is answered at once
    async with running(weeks):
        id = await ask(weeks)
        found = await until(weeks, id, "done", "failed")
        assert (found["why"], found["result"]) == (None, at_once)
        assert (found["progress"], found["complete"]) == (1, True)
        bare = await weeks.desk("GET", f"/v1/backtests/{id}", params={"result": False})
        assert bare == found | {"result": None}
        assert (found["version"], found["asked_by"]["kind"]) == (None, "key")
        said = (await weeks.desk("GET", "/v1/audit?what=backtest"))["data"]
        assert [(one["action"], one["what"]) for one in said] == [
            ("run", f"backtest {id}"),
            ("run", "backtest"),
        ]
        assert said[0]["after"] == {"since": "90d", "account": None}
        totals = found["totals"]
        assert {part: totals[part] for part in ("would", "sent", "only_would", "only_sent")} == {
            part: len(at_once[part]) for part in ("would", "sent", "only_would", "only_sent")
        }
        assert (totals["accounts"], totals["differing"]) == (2, 1)
        assert sum(one["would"] for one in found["by_threshold"]) == totals["would"]
        assert {one["plan"] for one in found["by_threshold"]} == {"starter"}
        here = f"/v1/backtests/{id}"
        (one,) = (await weeks.desk("GET", f"{here}/accounts"))["data"]
        assert (one["account"], one["only_would"]) == ("acct-42", totals["only_would"])
        first = await weeks.desk("GET", f"{here}/messages", params={"list": "would", "limit": 1})
        rest = {"list": "would", "limit": 500, "cursor": first["next_cursor"]}
        later = await weeks.desk("GET", f"{here}/messages", params=rest)
        told = [only(row, at_once["would"][0]) for row in (*first["data"], *later["data"])]
        assert told == at_once["would"]
        csv = await weeks.desk.http.get(f"{here}/messages", headers={"Accept": "text/csv"})
        assert len(csv.content.decode("utf-8-sig").splitlines()) == 1 + totals["only_would"]
        (listed,) = (await weeks.desk("GET", "/v1/backtests"))["data"]
        assert listed == only(found, listed)
        await weeks.desk("DELETE", here, want=204)
        await weeks.desk("GET", here, want=404)
        assert await weeks.desk.rows("select n from backtest_row") == []


async def test_a_killed_process_loses_nothing(weeks: Weeks, environment: dict[str, str]) -> None:
    connection = await asyncpg.connect(weeks.desk.context.settings.database_url)
    try:
        await insert(connection, catalogs.catalog("global"), 3 * PAGE + 10, 40)
        weeks.desk.at(await connection.fetchval("select now()"))
    finally:
        await connection.close()
    tried = (catalogs.FOLDER / "global.yaml").read_text()
    at_once = await weeks.backtest(tried, since="40d")
    id = await ask(weeks, tried, since="40d")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.support.backtest_runner"),
        env=environment_with(environment),
        cwd=ROOT,
    )
    try:
        halfway = await once(weeks, id, lambda found: found["progress"])
    finally:
        process.kill()
        await process.wait()
    assert halfway["state"] in ("running", "done")
    async with transaction(weeks.desk.context.engine) as conn:
        assert await jobs.claim(conn, 1, weeks.desk.now) is None  # its lease still holds
    await weeks.desk.rows("update backtest set lease_until = now() returning id")
    async with running(weeks):
        found = await until(weeks, id, "done", "failed")
    assert found["why"] is None
    assert found["totals"]["accounts"] == 3 * PAGE + 10
    for part in ("would", "sent", "only_would", "only_sent"):
        assert found["totals"][part] == len(at_once[part])
        assert found["result"][part] == at_once[part][:1000]


async def test_what_is_taken_away_ends_and_the_next_one_begins(weeks: Weeks) -> None:
    await lived(weeks)
    async with running(weeks):
        async with weeks.desk.watch.backtest:  # somebody waits for an answer: it is not its turn
            id = await ask(weeks)
            await until(weeks, id, "running")
            other = await ask(weeks)
            assert (await weeks.desk("GET", f"/v1/backtests/{other}"))["state"] == "queued"
            await weeks.desk("DELETE", f"/v1/backtests/{id}", want=204)
            weeks.desk.context.wake.local(CHANNEL)
            await until(weeks, other, "running")
        assert (await until(weeks, other, "done", "failed"))["state"] == "done"


async def test_a_failed_one_says_why_and_can_be_restarted(weeks: Weeks) -> None:
    await lived(weeks)
    id = await ask(weeks)
    (row,) = await weeks.desk.rows("select catalog from backtest")
    await weeks.desk.rows("update backtest set catalog = 'not one' returning id")
    await weeks.desk("POST", f"/v1/backtests/{id}:restart", want=409)
    async with running(weeks):
        found = await until(weeks, id, "done", "failed")
        assert (found["state"], found["result"]) == ("failed", None)
        assert "logged under this backtest's id" in found["why"]
        await weeks.desk.rows("update backtest set catalog = :was returning id", was=row.catalog)
        again = await weeks.desk("POST", f"/v1/backtests/{id}:restart", want=202)
        assert again == {"id": id, "state": "queued", "progress": 0}
        weeks.desk.context.wake.local(CHANNEL)
        assert (await until(weeks, id, "done", "failed"))["why"] is None


async def test_one_that_never_gets_on_is_given_up(weeks: Weeks) -> None:
    await lived(weeks)
    id = await ask(weeks)
    await weeks.desk.rows(
        "update backtest set state = 'running', lease_until = now(), tries = :tries returning id",
        tries=jobs.MOST_TRIES,
    )
    async with running(weeks):
        assert "given up" in (await until(weeks, id, "failed"))["why"]


async def test_only_so_many_wait_and_only_so_many_results_are_kept(weeks: Weeks) -> None:
    await lived(weeks)
    for _ in range(jobs.MOST_QUEUED):
        await ask(weeks, account="quiet")
    body = {"catalog": SMALLER, "since": "1d"}
    await weeks.desk("POST", "/v1/backtests", body, headers=ASYNC, want=429)
    await weeks.desk("POST", "/v1/backtests", body | {"account": "x"}, headers=ASYNC, want=404)
    await weeks.desk.rows("update backtest set state = 'done' returning id")
    last = await ask(weeks, account="quiet")

    async def trimmed() -> bool:
        return len((await weeks.desk("GET", "/v1/backtests"))["data"]) == jobs.KEPT

    async with running(weeks):
        await until(weeks, last, "done")
        await desk.until(trimmed)
    assert (await weeks.desk("GET", "/v1/backtests"))["data"][0]["id"] == last
