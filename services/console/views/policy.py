"""The policy in force, in words: who acts, when people hear of usage, how often offers go out.
Pure.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from services.console.views.differences import said
from shared.catalog import Policy, parse_catalog
from shared.values.quantities import dumps

Line = tuple[str, dict[str, Any]]
"""The name of a sentence, and its variables."""


def policy_of(catalogue: Mapping[str, Any] | None) -> Policy:
    """With the defaults, which a catalogue leaves out."""
    if catalogue is None:
        return Policy()
    document = {key: value for key, value in catalogue.items() if key != "version"}
    return parse_catalog(dumps(document), "application/json").policy


def view(
    rules: Mapping[str, Any] | None, catalogue: Mapping[str, Any] | None, is_away: bool
) -> dict[str, Any]:
    """`catalogue` None: none is applied, or it is away."""
    policy = policy_of(catalogue)
    return {
        "rules": None if rules is None else rules["rules"],
        "is_away": is_away,
        "version": None if catalogue is None else catalogue["version"],
        "thresholds": None if catalogue is None else thresholds(catalogue),
        "sections": [
            {"name": name, "lines": list(lines)}
            for name, lines in (
                ("caps", _caps(policy)),
                ("holdout", _holdout(policy)),
                ("gates", _gates(policy)),
                ("routing", _routing(policy)),
            )
        ],
    }


def thresholds(catalogue: Mapping[str, Any]) -> list[dict[str, str]]:
    """Those of all meters, then those that a plan has of its own."""
    usual = said(catalogue["thresholds"])
    found = [{"plan": "", "meter": "", "thresholds": usual}]
    for plan in catalogue["plans"]:
        for meter, limit in plan["limits"].items():
            if isinstance(limit, Mapping) and "thresholds" in limit:
                told = said(limit["thresholds"])
                found.append({"plan": plan["id"], "meter": meter, "thresholds": told})
    return found


def _caps(policy: Policy) -> Iterable[Line]:
    for cap in policy.proposal_cap:
        yield "cap", {"count": cap.count, "days": cap.days}
    yield "cooldown.decline", {"days": policy.decline_cooldown_days}
    yield "cooldown.downsell", {"days": policy.downsell_cooldown_days}
    yield "cooldown.step", {"days": policy.step_cooldown_days}
    guards = policy.guardrails
    yield (
        "guardrails",
        {
            "complaints": _plain(guards.complaint_percent),
            "unsubscribes": _plain(guards.unsubscribe_percent),
            "sends": guards.min_sends,
        },
    )


def _holdout(policy: Policy) -> Iterable[Line]:
    if policy.holdout.percent:
        yield "holdout.some", {"percent": _plain(policy.holdout.percent)}
    else:
        yield "holdout.none", {}


def _gates(policy: Policy) -> Iterable[Line]:
    yield "new_contract", {"days": policy.new_contract_grace_days}
    yield "nps_age", {"days": policy.nps_max_age_days}
    bugs = policy.open_bugs_block
    yield "bugs", {"severe": bugs.severe, "reports": bugs.reports_30d}
    yield "logins", {"low": policy.login_low_30d, "target": policy.login_target_30d}
    low = policy.usage_low
    yield "usage_low", {"percent": _plain(low.percent), "trend": _plain(low.trend)}
    repeat = policy.repeat_periods
    yield (
        "repeat",
        {"percent": repeat.percent, "periods": repeat.periods, "days": repeat.days},
    )


def _routing(policy: Policy) -> Iterable[Line]:
    for currency, amount in policy.sales_from.items():
        yield "sales_from", {"sum": {"amount": _plain(amount), "currency": currency}}
    yield f"routing.{policy.routing}", {}
    yield "discount", {"percent": _plain(policy.cs_max_discount_pct)}


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"
