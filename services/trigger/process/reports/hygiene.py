"""What is left undone: opportunities without a next step, tasks that are overdue (R-137)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import inf

from services.trigger.process.deals.flags import PATIENCE, Head, flags, patient_since
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


@dataclass(frozen=True, slots=True)
class Deal:
    """An open opportunity. `begun`: for each flag, when what it is about last happened."""

    id: str
    account: str
    time_zone: str
    head: Head
    begun: Mapping[str, datetime | None]


def lacks(deal: Deal, now: datetime) -> Iterator[Finding]:
    """What it lacks or waits for, and since when: at the latest since it is in its stage."""
    head = deal.head
    for flag in flags(head, now, deal.time_zone):
        since = deal.begun.get(flag) or head.stage_since
        if flag == "no_next_step":
            since = patient_since(head, deal.time_zone) + PATIENCE
        yield Finding("opportunity", deal.id, deal.account, head.owner, flag, since)


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
