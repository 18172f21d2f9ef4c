"""CloudEvents 1.0 in structured, batch and binary mode, from HTTP and Kafka, or all faults of an
invalid one.

A fault's reason begins with its code and a colon: `field: subject is missing`. The codes: `json`,
`utf8`, `bom`, `framing`, `empty`, `depth`, `dup_key` (not JSON by our rules), `tombstone`, `size`,
`headers`, `content_type` (how it was sent), `shape`, `fields`, `field`, `id`, `version`, `zone`,
`time`, `number` (the event), `future`, `too_old` (its time).
"""

from shared.events.event import (
    MAX_EVENT_BYTES,
    Event,
    Unusable,
    code,
    identifier_fault,
    untimely,
    unusable,
)
from shared.events.http import MAX_BATCH, Accepted, read_parts, read_request
from shared.events.kafka import (
    STRUCTURED_HEADERS,
    binary_headers,
    in_structured_mode,
    is_array,
    read_plain_records,
    read_record,
)
from shared.events.modes import split
from shared.events.plain import PORTION
from shared.events.text import read_event

__all__ = [
    "MAX_BATCH",
    "MAX_EVENT_BYTES",
    "PORTION",
    "STRUCTURED_HEADERS",
    "Accepted",
    "Event",
    "Unusable",
    "binary_headers",
    "code",
    "identifier_fault",
    "in_structured_mode",
    "is_array",
    "read_event",
    "read_parts",
    "read_plain_records",
    "read_record",
    "read_request",
    "split",
    "untimely",
    "unusable",
]
