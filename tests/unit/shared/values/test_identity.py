"""Ids that follow from what they identify."""

from shared.values.identity import identity


def test_the_same_parts_give_the_same_id_and_other_parts_another() -> None:
    assert identity("alert", "acct-1", 80) == identity("alert", "acct-1", "80")
    assert identity("alert", "acct-1", 80) != identity("alert", "acct-1", 90)
    assert identity("a", "b") != identity("b", "a")
    assert identity("a", None) != identity("a")


def test_it_is_32_hexadecimal_digits_whatever_the_parts_are() -> None:
    for parts in ((), ("",), ("あ" * 1000, 1), (None, True)):
        found = identity(*parts)
        assert len(found) == 32
        assert int(found, 16) >= 0
