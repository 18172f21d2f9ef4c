"""A fact as a form tells it, and as the API takes it: an event. Pure."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from services.console.views.fact_fields import FORMS, FactField

SOURCE = "/console"
EVENTS = "/v1/signals"
MEDIA_TYPE = "application/cloudevents+json"
_WHOLE = re.compile(r"-?[0-9]{1,15}")
_GROUPED = re.compile(r"-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")
_PRESSURE = "limit_pressure"
_FLAGS = {"true": True, "false": False}


class Form(Protocol):
    def get(self, name: str, default: str = "") -> str: ...


def event(form: Form, account: str, data: Any, now: datetime) -> dict[str, Any]:
    """Its id is the form's key, so that it counts once however often it is sent."""
    return {
        "specversion": "1.0",
        "id": form.get("idempotency_key"),
        "source": SOURCE,
        "type": form.get("type").strip(),
        "subject": account,
        "time": now.isoformat(),
        "data": data,
    }


def told(form: Form) -> dict[str, Any] | None:
    """The data of the fact, from the fields of its type; None for a type without a form. What is
    not a number stays as it was typed: the API says so.
    """
    type_ = form.get("type").strip()
    if type_ not in FORMS:
        return None
    found: dict[str, Any] = {}
    for one in FORMS[type_]:
        if (value := _value(one, form)) not in ("", []):
            first, _, rest = one.name.partition(".")
            if rest:
                found.setdefault(first, {})[rest] = value
            else:
                found[first] = value
    return found


def shown(type_: str) -> dict[str, Any]:
    """What the page offers; without a type, only the types. `fields`: of the type."""
    known = type_ if type_ in FORMS else ""
    return {"type": known, "fields": FORMS.get(known, ()), "types": tuple(FORMS)}


def _value(one: FactField, form: Form) -> Any:
    if one.kind == "several":
        return [code for code in one.options if form.get(f"{one.input}.{code}")]
    typed = form.get(one.input).strip()
    match one.kind:
        case "flag":
            return _FLAGS.get(typed, typed)
        case "number":
            plain = _plain(typed)
            return int(plain) if _WHOLE.fullmatch(plain) else typed
        case "amount":
            return _plain(typed)
        case "currency":
            return unicodedata.normalize("NFKC", typed).upper()
    return typed


def _plain(typed: str) -> str:
    """As people write numbers: 50,000, also in full width."""
    text = unicodedata.normalize("NFKC", typed)
    return text.replace(",", "") if _GROUPED.fullmatch(text) else text


def evidence(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What speaks for or against a criterion: statements, the newest first, then measurements. If
    it is met, only what it is met by. `meter`: the one that is close to its limit, or not.
    """
    met = found["verdict"] == "yes"
    rows = [
        {**one, "meter": one["text"].partition(" ")[0] if one["type"] == _PRESSURE else ""}
        for one in found["evidence"]
        if not met or one["result"] == "yes"
    ]
    measured = [one for one in rows if one["source"] == "measured"]
    said = [one for one in rows if one["source"] != "measured"]
    return [*reversed(said), *measured]
