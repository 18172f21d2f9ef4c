"""How tests are distributed over the workers of a run (`pytest -n`): a file stays with one worker,
because its tests share what it starts.

The longest files start first, so that no worker is left with one at the end. Fault tests run one
after the other in one worker: each uses the whole machine, kills and freezes processes within
limits of seconds, and would disturb the others.
"""

from collections.abc import Sequence
from typing import TypeVar

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

_SPLIT = "tests/integration/shared/embedded/test_embedded.py"
"""A long file whose tests share nothing: each of them runs wherever there is room."""

_FAULTS = "tests/faults/"

_FIRST = (
    _FAULTS,
    "tests/browser/test_demo.py",
    "tests/browser/console/test_every_page.py",
    "tests/browser/console/test_size.py",
    "tests/end_to_end/",
    "tests/integration/shared/loop/test_loop_faults.py",
    "tests/integration/shared/embedded/test_embedded.py",
    "tests/integration/shared/runtime/test_service.py",
    "tests/integration/",
    "tests/browser/",
    "tests/clients/",
    "tests/unit/trigger/judgement/test_properties.py",
    "tests/unit/trigger/",
)
"""Prefixes of test names, longest first by duration."""

_TOGETHER = (_FAULTS, "tests/unit/deploy/", "tests/unit/shared/web/")
"""Rooms that stay with one worker: the first must not disturb each other, the others read the whole
tree and describe all services, once per process.
"""

T = TypeVar("T", bound=pytest.Item)


class ByFile(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    def __init__(self, config: pytest.Config, log: Producer) -> None:
        # By the number of tests, which says nothing about their duration.
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        for room in _TOGETHER:
            if nodeid.startswith(room):
                return room
        return nodeid if nodeid.startswith(_SPLIT) else nodeid.split("::", 1)[0]


def longest_first(items: Sequence[T]) -> list[T]:
    return sorted(
        items,
        key=lambda item: next(
            (place for place, start in enumerate(_FIRST) if item.nodeid.startswith(start)),
            len(_FIRST),
        ),
    )
