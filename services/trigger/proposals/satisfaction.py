"""Thirty days after an upgrade the CSM asks whether it solved the problem (R-035): one task, only
while they are on that plan.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.accounts import Subscription
from services.trigger.alerts.notices import task_owner
from services.trigger.dossier.dossier import Loaded
from services.trigger.judgement.words import proposal
from services.trigger.process.tasks.places import Place
from services.trigger.proposals.effects.account_facts import base_facts
from services.trigger.tables import due
from services.trigger.tables.due import Due
from shared.catalog import Catalog
from shared.messages import Task, Tell
from shared.messages.facts import TaskFacts
from shared.values.identity import identity
from shared.values.moments import iso

SATISFACTION = "satisfaction"
AFTER = timedelta(days=30)
ASKED_WITHIN = timedelta(days=7)


async def plan(
    conn: AsyncConnection,
    account: str,
    before: Subscription,
    after: Subscription,
    catalog: Catalog,
    at: datetime,
) -> None:
    """Schedules the question after a move up (at `at`); any other move cancels it."""
    if is_upgrade(before.plan, after.plan, catalog):
        payload = {"from": before.plan, "to": after.plan, "at": iso(at)}
        await due.schedule(conn, account, SATISFACTION, at + AFTER, payload)
    else:
        await due.cancel(conn, account, SATISFACTION)


def is_upgrade(before: str, after: str, catalog: Catalog) -> bool:
    return (
        after in {plan.id for plan in catalog.higher_plans(before)}
        if before in catalog.plans
        else False
    )


def checks(found: Iterable[Due], known: Mapping[str, Loaded], now: datetime) -> Iterable[Tell]:
    for one in found:
        loaded = known.get(one.account)
        if loaded is not None and _still_there(loaded, one):
            yield _check(loaded, one, now)


def places(asked: Iterable[Tell]) -> dict[str, Place]:
    """Where the tasks belong that these messages ask for."""
    return {
        one.task.key: Place(SATISFACTION, one.facts.plan.id)
        for one in asked
        if one.task is not None and one.facts.plan is not None
    }


def _still_there(loaded: Loaded, one: Due) -> bool:
    subscription = loaded.facts.subscription
    return (
        subscription is not None
        and subscription.plan == one.payload["to"]
        and one.payload["to"] in loaded.catalog.plans
    )


def _check(loaded: Loaded, one: Due, now: datetime) -> Tell:
    key = identity(one.account, SATISFACTION, one.payload["to"], one.payload["at"])
    owner = task_owner("cs", loaded.profile.csm)
    return Tell(
        key=identity("task", key),
        kind="crm.task",
        cls="internal",
        account=one.account,
        created_at=now,
        facts=msgspec.structs.replace(base_facts(loaded), task=_lines(loaded, one)),
        task=Task(
            key=key, purpose="remedy", priority="low", owner=owner, due_at=now + ASKED_WITHIN
        ),
    )


def _lines(loaded: Loaded, one: Due) -> TaskFacts:
    plans = loaded.catalog.plans
    before, name = plans.get(one.payload["from"]), proposal.named(plans[one.payload["to"]].name)
    names = {} if before is None else {"from": proposal.named(before.name)}
    return TaskFacts(
        happened=(proposal.say("signal.upgraded", plan=name, date=one.payload["at"], **names),),
        why_now=(proposal.say("why.settled"),),
        say=(proposal.say("satisfaction.ask", plan=name),),
        do_not_say=(proposal.say("avoid.next_plan"),),
        next_step=(proposal.say("next.csat"),),
    )
