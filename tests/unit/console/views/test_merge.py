"""Two people changed the same text."""

import time

from hypothesis import given
from hypothesis import strategies as st

from services.console.views.merge import Conflict, Merged, merge

BEFORE = "a\nb\nc\nd\ne\n"


def test_what_only_one_side_touched_is_taken_from_both() -> None:
    assert merge(BEFORE, "a\nB\nc\nd\ne\n", "a\nb\nc\nd\nE\nf\n") == Merged(
        "a\nB\nc\nd\nE\nf\n", ()
    )


def test_lines_that_both_changed_keep_yours_and_show_all_three() -> None:
    assert merge(BEFORE, "a\nmine\nc\nd\ne\n", "a\ntheirs\nc\nd\nE\n") == Merged(
        "a\nmine\nc\nd\nE\n", (Conflict("b\n", "mine\n", "theirs\n"),)
    )


def test_the_same_change_on_both_sides_is_none() -> None:
    assert merge(BEFORE, "a\nB\n", "a\nB\n") == Merged("a\nB\n", ())


def test_what_was_taken_away_stays_away() -> None:
    assert merge(BEFORE, "a\nc\nd\ne\n", "a\nb\nc\ne\n") == Merged("a\nc\ne\n", ())


LINES = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "d\n"]), max_size=12).map("".join)


@given(LINES, LINES)
def test_if_only_one_side_changed_it_is_that_side(before: str, changed: str) -> None:
    assert merge(before, changed, before) == Merged(changed, ())
    assert merge(before, before, changed) == Merged(changed, ())
    assert merge(before, changed, changed) == Merged(changed, ())


@given(LINES, LINES, LINES)
def test_nothing_that_was_typed_is_lost(before: str, yours: str, theirs: str) -> None:
    """Each new line of yours is in the text."""
    found = merge(before, yours + "mine\n", theirs)
    assert "mine\n" in found.text or any("mine\n" in one.yours for one in found.conflicts)


def test_very_large_texts_cost_no_more_than_a_moment() -> None:
    many = "".join(f"{n % 7}\n" for n in range(20_000))
    begin = time.process_time()
    found = merge(many, "x\n" + many + "y\n", "z\n" + many + "y\n")
    assert (len(found.conflicts), time.process_time() - begin < 2) == (1, True)
