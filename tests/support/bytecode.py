"""In a fresh checkout one worker compiles the tests: pytest rewrites every assertion, which takes
as long as collecting them, and all workers would do it at the same time.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_FIRST = "gw0"
_COMPILED = Path(__file__).parents[1] / "unit" / "__pycache__"
_SECONDS = 120
"""After which the others go on, whatever became of the first."""


def is_fresh() -> bool:
    """Whether nothing has been compiled yet."""
    return not _COMPILED.exists()


@contextmanager
def in_turn(worker: Mapping[str, Any]) -> Iterator[None]:
    """`worker`: what xdist has told this process; empty without workers."""
    if not worker.get("fresh"):
        yield
        return
    collected = Path(f"{worker['servers']}-collected")
    if worker["workerid"] != _FIRST:
        end = time.monotonic() + _SECONDS
        while not collected.exists() and time.monotonic() < end:
            time.sleep(0.1)
        yield
        return
    try:
        yield
    finally:
        collected.touch()
