"""The `policy` of a catalogue: every known key, with its default."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, get_args

from shared.catalog.place import Place
from shared.catalog.prices import read_currency, read_sum
from shared.catalog.process import Costs, DueDays, Experiment, Process
from shared.catalog.types import (
    BugBlock,
    Cap,
    DealValueBasis,
    Guardrails,
    Holdout,
    Policy,
    Repeat,
    Routing,
    Sender,
    UsageLow,
)
from shared.values.money import is_currency

HEALTH_PARTS = ("logins", "features", "limits", "nps", "support", "outcomes")
_LONGEST_DAYS = 3650
_LONGEST_HOLD = 3600


def read_policy(place: Place) -> Policy:
    fields = place.fields(required=(), optional=tuple(_READERS))
    return replace(Policy(), **{key: _READERS[key](item) for key, item in fields.items()})


def _days(place: Place) -> int:
    return place.whole(0, _LONGEST_DAYS)


def _count(place: Place) -> int:
    return place.whole(0, 1_000_000)


def _from_one(place: Place) -> int:
    return place.whole(1, 366)


def _percent(place: Place) -> Decimal:
    return place.number(0, 100)


def _record(
    kind: type[Any], first: str, readers: Mapping[str, Callable[[Place], Any]]
) -> Callable[[Place], Any]:
    """A small record with defaults; a bare number is its first field."""

    def read(place: Place) -> Any:
        if not isinstance(place.value, dict):
            return kind(**{first: readers[first](place)})
        fields = place.fields(required=(), optional=tuple(readers))
        return kind(**{key: readers[key](item) for key, item in fields.items()})

    return read


def _caps(place: Place) -> tuple[Cap, ...]:
    """`[{count: 1, days: 14}, …]`, or the same as a mapping from days to counts."""
    if isinstance(place.value, dict):
        return tuple(
            Cap(_count(item), _key_days(key, item)) for key, item in place.entries().items()
        )
    caps = []
    for item in place.items():
        fields = item.fields(required=("count", "days"))
        if len(fields) == 2:
            caps.append(Cap(_count(fields["count"]), fields["days"].whole(1, _LONGEST_DAYS)))
    return tuple(caps)


def _key_days(key: str, place: Place) -> int:
    if key.isascii() and key.isdigit() and 0 < int(key[:6]) <= _LONGEST_DAYS:
        return int(key)
    place.fault(f"must be keyed by days from 1 to {_LONGEST_DAYS}")
    return 1


def _by_currency(place: Place) -> dict[str, Decimal]:
    entries = place.entries()
    for currency, item in entries.items():
        if not is_currency(currency):
            item.fault("must be keyed by the codes of currencies in ISO 4217, such as USD")
    return {currency: item.quantity() for currency, item in entries.items()}


def _health(place: Place) -> dict[str, Decimal]:
    """Weights of the health score's parts; a part that is not named does not count."""
    before = len(place.faults)
    fields = place.fields(required=(), optional=HEALTH_PARTS)
    weights = {key: item.number(0, 1_000) for key, item in fields.items()}
    is_read = isinstance(place.value, dict) and len(place.faults) == before
    if is_read and not any(weights.values()):
        place.fault("must give weight to one part at least")
    return weights


def _holdout(place: Place) -> Holdout:
    fields = place.fields(required=(), optional=("percent", "salt"))
    default = Holdout()
    return Holdout(
        _percent(fields["percent"]) if "percent" in fields else default.percent,
        fields["salt"].text() if "salt" in fields and fields["salt"].value != "" else default.salt,
    )


_PROCESS: Mapping[str, Callable[[Place], Any]] = {
    "due_days": _record(
        DueDays, "high", dict.fromkeys(("high", "medium", "low"), lambda place: place.whole(0, 366))
    ),
    "accept_days": _from_one,
    "contact_days": _from_one,
    "trial_days": lambda place: place.whole(1, 90),
    "expiry_days": _from_one,
    "missed_hours": lambda place: place.whole(1, 8784),
}


def _process(place: Place) -> Process:
    fields = place.fields(required=(), optional=tuple(_PROCESS))
    return Process(**{key: _PROCESS[key](item) for key, item in fields.items()})


def _experiment(place: Place) -> Experiment:
    fields = place.fields(required=("id", "salt", "arms"))
    arms = fields["arms"].entries() if "arms" in fields else {}
    for key, item in arms.items():
        Place(key, item.path, item.faults).identifier()
    if "arms" in fields and isinstance(fields["arms"].value, dict) and len(arms) != 2:
        fields["arms"].fault("must be two arms")
    return Experiment(
        fields["id"].identifier() if "id" in fields else "",
        fields["salt"].text() if "salt" in fields else "",
        {key: item.whole(1, 1000) for key, item in arms.items()},
    )


def _costs(place: Place) -> Costs:
    fields = place.fields(required=("currency", "acquisition", "proposal"))
    currency = read_currency(fields["currency"]) if "currency" in fields else ""
    acquisition, proposal = (
        read_sum(fields[key], currency) if key in fields else Decimal(0)
        for key in ("acquisition", "proposal")
    )
    return Costs(currency, acquisition, proposal)


def _sender(place: Place) -> Sender:
    fields = place.fields(required=("name", "address", "contact"))
    return Sender(
        *(fields[key].text() if key in fields else "" for key in ("name", "address", "contact"))
    )


_READERS: Mapping[str, Callable[[Place], Any]] = {
    "new_contract_grace_days": _days,
    "login_target_30d": lambda place: place.whole(1, 30),
    "login_low_30d": lambda place: place.whole(0, 30),
    "usage_low": _record(
        UsageLow, "percent", {"percent": _percent, "trend": lambda place: place.number(-100, 100)}
    ),
    "tickets_high_30d": _count,
    "tickets_high_ratio": lambda place: place.number(1, 1_000),
    "open_bugs_block": _record(BugBlock, "severe", {"severe": _count, "reports_30d": _count}),
    "repeat_periods": _record(
        Repeat,
        "periods",
        {"periods": _from_one, "days": _from_one, "percent": lambda place: place.whole(1, 1000)},
    ),
    "cs_max_discount_pct": _percent,
    "nps_max_age_days": _days,
    "decline_cooldown_days": _days,
    "downsell_cooldown_days": _days,
    "step_cooldown_days": _days,
    "proposal_cap": _caps,
    "deal_value_basis": lambda place: place.choice(get_args(DealValueBasis)),
    "clear_value_multiple": lambda place: place.number(0, 1_000),
    "routing": lambda place: place.choice(get_args(Routing)),
    "sales_from": _by_currency,
    "holdout": _holdout,
    "health": _health,
    "sender": _sender,
    "holidays": lambda place: place.flag(),
    "guardrails": _record(
        Guardrails,
        "complaint_percent",
        {"complaint_percent": _percent, "unsubscribe_percent": _percent, "min_sends": _count},
    ),
    "evaluate_on_create": lambda place: place.flag(),
    "mail_hold_seconds": lambda place: place.whole(0, _LONGEST_HOLD),
    "process": _process,
    "human_first": _by_currency,
    "experiment": _experiment,
    "costs": _costs,
}
