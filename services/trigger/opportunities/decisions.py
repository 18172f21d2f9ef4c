"""What judgement's decisions append: a deal that opens, a reason, value and route that are new."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.dossier.dossier import Loaded
from services.trigger.opportunities.announcements import deal_changed
from services.trigger.opportunities.logs import context_of, store
from services.trigger.opportunities.logs import states as logs_of
from services.trigger.process import lines, money
from services.trigger.process.deals.consequences import RANK
from services.trigger.process.deals.first_entry import First
from services.trigger.process.deals.opportunity import Opportunity, Owner
from services.trigger.process.handoff import course
from services.trigger.process.log import append
from services.trigger.process.log.append import Appended
from services.trigger.process.log.entries import JUDGEMENT, Draft
from services.trigger.process.people import Person, in_charge
from services.trigger.process.proposal import states
from services.trigger.process.stages import EARLY
from services.trigger.proposals.changes import Opened, Proposed
from services.trigger.tables import due, receivers
from services.trigger.tables import judgements as state_rows
from services.trigger.tables.process import opportunities as head_rows
from services.trigger.tables.process import persons as person_rows
from services.trigger.tables.process import proposals as proposal_rows
from shared.messages import Tell
from shared.values.identity import identity
from shared.values.moments import iso


async def write(
    conn: AsyncConnection, opened: Sequence[Opened], judged: Mapping[str, Loaded], now: datetime
) -> list[Tell]:
    """Under the accounts' locks. Of several about the same deal the newest holds. Returns what is
    told of it outside. `judged`: the accounts afterwards.
    """
    newest = {_about(one): one for one in await _in_charge(conn, opened)}
    if not newest:
        return []
    told, is_told = list[Tell](), await receivers.is_listening(conn)
    ordered = [newest[key] for key in sorted(newest)]
    offers: defaultdict[tuple[str, str, str], list[Proposed]] = defaultdict(list)
    for one in opened:
        offers[_about(one)] += [one.proposed] if one.proposed else []
    belong: dict[str, str] = {}
    rows = {row.id: row for row in await head_rows.of_ids(conn, [one.id for one in ordered])}
    open_rows = [row for row in rows.values() if row.closed_at is None]
    known = {one.id: one for one in await logs_of(conn, open_rows, {})}
    for one in ordered:
        state = known.get(one.id)
        if state is None:
            found, stored = _begun(one, rows.get(one.id), now), 0
        else:
            found = append.noted(state, drafts(state, one), JUDGEMENT, now)
            stored = rows[one.id].revision
        found = _with_offers(found, offers[_about(one)], now)
        belong |= dict.fromkeys((offer.id for offer in offers[_about(one)]), found.state.id)
        await store(conn, found, stored, None)
        if state is not None and asks_sales(state, found.state):
            await due.schedule(conn, one.account, f"{course.RAISED}:{found.state.id}", now)
        if is_told:
            context = await context_of(conn, judged[one.account], now)
            fresh = [entry for entry in found.state.entries if entry.seq > stored]
            told += await deal_changed(conn, found.state, fresh, context)
        if one.told is not None:
            await state_rows.tell(conn, found.state.id, one.told)
    await proposal_rows.belong(conn, belong)
    return told


async def _in_charge(conn: AsyncConnection, opened: Sequence[Opened]) -> list[Opened]:
    """Whose owner has left: their manager's."""
    named = {id for one in opened if (id := one.owner["id"]) is not None}
    people = await person_rows.with_managers(conn, named) if named else {}
    return [_owned(one, people) for one in opened]


def _owned(one: Opened, people: Mapping[str, Person]) -> Opened:
    id = one.owner["id"]
    if id is None or id not in people or people[id].active:
        return one
    heir = in_charge(id, people)
    name = heir.name if heir else None
    return replace(one, owner={**one.owner, "id": heir.id if heir else None, "name": name})


def asks_sales(before: Opportunity, state: Opportunity) -> bool:
    """Whether it is theirs and its CSM's now."""
    rises = RANK[state.owner.role] > RANK[before.owner.role]
    return rises and state.owner.role == "hybrid"


def _about(one: Opened) -> tuple[str, str, str]:
    return one.account, one.to_plan, one.add_on or ""


def _with_offers(found: Appended, offers: Sequence[Proposed], now: datetime) -> Appended:
    """What went to the customer; a draft waits for somebody to propose it, and what stands on a
    quote for the purchase.
    """
    for offer in offers:
        channel = states.SEEN_BY.get(offer.channel)
        if channel is None or offer.is_draft or offer.expires_at is None:
            continue
        sent = {
            "id": offer.id,
            "at": iso(now),
            "channel": channel,
            "plan": offer.plan,
            "year": money.said(lines.amount(found.state.lines), found.state.currency),
            "expires_at": iso(offer.expires_at),
            "contacts": list(offer.contacts),
            "angle": None,
        }
        more = append.noted(found.state, states.sent(found.state, sent), JUDGEMENT, now)
        found = Appended(more.state, (*found.entries, *more.entries), found.effects)
    return found


def _begun(one: Opened, closed: Row[Any] | None, now: datetime) -> Appended:
    """A new cause after the deal was closed opens another one."""
    subject = one.id if closed is None else identity("opportunity", one.decision)
    first = First(
        from_plan=one.from_plan,
        to_plan=one.to_plan,
        stage=one.stage,
        owner=_owner(one),
        rule=one.rule,
        reasons=one.reasons,
        deal_value=one.deal_value,
        currency=one.currency,
        lines=() if one.line is None else (one.line,),
        add_on=one.add_on,
        scenarios=one.scenarios,
        decision=one.decision,
    )
    return append.begun(subject, one.account, first.draft(), JUDGEMENT, now)


def drafts(state: Opportunity, one: Opened) -> list[Draft]:
    """Stage and owner stay from `qualified` on, and once a person has an entry; only the route may
    still rise.
    """
    value = money.said(one.deal_value, one.currency)
    reason = {
        "decision": one.decision,
        "reasons": list(one.reasons),
        "scenarios": list(one.scenarios or state.scenarios),
        "deal_value": value,
    }
    found = [Draft("reason", reason)]
    owner, is_theirs = _owner(one), state.has_person or state.stage not in EARLY
    rises = RANK[owner.role] > RANK[state.owner.role]
    if is_theirs and rises and state.owner.id is not None:
        owner = Owner(owner.role, state.owner.id, state.owner.name)
    if owner != state.owner and (rises or not is_theirs):
        route = {"owner": owner.json(), "before": state.owner.json(), "rule": one.rule}
        found.append(Draft("route", {**route, "deal_value": value}))
    if not is_theirs and not state.set_by_person and one.stage != state.stage:
        found.append(Draft("move", {"to": one.stage, "from": state.stage}))
    return found


def _owner(one: Opened) -> Owner:
    return Owner(str(one.owner["role"]), one.owner["id"], one.owner["name"])
