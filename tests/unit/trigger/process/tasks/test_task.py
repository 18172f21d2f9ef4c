"""The state of a task is what its entries come to."""

from hypothesis import given as for_all
from hypothesis import strategies as st

from services.trigger.process.log.entries import JUDGEMENT
from services.trigger.process.log.kind import Appended
from services.trigger.process.tasks.log import TASKS
from tests.unit.trigger.process.tasks.given import ask, context, opened
from tests.unit.trigger.process.tasks.test_acts import ACTS

NOW = context().at


@for_all(st.lists(st.sampled_from(sorted(ACTS)), max_size=12))
def test_the_fold_of_the_log_is_the_state(acts: list[str]) -> None:
    one = opened()
    first = TASKS.begun(one.subject(), one.account, one.draft(), JUDGEMENT, NOW)
    state, entries = first.state, list(first.entries)
    for act in acts:
        found = ask(state, ACTS[act], person="m1")
        if isinstance(found, Appended):
            assert not state.is_closed or act == "note"
            state = found.state
            entries += found.entries
        assert TASKS.fold(entries, state.account, state.id) == state
        assert state.revision == len(entries)
        assert (state.state == "snoozed") == (state.snoozed_until is not None)
        assert state.is_closed == state.state.startswith("closed")
