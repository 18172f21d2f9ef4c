"""The short profile, at night: ten minutes of faults, after which nothing may be wrong."""

from pathlib import Path

import pytest

from tests.proof.__main__ import SEED, WORLDS
from tests.proof.all_faults import COSTS, FAULTS
from tests.proof.plan import SHORT, plan
from tests.proof.progress import Progress
from tests.proof.run import run
from tests.proof.table import table, wrong
from tests.proof.verdict import together
from tests.support.findings import Tell

pytestmark = [pytest.mark.faults, pytest.mark.nightly, pytest.mark.timeout(3_600)]


async def test_no_fault_loses_doubles_or_repeats_anything(tmp_path: Path, tell: Tell) -> None:
    """On a machine that is too slow for all of them the time ends it: what was tried must hold."""
    done = Progress(SHORT.name, SEED, "")
    parts = plan(COSTS, SHORT, SEED)
    said: list[str] = []
    file = tmp_path / "proof.json"
    await run(parts, FAULTS, SHORT, done, file, said.append, worlds=WORLDS)
    rows = together(done.rounds.values())
    tell("\n".join(table(rows)))
    assert rows
    assert list(wrong(rows)) == []
