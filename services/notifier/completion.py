"""The last message about a task: completes it in the CRM, with a line that says why. Pure."""

from collections.abc import Mapping
from typing import Any

from services.notifier.addressing import Addressed
from services.notifier.rows import CRM_RECIPIENT, HUBSPOT, DeliveryRow, NotificationRow
from services.notifier.schedule import DEADLINES
from shared.messages import Closed
from shared.values.identity import identity

_CURED = {
    "happened": [{"key": "signal.cured", "variables": {}}],
    "why_now": [{"key": "why.done", "variables": {}}],
    "next_step": [{"key": "remedy.closed", "variables": {}}],
}


def completion(closed: Closed, told: Mapping[str, Any]) -> Addressed:
    """`told`: the task as last sent to the CRM (`key`, `account`, `meter`, `facts`, `task`)."""
    recipient = f"{CRM_RECIPIENT}:{told['key']}"
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
        facts={**told["facts"], **closed.facts, "proposal": None, "task": _CURED},
        task={**told["task"], "action": "complete"},
        created_at=closed.at,
    )
    delivery = DeliveryRow(
        id=identity(row.id, HUBSPOT),
        notification=row.id,
        account=row.account,
        contact=None,
        channel=HUBSPOT,
        lane=row.account,
        alert=None,
        task=told["key"],
        state="queued",
        next_attempt_at=closed.at,
        deadline_at=closed.at + DEADLINES[HUBSPOT],
        last_error=None,
        created_at=closed.at,
    )
    return Addressed(row, (delivery,))
