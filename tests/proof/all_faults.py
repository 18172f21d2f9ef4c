"""Every fault by its name, and how often it comes in the short profile."""

from collections.abc import Mapping

from tests.proof import channel_faults, line_faults, process_faults, server_faults, topic_faults
from tests.proof.faults import Fault

FAULTS: Mapping[str, Fault] = {
    fault.name: fault
    for room in (process_faults, server_faults, line_faults, topic_faults, channel_faults)
    for fault in room.FAULTS
}
_MANY = ("cut ", "all backends", "all connections")
_SOME = ("kill -9 of ", "SIGSTOP of ", "a clock")
_FEW = 2


def _share(name: str) -> int:
    """What costs the least time comes most often."""
    if name.startswith(_MANY):
        return 8
    return 4 if name.startswith(_SOME) else _FEW


SHARES: Mapping[str, int] = {name: _share(name) for name in FAULTS}
