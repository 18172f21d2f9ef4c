"""The page for operators has a row for each load that `make bench ARGS=sizing` measures."""

from tests.benchmarks.sizing import LOADS
from tests.support.pages import OPERATORS, rows, section


def test_every_measured_load_is_on_the_page() -> None:
    table = rows(section(OPERATORS, "How large can it get?"))
    shown = {tuple(cells[:2]) for cells in table if cells[0][:1].isdigit()}
    assert shown == {(f"{load.accounts:,}", f"{load.per_second:,}") for load in LOADS}
