"""What is left undone: opportunities without a next step, tasks that are overdue (R-137)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import inf

from services.trigger.process.figures.answer import Figures, Question


@dataclass(frozen=True, slots=True)
class Finding:
    """`kind`: opportunity or task. `since`: from when on the flag has been there."""

    kind: str
    id: str
    account: str
    owner: str | None
    flag: str
    since: datetime | None


def report(findings: Sequence[Finding], question: Question) -> Figures:
    return Figures(
        [
            {
                "kind": one.kind,
                "id": one.id,
                "account": one.account,
                "owner": one.owner,
                "flag": one.flag,
                "since": one.since,
            }
            for one in sorted(findings, key=_order)
        ]
    )


def _order(one: Finding) -> tuple[str, float, str, str]:
    """The oldest first."""
    return one.kind, one.since.timestamp() if one.since else inf, one.id, one.flag
