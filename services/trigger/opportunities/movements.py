"""What moves deals by itself: subscriptions that change or end, answers, facts of the account."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.accounts import PlanMove
from services.trigger.dossier.dossier import Loaded
from services.trigger.dossier.loader import Loader
from services.trigger.judgement.facts import types
from services.trigger.opportunities import packets
from services.trigger.opportunities.effects import carry_out
from services.trigger.opportunities.logs import Logs, context_of, store
from services.trigger.opportunities.logs import states as logs_of
from services.trigger.outcome import Outcome
from services.trigger.process.deals import patience, purchases
from services.trigger.process.deals.opportunity import Opportunity
from services.trigger.process.deals.purchases import Purchase
from services.trigger.process.handoff import course
from services.trigger.process.log import append
from services.trigger.process.log.append import Appended
from services.trigger.process.log.entries import ANSWER, JUDGEMENT, SUBSCRIPTION, TIMER, Draft
from services.trigger.process.proposal import states
from services.trigger.process.proposal.states import State
from services.trigger.process.talk import business_case
from services.trigger.proposals.results import LOOK
from services.trigger.tables import due
from services.trigger.tables.due import Due
from services.trigger.tables.present import Present
from services.trigger.tables.process import opportunities as head_rows
from services.trigger.tables.process import proposals as proposal_rows

MORNING = "morning"
"""Says, in place of a fact, that 09:00 has come."""
LIFTS = frozenset(
    {
        "need.stated",
        "evidence.recorded",
        "budget.stated",
        "value.stated",
        "deal.stated",
        "compliance.need",
        "feature.requested",
    }
)
"""Facts that end what a person decided about the stage."""


async def subscribed(
    conn: AsyncConnection,
    loader: Loader,
    moves: Sequence[PlanMove],
    now: datetime,
    present: Present,
) -> Outcome:
    """Lines that were bought are won, deals that this leaves behind are lost."""
    rows = await head_rows.open_of(conn, [move.account for move in moves])
    outcome = Outcome()
    if not rows:
        return outcome
    known = await loader.load(conn, {row.account for row in rows}, now, present=present)
    for move in moves:
        # What opened at this very moment was opened for the plan that they have now.
        mine = [
            row
            for row in rows
            if row.account == move.account and (row.created_at < now or _stays(move))
        ]
        if mine and move.account in known:
            held = move.before.add_ons if move.before else {}
            deals = await logs_of(conn, mine, held)
            context = await context_of(conn, known[move.account], now)
            purchase = _purchase(move, known[move.account], now)
            drafts = purchases.follows(deals, purchase)
            outcome.add(await Logs(loader).write(conn, mine, deals, drafts, SUBSCRIPTION, context))
    return outcome


def _stays(move: PlanMove) -> bool:
    return move.before is not None and move.after is not None and not move.changes_plan


def _purchase(move: PlanMove, loaded: Loaded, now: datetime) -> Purchase:
    at = now if move.after is None else min(move.after.counts_from(now), now)
    return Purchase(move.before, move.after, loaded.catalog, at)


@dataclass(frozen=True, slots=True)
class Answer:
    """To the proposal of this id. `deal` None: one of the version before, by what it was about."""

    account: str
    proposal: str
    deal: str | None
    about: tuple[str, str | None]
    state: State
    reason: str = "other"


async def answered(conn: AsyncConnection, loader: Loader, answer: Answer, now: datetime) -> Outcome:
    """The deal shows what became of its proposal; one that was declined is lost."""
    rows = [
        row
        for row in await head_rows.open_of(conn, [answer.account])
        if (row.id == answer.deal if answer.deal else (row.to_plan, row.add_on) == answer.about)
    ]
    outcome = Outcome()
    if not rows:
        return outcome
    logs = Logs(loader)
    context = await logs.context(conn, answer.account, now)
    assert context is not None, "an account with an open deal is known"
    deals = [await logs.state(conn, row, context) for row in rows]
    drafts = {deal.id: _after_answer(deal, answer) for deal in deals}
    return await logs.write(conn, rows, deals, drafts, ANSWER, context)


async def viewed(
    conn: AsyncConnection, loader: Loader, account: str, proposal: str, now: datetime
) -> Outcome:
    """A customer has read it, or followed its link; only the first time says something new."""
    row = await proposal_rows.find(conn, account, proposal)
    if row is None or row.opportunity is None or row.state != "sent":
        return Outcome()
    answer = Answer(account, row.id, row.opportunity, (row.plan, row.add_on), "viewed")
    return await answered(conn, loader, answer, now)


def _after_answer(deal: Opportunity, answer: Answer) -> list[Draft]:
    drafts = states.changed(deal, answer.proposal, answer.state, ANSWER)
    if answer.state == "declined":
        told = {"from": deal.stage, "role": deal.owner.role, "reason": answer.reason}
        drafts.append(Draft("move", {"to": "closed_lost", **told}))
    return drafts


async def unsent(
    conn: AsyncConnection, withdrawn: Mapping[str, Collection[str]], now: datetime
) -> Outcome:
    """By deal: proposals that waited for their hour and go to nobody any more."""
    rows = await head_rows.of_ids(conn, withdrawn)
    outcome = Outcome()
    for row, deal in zip(rows, await logs_of(conn, rows, {}), strict=True):
        drafts = [
            draft for id in withdrawn[deal.id] for draft in states.changed(deal, id, "withdrawn")
        ]
        found = append.noted(deal, drafts, JUDGEMENT, now)
        outcome.add(await store(conn, found, row.revision, None))
    return outcome


async def waited(
    conn: AsyncConnection, loader: Loader, found: Sequence[Due], now: datetime
) -> Outcome:
    """Nobody has answered for long enough."""
    outcome = Outcome()
    for one in found:
        purpose, _, id = one.purpose.partition(":")
        row = await head_rows.find(conn, id)
        context = row and await Logs(loader).context(conn, row.account, now)
        if row is not None and context is not None:
            deal = await Logs(loader).state(conn, row, context)
            if purpose in course.TIMERS:
                context = await packets.with_asked(conn, deal, context)
                ended = course.over(deal, purpose, context)
            else:
                ended = patience.over(deal, purpose, now)
            drafts = {deal.id: ended}
            outcome.add(await Logs(loader).write(conn, [row], [deal], drafts, TIMER, context))
    return outcome


async def raised(
    conn: AsyncConnection, loader: Loader, found: Sequence[Due], now: datetime
) -> Outcome:
    """Judgement has passed deals on: their CSMs are to hand them off."""
    outcome = Outcome()
    for one in found:
        row = await head_rows.find(conn, one.purpose.partition(":")[2])
        context = row and await Logs(loader).context(conn, row.account, now)
        if row is not None and context is not None:
            deal = await Logs(loader).state(conn, row, context)
            if not deal.is_closed and not course.is_handed_on(deal):
                cause = [*deal.of("route")][-1:] or deal.entries[-1:]
                asks = Appended(deal, tuple(cause), (course.due_task(deal, context),))
                outcome.add(await carry_out(conn, asks, context))
    return outcome


async def valued(
    conn: AsyncConnection,
    loader: Loader,
    stated: Mapping[str, Sequence[types.ValueStated]],
    now: datetime,
) -> Outcome:
    """Figures that somebody stated elsewhere are the next versions in the account's open deals."""
    rows, outcome = await head_rows.open_of(conn, stated), Outcome()
    known = await loader.load(conn, {row.account for row in rows}, now) if rows else {}
    for row in rows:
        if row.account in known:
            context = await context_of(conn, known[row.account], now)
            state = await Logs(loader).state(conn, row, context)
            found = append.Appended(state, ())
            for figures in stated[row.account]:
                draft = business_case.heard(found.state, figures, context)
                found = found.then(append.written(found.state, [draft], JUDGEMENT, context))
            outcome.add(await store(conn, found, row.revision, context))
    return outcome


async def heard(
    conn: AsyncConnection, loader: Loader, said: Mapping[str, Collection[str]], now: datetime
) -> Outcome:
    """Facts by account, as types: the verdict may lead to another stage now."""
    telling = {account for account, told in said.items() if set(told) - types.QUIET}
    rows = [
        row for row in await head_rows.open_of(conn, telling) if row.stage in head_rows.BY_VERDICT
    ]
    outcome = Outcome()
    if not rows:
        return outcome
    known = await loader.load(conn, {row.account for row in rows}, now)
    for row in rows:
        if row.account in known:
            lifted = bool(LIFTS & set(said[row.account]))
            context = await context_of(conn, known[row.account], now, lifted=lifted)
            state = await Logs(loader).state(conn, row, context)
            found = append.reconsidered(state, context)
            outcome.add(await store(conn, found, row.revision, context))
            if lifted and row.stage == "disqualified":
                await due.schedule(conn, row.account, LOOK, now)
    return outcome
