"""One account as decisions need it, put together from what is stored. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from services.trigger.accounts import Account, Terms
from services.trigger.alerts import forecast
from services.trigger.dossier import meter_usage
from services.trigger.dossier.memory import Memory, MoveRow, OpportunityRow, ProposalRow
from services.trigger.judgement.facts.facts import (
    Contract,
    Facts,
    Move,
    Opportunity,
    Sent,
    Sold,
    Usage,
)
from services.trigger.limits import allowed_by
from services.trigger.proposals.changes import Open
from shared.catalog import Catalog

DAYS_BACK = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Loaded:
    """One account.

    `catalog`: as sold, under the policy in force. `opened`: its signals and what became of them.
    """

    terms: Terms
    catalog: Catalog
    facts: Facts
    opened: tuple[Open, ...] = ()
    remedies: frozenset[str] = field(default_factory=frozenset)
    suppressed: frozenset[str] = field(default_factory=frozenset)

    @property
    def profile(self) -> Account:
        return self.facts.account

    @property
    def pending(self) -> tuple[Open, ...]:
        """Signals not yet acted on."""
        return tuple(one for one in self.opened if not one.acted)

    @property
    def needs_days(self) -> bool:
        """Whether a rule depends on the days of its meters."""
        return meter_usage.turns_on_days(self.facts.usage.values(), self.catalog.policy)


def assembled(
    profile: Account,
    terms: Terms,
    known: Memory,
    catalog: Catalog,
    current: Catalog,
    now: datetime,
    everywhere: frozenset[bytes] = frozenset(),
) -> Loaded:
    """Assembles an account from what is stored.

    `catalog`: as sold, under the policy in force; `current`: the one in force; `everywhere`:
    mailboxes that refused offers in all accounts. Pure.
    """
    opened = known.opened(profile.id)
    facts = Facts(
        account=profile,
        subscription=terms.running(now),
        contract=_contract(profile, terms, known),
        moves=tuple(_moves(known.moves, catalog)),
        record=known.record,
        usage=_usage(known.running(now), terms, catalog, current, now),
        sent=tuple(_sent(row) for row in known.proposals if row.channel == "message"),
        spoken=tuple(_sent(row) for row in known.proposals if row.is_spoken),
        opportunities=tuple(_opportunity(row) for row in known.opportunities),
        signals=tuple(one.signal for one in opened),
        paused_plays=known.paused(current.policy.guardrails),
        refused_mailboxes=everywhere.union(map(bytes.fromhex, known.refused)),
        former_contacts=frozenset(known.former),
    )
    return Loaded(
        terms,
        catalog,
        facts,
        opened,
        frozenset(known.remedies),
        frozenset(known.suppressed),
    )


def with_days(
    loaded: Loaded,
    recorded: Mapping[str, meter_usage.Days],
    now: datetime,
    hours: Mapping[str, int],
) -> Loaded:
    """Adds the recorded days of its meters.

    `hours`: for counters whose period began before those days, the number of hours with usage.
    Pure.
    """
    usage = {}
    for meter, known in loaded.facts.usage.items():
        days = recorded.get(meter, {})
        in_use = (
            hours[meter]
            if meter in hours
            else forecast.hours_in_use(days, known.period_start or now)
        )
        usage[meter] = meter_usage.with_days(
            known, loaded.catalog.meters[meter], days, loaded.catalog.policy, now, in_use
        )
    return replace(loaded, facts=replace(loaded.facts, usage=usage))


def _contract(profile: Account, terms: Terms, known: Memory) -> Contract:
    bought, waits = terms.subscription, terms.next
    began = None if bought is None else bought.started_at
    return Contract(
        known.started_at or began,
        profile.customer_since or began,
        None
        if waits is None
        else Sold(waits.subscription.plan, waits.begins_at, waits.subscription.changed_at),
    )


def _moves(rows: Iterable[MoveRow], catalog: Catalog) -> Iterable[Move]:
    for row in rows:
        before, after = catalog.plans.get(row.from_plan), catalog.plans.get(row.to_plan)
        if before is not None and after is not None and before.id != after.id:
            yield Move(
                row.at, before.id, after.id, "upgrade" if after.rank > before.rank else "downgrade"
            )


def _usage(
    totals: Mapping[str, meter_usage.Totals],
    terms: Terms,
    sold: Catalog,
    current: Catalog,
    now: datetime,
) -> dict[str, Usage]:
    if terms.subscription is None:
        return {}
    found = {}
    for meter, total in totals.items():
        if meter in sold.meters:
            allowed = allowed_by(terms, meter, sold, current, now)
            found[meter] = meter_usage.usage(meter, total, allowed.limit)
    return found


def _sent(row: ProposalRow) -> Sent:
    return Sent(
        row.at,
        row.plan,
        row.reason,
        row.meter,
        row.percent,
        tuple(row.contacts),
        row.counts,
        row.reason,
        row.amount,
    )


def _opportunity(row: OpportunityRow) -> Opportunity:
    return Opportunity(
        row.id,
        row.to_plan,
        tuple(row.reasons),
        str(row.owner["role"]),
        row.stage,
        _told(row),
        row.add_on,
    )


def _told(row: OpportunityRow) -> tuple[tuple[str, str], ...] | None:
    return None if row.told is None else tuple(row.told)
