"""A YAML document from its events."""

import pytest
import yaml

from shared.catalog.composition import Composer, TooLarge

DOCUMENT = """\
a: &all [1, 'two', "3", ~, 2.5, no]
b: {c: *all, ? [x] : y}
"1": !!str 2
d: !mine {e: ! f}
"""


def composed(text: str, most: int = 100, deepest: int = 10) -> yaml.Node | None:
    return Composer(text, most, deepest).document()


def told(node: yaml.Node | None) -> object:
    match node:
        case yaml.ScalarNode():
            return node.tag, node.value, node.start_mark.line, node.start_mark.column
        case yaml.SequenceNode():
            return node.tag, [told(one) for one in node.value]
        case yaml.MappingNode():
            return node.tag, [(told(key), told(value)) for key, value in node.value]
    return None


def test_the_nodes_are_those_of_pyyaml() -> None:
    assert told(composed(DOCUMENT)) == told(yaml.compose(DOCUMENT, Loader=yaml.SafeLoader))


def test_an_alias_is_the_node_itself_also_within_itself() -> None:
    root = composed("&all [*all]")
    assert isinstance(root, yaml.SequenceNode)
    assert root.value == [root]


def test_nothing_is_no_document() -> None:
    assert composed("# only a comment\n") is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: *b", "found undefined alias 'b'"),
        ("a: &b 1\nc: &b 2", "found duplicate anchor 'b'"),
        ("a: 1\n---\nb: 1", "expected one document, but found another one"),
        ("a: b: c", "mapping values are not allowed here"),
        ("a: [", "expected the node content, but found '<stream end>'"),
    ],
)
def test_a_fault_is_named(text: str, problem: str) -> None:
    with pytest.raises(yaml.MarkedYAMLError) as refused:
        composed(text)
    assert refused.value.problem == problem
    assert refused.value.problem_mark is not None


def test_size_and_depth_end_before_all_is_read() -> None:
    with pytest.raises(TooLarge, match="values"):
        composed("[" + "1, " * 200 + "}")
    with pytest.raises(TooLarge, match="depth"):
        composed("[" * 11)
    assert composed("[" * 10 + "]" * 10) is not None
    assert composed("[" + "1, " * 98 + "1]") is not None
