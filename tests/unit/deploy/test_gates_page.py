"""docs/csms.md has every gate in its order, with what is done instead."""

import re

from services.trigger.judgement.gates.remedies import REMEDIES
from services.trigger.judgement.pipeline import GATES
from tests.support.pages import ROOT, rows, section

PAGE = ROOT / "docs" / "csms.md"
NUMBERS = {20: "twenty"}


def test_every_gate_is_there_in_its_order() -> None:
    told = {
        gate: re.findall(r"`(\w+)`", instead)
        for gates, _, _, instead in rows(section(PAGE, "May we propose an upgrade?"))
        for gate in re.findall(r"`(\w+)`", gates)
    }
    assert list(told) == [name for name, _ in GATES]
    # In a row of two gates the remedy is the last one's.
    ways = {gate: names for gate, names in told.items() if gate in REMEDIES}
    assert ways == {gate: [task] for gate, (task, _) in REMEDIES.items()}
    assert {gate for gate, names in told.items() if names} - set(REMEDIES) <= {"route"}


def test_the_readme_knows_how_many_there_are() -> None:
    assert f"[{NUMBERS[len(GATES)]} gates](docs/csms.md" in (ROOT / "README.md").read_text(
        encoding="utf-8"
    )
