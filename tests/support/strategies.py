"""Everything that the inputs accept, up to the bounds: amounts, dates, catalogues, contracts,
accounts, facts. Shared by all property tests.

`examples(n)` runs n examples in continuous integration and many more under `make nightly`.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, get_args

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from services.trigger.judgement.facts import types
from services.trigger.judgement.facts.record import Criterion, Reply, Severity, TicketClass
from services.trigger.subscriptions.orders import MOST, Order
from shared.catalog import Catalog
from shared.catalog.policy import HEALTH_PARTS
from shared.catalog.types import AssetKind, MaterialKind
from shared.events import Event
from shared.values.money import minor_digits
from shared.values.periods import Interval
from tests.support.catalogs import parsed

Draw = Callable[[st.SearchStrategy[Any]], Any]


def examples(count: int, *, shrinks: bool = True) -> settings:
    """Half of `count` in continuous integration, twenty times as many under the profile `nightly`.

    `shrinks` False: a failing example is printed unshrunk. Shrinking a whole account takes minutes.
    """
    usual = 100
    factor = settings.default.max_examples / usual if settings.default is not None else 1
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
    phases = [Phase.explicit, Phase.reuse, Phase.generate, *([Phase.shrink] if shrinks else [])]
    return settings(
        max_examples=int(count * factor), deadline=None, suppress_health_check=slow, phases=phases
    )


# ---- amounts and money

SMALLEST, LARGEST = Decimal("1e-9"), Decimal("999999999999999999.999999999")
"""The smallest and the largest accepted amount: 18 digits before the point and 9 after it."""

_ENDS = [
    SMALLEST,
    Decimal("0.1"),
    Decimal(1),
    Decimal(3),
    Decimal(99),
    Decimal(100),
    Decimal(1024),
    Decimal(10**9),
    Decimal(10**11),
]
POSITIVE: st.SearchStrategy[Decimal] = st.one_of(
    st.sampled_from([*_ENDS, Decimal(2**40), Decimal(10**17), Decimal(10**18 - 1), LARGEST]),
    st.integers(1, 10**18 - 1).map(Decimal),
    st.integers(1, 10**27 - 1).map(lambda units: Decimal(units).scaleb(-9)),
    st.integers(1, 10_000).map(lambda units: Decimal(units).scaleb(-2)),
)
AMOUNTS = st.one_of(st.just(Decimal(0)), POSITIVE)
CORRECTED = st.one_of(AMOUNTS, AMOUNTS.map(lambda amount: -amount))
"""Totals may be negative if a correction arrived first."""

TOTALS = st.one_of(
    CORRECTED,
    st.sampled_from([Decimal(10) ** 28, Decimal("99999999999999999999999999999.999999999")]),
)
"""The range of a totals column."""

LIMITS = st.one_of(st.none(), AMOUNTS)
CURRENCIES = st.sampled_from(["USD", "JPY", "KWD", "EUR", "CLF"])
QUANTITIES = st.one_of(st.integers(1, 30), st.sampled_from([10**6, MOST]), st.integers(1, MOST))


def money(currency: str, digits: int = 18) -> st.SearchStrategy[Decimal]:
    """A price: zero, a whole amount, one with all its minor units, and the largest with that many
    digits.
    """
    step = Decimal(1).scaleb(-minor_digits(currency))
    largest = Decimal(10) ** digits - step
    return st.one_of(
        st.sampled_from([Decimal(0), step, Decimal(49), Decimal(500), largest]),
        st.integers(0, 10**6).map(lambda units: units * step),
        st.integers(0, 10**digits - 1).map(Decimal),
    )


# ---- time

FIRST, LAST = (
    datetime(1990, 1, 1, tzinfo=UTC),
    datetime(2199, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
)
MOMENTS: st.SearchStrategy[datetime] = st.one_of(
    st.sampled_from(
        [
            FIRST,
            LAST,
            datetime(2024, 2, 29, 12, tzinfo=UTC),
            datetime(2025, 9, 16, tzinfo=UTC),
            datetime(2100, 2, 28, tzinfo=UTC),
        ]
    ),
    st.datetimes(FIRST.replace(tzinfo=None), LAST.replace(tzinfo=None)).map(
        lambda moment: moment.replace(tzinfo=UTC)
    ),
)
NOWS = MOMENTS.map(lambda moment: max(moment, datetime(1994, 1, 1, tzinfo=UTC)))
"""Times at which a fact from three years ago may be sent."""

DAYS: st.SearchStrategy[date] = st.one_of(
    st.sampled_from([FIRST.date(), LAST.date(), date(2024, 2, 29)]),
    st.dates(FIRST.date(), LAST.date()),
)
INTERVALS: st.SearchStrategy[Interval] = st.sampled_from(get_args(Interval))
TIME_ZONES = st.sampled_from(
    [
        "UTC",
        "Asia/Tokyo",
        "America/New_York",
        "Asia/Kathmandu",
        "Australia/Lord_Howe",
        "Pacific/Chatham",
        "America/St_Johns",
        "Pacific/Apia",
        "Pacific/Kiritimati",
        "Etc/GMT+12",
        "Africa/Monrovia",
        "Africa/Casablanca",
        "Antarctica/Troll",
        "Europe/Dublin",
    ]
)
"""Zones with quarter-hour offsets, half an hour of summer time, negative summer time, and across
the date line.
"""

LOCALES = st.sampled_from(
    [
        "ja",
        "ja-JP",
        "JA-jp",
        "en",
        "en-US",
        "en-GB",
        "de-DE",
        "fr",
        "ar-EG",
        "zh-Hant-TW",
        "hi",
        "tlh",
        "x-private",
    ]
)
COUNTRIES = st.sampled_from([None, "JP", "US", "GB", "DE", "BR", "AQ", "XK"])


# ---- texts

IDS = st.sampled_from(
    [
        "core",
        "sso",
        "audit_log",
        "webhooks",
        "機能",
        "a b",
        "{plan}",
        "%s",
        "x" * 256,
        "🚀",
        "ملف",
        "compliance_certs",
    ]
)
NAMES = st.sampled_from(
    [
        "Aozora",
        "青空 花子",
        "{plan:bare}",
        "%d %s",
        "O'Neil & <b>Söhne</b>",
        "لوحة",
        "👩‍💻",
        "x" * 200,
        "\u202eevil",
    ]
)
TEXTS = st.sampled_from(
    ["", "too dear", "高すぎる", "line\nbreak", "{meter}", "x" * 10_000, "🚀" * 50]
)


# ---- catalogues

CLASSES, SEVERITIES = st.sampled_from(get_args(TicketClass)), st.sampled_from(get_args(Severity))
SHARES = st.one_of(st.sampled_from([0, 1, 50, 100]), st.decimals("0", "100", places=2))
DAY_COUNTS = st.one_of(st.sampled_from([0, 1, 14, 30, 3650]), st.integers(0, 3650))
COUNTS = st.one_of(st.sampled_from([0, 1, 2, 5, 1_000_000]), st.integers(0, 1_000_000))
PERCENTAGES = st.one_of(st.sampled_from([1, 80, 90, 95, 100, 1000]), st.integers(1, 1000))


def some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Any subset of these keys."""
    return st.fixed_dictionaries({}, optional=fields)


POLICIES: st.SearchStrategy[dict[str, Any]] = some(
    new_contract_grace_days=DAY_COUNTS,
    login_target_30d=st.integers(1, 30),
    login_low_30d=st.integers(0, 30),
    usage_low=some(percent=SHARES, trend=st.decimals("-100", "100", places=1)),
    tickets_high_30d=COUNTS,
    tickets_high_ratio=st.one_of(st.sampled_from([1, 1_000]), st.decimals("1", "1000", places=9)),
    open_bugs_block=some(severe=COUNTS, reports_30d=COUNTS),
    repeat_periods=some(periods=st.integers(1, 366), days=st.integers(1, 366), percent=PERCENTAGES),
    cs_max_discount_pct=SHARES,
    nps_max_age_days=DAY_COUNTS,
    decline_cooldown_days=DAY_COUNTS,
    downsell_cooldown_days=DAY_COUNTS,
    step_cooldown_days=DAY_COUNTS,
    proposal_cap=st.lists(
        st.fixed_dictionaries({"count": COUNTS, "days": st.integers(1, 3650)}), max_size=3
    ),
    deal_value_basis=st.sampled_from(["incremental", "total"]),
    clear_value_multiple=st.one_of(st.sampled_from([0, 1_000]), st.decimals("0", "1000", places=9)),
    routing=st.sampled_from(["by_size", "healthy_to_sales"]),
    sales_from=some(USD=AMOUNTS, JPY=AMOUNTS, KWD=AMOUNTS),
    holdout=some(percent=SHARES, salt=st.sampled_from(["", "s"])),
    health=st.dictionaries(
        st.sampled_from(HEALTH_PARTS),
        st.one_of(st.just(1), st.decimals("0.000000001", "1000", places=9)),
        min_size=1,
    ),
    sender=st.fixed_dictionaries({"name": NAMES, "address": NAMES, "contact": NAMES}),
    holidays=st.booleans(),
    guardrails=some(complaint_percent=SHARES, unsubscribe_percent=SHARES, min_sends=COUNTS),
    evaluate_on_create=st.booleans(),
    mail_hold_seconds=st.integers(0, 3600),
    process=st.sampled_from(
        [
            {"due_days": {"high": 0, "medium": 366}, "missed_hours": 8784},
            {"accept_days": 1, "contact_days": 366, "trial_days": 90, "expiry_days": 366},
        ]
    ),
    human_first=some(USD=AMOUNTS, JPY=AMOUNTS, KWD=AMOUNTS),
    experiment=st.fixed_dictionaries(
        {
            "id": st.just("実験"),
            "salt": st.just("s"),
            "arms": st.fixed_dictionaries({"a": PERCENTAGES, "b": PERCENTAGES}),
        }
    ),
    costs=st.sampled_from(
        [
            {"currency": "JPY", "acquisition": 300_000, "proposal": "60000"},
            {"currency": "KWD", "acquisition": 0, "proposal": "0.001"},
        ]
    ),
)
"""Every key of `policy`, with its bounds."""

METERS: dict[str, dict[str, Any]] = {
    "storage": {
        "event": "storage.measured",
        "aggregation": "latest",
        "value": "bytes",
        "reset": "never",
        "unit": "byte",
    },
    "seats": {
        "event": "seat.changed",
        "aggregation": "sum",
        "value": "delta",
        "reset": "never",
        "unit": "seat",
    },
    "api_calls": {
        "event": "api.request",
        "aggregation": "count",
        "reset": "period",
        "unit": "call",
    },
    "peak": {
        "event": "peak.measured",
        "aggregation": "max",
        "value": "level",
        "reset": "period",
        "unit": "{unit}",
    },
}
FEATURES = ("core", "sso", "audit_log", "webhooks", "機能", "{plan}")
PLANS = ("free", "starter", "pro", "enterprise")
_PRICED = ("month", "year")


@st.composite
def prices(draw: st.DrawFn, currency: str) -> Any:
    """A monthly price, a yearly one, both, or custom: also falling from plan to plan, equal, and
    zero.
    """
    named = draw(st.sampled_from([("month",), ("year",), _PRICED, _PRICED, None]))
    return "custom" if named is None else {name: str(draw(money(currency))) for name in named}


@st.composite
def thresholds(draw: st.DrawFn) -> list[Any]:
    shares, amounts = (
        draw(st.lists(PERCENTAGES, max_size=3, unique=True)),
        draw(st.lists(POSITIVE, max_size=2, unique=True)),
    )
    return [*shares, *({"at": amount} for amount in amounts)] or [100]


@st.composite
def plan_limits(draw: st.DrawFn) -> Any:
    limit = draw(LIMITS)
    written = "unlimited" if limit is None else limit
    if draw(st.booleans()):
        return written
    return {
        "limit": written,
        "thresholds": draw(thresholds()),
        "enforcement": draw(st.sampled_from(["soft", "hard"])),
    }


@st.composite
def plans(draw: st.DrawFn, key: str, rank: int, currency: str, meters: list[str]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "id": key,
        "rank": rank,
        "limits": {meter: draw(plan_limits()) for meter in meters},
        "price": draw(prices(currency)),
        "purchase": draw(st.sampled_from(["self_serve", "assisted", "sales_assisted"])),
        "features": draw(st.lists(st.sampled_from(FEATURES), max_size=len(FEATURES), unique=True)),
        "name": draw(st.one_of(NAMES, st.fixed_dictionaries({"en": NAMES, "ja": NAMES}))),
        "support": draw(
            some(
                channels=st.lists(
                    st.sampled_from(["email", "phone", "電話"]), max_size=3, unique=True
                ),
                first_response_hours=st.one_of(
                    st.sampled_from([0, 8760]), st.decimals("0", "8760", places=9)
                ),
                csm=st.sampled_from(["none", "assigned", "dedicated"]),
            )
        ),
        "extra": {
            meter: price
            for meter in meters
            if (price := draw(st.none() | prices(currency).filter(lambda one: one != "custom")))
        },
        "target": draw(st.booleans()),
    }
    if draw(st.booleans()):
        made["graduation"] = draw(
            st.lists(st.sampled_from([*meters, "support"]), max_size=3, unique=True)
        )
    return made


def _growth(meters: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    """Adds more of everything: otherwise hardly any add-on would provide all that runs short."""
    return st.fixed_dictionaries(dict.fromkeys(meters, POSITIVE))


@st.composite
def _add_ons(draw: st.DrawFn, currency: str, meters: list[str]) -> list[dict[str, Any]]:
    add_ons = [
        {
            "id": key,
            "price": draw(prices(currency).filter(lambda one: one != "custom")),
            "limits": draw(some(**dict.fromkeys(meters, AMOUNTS))),
        }
        for key in draw(
            st.lists(st.sampled_from(["packs", "seats", "storage_pack"]), max_size=2, unique=True)
        )
    ]
    if draw(st.booleans()):
        add_ons.append(
            {
                "id": "growth",
                "price": draw(prices(currency).filter(lambda one: one != "custom")),
                "limits": draw(_growth(meters)),
            }
        )
    return add_ons


_SOME_METERS = st.lists(st.sampled_from(list(METERS)), min_size=1, unique=True)
_BRAND = {"name": "Example", "logo": "https://a.example/logo.png", "color": "#0B57D0"}
_UPGRADES = ["https://a.example/{account}/{plan}?m={meter}", "/up/{{x}}/{plan}"]


_SHOWN = {"title": {"en": "{plan}", "ja": "<b>例</b>"}, "url": "https://a.example/demo?a=1&b=2"}
_ASSETS = [{"kind": kind, **_SHOWN} for kind in get_args(AssetKind)]
_MATERIALS = {kind: [_SHOWN, {**_SHOWN, "text": "x"}] for kind in get_args(MaterialKind)}


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """A catalogue as a user may write it."""
    currency = draw(CURRENCIES)
    count = draw(st.integers(1, len(PLANS)))
    meters = draw(st.one_of(st.just(list(METERS)), _SOME_METERS))
    found: dict[str, Any] = {
        "currency": currency,
        **draw(some(brand=st.just(_BRAND))),
        "meters": {meter: METERS[meter] for meter in meters},
        "plans": [
            draw(plans(key, rank, currency, meters))
            for rank, key in enumerate(PLANS[:count], start=1)
        ],
        "add_ons": draw(_add_ons(currency, meters)),
        "policy": draw(POLICIES),
        "thresholds": draw(thresholds()),
        "frameworks": {"SOC2": ["audit_log"], "ISO 27001": []},
        "materials": _MATERIALS,
        "links": draw(some(upgrade=st.sampled_from(_UPGRADES), usage=st.just("/u"))),
    }
    if draw(st.booleans()):
        found["features"] = {
            key: draw(
                some(
                    group=st.sampled_from(["features", "security", "integrations"]),
                    name=NAMES,
                    assets=st.just(_ASSETS),
                )
            )
            for key in FEATURES
        }
    return found


def catalogs() -> st.SearchStrategy[Catalog]:
    """What the catalogue's parser accepts."""
    return documents().map(parsed)


# ---- contracts


@st.composite
def orders(
    draw: st.DrawFn, catalog: Catalog, started: st.SearchStrategy[datetime] = MOMENTS
) -> Order:
    """What the subscription API accepts."""
    plan = draw(st.sampled_from(list(catalog.plans.values())))
    sold = [key for key, one in catalog.add_ons.items() if plan.id in one.plans] + [
        key for key in plan.extra if key not in catalog.add_ons
    ]
    price = draw(
        st.none()
        | money(plan.currency, digits=15).map(
            lambda amount: min(amount, Decimal("999999999999999"))
        )
    )
    body = {
        "plan": plan.id,
        "started_at": draw(started),
        "anchor": draw(st.none() | MOMENTS),
        "interval": draw(INTERVALS),
        "quantity": draw(QUANTITIES),
        "renewal_date": draw(st.none() | DAYS.map(date.isoformat)),
        "add_ons": {
            key: draw(st.sampled_from([0, 1, 7, MOST])) for key in sold if draw(st.booleans())
        },
        "price": None if price is None else format(price, "f"),
    }
    order = Order.model_validate(body)
    assert not order.faults(catalog), order.faults(catalog)
    return order


# ---- facts

CONTACTS = st.sampled_from(["c1", "c2", "c3", "gone"])
PEOPLE_COUNTS = st.one_of(st.sampled_from([1, 10**9]), st.integers(1, 50))
_RATES = st.one_of(
    st.sampled_from([SMALLEST, Decimal("0.5"), Decimal(1)]),
    st.integers(1, 10**9).map(lambda units: Decimal(units).scaleb(-9)),
)


def _value(currency: str) -> st.SearchStrategy[dict[str, Any]]:
    """`value.stated` up to its bounds: no more hours than a period has, any hourly rate."""

    def hours(members: int | None) -> st.SearchStrategy[Decimal]:
        most = Decimal(24 * 31 * (members or 1_000_000))
        return st.one_of(
            st.sampled_from([SMALLEST, Decimal("0.5"), most]),
            st.integers(1, int(most)).map(Decimal),
        )

    def with_hours(members: int | None) -> st.SearchStrategy[dict[str, Any]]:
        bases = ["team_total"] if members is None else ["team_total", "per_person"]
        return st.fixed_dictionaries(
            {
                "hours": hours(members),
                "hours_basis": st.sampled_from(bases),
                "hours_period": st.sampled_from(["week", "month"]),
                "hourly_rate": AMOUNTS,
                "currency": st.just(currency),
                "source": st.sampled_from(["customer_stated", "measured", "assumed"]),
                **({} if members is None else {"members": st.just(members)}),
            },
            optional={
                "automation_rate": _RATES,
                "activity": st.fixed_dictionaries({"en": NAMES, "ja": NAMES}),
                "assumed": st.lists(
                    st.sampled_from(["members", "hours", "hourly_rate", "automation_rate"]),
                    max_size=2,
                ),
                "said_by": CONTACTS,
            },
        )

    return st.one_of(st.none(), PEOPLE_COUNTS).flatmap(with_hours)


def fact_data(catalog: Catalog, currency: str) -> dict[str, st.SearchStrategy[dict[str, Any]]]:
    """The accepted data of every type of fact that has any."""
    features = (
        st.sampled_from(list(catalog.features) or ["core"]) if catalog.declared_features else IDS
    )
    return {
        **_data_of_use(features),
        **_data_of_answers(),
        **_data_of_deals(catalog),
        **_data_of_needs(features, st.sampled_from(list(catalog.meters))),
        "value.stated": _value(currency),
    }


def _data_of_use(features: st.SearchStrategy[str]) -> dict[str, st.SearchStrategy[dict[str, Any]]]:
    tickets = st.integers(1, 8).map(lambda number: f"t{number}")
    use = st.fixed_dictionaries({"feature": features}, optional={"user": CONTACTS, "text": TEXTS})
    sorted_ = st.fixed_dictionaries(
        {"ticket": tickets, "class": CLASSES},
        optional={"severity": SEVERITIES, "feature": features},
    )
    step = st.fixed_dictionaries({"ticket": tickets})
    return {
        "login.recorded": st.fixed_dictionaries({"user": CONTACTS}),
        "feature.used": use,
        "feature.gated": use,
        "feature.requested": use,
        "ticket.opened": sorted_,
        "ticket.classified": sorted_,
        "ticket.answered": step,
        "ticket.closed": step,
    }


def _data_of_answers() -> dict[str, st.SearchStrategy[dict[str, Any]]]:
    """What the customer says of itself or of us."""
    score = {"contact": CONTACTS, "comment": TEXTS}
    choice = st.fixed_dictionaries({"contact": CONTACTS}, optional={"scope": st.just("proposals")})
    return {
        "nps.responded": st.fixed_dictionaries({"score": st.integers(0, 10)}, optional=score),
        "csat.responded": st.fixed_dictionaries({"score": st.integers(1, 5)}, optional=score),
        "team.growth": st.fixed_dictionaries(
            {"count": PEOPLE_COUNTS},
            optional={"role": st.sampled_from(["sales", "営業", "{role}"])},
        ),
        "compliance.need": st.fixed_dictionaries(
            {"framework": st.sampled_from(["SOC2", "ISO 27001", "HIPAA"])},
            optional={"deadline": DAYS.map(date.isoformat)},
        ),
        "budget.stated": st.fixed_dictionaries(
            {"status": st.sampled_from(["yes", "no"]), "said_by": CONTACTS},
            optional={"amount": AMOUNTS},
        ),
        "cancel.intent": some(reason=TEXTS),
        "contact.unsubscribed": choice,
        "contact.objected": choice,
    }


def _data_of_deals(catalog: Catalog) -> dict[str, st.SearchStrategy[dict[str, Any]]]:
    plan_ids = st.sampled_from(list(catalog.plans))
    offered = st.fixed_dictionaries({"plan": plan_ids}, optional={"price": AMOUNTS})
    return {
        "quote.presented": offered,
        "contract.signed": offered,
        "subscription.renewed": st.just({}),
        "proposal.answered": st.fixed_dictionaries(
            {"answer": st.sampled_from(get_args(Reply))}, optional={"contact": CONTACTS}
        ),
        "contact.unreachable": st.fixed_dictionaries(
            {"contact": CONTACTS, "reason": st.just("550 no such user")}
        ),
        "deal.stated": some(
            stakeholders=st.sampled_from([0, 3, 1_000_000]),
            approval_days=st.sampled_from([0, 31, 100_000]),
            custom_terms=st.booleans(),
            complex=st.booleans(),
            relationship=st.sampled_from(["operational", "strategic"]),
        ),
    }


def _data_of_needs(
    features: st.SearchStrategy[str], meters: st.SearchStrategy[str]
) -> dict[str, st.SearchStrategy[dict[str, Any]]]:
    return {
        "evidence.recorded": st.fixed_dictionaries(
            {
                "criterion": st.sampled_from(get_args(Criterion)),
                "kind": st.sampled_from(
                    [
                        "interview",
                        "goals",
                        "goals_reached",
                        "active_users",
                        "integrations",
                        "funding_news",
                    ]
                ),
                "text": TEXTS,
            },
            optional={"verdict": st.sampled_from(["yes", "no"]), "said_by": CONTACTS},
        ),
        "need.stated": st.one_of(
            st.fixed_dictionaries(
                {"feature": features}, optional={"text": TEXTS, "said_by": CONTACTS}
            ),
            st.fixed_dictionaries({"meter": meters}, optional={"text": TEXTS}),
        ),
    }


@st.composite
def facts(
    draw: st.DrawFn, account: str, catalog: Catalog, currency: str, now: datetime, most: int = 25
) -> list[Event]:
    """The facts of an account so far, all acceptable: old, from today, an hour ahead."""
    by_type = fact_data(catalog, currency)
    told = []
    for number in range(draw(st.integers(0, most))):
        type_ = draw(st.sampled_from(sorted(by_type)))
        ago = draw(
            st.one_of(
                st.sampled_from([-59, 0, 60 * 24 * 8, 60 * 24 * 1095]),
                st.integers(0, 60 * 24 * 120),
            )
        )
        data = draw(by_type[type_])
        types.read(type_, data)
        told.append(
            Event(
                id=f"f{number}",
                source="/crm",
                type=type_,
                subject=account,
                time=now - timedelta(minutes=ago),
                data=data,
            )
        )
    return told
