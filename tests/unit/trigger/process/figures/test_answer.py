"""Rows of a report that are made when they are looked at."""

import pytest

from services.trigger.process.figures.answer import Row, Rows


def test_only_the_rows_that_are_looked_at_are_made() -> None:
    made: list[int] = []

    def row(n: int) -> Row:
        made.append(n)
        return {"n": n}

    rows = Rows(1_000, row)
    assert len(rows) == 1_000
    assert rows[100:102] == [{"n": 100}, {"n": 101}]
    assert (rows[0], rows[-1]) == ({"n": 0}, {"n": 999})
    assert rows[990:2_000:5] == [{"n": 990}, {"n": 995}]
    assert made == [100, 101, 0, 999, 990, 995]
    with pytest.raises(IndexError):
        rows[1_000]


def test_all_of_them_in_their_order() -> None:
    rows = Rows(3, lambda n: {"n": n})
    assert list(rows) == [{"n": 0}, {"n": 1}, {"n": 2}]
    assert not Rows(0, lambda n: {"n": n})
