"""The logs of tasks: the table of types, and the kind of log that they make."""

from collections.abc import Mapping

from services.trigger.process.log.entry_type import EntryType
from services.trigger.process.log.kind import LogKind
from services.trigger.process.ownership import OWNER
from services.trigger.process.remarks import NOTE
from services.trigger.process.tasks import acts
from services.trigger.process.tasks import task as states
from services.trigger.process.tasks.task import Task, opened

TASK: tuple[EntryType, ...] = (
    EntryType("opened"),
    EntryType("raised", apply=states.raised),
    EntryType("reopened", apply=states.reopened),
    EntryType("woken", apply=states.awake),
    EntryType("escalated", apply=states.escalated),
    EntryType("closed", apply=states.ended),
    acts.START,
    acts.SNOOZE,
    acts.WAKE,
    acts.DUE,
    acts.CLOSE,
    OWNER,
    NOTE,
)
TYPES: Mapping[str, EntryType] = {one.name: one for one in TASK}
TASKS: LogKind[Task] = LogKind("task", TYPES, opened)
