"""What follows from entries elsewhere, in the same transaction."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.opportunities import tasks
from services.trigger.outcome import Outcome
from services.trigger.process import letters
from services.trigger.process.deals import patience
from services.trigger.process.deals.opportunity import Opportunity, Owner
from services.trigger.process.log.append import Appended
from services.trigger.process.log.context import Context
from services.trigger.process.log.entries import (
    JUDGEMENT,
    Entry,
    MailAsked,
    MessageSent,
    QuoteGiven,
    TaskEnded,
    TaskGiven,
    TaskOpened,
    TimerDropped,
    TimerSet,
    TrialKept,
)
from services.trigger.process.tasks.openings import Ended, opening
from services.trigger.process.trials import course
from services.trigger.tables import due
from services.trigger.tables import quotes as quote_rows
from services.trigger.tables.process import proposals
from services.trigger.tables.process import trials as trial_rows


async def carry_out(conn: AsyncConnection, found: Appended, context: Context | None) -> Outcome:
    """`context`: None where judgement appends, of whose entries only timers follow here."""
    state, outcome, waits = found.state, Outcome(), dict[str, datetime | None]()
    told = [one for one in found.entries if one.type == "proposal"]
    await proposals.write(conn, state, told)
    for effect in (
        *found.effects,
        *patience.timers(state, found.entries),
        *course.effects(state, found.entries),
    ):
        match effect:
            case TimerSet(name, at, key):
                waits[f"{name}:{key or state.id}"] = at
            case TimerDropped(name, key):
                waits[f"{name}:{key or state.id}"] = None
            case MailAsked():
                assert context is not None, "judgement sends what it sends itself"
                outcome.send(letters.mail(effect, state.id, context))
            case TrialKept(trial, standing, criteria):
                await trial_rows.put(conn, state.account, trial, standing, criteria)
                outcome.look(state.account, trial.limits)
            case QuoteGiven(quote):
                assert context is not None, "only people answer with a quote"
                await quote_rows.add(conn, quote, context.at)
            case TaskOpened() | TaskEnded() | TaskGiven():
                assert context is not None, "judgement opens its tasks itself"
                outcome.add(await _task(conn, effect, state, found.entries[-1], context))
            case MessageSent(message):
                outcome.send(message)
    await _wait(conn, state.account, waits)
    return outcome


async def _wait(conn: AsyncConnection, account: str, waits: Mapping[str, datetime | None]) -> None:
    """`waits`: by purpose; None: for nothing any more."""
    wanted = [(account, purpose, at) for purpose, at in waits.items() if at is not None]
    await due.schedule_several(conn, wanted)
    dropped = [(account, purpose) for purpose, at in waits.items() if at is None]
    await due.cancel_several(conn, dropped)


async def _task(
    conn: AsyncConnection,
    effect: TaskOpened | TaskEnded | TaskGiven,
    state: Opportunity,
    cause: Entry,
    context: Context,
) -> Outcome:
    by = cause.by if cause.by.kind == "plimsoll" else JUDGEMENT
    if isinstance(effect, TaskEnded):
        ending = Ended(state.account, effect.reason, effect.about, effect.outcome)
        return await tasks.end_all(conn, [ending], by, context.at)
    if isinstance(effect, TaskGiven):
        key = (state.account, effect.reason, effect.about)
        owner = Owner(effect.role, effect.owner, effect.name)
        return await tasks.hand_over(conn, key, owner, by, context.at)
    about = replace(effect, opportunity=effect.opportunity or state.id)
    made = opening(about, context, cause.id, state.owner)
    return await tasks.open_all(conn, [made], by, context.at)
