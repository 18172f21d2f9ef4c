"""A walk over foreign JSON: every value once, in order, with its place."""

from typing import Any

import pytest

from shared.values.json_tree import pointer, walk


def visited(root: Any) -> list[tuple[str, Any, int]]:
    return [(pointer(trail), value, depth) for value, trail, depth in walk(root)]


def test_values_come_in_the_order_of_the_document() -> None:
    tree = {"a": [1, {"b": None}], "c": "x"}
    assert visited(tree) == [
        ("", tree, 0),
        ("/a", [1, {"b": None}], 1),
        ("/a/0", 1, 2),
        ("/a/1", {"b": None}, 2),
        ("/a/1/b", None, 3),
        ("/c", "x", 1),
    ]


@pytest.mark.parametrize("leaf", [None, 0, "", True, {}, []])
def test_a_root_without_members_is_all_there_is(leaf: Any) -> None:
    assert visited(leaf) == [("", leaf, 0)]


def test_keys_are_escaped_as_rfc_6901_wants() -> None:
    assert [place for place, *_ in visited({"a/b": {"~": 1}})] == ["", "/a~1b", "/a~1b/~0"]


def test_depth_is_no_recursion() -> None:
    tree: Any = 1
    for _ in range(20_000):
        tree = [tree]
    *_, (value, trail, depth) = walk(tree)
    assert (value, depth) == (1, 20_000)
    assert pointer(trail) == "/0" * 20_000
