"""An account on one page: how full it is, what is next, how they are, who they are."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from services.console.addresses import address, of
from services.console.views import decisions_one, tasks_one

BANDS = {"green": "good", "yellow": "watch", "red": "act"}
VERDICTS = {"yes": "good", "no": "act", "unknown": "unknown"}
CRITERIA = ("tenure", "logins", "nps", "enquiries")
_FEW = 10
Answer = Mapping[str, Any] | None
"""An answer of the API; None where it is away."""


def header(account: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "account": account,
        "usage_page": of("accounts", account["id"], "usage"),
        "timeline_page": of("accounts", account["id"], "timeline"),
        "page": of("accounts", account["id"]),
        "loyalty": [
            (name, account["loyalty"][name], VERDICTS[account["loyalty"][name]])
            for name in CRITERIA
        ]
        if account.get("loyalty")
        else [],
        "band_shape": BANDS.get(str((account.get("health") or {}).get("band")), "unknown"),
    }


def quote(found: Answer, account: str, now: datetime) -> dict[str, Any] | None:
    """A quote of this account that was just made, or is linked to; `open`: it can be accepted."""
    if found is None or found["account"] != account:
        return None
    expired = datetime.fromisoformat(found["expires_at"]) <= now
    return {**found, "open": found["accepted_at"] is None and not expired}


def meters(usage: Answer, account: str, language: str) -> list[dict[str, Any]] | None:
    """Each with its name in the reader's language, its share floored, and where its page is."""
    if usage is None:
        return None
    return [
        {
            **one,
            "label": one["name"][language],
            "share": None if one["percent"] is None else int(Decimal(one["percent"])),
            "marks": _marks(one["thresholds"]),
            "page": address(of("accounts", account, "usage"), meter=one["meter"]),
        }
        for one in usage["meters"]
    ]


def fullest(usage: Answer, account: str, language: str) -> dict[str, Any] | None:
    """The meter that is nearest to its limit; None: none is used."""
    used = [one for one in meters(usage, account, language) or () if one["share"]]
    return max(used, key=lambda one: one["share"], default=None)


def _marks(thresholds: Iterable[Mapping[str, Any]]) -> list[int]:
    """Those in percent; amounts are not on the bar."""
    return [one["threshold"] for one in thresholds if isinstance(one["threshold"], int)]


def newest_decision(decisions: Answer, locale: str, time_zone: str) -> dict[str, Any] | None:
    if decisions is None or not decisions["data"]:
        return None
    found = decisions["data"][0]
    gates = [decisions_one.gate(one, locale, time_zone) for one in found["gates"]]
    return {
        **found,
        "page": of("decisions", found["id"]),
        "offered": found["outcome"] in decisions_one.OFFERED,
        "blocking": [one for one in gates if one["result"] == "block"],
        "asked": len(gates),
        "route": found.get("route") or {},
    }


def next_threshold(usage: Answer, language: str) -> dict[str, Any] | None:
    """The nearest one that is not reached: its meter's name and percentage. None: there is none."""
    ahead = [
        (level - Decimal(one["percent"]), level, one["name"][language])
        for one in (usage or {"meters": ()})["meters"]
        if one["percent"] is not None
        for level in _marks(one["thresholds"])
        if level > Decimal(one["percent"])
    ]
    return {"n": min(ahead)[1], "name": min(ahead)[2]} if ahead else None


def plans(account: Mapping[str, Any], catalog: Answer) -> list[str]:
    """Those that can be offered: of the family of the own plan; all where there is none."""
    families = {one["id"]: one.get("family") for one in (catalog or {}).get("plans", ())}
    own = (account["subscription"] or {}).get("plan")
    return [id for id, family in families.items() if own not in families or family == families[own]]


def filling(usage: Answer, catalog: Answer) -> list[str]:
    """Where nothing is used yet: the events that would be counted."""
    meters = (usage or {"meters": ()})["meters"]
    known = (catalog or {}).get("meters") or {}
    if not meters or any(one["used"] for one in meters):
        return []
    events = (known.get(one["meter"], {}).get("event") for one in meters)
    return sorted({one for one in events if one})


def money(account: Mapping[str, Any]) -> list[tuple[str, Any, str]]:
    """(field, value, how it is written) of what they pay for, and what comes next."""
    now, then = account["subscription"], account["next_subscription"]
    if now is None:
        return []
    add_ons = [f"{name} × {count}" for name, count in sorted(now["add_ons"].items())]
    found = [
        ("subscription.plan", now["plan"], "plan"),
        ("subscription.quantity", now["quantity"], "number"),
        ("subscription.interval", now["interval"], "interval"),
        ("subscription.currency", now["currency"], "text"),
        ("arr", account["arr"], "money"),
        ("subscription.add_ons", ", ".join(add_ons), "text"),
        ("subscription.started_at", now["started_at"], "moment"),
        ("renewal_date", account["renewal_date"], "day"),
    ]
    if then is not None:
        found.append(("next_subscription.plan", then["plan"], "plan"))
    return [one for one in found if one[1] not in (None, "")]


def rows(answer: Answer) -> list[Any] | None:
    return None if answer is None else list(answer["data"])


def tasks(answer: Answer) -> list[Any] | None:
    found = rows(answer)
    return None if found is None else [tasks_one.row(one) for one in found]


def opportunities(answer: Answer) -> list[Any] | None:
    found = rows(answer)
    return (
        None
        if found is None
        else [{**one, "page": of("opportunities", one["id"])} for one in found]
    )


def timeline(
    alerts: Answer,
    decisions: Answer,
    facts: Answer,
    messages: Answer,
    most: int = _FEW,
    plans: Answer = None,
    calls: Sequence[Mapping[str, Any]] = (),
) -> list[dict[str, Any]]:
    """What happened, newest first, of all that is there. `plans`: a meter's history, which has the
    changes of plan. `calls`: entries of opportunities.
    """
    changes = [] if plans is None else plans["plan_changes"]
    found = [
        *_events("alert", alerts, "reached_at"),
        *_events("decision", decisions, "at"),
        *_events("fact", facts, "time"),
        *_events("message", messages, "created_at"),
        *({"kind": "call", "at": one["at"], **_called(one)} for one in calls),
        *(
            {"kind": "plan", "at": one["at"], "from": one["from"], "to": one["to"], "page": ""}
            for one in changes
        ),
    ]
    return sorted(found, key=lambda one: datetime.fromisoformat(one["at"]), reverse=True)[:most]


def _events(kind: str, answer: Answer, at: str) -> list[dict[str, Any]]:
    return [{"kind": kind, "at": one[at], **_said(kind, one)} for one in rows(answer) or ()]


def _said(kind: str, one: Mapping[str, Any]) -> dict[str, Any]:
    """`what`: the name of what happened; `detail`: of which thing; `page`: where more is said."""
    match kind:
        case "alert":
            level = one["threshold"]
            told = f"{level} %" if isinstance(level, int) else str(level.get("at", level))
            return {"what": one["meter"], "detail": told, "page": ""}
        case "decision":
            return {"what": one["outcome"], "detail": "", "page": of("decisions", one["id"])}
        case "fact":
            return {"what": one["type"], "detail": "", "page": ""}
        case _:
            return {"what": one["kind"], "detail": one["contact"] or "", "page": ""}


def _called(entry: Mapping[str, Any]) -> dict[str, Any]:
    body = entry["body"]
    told = [body.get(name) for name in ("title", "text", "held_on")]
    return {
        "what": body.get("kind") or "call",
        "detail": " · ".join(one for one in told if one),
        "page": of("opportunities", entry["opportunity"]),
    }


def suppressions(account: Mapping[str, Any], locale: str) -> Sequence[dict[str, Any]]:
    zone = account["time_zone"]
    return [
        {**one, **decisions_one.gate({**one, "result": "block"}, locale, zone)}
        for one in account.get("suppressions") or ()
    ]
