"""A random account with anything that the inputs accept, and everything that is decided, shown and
said about it.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, get_args

import msgspec
from hypothesis import strategies as st

from services.notifier.addressing import Preferences, Reader, address
from services.notifier.channels.registry import KINDS
from services.trigger.accounts import Account, Contact, Override, Person, Role, Terms
from services.trigger.alerts import evaluation
from services.trigger.alerts.evaluation import Look
from services.trigger.alerts.notices import Reading, gated_notice, threshold_notice
from services.trigger.alerts.occasions import GATED, USAGE, Occasion
from services.trigger.dossier.dossier import Loaded, assembled, with_days
from services.trigger.dossier.memory import (
    Memory,
    MoveRow,
    OpportunityRow,
    ProposalRow,
    SignalRow,
    TotalRow,
)
from services.trigger.dossier.meter_usage import Days
from services.trigger.judgement.case import Crossing
from services.trigger.judgement.facts import types
from services.trigger.places import Held, Place
from services.trigger.proposals.fact_sequence import Hearing
from services.trigger.proposals.results import Left
from services.trigger.sale_terms import mixed
from services.trigger.thresholds import Reached, State, evaluate
from shared.catalog import Catalog, Threshold
from shared.events import Event
from shared.messages import Message, Tell
from shared.values.periods import NEVER, period_at
from shared.wording import inbox_text, mail_text, task_text
from tests.support import strategies as given
from tests.support.rulings import received

ACCOUNT = "acct-1"
NEEDS = {
    "need.stated",
    "feature.requested",
    "ticket.opened",
    "ticket.classified",
    "compliance.need",
    "quote.presented",
}
"""Facts that may imply a need for something other than capacity."""


@dataclass(frozen=True)
class World:
    """`told`: the facts that arrive now; `kept` and `days`: what is already in the tables."""

    now: datetime
    profile: Account
    terms: Terms
    sold: Catalog
    current: Catalog
    kept: Memory
    days: dict[str, Days]
    told: list[Event]
    places: dict[Place, Held]

    @property
    def loaded(self) -> Loaded:
        found = assembled(
            self.profile,
            self.terms,
            self.kept,
            mixed(self.sold, self.current),
            self.current,
            self.now,
        )
        return with_days(found, self.days, self.now, {})


@st.composite
def worlds(draw: st.DrawFn) -> World:
    now = draw(given.NOWS)
    sold = draw(given.catalogs())
    current = (
        replace(draw(given.catalogs()), currency=sold.currency) if draw(st.booleans()) else sold
    )
    terms = _terms(draw, sold, now)
    profile = _profile(draw, terms.time_zone, sold)
    places = _places(draw, terms, sold, now)
    kept = Memory(
        started_at=draw(st.none() | given.MOMENTS.filter(lambda moment: moment <= now)),
        signals=draw(st.lists(_signals(sold, now), max_size=3)),
        opportunities=draw(st.lists(_opportunities(sold), max_size=2)),
        proposals=draw(st.lists(_proposals(sold, now), max_size=3)),
        moves=draw(st.lists(_moves(sold, now), max_size=2)),
        remedies=draw(st.lists(st.sampled_from(["retention", "training"]), max_size=1)),
        totals=[
            TotalRow(one.meter, one.period_start, held.period_end, held.used or Decimal(0))
            for one, held in sorted(places.items())
        ],
    )
    currency = profile.currency or sold.currency
    told = draw(given.facts(ACCOUNT, mixed(sold, current), currency, now))
    if draw(st.booleans()):  # only capacity is needed
        told = [one for one in told if one.type not in NEEDS]
        kept = msgspec.structs.replace(
            kept, signals=[one for one in kept.signals if one.type.endswith("_limit")]
        )
    return World(now, profile, terms, sold, current, kept, _days(draw, sold, now), told, places)


def _terms(draw: st.DrawFn, sold: Catalog, now: datetime) -> Terms:
    zone = draw(given.TIME_ZONES)
    if draw(st.integers(1, 10)) == 1:
        return Terms(zone, None, {})
    order = draw(given.orders(sold, given.MOMENTS.map(lambda moment: min(moment, now))))
    subscription = order.subscription(1, now)
    overrides = {
        meter: Override(
            meter, draw(st.booleans()), draw(given.LIMITS), draw(st.none() | _own_thresholds())
        )
        for meter in sold.meters
        if draw(st.integers(1, 5)) == 1
    }
    return Terms(zone, subscription, overrides)


def _own_thresholds() -> st.SearchStrategy[tuple[Threshold, ...]]:
    def made(raw: list[Any]) -> tuple[Threshold, ...]:
        return tuple(
            Threshold(at=one["at"]) if isinstance(one, dict) else Threshold(one) for one in raw
        )

    return given.thresholds().map(made)


def _profile(draw: st.DrawFn, zone: str, sold: Catalog) -> Account:
    contacts = tuple(
        Contact(
            f"c{number}",
            draw(given.NAMES),
            draw(st.sampled_from(get_args(Role))),
            "a@example.com",
            draw(st.none() | given.LOCALES),
        )
        for number in range(1, draw(st.integers(0, 3)) + 1)
    )
    authority = st.none() | given.money(sold.currency, digits=15)
    people = st.none() | st.builds(
        Person,
        st.just("u7"),
        given.NAMES,
        st.sampled_from([None, "k@example.com"]),
        st.booleans(),
        authority,
    )
    return Account(
        ACCOUNT,
        draw(given.NAMES),
        draw(given.LOCALES),
        zone,
        country=draw(given.COUNTRIES),
        currency=draw(st.sampled_from([None, sold.currency])),
        customer_since=draw(st.none() | given.MOMENTS),
        csm=draw(people),
        ae=draw(people),
        contacts=contacts,
    )


def _places(draw: st.DrawFn, terms: Terms, sold: Catalog, now: datetime) -> dict[Place, Held]:
    """Usage of the meters, in the current period and the previous one."""
    if terms.subscription is None:
        return {}
    running = period_at(terms.subscription.grid(terms.time_zone), now)
    before = period_at(
        terms.subscription.grid(terms.time_zone), running.start - timedelta(microseconds=1)
    )
    found = {}
    for meter in sold.meters.values():
        if draw(st.integers(1, 4)) == 1:
            continue
        periods = (
            [(NEVER, None)]
            if meter.is_gauge
            else [(running.start, running.end), (before.start, before.end)]
        )
        for start, end in periods:
            found[Place(ACCOUNT, meter.id, start)] = Held(
                end, draw(given.TOTALS), state=draw(st.none() | _states(meter.is_gauge))
            )
    return found


def _states(gauge: bool) -> st.SearchStrategy[State]:
    def looked(used: Decimal, limit: Decimal | None, thresholds: tuple[Threshold, ...]) -> State:
        return evaluate(used, limit, thresholds, State(), gauge=gauge).state

    return st.builds(looked, given.TOTALS, given.LIMITS, _own_thresholds())


def _ago(draw: st.DrawFn, now: datetime, most_days: int) -> datetime:
    return now - timedelta(hours=draw(st.integers(0, most_days * 24)))


@st.composite
def _signals(draw: st.DrawFn, sold: Catalog, now: datetime) -> SignalRow:
    """As read back: evidence consists of JSON values."""
    at = _ago(draw, now, 90)
    until = draw(st.none() | st.integers(-10, 100).map(lambda days: now + timedelta(days=days)))
    meter = draw(st.sampled_from(list(sold.meters)))
    kinds: list[tuple[str, str, dict[str, Any]]] = [
        ("usage_limit", meter, {"threshold": 80, "percent": 81}),
        ("usage_limit", meter, {"threshold": {"at": 9}, "percent": None}),
        ("repeated_limit", meter, {"percent": 99, "last_percent": 98, "days": 3}),
        (
            "forecast_limit",
            meter,
            {"reaches_limit_at": "2199-12-31T23:59:59.999999Z", "projected": 10},
        ),
        ("renewal", "", {"renewal_date": "2199-12-31"}),
        ("team_growth", "", {"count": 10**9, "role": None, "above": 3}),
        (
            "compliance_need",
            "SOC2",
            {"framework": "SOC2", "deadline": None, "features": ["audit_log"]},
        ),
        ("feature_requested", "sso", {"feature": "sso", "count": 3}),
        ("better_support", "", {"tickets": 2}),
        ("nps_high", "", {"score": 9}),
        ("pre_purchase", "", {"plan": "starter"}),
        ("cancel_intent", "", {"reason": None}),
    ]
    type_, key, evidence = draw(st.sampled_from(kinds))
    return SignalRow(type_, key, at, until, evidence, draw(st.booleans()), None)


@st.composite
def _opportunities(draw: st.DrawFn, sold: Catalog) -> OpportunityRow:
    owner = {
        "role": draw(st.sampled_from(["self_serve", "cs", "sales", "hybrid"])),
        "id": None,
        "name": None,
    }
    return OpportunityRow(
        "o1", draw(st.sampled_from(list(sold.plans))), "identified", owner, ["usage_limit"]
    )


@st.composite
def _proposals(draw: st.DrawFn, sold: Catalog, now: datetime) -> ProposalRow:
    plan, meter = (
        draw(st.sampled_from(list(sold.plans))),
        draw(st.none() | st.sampled_from(list(sold.meters))),
    )
    percent, amount = draw(st.none() | given.TOTALS), draw(st.none() | given.TOTALS)
    return ProposalRow(
        plan,
        _ago(draw, now, 120),
        "message",
        "usage_limit",
        meter,
        percent,
        draw(st.booleans()),
        ["c1"],
        amount,
    )


@st.composite
def _moves(draw: st.DrawFn, sold: Catalog, now: datetime) -> MoveRow:
    plans = st.sampled_from([*sold.plans, "withdrawn"])
    return MoveRow(_ago(draw, now, 400), draw(plans), draw(plans))


def _days(draw: st.DrawFn, sold: Catalog, now: datetime) -> dict[str, Days]:
    found: dict[str, Days] = {}
    for meter in sold.meters:
        recorded: dict[date, dict[int, Decimal]] = {}
        for back in draw(st.lists(st.integers(0, 60), max_size=6, unique=True)):
            hours = draw(
                st.dictionaries(st.integers(0, 23), given.CORRECTED, min_size=1, max_size=3)
            )
            recorded[(now - timedelta(days=back)).date()] = hours
        found[meter] = recorded
    return found


# ---- what follows


def hear(world: World) -> tuple[Loaded, Left]:
    """The facts as trigger accepts them."""
    left = Left()
    hearing = Hearing(world.loaded, world.now, left)
    for event in world.told:
        hearing.hear(event, types.read(event.type, event.data or {}))
    hearing.end()
    return hearing.loaded, left


def looks(world: World) -> list[Look]:
    """Its evaluated meters."""
    context = evaluation.Context(world.current, {1: world.sold}, world.now)
    return [
        look
        for place, held in world.places.items()
        if (look := evaluation.at(place, held, world.terms, context))
    ]


def occasions(world: World) -> list[Occasion]:
    """The newly reached threshold, with its notice."""
    return [one for look in looks(world) for one in _of_look(world, look)]


def _of_look(world: World, look: Look) -> list[Occasion]:
    if look.meter is None:
        return []
    reading = Reading(
        world.profile,
        look.subscription,
        look.sold,
        world.current,
        look.meter,
        look.allowance,
        look.used,
        look.period,
    )
    found = []
    if look.result.gated is not None:
        notice = gated_notice(reading, "k0", decision="d0", now=world.now)
        found.append(Occasion("d0", GATED, reading, None, notice))
    if look.result.reached:
        found.append(_of_crossing(world, look, reading, look.result.reached[-1]))
    return found


def _of_crossing(world: World, look: Look, reading: Reading, reached: Reached) -> Occasion:
    alert = look.alert_id(reached.threshold.key, reached.epoch)
    crossing = Crossing(
        reading.meter.id,
        reached.threshold,
        look.used,
        look.allowance.limit,
        reading.percent,
        alert,
        reached.again,
    )
    notice = threshold_notice(
        reading,
        reached.threshold,
        alert,
        again=reached.again,
        decision="d1",
        task=alert,
        now=world.now,
    )
    return Occasion("d1", USAGE, reading, crossing, notice)


def say(world: World, messages: list[Message]) -> list[str]:
    """Everything that anyone reads about them, over the wire and in both languages."""
    said = []
    readers = {one.id: Reader(one.role, Preferences()) for one in world.profile.contacts}
    for message in messages:
        if not isinstance(message, Tell):
            continue
        for part in address(received(message), readers, tuple(KINDS), world.now):
            row: Any = part.notification
            facts = row.facts.read()
            role = readers[row.contact].role if row.contact else "owner"
            for locale in ("ja", "en", world.profile.locale):
                if row.contact is None:
                    said += [task_text(facts, locale).body] if row.task is not None else []
                    continue
                item = inbox_text(row.kind, row.cls, facts, role, locale)
                mail = mail_text(
                    row.kind,
                    row.cls,
                    facts,
                    row.contact,
                    role,
                    locale,
                    "https://a.example/u" if row.proposes else None,
                )
                said += [item.title, item.body, mail.subject, mail.text]
    return said
