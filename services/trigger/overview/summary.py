"""What lists show of one account, and until when that holds. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from services.trigger.accounts import Person, Subscription
from services.trigger.dossier.dossier import Loaded
from services.trigger.judgement.case import Case
from services.trigger.judgement.decision import GateAnswer
from services.trigger.judgement.findings import targets, timing
from services.trigger.judgement.findings.health import Band, health
from services.trigger.judgement.findings.loyalty import Segment, loyalty
from services.trigger.judgement.pipeline import suppressions
from services.trigger.process.revenue import yearly
from shared.values.money import round_money
from shared.values.periods import local_date

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Summary:
    """`near_percent`: of the fullest meter, floored. `arr`: a year of what is subscribed, in
    `currency`. `due_at`: the first moment at which time alone may change any of it; ends of the
    meters' periods are not among these.
    """

    account: str
    name: str
    plan: str | None
    segment: str | None
    csm_id: str | None
    csm_name: str | None
    ae_id: str | None
    ae_name: str | None
    loyalty: Segment
    band: Band | None
    score: Decimal | None
    near_meter: str | None
    near_percent: int | None
    renewal_date: date | None
    arr: Decimal | None
    currency: str | None
    suppressed: bool
    target: bool
    due_at: datetime


def summarised(loaded: Loaded, now: datetime) -> Summary:
    facts, profile, policy = loaded.facts, loaded.profile, loaded.catalog.policy
    case = Case("schedule", now, loaded.catalog, facts)
    running, blocks = facts.subscription, suppressions(case)
    loyal = loyalty(facts, policy, now).segment
    found = health(facts, case.plan, policy, now)
    near = fullest(loaded) or (None, None)
    sold = None if running is None else loaded.catalog.plans.get(running.plan)
    currency = profile.currency if sold is None else sold.currency
    csm, ae = _named(profile.csm), _named(profile.ae)
    return Summary(
        account=profile.id,
        name=profile.name,
        plan=None if running is None else running.plan,
        segment=profile.segment,
        csm_id=csm[0],
        csm_name=csm[1],
        ae_id=ae[0],
        ae_name=ae[1],
        loyalty=loyal,
        band=None if found is None else found.band,
        score=None if found is None else found.score,
        near_meter=near[0],
        near_percent=near[1],
        renewal_date=None if running is None else timing.renewal_date(running, profile, now),
        arr=None if running is None else _arr(loaded, running, currency),
        currency=currency,
        suppressed=bool(blocks),
        target=targets.fits(case, loyal) and not blocks,
        due_at=_due_at(loaded, blocks, now),
    )


def fullest(loaded: Loaded) -> tuple[str, int] | None:
    """The meter closest to its limit, or furthest above it; of equals the first by id. None: no
    meter with a limit was used.
    """
    if loaded.facts.subscription is None:
        return None
    shares = [
        (-used.percent, meter)
        for meter, used in loaded.facts.usage.items()
        if used.percent is not None
    ]
    if not shares:
        return None
    percent, meter = min(shares)
    return meter, -percent


def _named(person: Person | None) -> tuple[str, str] | tuple[None, None]:
    return (None, None) if person is None else (person.id, person.name)


def _arr(loaded: Loaded, running: Subscription, currency: str | None) -> Decimal | None:
    amount = yearly(running, {running.catalog_version: loaded.catalog})
    return None if amount is None or currency is None else round_money(amount, currency)


def _due_at(loaded: Loaded, blocks: Sequence[GateAnswer], now: datetime) -> datetime:
    """Days are the account's: what depends on days changes at its midnight."""
    tomorrow = local_date(now, loaded.profile.time_zone) + _DAY
    midnight = datetime.combine(tomorrow, time(), loaded.profile.zone).astimezone(UTC)
    return min(one for one in (midnight, *_moments(loaded, blocks)) if one > now)


def _moments(loaded: Loaded, blocks: Sequence[GateAnswer]) -> Iterator[datetime]:
    terms = loaded.terms
    if terms.next is not None:
        yield terms.next.begins_at
    if terms.subscription is not None and terms.subscription.ended_at is not None:
        yield terms.subscription.ended_at
    for trial in terms.trials:
        yield from (trial.starts_at, trial.ends_at)
    yield from (one.answer.retry_at for one in blocks if one.answer.retry_at is not None)
