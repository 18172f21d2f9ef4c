"""Puts a YAML document together from the parser's events: nodes that know where they are written.

libyaml's events cost a tenth of what PyYAML's own composer takes, and excessive size and depth are
refused on the way.
"""

from typing import Any

import yaml
from yaml._yaml import CParser
from yaml.composer import ComposerError
from yaml.resolver import Resolver

_SCALAR = "tag:yaml.org,2002:str"
_OF_COLLECTIONS = {
    yaml.SequenceStartEvent: (yaml.SequenceNode, "tag:yaml.org,2002:seq"),
    yaml.MappingStartEvent: (yaml.MappingNode, "tag:yaml.org,2002:map"),
}


class TooLarge(Exception):
    """The message says in what."""


class Composer:
    """For one document. Raises yaml.YAMLError, and TooLarge."""

    def __init__(self, text: str, most_nodes: int, deepest: int) -> None:
        self._text = text
        self._parser: Any = CParser(text)
        self._resolver: Any = Resolver()
        self._most_nodes, self._deepest = most_nodes, deepest
        self._nodes = 0
        self._anchors: dict[str, yaml.Node] = {}
        self._tags: dict[str, str] = {}

    def document(self) -> yaml.Node | None:
        """None if there is none."""
        try:
            return self._document()
        except ComposerError:
            raise
        except yaml.YAMLError:
            for _ in yaml.parse(self._text, Loader=yaml.SafeLoader):
                pass  # up to the same fault, which it names and places better
            raise

    def _document(self) -> yaml.Node | None:
        parser = self._parser
        parser.get_event()
        if parser.check_event(yaml.StreamEndEvent):
            return None
        parser.get_event()
        root = self._tree()
        parser.get_event()
        if not parser.check_event(yaml.StreamEndEvent):
            raise _broken("expected one document, but found another one", parser.get_event())
        return root

    def _tree(self) -> yaml.Node:
        """Without recursion: the depth is the input's."""
        event = self._parser.get_event()
        root = self._node(event)
        open_: list[_Open] = [_Open(root)] if isinstance(event, yaml.CollectionStartEvent) else []
        while open_:
            event = self._parser.get_event()
            if isinstance(event, yaml.CollectionEndEvent):
                open_.pop()
                continue
            node = self._node(event)
            open_[-1].add(node)
            if isinstance(event, yaml.CollectionStartEvent):
                if len(open_) >= self._deepest:
                    raise TooLarge("depth")
                open_.append(_Open(node))
        return root

    def _node(self, event: Any) -> yaml.Node:
        self._nodes += 1
        if self._nodes > self._most_nodes:
            raise TooLarge("values")
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self._anchors:
                raise _broken(f"found undefined alias {event.anchor!r}", event)
            return self._anchors[event.anchor]
        node = self._scalar(event) if isinstance(event, yaml.ScalarEvent) else _collection(event)
        if event.anchor is not None:
            if event.anchor in self._anchors:
                raise _broken(f"found duplicate anchor {event.anchor!r}", event)
            self._anchors[event.anchor] = node
        return node

    def _scalar(self, event: Any) -> yaml.ScalarNode:
        tag, text = event.tag, event.value
        if tag is None or tag == "!":
            tag = self._resolved(text) if event.implicit[0] else _SCALAR
        return yaml.ScalarNode(tag, text, event.start_mark, event.end_mark, event.style or None)

    def _resolved(self, text: str) -> str:
        """The same words occur again and again."""
        tag = self._tags.get(text)
        if tag is None:
            tag = self._tags[text] = self._resolver.resolve(yaml.ScalarNode, text, (True, False))
        return tag


class _Open:
    """A collection that is being filled."""

    def __init__(self, node: Any) -> None:
        self._values, self._pairs = node.value, isinstance(node, yaml.MappingNode)
        self._key: yaml.Node | None = None

    def add(self, node: yaml.Node) -> None:
        if not self._pairs:
            self._values.append(node)
        elif self._key is None:
            self._key = node
        else:
            self._values.append((self._key, node))
            self._key = None


def _collection(event: Any) -> yaml.Node:
    make, usual = _OF_COLLECTIONS[type(event)]
    tag = usual if event.tag is None or event.tag == "!" else event.tag
    return make(tag, [], event.start_mark, event.end_mark, event.flow_style)


def _broken(problem: str, event: Any) -> yaml.YAMLError:
    return ComposerError(None, None, problem, event.start_mark)
