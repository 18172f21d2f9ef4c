"""The last message about a task: completes it in the CRM, with a line that says why. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from services.notifier.addressing import Addressed
from services.notifier.channels.base import Way
from services.notifier.messages import Closing, KeptFacts
from services.notifier.rows import CRM_RECIPIENT, DeliveryRow, NotificationRow
from shared.messages.facts import SaidFacts, TaskFacts
from shared.values.identity import identity

_CURED = TaskFacts(
    happened=(SaidFacts("signal.cured"),),
    why_now=(SaidFacts("why.done"),),
    next_step=(SaidFacts("remedy.closed"),),
)


@dataclass(frozen=True, slots=True)
class LastTold:
    """A task as it was last sent to the CRM."""

    key: str
    account: str
    meter: str
    facts: KeptFacts
    task: Mapping[str, Any]


def completion(closed: Closing, told: LastTold, ways: Iterable[Way]) -> Addressed:
    """`ways`: the channels to CRMs."""
    recipient = f"{CRM_RECIPIENT}:{told.key}"
    row = NotificationRow(
        id=identity(closed.key, recipient),
        key=closed.key,
        recipient=recipient,
        account=closed.account,
        contact=None,
        kind="crm.task",
        cls="internal",
        meter=closed.meter,
        threshold=None,
        alert=None,
        decision=None,
        proposes=None,
        facts=told.facts.followed_by(closed.facts).with_task(_CURED),
        task={**told.task, "action": "complete"},
        created_at=closed.at,
    )
    return Addressed(row, tuple(_delivery(row, told.key, way) for way in ways))


def _delivery(row: NotificationRow, task: str, way: Way) -> DeliveryRow:
    return DeliveryRow(
        id=identity(row.id, way.name),
        notification=row.id,
        account=row.account,
        contact=None,
        channel=way.name,
        lane=row.account,
        alert=None,
        task=task,
        state="queued",
        next_attempt_at=row.created_at,
        deadline_at=row.created_at + way.deadline,
        last_error=None,
        created_at=row.created_at,
    )
