"""docs/csms.md names gates in their order, with what is done instead."""

import re

from services.trigger.judgement.pipeline import GATES
from tests.support.pages import ROOT, rows, section

PAGE = ROOT / "docs" / "csms.md"


def test_the_gates_that_are_there_are_in_their_order_with_what_is_done_instead() -> None:
    """A new gate need not be: docs/judgement.md, to which the table links, has all of them."""
    told = {
        gate: re.findall(r"`(\w+)`", instead)
        for gates, _, _, instead in rows(section(PAGE, "May we propose an upgrade?"))
        for gate in re.findall(r"`(\w+)`", gates)
    }
    assert list(told) == [name for name in GATES.names if name in told]
    # In a row of two gates the remedy is the last one's.
    instead = {name: gate.remedy.task for name in told if (gate := GATES[name]).remedy is not None}
    assert {name: told[name] for name in instead} == {
        name: [task] for name, task in instead.items()
    }
    assert {name for name in told if told[name]} - set(instead) <= {"route"}
