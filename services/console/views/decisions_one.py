"""A decision in words: what was decided, what blocks, what was done instead, all gates."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.console.addresses import address, of
from shared.wording.gates import gate_text, gate_title

SHAPES = {"pass": "good", "block": "act", "skip": "unknown"}
OFFERED = frozenset({"proposal", "assisted"})


def view(
    decision: Mapping[str, Any],
    account: Mapping[str, Any] | None,
    tasks: Sequence[Mapping[str, Any]] | None,
    notice: Mapping[str, Any] | None,
    locale: str,
    time_zone: str,
) -> dict[str, Any]:
    """`account`, `tasks`, `notice`: None where they are away, or there is none. Days of gates are
    in the account's zone, as everywhere else that they are said.
    """
    zone = account["time_zone"] if account else time_zone
    gates = [gate(one, locale, zone) for one in decision["gates"]]
    return {
        "decision": decision,
        "name": account["name"] if account else decision["account"],
        "account": of("accounts", decision["account"]),
        "offered": decision["outcome"] in OFFERED,
        "blocking": [one for one in gates if one["result"] == "block"],
        "gates": gates,
        "notice": notice,
        "remedies": [_remedy(one, tasks or ()) for one in decision["remedies"]],
        "messages": address(of("accounts", decision["account"], "timeline"), kind="message"),
        "json": of("decisions", decision["id"], "json"),
    }


def notice(
    id: str,
    alerts: Sequence[Mapping[str, Any]] | None,
    messages: Sequence[Mapping[str, Any]] | None,
) -> dict[str, Any] | None:
    """What was told of the threshold that led to this decision, and to how many; None: nothing, or
    it is not known now.
    """
    mine = [one for one in alerts or () if one["decision"] == id and one["notified"]]
    if not mine or messages is None:
        return None
    alert = max(mine, key=lambda one: one["percent"] or 0)
    told = {one["contact"] for one in messages if one["decision"] == id and one["contact"]}
    return {"alert": alert, "contacts": len(told)} if told else None


def gate(found: Mapping[str, Any], locale: str, time_zone: str) -> dict[str, Any]:
    return {
        **found,
        "title": gate_title(found["gate"], locale),
        "text": gate_text(found, locale, time_zone),
        "shape": SHAPES[found["result"]],
    }


def _remedy(remedy: Mapping[str, Any], tasks: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """With its task, if that can be found among those of the account."""
    task = next((one for one in tasks if one["reason"] == remedy["task"]), None)
    return {**remedy, "task_address": of("tasks", task["id"]) if task else ""}
