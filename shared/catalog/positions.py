"""Where in the text of a YAML document its parts are written."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import yaml

from shared.values.faults import Fault, pointer_part


@dataclass(frozen=True, slots=True)
class Position:
    """Both begin at 1; a column is a character."""

    line: int
    column: int


class Positions:
    """Of one document. Each mapping is indexed when something in it is first looked for, so that
    all look-ups together are linear.
    """

    def __init__(self, root: yaml.Node) -> None:
        self._root = root
        self._indexed: dict[int, dict[str, tuple[yaml.Node, yaml.Node]]] = {}

    def of(self, path: str) -> Position:
        """`path`: a JSON pointer. Of a key, or an entry of a list; what is missing is missing where
        its nearest parent begins.
        """
        node = found = self._root
        for part in path.split("/")[1:]:
            step = self._step(node, part)
            if step is None:
                break
            found, node = step
        mark = found.start_mark
        return Position(mark.line + 1, mark.column + 1)

    def placed(self, faults: Iterable[Fault]) -> tuple[Fault, ...]:
        """The same faults with their places."""
        places = ((fault, self.of(fault.path)) for fault in faults)
        return tuple(
            replace(fault, line=place.line, column=place.column) for fault, place in places
        )

    def _step(self, node: yaml.Node, part: str) -> tuple[yaml.Node, yaml.Node] | None:
        """What stands for the part, and what it is."""
        if isinstance(node, yaml.MappingNode):
            return self._index(node).get(part)
        if isinstance(node, yaml.SequenceNode) and part.isdecimal() and len(part) < 10:
            items = node.value
            return (items[int(part)],) * 2 if int(part) < len(items) else None
        return None

    def _index(self, node: yaml.MappingNode) -> dict[str, tuple[yaml.Node, yaml.Node]]:
        """By the key as a pointer has it; of a key that is given twice the last, which is the
        fault.
        """
        known = self._indexed.get(id(node))
        if known is None:
            known = self._indexed[id(node)] = {
                pointer_part(key.value)[1:]: (key, value)
                for key, value in node.value
                if isinstance(key, yaml.ScalarNode)
            }
        return known
