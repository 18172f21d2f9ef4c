"""Facts about tasks and addresses that other systems tell: what becomes of our tasks."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.dossier.dossier import Loaded
from services.trigger.judgement.facts import types
from services.trigger.opportunities import tasks
from services.trigger.opportunities.logs import context_of
from services.trigger.opportunities.tasks import Pages
from services.trigger.outcome import Outcome
from services.trigger.process.log.entries import JUDGEMENT, By, TaskOpened
from services.trigger.process.tasks import crm_facts
from services.trigger.process.tasks.crm_facts import TaskData
from services.trigger.process.tasks.openings import Ended, opening
from services.trigger.tables.present import Present
from services.trigger.tables.process import persons as person_rows
from services.trigger.tables.process import tasks as task_rows
from shared.events import Event
from shared.messages.facts import SaidFacts, TaskFacts
from shared.values.faults import Fault

TASK_FACTS = frozenset({"task.taken", "task.snoozed", "task.done"})
UNREACHABLE = "unreachable"
CRM = By("plimsoll", "crm")


async def refuse(
    conn: AsyncConnection,
    facts: Sequence[Event],
    found: Sequence[Sequence[Fault]],
    now: datetime,
    present: Present,
) -> list[list[Fault]]:
    """`found`: what is wrong with each already; of the others, whether there is such a task."""
    asked = {
        n: types.read(one.type, one.data or {})
        for n, one in enumerate(facts)
        if one.type in TASK_FACTS and not found[n]
    }
    if not asked:
        return [list(one) for one in found]
    keys = {data.key for data in asked.values() if isinstance(data, TaskData)}
    owners = {one.id: one.account for one in await task_rows.of_ids(conn, keys)}
    profiles = await present.profiles(conn, {facts[n].subject for n in asked})
    return [
        list(crm_facts.faults(data, owners.get(data.key), subject, profiles.get(subject), now))
        if isinstance(data := asked.get(n), TaskData)
        else list(found[n])
        for n, subject in enumerate(one.subject for one in facts)
    ]


async def take(
    conn: AsyncConnection, account: str, data: TaskData, loaded: Loaded, now: datetime
) -> Outcome:
    """Under the account's lock. A task that is gone by now is not told about."""
    task = next(iter(await task_rows.of_ids(conn, [data.key])), None)
    if task is None or task.account != account:
        return Outcome()
    person = None if data.by is None else await person_rows.called(conn, data.by)
    policy = loaded.catalog.policy
    drafts = list(crm_facts.drafts(task, data, person, loaded.profile, policy, now))
    pages = Pages()
    if drafts:
        pages.append(task, drafts, CRM if person is None else By("person", person.id), now)
    return await tasks.store(conn, pages, now)


async def unreachable(
    conn: AsyncConnection,
    data: types.ContactUnreachable,
    fact: str,
    loaded: Loaded,
    now: datetime,
) -> Outcome:
    """Somebody is to ask for another address. `fact`: its key."""
    contact = next((one for one in loaded.profile.contacts if one.id == data.contact), None)
    if contact is None:
        return Outcome()
    named = {"contact": contact.name}
    words = TaskFacts(
        happened=(SaidFacts("signal.unreachable", named),),
        next_step=(SaidFacts("next.address", named),),
    )
    asked = TaskOpened(UNREACHABLE, contact.id, words)
    context = await context_of(conn, loaded, now)
    return await tasks.open_all(conn, [opening(asked, context, fact, None)], JUDGEMENT, now)


async def readdressed(
    conn: AsyncConnection,
    given: Collection[tuple[str, str]],
    gone: Collection[tuple[str, str]],
    now: datetime,
) -> Outcome:
    """Account and contact: these have another address now, and nobody has to reach those any
    more.
    """
    ended = [Ended(account, UNREACHABLE, contact, "success") for account, contact in given]
    ended += [Ended(account, UNREACHABLE, contact, "no_success") for account, contact in gone]
    return await tasks.end_all(conn, ended, JUDGEMENT, now)
