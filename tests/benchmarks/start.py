"""How long `plimsoll up` takes to be ready on its embedded servers, from the second start on."""

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from tests.support.servers import passable_directory


async def measure(*, rounds: int = 3, say: Callable[[str], None] = print) -> dict[str, Any]:
    """`start_s`: the median of the starts after the first."""
    with passable_directory("plimsoll-bench-") as folder:
        first, *later = [
            await asyncio.to_thread(_start, folder / "data") for _ in range(1 + rounds)
        ]
    say(f"start: first {first:.1f} s, then {', '.join(f'{seconds:.1f}' for seconds in later)} s")
    return {"start_s": round(median(later), 2)}


def _start(data: Path) -> float:
    """Returns the seconds until `ready`; stops it cleanly afterwards."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("PLIMSOLL_")
    }
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "plimsoll", "up", "--port", "0", "--data", str(data)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    patience = threading.Timer(180, process.kill)
    patience.start()
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("ready "):
                return time.monotonic() - began
        raise AssertionError(f"`plimsoll up` ended with {process.wait()}")
    finally:
        patience.cancel()
        process.terminate()
        process.wait(30)
