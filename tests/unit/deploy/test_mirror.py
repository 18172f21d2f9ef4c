"""tests/unit mirrors the tree: the test of a pure module is in the room of the same name."""

from tests.support.modules import (
    dotted,
    has_logic,
    is_held_pure,
    mirror,
    trees,
)
from tests.support.pages import ROOT


def test_every_pure_module_with_logic_has_its_test_in_the_room_of_the_same_name() -> None:
    pure = {
        dotted(path): mirror(path)
        for path, tree in trees("services", "shared").items()
        if path.name != "__init__.py" and is_held_pure(dotted(path)) and has_logic(tree)
    }
    assert len(pure) > 150
    without = {module for module, test in pure.items() if not (ROOT / test).exists()}
    assert without == set()
