"""What happened to a task in another system, as entries of its log. Pure.

A state that it has already, and a closed task: nothing, so that echoes end.
"""

from collections.abc import Iterable
from datetime import date, datetime

from services.trigger.accounts import Account
from services.trigger.judgement.facts import types
from services.trigger.process.log.entries import Draft
from services.trigger.process.people import Person
from services.trigger.process.tasks.due_dates import business_days_after, moment_of, out_of_range
from services.trigger.process.tasks.task import AWAKE, Task
from shared.catalog import Policy
from shared.values.bodies import parse_when
from shared.values.faults import Fault
from shared.values.moments import iso
from shared.values.periods import local_date

TaskData = types.TaskTaken | types.TaskSnoozed | types.TaskDone
REASON = "crm"
NAP_DAYS = 3
"""Business days that a task sleeps if nobody says until when."""


def faults(
    data: TaskData, owner: str | None, subject: str, account: Account | None, now: datetime
) -> Iterable[Fault]:
    """`owner`: the account of the task; None: there is none with this key."""
    if owner != subject:
        yield Fault("/data/key", "the account has no task with this key")
    elif account is not None and isinstance(data, types.TaskSnoozed) and data.until is not None:
        yield from out_of_range("/data/until", parse_when(data.until), account, now)


def drafts(
    task: Task,
    data: TaskData,
    person: Person | None,
    account: Account,
    policy: Policy,
    now: datetime,
) -> Iterable[Draft]:
    """`person`: who did it, if known."""
    if task.is_closed:
        return
    match data:
        case types.TaskTaken():
            if task.state == "open":
                yield Draft("start", {})
            if person is not None and person.active and person.id != task.owner.id:
                owner = {"role": task.owner.role, "id": person.id, "name": person.name}
                body = {"person": person.id, "owner": owner, "before": task.owner.json()}
                yield Draft("owner", body)
        case types.TaskSnoozed():
            until = _until(data.until, account, policy, now)
            if task.state in AWAKE:
                yield _asleep(until)
            elif until != task.snoozed_until:
                yield Draft("woken", {"due_at": iso(task.due_at)})
                yield _asleep(until)
        case types.TaskDone():
            yield Draft("close", {"outcome": data.outcome})


def _asleep(until: datetime) -> Draft:
    return Draft("snooze", {"until": iso(until), "reason": REASON, "snoozed_until": iso(until)})


def _until(given: str | None, account: Account, policy: Policy, now: datetime) -> datetime:
    when: datetime | date
    if given is not None:
        when = parse_when(given)
    else:
        when = local_date(business_days_after(now, NAP_DAYS, account, policy), account.time_zone)
    return moment_of(when, account)
