"""Messages about usage, built for the notifier from one account and meter (docs/data.md). Pure."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from string import Formatter
from typing import Literal
from urllib.parse import quote

from msgspec import UNSET

from services.trigger.accounts import Account, Person, Subscription
from services.trigger.judgement.words.proposal import named
from services.trigger.limits import Allowance, percent
from services.trigger.process.tasks import due_dates
from shared.catalog import Catalog, Meter, Plan, Threshold
from shared.messages import (
    Closed,
    ClosedAlert,
    Facts,
    Owner,
    Priority,
    Recipient,
    Task,
    Tell,
)
from shared.messages.facts import (
    AbsoluteThreshold,
    AccountFacts,
    BrandFacts,
    LinkFacts,
    Name,
    NoticeFacts,
    NoticeMeter,
    OwnerFacts,
    PeriodFacts,
    PersonFacts,
    PlanFacts,
    ThresholdFacts,
)
from shared.values.identity import identity
from shared.values.periods import Period
from shared.values.quantities import plain
from shared.values.roles import ADMINS


@dataclass(frozen=True, slots=True)
class Reading:
    """The current state of one meter of one account, from which messages are built.

    `period` None: a gauge.
    """

    account: Account
    subscription: Subscription
    sold: Catalog
    current: Catalog
    meter: Meter
    allowance: Allowance
    used: Decimal
    period: Period | None
    received_at: datetime | None = None

    @property
    def percent(self) -> int | None:
        return percent(self.used, self.allowance.limit)

    @property
    def plan(self) -> Plan | None:
        """The plan as sold."""
        return self.sold.plans.get(self.subscription.plan)


def wire(threshold: Threshold) -> ThresholdFacts:
    """A threshold as messages hold it."""
    if threshold.at is not None:
        return AbsoluteThreshold(plain(threshold.at))
    if threshold.per_hour is not None:
        return AbsoluteThreshold(per_hour=plain(threshold.per_hour))
    return threshold.percent or 0


def threshold_notice(
    reading: Reading,
    threshold: Threshold,
    alert: str,
    *,
    again: bool,
    decision: str,
    task: str | None,
    now: datetime,
) -> Tell:
    """The plain notice of a threshold: to every contact, to the webhook, and as a task for the CSM.

    `task`: the alert that opened the task; None: there is none.
    """
    return Tell(
        key=alert,
        kind="usage.threshold",
        cls="notice",
        account=reading.account.id,
        created_at=now,
        facts=notice_facts(reading, threshold, again=again),
        recipients=everybody(reading.account),
        task=None if task is None else _task(reading, threshold, task, now),
        webhook=True,
        meter=reading.meter.id,
        threshold=wire(threshold),
        alert=alert,
        decision=decision,
        received_at=reading.received_at,
        mail_hold_seconds=reading.current.policy.mail_hold_seconds,
    )


def _task(reading: Reading, threshold: Threshold, opened_by: str, now: datetime) -> Task:
    urgency = priority(reading, threshold)
    return Task(
        key=identity(reading.account.id, reading.meter.id, opened_by),
        purpose="usage",
        priority=urgency,
        owner=task_owner("cs", reading.account.csm),
        due_at=due(reading.account, urgency, reading.current, now),
    )


def gated_notice(reading: Reading, key: str, *, decision: str, now: datetime) -> Tell:
    """Something that is not in the plan is used: no alert, no threshold, no task."""
    return Tell(
        key=key,
        kind="feature.gated",
        cls="notice",
        account=reading.account.id,
        created_at=now,
        facts=notice_facts(reading, None, again=False),
        recipients=everybody(reading.account),
        webhook=True,
        meter=reading.meter.id,
        decision=decision,
        received_at=reading.received_at,
    )


def closing(
    account: str,
    meter: str,
    alerts: tuple[ClosedAlert, ...],
    *,
    cured: bool,
    facts: Facts | None,
    now: datetime,
) -> Closed:
    """Alerts that a higher one replaced, or that were cured.

    The same alerts close in the same way only once, so that makes the key.
    """
    key = identity("closed", account, meter, *(f"{alert.alert}:{alert.state}" for alert in alerts))
    return Closed(
        key=key, account=account, meter=meter, at=now, alerts=alerts, cured=cured, facts=facts
    )


def notice_facts(reading: Reading, threshold: Threshold | None, *, again: bool) -> NoticeFacts:
    """All that its wording needs."""
    account, limit, period = reading.account, reading.allowance.limit, reading.period
    return NoticeFacts(
        account=account_facts(account),
        meter=NoticeMeter(
            id=reading.meter.id,
            unit=reading.meter.unit,
            name=named(reading.meter.name),
            reset=reading.meter.reset,
            enforcement=reading.allowance.enforcement,
        ),
        used_text=plain(reading.used),
        limit_text=None if limit is None else plain(limit),
        percent=reading.percent,
        threshold=None if threshold is None else wire(threshold),
        again=again,
        period=None if period is None else PeriodFacts(period.start, period.end),
        plan=PlanFacts(reading.subscription.plan, _plan_name(reading)),
        links=LinkFacts(upgrade_link(reading), _link(reading, "usage", reading.plan)),
        owner=None
        if account.voice is None
        else OwnerFacts(account.voice.name, account.voice.email),
        admin=admin_facts(account),
        brand=brand_facts(reading.current),
        proposal=None,
    )


def brand_facts(catalog: Catalog) -> BrandFacts | None:
    """The product's brand, if the catalogue defines one.

    It applies to all accounts immediately, whichever version they were sold with.
    """
    brand = catalog.brand
    return None if brand is None else BrandFacts(named(brand.name), brand.logo, brand.color)


def account_facts(account: Account) -> AccountFacts:
    """The account that a message is about."""
    return AccountFacts(
        account.id,
        account.name,
        account.locale,
        account.time_zone,
        account.country,
        account.currency,
    )


def admin_facts(account: Account) -> PersonFacts | None:
    """The person whom members should ask: the first contact who may buy."""
    admin = next(
        (contact for role in ADMINS for contact in account.contacts if contact.role == role), None
    )
    return None if admin is None else PersonFacts(admin.name)


def everybody(account: Account) -> tuple[Recipient, ...]:
    return tuple(Recipient(contact.id) for contact in account.contacts)


def priority(reading: Reading, threshold: Threshold) -> Priority:
    """How close to the limit it is; for an absolute threshold, by its share of the limit."""
    level = (
        threshold.percent
        if threshold.at is None
        else percent(threshold.at, reading.allowance.limit)
    )
    if level is None:
        return "medium"
    return "high" if level >= 95 else "medium" if level >= 90 else "low"


def due(account: Account, urgency: Priority, catalog: Catalog, now: datetime) -> datetime:
    """As the policy says, in business days where the account is."""
    return due_dates.due(now, urgency, account, catalog.policy)


def upgrade_link(reading: Reading) -> str | None:
    """Where to buy the next plan; None on the highest plan (BP-16) or without a link."""
    following = reading.sold.next_plan(reading.plan.id) if reading.plan else None
    return None if following is None else _link(reading, "upgrade", following)


def _link(reading: Reading, name: str, plan: Plan | None) -> str | None:
    address = reading.current.links.get(name)
    return (
        None
        if address is None
        else filled(address, reading.account.id, plan.id if plan else "", reading.meter.id)
    )


def filled(address: str, account: str, plan: str, meter: str, add_on: str = "") -> str:
    """A link of the catalogue with `{account}`, `{plan}`, `{meter}`, `{add_on}` filled in; format
    specifications are ignored.
    """
    values = {"account": account, "plan": plan, "meter": meter, "add_on": add_on}
    parts = Formatter().parse(address)
    return "".join(
        f"{text}{quote(values[name], safe='') if name in values else ''}"
        for text, name, _, _ in parts
    )


def task_owner(role: Literal["cs", "sales"], person: Person | None) -> Owner | None:
    """The person that a task belongs to."""
    if person is None:
        return None
    return Owner(role, person.id, person.name, person.email or UNSET)


def _plan_name(reading: Reading) -> Name:
    if reading.plan is None:
        return Name(reading.subscription.plan, reading.subscription.plan)
    return named(reading.plan.name)
