"""What a step up is worth in the customer's own figures: tried out, and kept as a version."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.console.addresses import of
from services.console.form_values import Typed
from services.console.views.deal_entries import Form, number, told

FIGURES = ("members", "hours", "hourly_rate", "automation_rate")
CHOICES = ("hours_basis", "hours_period", "currency", "source")
BASES = ("per_person", "team_total")
PERIODS = ("week", "month")
SOURCES = ("customer_stated", "measured", "assumed")
DOCUMENTS = (
    "executive_summary",
    "roi_analysis",
    "plan_comparison",
    "security_docs",
    "case_study",
)
FORMATS = ("html", "pdf")
RECKON, SAVE = "reckon", "value"
_NEEDED = ("hours", "hourly_rate")
_FIRST = {"hours_basis": "per_person", "hours_period": "week", "source": "customer_stated"}


def first(found: Mapping[str, Any]) -> dict[str, str]:
    """What is chosen before anybody has chosen."""
    return {**_FIRST, "currency": found["currency"]}


def entry(form: Form) -> dict[str, Any] | None:
    """The next version."""
    if form.get("act") != SAVE:
        return None
    return {"type": "value", **figures(form), **told(form, "said_by")}


def figures(form: Form) -> dict[str, Any]:
    """As `POST …/value` takes them."""
    found = told(form, *FIGURES, *CHOICES)
    return {**found, "members": number(found["members"])} if "members" in found else found


def is_enough(figures: Mapping[str, Any]) -> bool:
    """Whether there is something to reckon with."""
    return all(figures.get(name) for name in _NEEDED)


def filled(found: Mapping[str, Any], typed: Mapping[str, str]) -> Typed:
    """What the calculator begins with: what was typed, else the newest version's."""
    if any(typed.get(name) for name in FIGURES):
        return Typed({**first(found), **typed})
    known = found["value"] or {}
    stated = {name: str(known[name]) for name in (*FIGURES, *CHOICES, "said_by") if known.get(name)}
    return Typed({**first(found), **stated, **typed})


def view(
    found: Mapping[str, Any],
    typed: Mapping[str, str],
    versions: Sequence[Mapping[str, Any]] | None,
    reckoned: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """`reckoned`: what came of the figures that were typed; else the newest version is shown."""
    known = found["value"]
    is_tried = any(typed.get(name) for name in FIGURES)
    page = of("opportunities", found["id"])
    return {
        "figures": filled(found, typed),
        "is_tried": is_tried,
        "result": reckoned if is_tried else known and known["value"],
        "of_version": None if is_tried or not known else known["version"],
        "versions": None if versions is None else [_version(one) for one in versions],
        "bases": BASES,
        "periods": PERIODS,
        "sources": SOURCES,
        "documents": [
            (name, [(form, f"{page}/documents/{name}?format={form}") for form in FORMATS])
            for name in DOCUMENTS
        ],
        "bundles": [(form, f"{page}/bundle?format={form}") for form in FORMATS],
    }


def _version(one: Mapping[str, Any]) -> dict[str, Any]:
    body = {"members": None, "said_by": None, **one["body"]}
    return {**body, "at": one["at"], "by": one["by"], "value": body["value"] or {}}
