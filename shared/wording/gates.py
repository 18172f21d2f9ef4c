"""A decision's gate in words, for `plimsoll explain`, pages and a task's "do not say" (R-079)."""

import re
from collections.abc import Mapping
from typing import Any

from shared.wording.language import language
from shared.wording.sentence import Sentence
from shared.wording.texts import gates as texts
from shared.wording.texts.gates import Said

Evidence = Mapping[str, Any]

_TICKETS_SAID = 3
"""The most tickets named; the decision itself lists all."""


def gate_title(gate: str, locale: str) -> str:
    """The gate's question; a gate without its own words is shown by name."""
    return texts.GATES[gate].title.say({}, locale) if gate in texts.GATES else gate


def result_text(result: str, locale: str) -> str:
    return texts.RESULTS[result].say({}, locale)


def gate_text(gate: Mapping[str, Any], locale: str, time_zone: str = "UTC") -> str:
    """`gate` as in a decision's JSON. Its reason, and for a block what ends it; days are in
    `time_zone`.
    """
    evidence = {**(gate.get("evidence") or {}), "time_zone": time_zone}
    if language(locale) == "en":
        return _english(gate, evidence)
    match gate["result"]:
        case "block":
            return (
                f"{_blocked(gate['gate'], evidence, gate['reason'])}。"
                f"{_ends(gate['gate'], evidence)}"
            )
        case "skip":
            return f"{texts.NOT_ASKED}。"
        case _:
            return f"{_words(gate, evidence, 'ja') or _passed(gate['gate'], evidence)}。"


def gate_reason(gate: Mapping[str, Any], locale: str, time_zone: str = "UTC") -> str:
    """Only why a gate blocks, for places that say elsewhere what ends it."""
    evidence = {**(gate.get("evidence") or {}), "time_zone": time_zone}
    if language(locale) == "ja":
        return _blocked(gate["gate"], evidence, gate["reason"])
    # Its code, if it has one, is for programs.
    reason = re.sub(r"^[a-z_]+: ", "", gate["reason"])
    return f"{reason}{_tickets(evidence, 'en')}"


def _english(gate: Mapping[str, Any], evidence: Evidence) -> str:
    if gate["result"] != "block":
        return _words(gate, evidence, "en") or str(gate["reason"])
    reason = f"{gate['reason']}{_tickets(evidence, 'en')}"
    if evidence.get("retry_at"):
        return (
            f"{reason}; "
            f"decided again on {Sentence('', '{retry_at:day}').say(_days(evidence), 'en')}"
        )
    return (
        f"{reason}; decided again when {evidence['clears_when']}"
        if evidence.get("clears_when")
        else reason
    )


def _blocked(gate: str, evidence: Evidence, reason: str) -> str:
    template = next((said.blocked for said in _said(gate, evidence) if said.blocked), None)
    if isinstance(template, Mapping):
        parts = [_japanese(text, evidence) for name, text in template.items() if name in evidence]
        return f"{'、'.join(parts) or reason}{_tickets(evidence, 'ja')}"
    if template is None or not _can_say(template, evidence):
        return reason
    against = f"({'、'.join(_against(evidence))})" if evidence.get("against") else ""
    return f"{_japanese(template, evidence)}{against}"


def _said(gate: str, evidence: Evidence) -> tuple[Said, ...]:
    """What may be said of the gate, by precedence: the variants whose evidence is given, then what
    it says otherwise. The first that has the part in question counts.
    """
    words = texts.GATES.get(gate)
    if words is None:
        return ()
    given = (said for name, said in words.variants.items() if _is_given(evidence.get(name)))
    return (*given, words)


def _is_given(found: object) -> bool:
    return found is not None and found != [] and found != ()


def _words(gate: Mapping[str, Any], evidence: Evidence, locale: str) -> str | None:
    """For gates whose reason is an API code."""
    if gate["gate"] == "route":
        return _route(gate["reason"], evidence, locale)
    found = texts.VERDICTS.get(gate["reason"]) if gate["gate"] == "qualification" else None
    return found.say({}, locale) if found else None


def _route(reason: str, evidence: Evidence, locale: str) -> str | None:
    """Who acts, in words; None for a decision that does not start with that."""
    owner = texts.OWNERS.get(reason.split(" ", 1)[0])
    if owner is None:
        return None
    rule = texts.RULE.say({"rule": evidence["rule"]}, locale) if evidence.get("rule") else ""
    no_buyer = texts.NO_BUYER.say({}, locale) if evidence.get("buyers") == 0 else ""
    return f"{owner.say({}, locale)}{rule}{no_buyer}"


def _tickets(evidence: Evidence, locale: str) -> str:
    """The worst tickets with their kind, in brackets; empty if the decision does not list them."""
    told = evidence.get("ticket_details") or ()
    if not told:
        return ""
    found = [_ticket(ticket, locale) for ticket in told[:_TICKETS_SAID]]
    numbers = {*evidence.get("open_bugs", ()), *evidence.get("tickets", ())}
    if (left := max(len(told), len(numbers)) - len(found)) > 0:
        found.append(texts.MORE_TICKETS.say({"count": left}, locale))
    return f"({'、'.join(found)})" if locale == "ja" else f" ({', '.join(found)})"


def _ticket(ticket: Evidence, locale: str) -> str:
    known = (
        texts.TICKET_CLASSES.get(ticket.get("class") or ""),
        texts.SEVERITIES.get(ticket.get("severity") or ""),
    )
    said = [word.say({}, locale) for word in known if word is not None]
    return " ".join(
        [str(ticket["ticket"]), *([("・" if locale == "ja" else "/").join(said)] if said else [])]
    )


def _against(evidence: Evidence) -> list[str]:
    found = []
    for name, numbers in evidence["against"].items():
        key = name if name != "scores" else "scores.nps" if "nps" in numbers else "scores.csat"
        found.append(_japanese(texts.AGAINST[key], {**numbers, "time_zone": evidence["time_zone"]}))
    return found


def _ends(gate: str, evidence: Evidence) -> str:
    if evidence.get("retry_at"):
        return f"{_japanese(texts.RETRY, evidence)}。"
    clears = next((said.clears for said in _said(gate, evidence) if said.clears), None)
    return f"{clears}。" if clears else ""


def _passed(gate: str, evidence: Evidence) -> str:
    template = next((said.passed for said in _said(gate, evidence) if said.passed), None)
    if gate == "crossing":
        threshold = evidence.get("threshold")
        level = f"{threshold['at']}" if isinstance(threshold, Mapping) else f"{threshold}%"
        evidence = {"name": str(evidence.get("meter")), "threshold": level}
    if gate == "fit":
        answers = [*evidence.get("needs", ()), *evidence.get("meters", ())]
        evidence = {**evidence, "answers": answers or None}
    return (
        _japanese(template, evidence)
        if template is not None and _can_say(template, evidence)
        else texts.NOTHING_FOUND
    )


def _can_say(template: str, evidence: Evidence) -> bool:
    """Decisions stored by earlier versions may lack newer evidence."""
    return all(evidence.get(name) is not None for name in Sentence(template, "").variables())


def _japanese(template: str, evidence: Evidence) -> str:
    return Sentence(template, "").say(_days(evidence), "ja")


def _days(evidence: Evidence) -> dict[str, Any]:
    """Lists of ids are counted; everything else is unchanged."""
    return {
        name: len(found) if name in ("open_bugs", "tickets") else found
        for name, found in evidence.items()
    }
