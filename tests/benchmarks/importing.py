"""Moving in: imports accounts with subscriptions from a file, and kills the command once in
between.

Compared with one account after the other in the same run, and with the alerts of other accounts
meanwhile, from the 202 to the arrival.
"""

import asyncio
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from shared.embedded import Addresses
from tests.benchmarks.chain import (
    Run,
    all_came,
    background,
    crossings,
    http_client,
    running,
    streams,
)
from tests.faults.chain import Chain
from tests.support.databases import migrated_template

ACCOUNTS, SINGLES = 100_000, 100
RATE = 200
"""Events a second of the other accounts."""
_LAST_SECONDS = 30.0
_PATIENCE = 600.0


async def measure(
    stack: Addresses, *, accounts: int = ACCOUNTS, say: Callable[[str], None] = print
) -> dict[str, Any]:
    """`import`: seconds and accounts a second over both runs, including the second start, and how
    many times faster it is than one by one; `others_ms`: alerts of the other accounts.
    """
    async with migrated_template(stack.postgres_url) as template, running(stack, template) as chain:
        single = await _one_by_one(chain)
        run = Run(chain)
        with tempfile.TemporaryDirectory() as place:
            file = _write(Path(place) / "accounts.ndjson", accounts)
            async with streams(run):
                others = [
                    asyncio.create_task(background(run, RATE, _PATIENCE)),
                    asyncio.create_task(crossings(run, _PATIENCE, a_second=4)),
                ]
                seconds = await _import(chain, file)
                for task in others:
                    task.cancel()
                await asyncio.gather(*others, return_exceptions=True)
                with suppress(TimeoutError):
                    await asyncio.wait_for(all_came(run), _LAST_SECONDS)
        await _check_all_there(chain, accounts)
    rate = accounts / seconds
    waits = _latencies(run)
    shown = {
        "seconds": round(seconds, 1),
        "accounts_per_second": round(rate),
        "times_one_by_one": round(rate / single, 1),
    }
    others_ms = {"p50": round(median(waits), 1), "p99": round(quantiles(waits, n=100)[98], 1)}
    say(
        f"import: {accounts:,} accounts, killed in between: {shown}; "
        f"alerts of others {others_ms} ms over {len(waits)}"
    )
    return {"import": shown | {"others_ms": others_ms}}


def _latencies(run: Run) -> list[float]:
    """Returns ms. An alert replaced by a higher threshold counts as arriving with that one."""
    found = []
    for (account, threshold), at in run.accepted.items():
        told = [
            came
            for (whose, reached), came in run.arrived.items()
            if whose == account and reached >= threshold
        ]
        assert told, f"the alert of {account} at {threshold} % never arrived"
        found.append((min(told) - at) * 1000)
    return found


def _body(number: int, prefix: str) -> dict[str, Any]:
    contact = {
        "id": "c1",
        "name": "Olive Reeve",
        "email": f"olive@{prefix}{number}.example",
        "role": "owner",
        "locale": "en-US",
    }
    zones = ("Asia/Tokyo", "America/New_York", "UTC", "Europe/Berlin")
    return {
        "name": f"Account {number}",
        "locale": "en-US",
        "time_zone": zones[number % len(zones)],
        "country": "US",
        "contacts": [contact],
        "external_ids": {"hubspot": str(number)},
    }


_ORDER = {"plan": "plan1", "started_at": "2026-01-01T00:00:00Z", "interval": "month", "quantity": 1}


async def _check_all_there(chain: Chain, accounts: int) -> None:
    for query in (
        "select count(*) as n from account",
        "select count(*) as n from subscription",
        "select count(*) as n from plan_change",
    ):
        ((found,),) = await chain.query(
            f"{query} where {'id' if 'from account' in query else 'account'} like 'moved-%'"
        )
        assert found == accounts, f"{query}: {found} of {accounts}"


async def _one_by_one(chain: Chain) -> float:
    """Returns accounts a second."""
    async with http_client(chain, "trigger") as client:
        began = time.monotonic()
        for number in range(SINGLES):
            (
                await client.put(f"/v1/accounts/single-{number}", json=_body(number, "single"))
            ).raise_for_status()
            (
                await client.put(f"/v1/accounts/single-{number}/subscription", json=_ORDER)
            ).raise_for_status()
        return SINGLES / (time.monotonic() - began)


def _write(file: Path, accounts: int) -> Path:
    with file.open("w", encoding="utf-8") as out:
        for number in range(accounts):
            out.write(
                json.dumps(
                    {"id": f"moved-{number:07}", **_body(number, "moved"), "subscription": _ORDER}
                )
                + "\n"
            )
    return file


async def _import(chain: Chain, file: Path) -> float:
    """Returns seconds. The first run is killed in the middle of the file."""
    state, began = Path(f"{file}.import"), time.monotonic()
    first = await _started(chain, file)
    half = await asyncio.to_thread(lambda: file.stat().st_size // 2)
    while _position(state) < half:
        assert first.returncode is None, f"the import ended with {first.returncode}"
        await asyncio.sleep(0.05)
    first.send_signal(signal.SIGKILL)
    await first.wait()
    second = await _started(chain, file)
    assert await second.wait() == 0
    return time.monotonic() - began


async def _started(chain: Chain, file: Path) -> asyncio.subprocess.Process:
    argv = [
        sys.executable,
        "-m",
        "plimsoll",
        "import",
        str(file),
        "--url",
        chain.of("trigger")[0].url,
    ]
    key = {"PLIMSOLL_ADMIN_KEY": chain.environment["PLIMSOLL_ADMIN_KEY"]}
    return await asyncio.create_subprocess_exec(
        *argv, env=os.environ | key | {"PYTHONPATH": str(Path.cwd())}
    )


def _position(state: Path) -> int:
    return int(json.loads(state.read_bytes())["position"]) if state.exists() else 0
