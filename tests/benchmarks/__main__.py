"""`make bench`: all benchmarks in one run, as a table and in bench/latest.json.

To run only some parts: make bench ARGS="chain start". They run one by one, to not disturb each
other. The last line says whether all budgets are met; with `--strict` it fails if not.
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
    scale,
    sizing,
    start,
    work,
)
from tests.benchmarks.table import missed, summary, table
from tests.support.servers import session_servers

STRICT = "--strict"
LATEST = Path(__file__).parents[2] / "bench" / "latest.json"
_GIVEN = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("PLIMSOLL_")}
"""A developer's settings apply to the servers only, not to the measured services."""

PARTS: Mapping[str, Callable[[Addresses], Awaitable[dict[str, Any]]]] = {
    "chain": chain.measure,
    "others": others.measure,
    "judgement": judgement.measure,
    "ingest": ingest.measure,
    "backtest": backtest.measure,
    "facts": facts.measure,
    "import": importing.measure,
    "pruning": pruning.measure,
    "reports": reports.measure,
    "scale": scale.measure,
    "sizing": sizing.measure,
    "work": work.measure,
    "console": console.measure,
}


def main(given: list[str]) -> int:
    chosen = [name for name in given if name != STRICT]
    unknown = [name for name in chosen if name not in (*PARTS, "start")]
    if unknown:
        print(
            f"there is no part named {unknown[0]}: {', '.join((*PARTS, 'start'))}", file=sys.stderr
        )
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that everything started is stopped
    began = time.monotonic()
    found = _measured(chosen or [*PARTS, "start"])
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
    return 1 if STRICT in given and missed(found) else 0


def _measured(chosen: list[str]) -> dict[str, Any]:
    """On servers started for it, or named by the environment; `plimsoll up` afterwards, alone."""
    found: dict[str, Any] = {}
    wanted = [name for name in PARTS if name in chosen]
    if wanted:
        with session_servers(_GIVEN) as stack:
            for name in wanted:
                found |= asyncio.run(PARTS[name](stack))  # type: ignore[arg-type]
    return found | (asyncio.run(start.measure()) if "start" in chosen else {})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
