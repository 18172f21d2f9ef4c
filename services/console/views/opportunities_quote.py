"""What the deal sells: lines, discounts, what was proposed, and how the customer approves it."""

from collections.abc import Mapping
from typing import Any

from services.console.views.deal_entries import Form, chosen, number, told
from services.console.views.hindrances import hindrances

CHANNELS = ("email", "person")
WAITING = ("sent", "viewed")
APPROVERS = 3
PLAN = "plan"
"""The form that says how it is approved."""
_NAMES = ("name", "title", "contact")


def entry(form: Form) -> dict[str, Any] | None:
    act = form.get("act")
    match act:
        case "line":
            given = told(form, "item", "quantity", "discount_pct", "year", "state")
            if "quantity" in given:
                given["quantity"] = number(given["quantity"])
            return {"type": act, **given}
        case "approve":
            return {"type": act, **told(form, "item")}
        case "propose":
            contacts = chosen(form, "contacts")
            given = told(form, "channel", "angle", "expires_on")
            return {"type": act, **given, **({"contacts": contacts} if contacts else {})}
        case "withdraw":
            return {"type": act, **told(form, "proposal")}
        case "approval":
            return _approval(form)
    return None


def _approval(form: Form) -> dict[str, Any]:
    rows = [
        {name: one for name in _NAMES if (one := form.get(f"approvers.{n}.{name}").strip())}
        for n in range(APPROVERS)
    ]
    lines = form.get("information").splitlines()
    return {
        "type": "approval",
        "approvers": [one for one in rows if one],
        "information": [one.strip() for one in lines if one.strip()],
        "call": form.get("call") == "on",
        **told(form, "decide_on"),
    }


def view(found: Mapping[str, Any], typed: Mapping[str, str]) -> dict[str, Any]:
    (to_proposal,) = [one for one in found["moves"] if one["to"] == "proposal"] or [None]
    return {
        "lines": [{**one, "is_open": one["state"] == "open"} for one in found["lines"]],
        "hindered": to_proposal["reasons"] if to_proposal else [],
        "hindrances": hindrances(
            to_proposal["reasons"] if to_proposal else (), found["id"], "quote"
        ),
        "angles": found["angles"],
        "channels": CHANNELS,
        "proposals": [
            {**one, "is_waiting": one["state"] in WAITING} for one in reversed(found["proposals"])
        ],
        "approval": found["approval"],
        "rows": _rows(found["approval"], typed),
        "plan": _plan(found["approval"], typed),
    }


def _rows(approval: Mapping[str, Any] | None, typed: Mapping[str, str]) -> list[dict[str, str]]:
    """What the form for approvers begins with."""
    if typed.get("form") == PLAN:
        return [
            {name: typed.get(f"approvers.{n}.{name}", "") for name in _NAMES}
            for n in range(APPROVERS)
        ]
    known = list(approval["approvers"]) if approval else []
    blank = [dict[str, str]()] * (APPROVERS - len(known))
    return [{name: one.get(name) or "" for name in _NAMES} for one in [*known, *blank]]


def _plan(approval: Mapping[str, Any] | None, typed: Mapping[str, str]) -> dict[str, Any]:
    if typed.get("form") == PLAN:
        return {
            "information": typed.get("information", ""),
            "decide_on": typed.get("decide_on", ""),
            "call": typed.get("call") == "on",
        }
    known = approval or {"information": (), "decide_on": "", "call": False}
    return {
        "information": "\n".join(known["information"]),
        "decide_on": known["decide_on"] or "",
        "call": known["call"],
    }
