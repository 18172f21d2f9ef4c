"""What judgement's decisions append: a deal that opens, a reason, value and route that are new."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.opportunities.logs import states, store
from services.trigger.process import money
from services.trigger.process.deals.consequences import RANK
from services.trigger.process.deals.first_entry import First
from services.trigger.process.deals.opportunity import Opportunity, Owner
from services.trigger.process.log import append
from services.trigger.process.log.append import Appended
from services.trigger.process.log.entries import JUDGEMENT, Draft
from services.trigger.process.stages import EARLY
from services.trigger.proposals.changes import Opened
from services.trigger.tables import judgements as state_rows
from services.trigger.tables.process import opportunities as head_rows
from shared.values.identity import identity


async def write(conn: AsyncConnection, opened: Sequence[Opened], now: datetime) -> None:
    """Under the accounts' locks. Of several about the same deal the newest holds."""
    newest = {(one.account, one.to_plan, one.add_on or ""): one for one in opened}
    if not newest:
        return
    ordered = [newest[key] for key in sorted(newest)]
    rows = {row.id: row for row in await head_rows.of_ids(conn, [one.id for one in ordered])}
    open_rows = [row for row in rows.values() if row.closed_at is None]
    known = {one.id: one for one in await states(conn, open_rows, {})}
    for one in ordered:
        state = known.get(one.id)
        if state is None:
            found, stored = _begun(one, rows.get(one.id), now), 0
        else:
            found = append.noted(state, drafts(state, one), JUDGEMENT, now)
            stored = rows[one.id].revision
        await store(conn, found, stored, None)
        if one.told is not None:
            await state_rows.tell(conn, found.state.id, one.told)


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
