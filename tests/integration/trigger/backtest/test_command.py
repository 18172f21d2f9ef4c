"""`plimsoll backtest` as an operator runs it."""

import asyncio
import json
from pathlib import Path

from shared.clock.state import set_now
from tests.integration.trigger.backtest.conftest import Weeks
from tests.integration.trigger.backtest.test_backtest import lived
from tests.support.command import plimsoll
from tests.support.desk import catalog, plan


async def test_a_table_and_every_message(
    weeks: Weeks, tmp_path: Path, environment: dict[str, str]
) -> None:
    await lived(weeks)
    tried = tmp_path / "new.json"
    tried.write_text(
        json.dumps(catalog(plan("starter", 1, api_calls=50), plan("pro", 2, api_calls=110)))
    )
    await set_now(weeks.desk.context.engine, weeks.desk.context.clock, weeks.desk.now)
    given, command = (
        environment | {"PLIMSOLL_TEST_CLOCK": "on"},
        ("backtest", "--catalog", str(tried), "--since", "90d"),
    )
    shown = await asyncio.to_thread(plimsoll, *command, environment=given, cwd=tmp_path)
    assert shown.code == 0, shown.err
    head, *lines, last = shown.out.splitlines()
    assert head.split() == ["account", "meter", "threshold", "kind", "outcome", "would", "sent"]
    assert any(line.startswith("*") and "api_calls" in line for line in lines), shown.out
    assert "would have gone out" in last
    assert "Usage is known by the hour." in lines
    every = await asyncio.to_thread(plimsoll, *command, "--json", environment=given, cwd=tmp_path)
    found = json.loads(every.out)
    assert [row["threshold"] for row in found["would"] if row["meter"] == "api_calls"] == [
        80,
        100,
        100,
    ]
    assert found["sent"]


async def test_a_wrong_span_and_a_wrong_catalogue(
    weeks: Weeks, tmp_path: Path, environment: dict[str, str]
) -> None:
    tried = tmp_path / "new.yaml"
    tried.write_text("currency: USD\nmeters: {}\nplans: []\n")
    wrong = await asyncio.to_thread(
        plimsoll,
        "backtest",
        "--catalog",
        str(tried),
        "--since",
        "soon",
        environment=environment,
        cwd=tmp_path,
    )
    assert (wrong.code, "span such as 90d" in wrong.err) == (2, True), wrong.err
    wrong = await asyncio.to_thread(
        plimsoll, "backtest", "--catalog", str(tried), environment=environment, cwd=tmp_path
    )
    assert (wrong.code, "/plans" in wrong.err) == (1, True), wrong.err
