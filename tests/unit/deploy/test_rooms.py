"""A folder is a room: small enough to be taken in at a glance, its modules named by nouns."""

from collections import Counter
from pathlib import Path

from tests.support.pages import ROOT

MOST = 20
A_FILE_PER_THING = {"texts", "reports", "versions", "pages", "views"}
NOUNS = {
    "addressing",
    "counting",
    "cost_of_waiting",
    "finding",
    "masking",
    "packaging",
    "paging",
    "parking",
    "pruning",
    "routing",
    "scrubbing",
    "timing",
    "wording",
}
"""In this field these are what the work is called."""
ROWS = {"rejected", "unassigned"}
"""Named after the tables that they write."""
PAGES = {"operations_rejected"}
"""Named after their address."""


def _modules() -> list[Path]:
    found = [
        path for top in ("services", "shared", "plimsoll") for path in (ROOT / top).rglob("*.py")
    ]
    assert len(found) > 300
    return [path.relative_to(ROOT) for path in found]


def test_no_folder_has_more_than_twenty_modules() -> None:
    rooms = Counter(path.parent for path in _modules() if not path.name.startswith("__"))
    assert {
        str(room): size
        for room, size in rooms.items()
        if size > MOST and not A_FILE_PER_THING & {room.name, room.parent.name}
    } == {}


def test_no_module_or_folder_is_named_by_a_participle() -> None:
    names = {part.removesuffix(".py") for path in _modules() for part in path.parts}
    assert {
        name
        for name in names
        if name.endswith(("ing", "ed"))
        and name not in NOUNS | ROWS | PAGES | {"shared", "embedded", "0007_parked", "0039_tried"}
    } == set()
