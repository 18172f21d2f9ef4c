"""Every fault by its name."""

from collections.abc import Mapping

from tests.proof import channel_faults, line_faults, process_faults, server_faults, topic_faults
from tests.proof.faults import Cost, Fault

FAULTS: Mapping[str, Fault] = {
    fault.name: fault
    for room in (process_faults, server_faults, line_faults, topic_faults, channel_faults)
    for fault in room.FAULTS
}
COSTS: Mapping[str, Cost] = {name: fault.cost for name, fault in FAULTS.items()}
