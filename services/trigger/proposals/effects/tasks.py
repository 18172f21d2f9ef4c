"""Tasks: what a person should say is in them; a remedy is one for as long as its cause lasts."""

from datetime import datetime

import msgspec

from services.trigger.alerts.notices import due, task_owner
from services.trigger.judgement.decision import Remedy
from services.trigger.judgement.findings import reasons
from services.trigger.judgement.words import proposal, retention, speech
from services.trigger.proposals.effects.account_facts import base_facts
from services.trigger.proposals.effects.basis import Ruling, owner_of
from shared.messages import Priority, Task, Tell
from shared.messages.facts import SaidFacts, TaskFacts
from shared.values.identity import identity
from shared.values.moments import iso

URGENT = frozenset({"compliance_need", "usage_limit", "repeated_limit", "cancel_intent"})


def opportunity_task(ruling: Ruling, about: tuple[str, str | None] | None = None) -> Tell:
    """For all open reasons, as urgent as the most urgent one.

    `about`: plan and add-on; defaults to what is offered.
    """
    decision, (plan, add_on) = ruling.decision, about or ruling.question.offered
    priority: Priority = (
        "high" if URGENT & {one.type for one in reasons.open_reasons(ruling.question)} else "medium"
    )
    key = opportunity_key(decision.account, plan, add_on)
    task = Task(key, "opportunity", priority, owner_of(ruling, None), _due(ruling, priority))
    lines = speech.task_lines(ruling.question, decision, all_reasons=True)
    return _task(ruling, task, lines)


def remedy_task(ruling: Ruling, remedy: Remedy) -> Tell:
    key = remedy_key(ruling, remedy)
    owner = task_owner("cs", ruling.loaded.profile.csm)
    again = (
        (proposal.say("next.retry", date=iso(ruling.decision.retry_at)),)
        if ruling.decision.retry_at
        else ()
    )
    lower = retention.lower_plan(ruling.question) if remedy.task == "retention" else []
    steps = (proposal.say(f"remedy.{remedy.task}", due=iso(remedy.due_at)), *lower, *again)
    task = Task(key=key, purpose="remedy", priority="high", owner=owner, due_at=remedy.due_at)
    return _task(ruling, task, msgspec.structs.replace(ruling.lines, next_step=steps))


def aside_task(ruling: Ruling, about: str, steps: tuple[SaidFacts, ...]) -> Tell:
    """Without a claim: a usage review before the renewal (R-043), or seats instead (R-143)."""
    key = aside_key(ruling, about)
    task = Task(
        key, "remedy", "medium", task_owner("cs", ruling.loaded.profile.csm), _due(ruling, "medium")
    )
    return _task(ruling, task, msgspec.structs.replace(ruling.lines, next_step=steps))


def _task(ruling: Ruling, task: Task, lines: TaskFacts) -> Tell:
    return Tell(
        key=identity("task", task.key, ruling.decision.id),
        kind="crm.task",
        cls="internal",
        account=ruling.decision.account,
        created_at=ruling.decision.at,
        facts=msgspec.structs.replace(base_facts(ruling.loaded), task=lines),
        task=task,
        decision=ruling.decision.id,
    )


def _due(ruling: Ruling, priority: Priority) -> datetime:
    return due(ruling.loaded.profile, priority, ruling.loaded.catalog, ruling.decision.at)


def opportunity_key(account: str, plan: str, add_on: str | None) -> str:
    return identity(account, "opportunity", plan, *([add_on] if add_on else []))


def remedy_key(ruling: Ruling, remedy: Remedy) -> str:
    return identity(ruling.decision.account, "remedy", remedy.task, ruling.decision.id)


def aside_key(ruling: Ruling, about: str) -> str:
    return identity(ruling.decision.account, about, ruling.decision.id)
