"""The eight steps of a conversation: what is asked, what was answered, what is still missing."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.console.addresses import of
from services.console.views import facts
from services.console.views.deal_entries import Form, number, told
from services.console.views.fact_fields import CHECKS, criterion_form

KINDS = ("demo", "doc", "case_study", "reference", "meeting", "call")
ALWAYS = (7, 8)
"""Steps that cannot be skipped."""
_IN_FIGURES = "roi_articulated"
_SHAPES = {"yes": "good", "no": "act", "unknown": "unknown"}
_ASKS = ("discovery.", "conversation.")


def entry(form: Form) -> dict[str, Any] | None:
    """None: the form asks for nothing that is known here."""
    match form.get("act"):
        case "answer":
            return {"type": "answer", **told(form, "question", "text", "said_by"), **_needs(form)}
        case "step":
            given = told(form, "step", "status", "reason")
            return {"type": "step", **given, "step": number(form.get("step"))}
        case "need":
            return {"type": "need", **told(form, "feature", "meter", "status", "said_by", "text")}
        case "asset":
            return {"type": "asset", **told(form, "kind", "title", "url", "held_on")}
    return None


def _needs(form: Form) -> dict[str, Any]:
    """What an answer confirms that they need: a feature, a meter, or both."""
    found = [
        {kind: id} for kind in ("feature", "meter") if (id := form.get(f"needs.{kind}").strip())
    ]
    return {"needs": found} if found else {}


def view(found: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "criteria": [_criterion(one, found["id"]) for one in _criteria(found)],
        "discovery": found["discovery"],
        "steps": [_step(one, _texts(found)) for one in found["steps"]],
        "needs": found["needs"],
        "assets": [{"url": "", "held_on": "", **one} for one in found["assets"]],
        "kinds": KINDS,
        "done": sum(one["status"] != "open" for one in found["steps"]),
    }


def _criteria(found: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Empty without a plan: there is nothing to qualify for."""
    known: Sequence[Mapping[str, Any]] = (found.get("qualification") or {"criteria": ()})[
        "criteria"
    ]
    return known


def _criterion(one: Mapping[str, Any], id: str) -> dict[str, Any]:
    """`fields`: what settles it, as a fact of `type`. `page`: where its figures are worked out."""
    answered = {row["type"] for row in one["evidence"] if row["result"] == "yes"}
    type_, fields = criterion_form(one["criterion"], answered & {*CHECKS})
    return {
        "name": one["criterion"],
        "verdict": one["verdict"],
        "shape": _SHAPES[one["verdict"]],
        "evidence": [{**row, "shape": _SHAPES[row["result"]]} for row in facts.evidence(one)],
        "type": type_,
        "fields": fields,
        "page": of("opportunities", id, "case") if one["criterion"] == _IN_FIGURES else "",
    }


def _texts(found: Mapping[str, Any]) -> dict[str, str]:
    """Question -> how it is asked."""
    return {one["key"]: one["text"] for step in found["steps"] for one in step["questions"]}


def _step(one: Mapping[str, Any], texts: Mapping[str, str]) -> dict[str, Any]:
    return {
        **one,
        "may_skip": one["step"] not in ALWAYS,
        "missing": [_missing(what, texts) for what in one["blocked_by"]],
    }


def _missing(what: str, texts: Mapping[str, str]) -> tuple[str, str]:
    """(name of its words, number of the step or text of the question)."""
    if what.startswith(_ASKS):
        return "question", texts.get(what, what)
    kind, _, step = what.partition(".")
    return kind, step
