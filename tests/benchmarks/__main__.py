"""`make bench`: all benchmarks in one run, as a table and in bench/latest.json.

To run only some parts: make bench ARGS="chain start". They run one by one, to not disturb each
other. The last line says whether all budgets are met; with `--strict` it fails if not. More of what
can be asked for: make bench ARGS=--help.
"""

import asyncio
import json
import os
import platform
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from shared.embedded import Addresses
from tests.benchmarks import (
    backtest,
    chain,
    console,
    facts,
    importing,
    ingest,
    judgement,
    others,
    pruning,
    reports,
    restart,
    scale,
    sizing,
    start,
    work,
)
from tests.benchmarks.options import Options, read
from tests.benchmarks.peers import comparison
from tests.benchmarks.table import missed, summary, table
from tests.support.servers import session_servers

LATEST = Path(__file__).parents[2] / "bench" / "latest.json"
_GIVEN = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("PLIMSOLL_")}
"""A developer's settings apply to the servers only, not to the measured services."""

PARTS: Mapping[str, Callable[[Addresses], Awaitable[dict[str, Any]]]] = {
    "others": others.measure,
    "judgement": judgement.measure,
    "ingest": ingest.measure,
    "backtest": backtest.measure,
    "facts": facts.measure,
    "import": importing.measure,
    "pruning": pruning.measure,
    "reports": reports.measure,
    "sizing": sizing.measure,
    "work": work.measure,
    "console": console.measure,
}

WITH_OPTIONS: Mapping[str, Callable[[Addresses, Options], Awaitable[dict[str, Any]]]] = {
    "chain": chain.measure,
    "scale": scale.measure,
    "restart": restart.measure,
    "peers": comparison.measure,
}
"""Those that are told how much is asked for."""

ALL = (*WITH_OPTIONS, *PARTS, "start")
ON_REQUEST = ("peers",)
"""Takes as long as all others, and says little about a change of ours."""


def main(given: list[str]) -> int:
    options = read(given)
    unknown = [name for name in options.parts if name not in ALL]
    if unknown:
        print(f"there is no part named {unknown[0]}: {', '.join(ALL)}", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that everything started is stopped
    began = time.monotonic()
    found = _measured(options)
    about = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
    }
    LATEST.parent.mkdir(exist_ok=True)
    LATEST.write_text(json.dumps(about | found, indent=2, ensure_ascii=False) + "\n")
    print()
    for line in table(found):
        print(line)
    print(
        f"\n{time.monotonic() - began:.0f} s; "
        f"{LATEST.relative_to(Path.cwd()) if LATEST.is_relative_to(Path.cwd()) else LATEST}"
    )
    print(summary(found))
    return 1 if options.strict and missed(found) else 0


def _measured(options: Options) -> dict[str, Any]:
    """On servers started for it, or named by the environment; `plimsoll up` afterwards, alone."""
    found: dict[str, Any] = {}
    chosen = [name for name in ALL if name in (options.parts or set(ALL) - {*ON_REQUEST})]
    if set(chosen) - {"start"}:
        with session_servers(_GIVEN) as stack:
            for name in chosen:
                if name in WITH_OPTIONS:
                    found |= asyncio.run(_run(WITH_OPTIONS[name](stack, options)))
                elif name in PARTS:
                    found |= asyncio.run(_run(PARTS[name](stack)))
    return found | (asyncio.run(start.measure()) if "start" in chosen else {})


async def _run(part: Awaitable[dict[str, Any]]) -> dict[str, Any]:
    return await part


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
