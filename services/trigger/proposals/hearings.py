"""Facts about accounts: checked, taken with what they raise or clear, and taken back."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.accounts import Account
from services.trigger.dossier.dossier import Loaded
from services.trigger.dossier.loader import PART, Loader
from services.trigger.judgement.facts import context, types
from services.trigger.judgement.facts.record import Record
from services.trigger.opportunities import crm_facts, cross_sales, movements, statements
from services.trigger.outcome import Outcome
from services.trigger.process.tasks.crm_facts import TaskData
from services.trigger.proposals import ledger, retraction
from services.trigger.proposals.fact_sequence import Hearing
from services.trigger.proposals.results import LOOK, Left
from services.trigger.tables import due
from services.trigger.tables import facts as fact_rows
from services.trigger.tables import judgements as state_rows
from services.trigger.tables import people as people_rows
from services.trigger.tables.present import Present
from shared.clock.test_faults import TestFaults
from shared.events import Event
from shared.loop.isolation import Isolation
from shared.values.faults import Fault
from shared.values.mailboxes import mailbox_of


@dataclass(frozen=True, slots=True)
class Hearings:
    """`facts_kept`: older facts may have been pruned."""

    loader: Loader
    faults: TestFaults
    facts_kept: timedelta

    async def refuse(
        self,
        conn: AsyncConnection,
        facts: Sequence[Event],
        now: datetime,
        present: Present | None = None,
    ) -> list[list[Fault]]:
        present = present or Present(self.loader.catalogs)
        known = await self.loader.known(conn, {fact.subject for fact in facts}, now, present)
        found = [_faults(fact, known.get(fact.subject), now) for fact in facts]
        return await crm_facts.refuse(conn, facts, found, now, present)

    async def take(
        self,
        conn: AsyncConnection,
        facts: Sequence[Event],
        now: datetime,
        present: Present | None = None,
    ) -> Outcome:
        fresh = await fact_rows.insert(conn, facts, now)
        isolation = Isolation(self.faults)
        known = await self.loader.load(
            conn, {fact.subject for fact in fresh}, now, present=present, isolation=isolation
        )
        left, records, moved = Left(), {}, Outcome()
        heard = _by_account(fresh)
        for account, events in heard.items():
            if account in known:
                with isolation.of(account, PART):
                    hearing = Hearing(known[account], now, left)
                    records[account] = await self._hear(conn, hearing, events, moved)
        isolation.check()
        await fact_rows.keep(conn, records)
        outcome = await ledger.finish(conn, left, now)
        said = {account: {one.type for one in events} for account, events in heard.items()}
        if stated := _stated(heard, known):
            moved.add(await movements.valued(conn, self.loader, stated, now))
        return outcome.add(moved, await movements.heard(conn, self.loader, said, now))

    async def _hear(
        self, conn: AsyncConnection, hearing: Hearing, events: Sequence[Event], moved: Outcome
    ) -> Record:
        """Takes the facts of one account, and what they raise or clear."""
        for event in events:
            data = types.read(event.type, event.data or {})
            moved.add(await self._answers(conn, event, data, hearing))
            if event.type == "contract.signed":
                await state_rows.close_signal(conn, event.subject, "pre_purchase")
                await ledger.look_at_tasks(conn, [event.subject], hearing.now)
            hearing.hear(event, data)
        return hearing.end()

    async def _answers(
        self, conn: AsyncConnection, event: Event, data: types.Data, hearing: Hearing
    ) -> Outcome:
        """Applies what a fact says about a task, or about a proposal that was sent: a decline ends
        its deal.
        """
        if isinstance(data, TaskData):
            return await crm_facts.take(conn, event.subject, data, hearing.loaded, hearing.now)
        if isinstance(data, types.ContactUnreachable):
            fact = f"{event.source} {event.id}"
            return await crm_facts.unreachable(conn, data, fact, hearing.loaded, hearing.now)
        if isinstance(data, types.Viewed):
            return await movements.viewed(
                conn, self.loader, event.subject, data.proposal, hearing.now
            )
        if not isinstance(data, types.Answered):
            await _refused(conn, event, data, hearing.loaded.profile)
            return Outcome()
        told = await state_rows.answer(
            conn, event.subject, data.contact, data.answer, data.proposal
        )
        if told is None or data.answer not in ("accepted", "declined"):
            return Outcome()
        answer = movements.Answer(
            account=event.subject,
            proposal=told.id,
            deal=told.opportunity,
            about=(told.plan, told.add_on),
            state=data.answer,
            reason=data.reason or "other",
        )
        outcome = await movements.answered(conn, self.loader, answer, hearing.now)
        if data.answer == "accepted":
            decided = {event.subject: (hearing.loaded, told.plan)}
            outcome.add(await cross_sales.ask(conn, decided, hearing.now))
        return outcome

    async def take_back(
        self, conn: AsyncConnection, account: str, fact: int, by: str, now: datetime
    ) -> bool:
        """Under the account's lock: takes back one fact and derives its consequences again. False
        if there is no such fact.

        What was sent, bought or answered because of it stays. The new decision is left to the
        timer, so that even a fact that makes deciding fail can be taken back.
        """
        taken = await fact_rows.take_back(conn, account, fact, by, now)
        if taken is None:
            return await fact_rows.is_taken_back(conn, account, fact)
        before = (await self.loader.load(conn, [account], now))[account]
        others = await fact_rows.stored(conn, account)
        contacts = [contact.id for contact in before.facts.account.contacts]
        record = await asyncio.to_thread(
            retraction.remembered, others, before.facts.account.zone, contacts
        )
        record = retraction.with_pruned(
            record, before.facts.record, others, taken, now - self.facts_kept
        )
        await fact_rows.keep(conn, {account: record})
        await people_rows.take_back(conn, account, taken.key)
        without = replace(before, facts=replace(before.facts, record=record))
        if (signal := retraction.signal_of(taken)) is not None:
            await state_rows.replace_signal(
                conn, account, *signal, retraction.raised_again(without, taken, others, now)
            )
        await due.schedule(conn, account, LOOK, now)
        await ledger.look_at_tasks(conn, [account], now)
        return True


def _by_account(events: Iterable[Event]) -> dict[str, list[Event]]:
    found: dict[str, list[Event]] = {}
    for event in events:
        found.setdefault(event.subject, []).append(event)
    return found


def _stated(
    heard: Mapping[str, Sequence[Event]], known: Mapping[str, Loaded]
) -> dict[str, list[types.ValueStated]]:
    """Figures that nobody has stated in a deal, as long as none of them are older than others that
    were known when they came.
    """
    found: dict[str, list[types.ValueStated]] = {}
    for account, events in heard.items():
        before = known[account].facts.record.stated if account in known else None
        newest = None if before is None else before.order
        for event in events:
            order = (event.time, f"{event.source} {event.id}")
            if event.type != "value.stated" or (newest is not None and order < newest):
                continue
            newest, data = order, types.read(event.type, event.data)
            if not event.source.startswith(statements.SOURCE):
                assert isinstance(data, types.ValueStated)
                found.setdefault(account, []).append(data)
    return found


def _faults(fact: Event, known: context.Known | None, now: datetime) -> list[Fault]:
    if not isinstance(fact.data, Mapping) and not (
        fact.data is None
        and fact.type in ("cancel.intent", "subscription.renewed", "subscription.cancelled")
    ):
        return [Fault("/data", "field: data must be an object")]
    try:
        data = types.read(fact.type, fact.data or {})
        if known is not None:
            context.check(fact.type, data, fact.time, known, now)
    except types.BadFact as error:
        return [Fault(fault.path, f"field: {fault.reason}") for fault in error.faults]
    return []


async def _refused(conn: AsyncConnection, event: Event, data: types.Data, profile: Account) -> None:
    """Somebody wants no offers any more."""
    if isinstance(data, types.ContactChoice):
        await state_rows.unsubscribed(conn, event.subject, data.contact)
        address = next((one.email for one in profile.contacts if one.id == data.contact), None)
        await people_rows.refuse(
            conn,
            event.subject,
            f"{event.source} {event.id}",
            data.contact,
            mailbox_of(address),
            event.time,
        )
