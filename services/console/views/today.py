"""Tasks of somebody, in the order in which they are done: overdue, today, this week, later."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.console.addresses import address
from services.console.views import tasks_one
from shared.wording.texts.console import happenings

GROUPS = ("overdue", "today", "week", "later")
ASLEEP = "snoozed"
"""A group that is shown by itself: what is snoozed leaves the others until it wakes."""
KINDS = tuple(happenings.TASKS)
PRIORITIES = ("high", "medium", "low")
MOST = 50
COUNTED = 10_000
PATH = "/console/today"


@dataclass(frozen=True, slots=True)
class Wanted:
    """The list's whole state, as its address has it. Empty: all."""

    who: str = "me"
    due: str = ""
    priority: str = ""
    kind: str = ""

    @property
    def groups(self) -> tuple[str, ...]:
        return (self.due,) if self.due else GROUPS

    @property
    def query(self) -> dict[str, str]:
        return {
            "who": "" if self.who == "me" else self.who,
            "due": self.due,
            "priority": self.priority,
            "kind": self.kind,
        }

    @property
    def is_filtered(self) -> bool:
        return bool(self.due or self.priority or self.kind)


def wanted(query: Mapping[str, str]) -> Wanted:
    """What is not known is as if it were not there."""
    due, priority = query.get("due", ""), query.get("priority", "")
    return Wanted(
        query.get("who", "") or "me",
        due if due in (*GROUPS, ASLEEP) else "",
        priority if priority in PRIORITIES else "",
        query.get("kind", "")[:100],
    )


def owner(asked: Wanted, person: str) -> str | None:
    return {"me": person, "all": None}.get(asked.who, asked.who)


def asks(
    asked: Wanted, person: str, now: datetime, time_zone: str, cursor: str = ""
) -> dict[str, dict[str, Any]]:
    """The queries of `GET /v1/tasks`: one per group, and those of the counts. `cursor`: of a group
    by itself.
    """
    midnight = start_of_day(now, time_zone)
    tomorrow, week = next_day(midnight, 1), next_day(midnight, 7)
    common = {
        "owner": owner(asked, person),
        "priority": asked.priority,
        "reason": asked.kind,
    }
    order = {"sort": "due", "limit": MOST, "total": True, "names": True}
    listed = {**common, "open": True, "awake": True, **order}
    later = {"overdue": False}
    found = {
        ASLEEP: {**common, "state": "snoozed", **order},
        "overdue": {**listed, "overdue": True},
        "today": {**listed, **later, "due_before": _text(tomorrow)},
        "week": {
            **listed,
            **later,
            "due_from": _text(tomorrow),
            "due_before": _text(week),
        },
        "later": {**listed, **later, "due_from": _text(week)},
    }
    after = {"cursor": cursor} if asked.due and cursor else {}
    chosen = {name: {**found[name], **after} for name in asked.groups}
    counted = {"owner": common["owner"], "limit": 1, "total": True}
    # Without a filter the groups are all that is open.
    opened = {"open": {**counted, "open": True, "awake": True}} if asked.is_filtered else {}
    return {
        **chosen,
        **opened,
        "closed": {**counted, "closed_from": _text(midnight)},
        "asleep": {**counted, "state": "snoozed"},
    }


def others(asked: Wanted, person: str, now: datetime, time_zone: str) -> dict[str, dict[str, Any]]:
    """Queries of what an empty list points to: those of this week, and all."""
    midnight = start_of_day(now, time_zone)
    all = {"owner": owner(asked, person), "open": True, "awake": True, "limit": 1, "total": True}
    week = {
        "overdue": False,
        "due_from": _text(next_day(midnight, 1)),
        "due_before": _text(next_day(midnight, 7)),
    }
    return {"week": {**all, **week}, "others": all}


def view(asked: Wanted, found: Mapping[str, Any], person: str) -> dict[str, Any]:
    """`found`: name of a query -> its answer."""
    groups = _groups(asked, found)
    return {
        "groups": [one for one in groups if one["total"]],
        "open": found["open"]["total"] if "open" in found else sum(one["total"] for one in groups),
        "closed_today": found["closed"]["total"],
        "snoozed": found["asleep"]["total"],
        "asleep": address(PATH, {**asked.query, "due": ASLEEP}),
        "shown": sum(len(one["tasks"]) for one in groups),
        "asked": asked,
        "clear": address(PATH, {"who": asked.query["who"]}),
        "mine": address(PATH),
        "everybody": address(PATH, who="all"),
        "first": next((one["tasks"][0]["address"] for one in groups if one["tasks"]), ""),
        "this_week": address(PATH, {"who": asked.query["who"], "due": "week"}),
        "next": _next(asked, found),
        "person": person,
    }


def _groups(asked: Wanted, found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A page of tasks from all of them; of a group that is longer the rest is where `more` leads.
    A group by itself is turned over.
    """
    groups, left = [], MOST
    for name in asked.groups:
        tasks = [tasks_one.row(one) for one in found[name]["data"][:left]]
        left -= len(tasks)
        total = found[name]["total"]
        more = address(PATH, {**asked.query, "due": name}) if total > len(tasks) else ""
        groups.append(
            {"name": name, "tasks": tasks, "total": total, "more": "" if asked.due else more}
        )
    return groups


def _next(asked: Wanted, found: Mapping[str, Any]) -> str:
    cursor = found[asked.due]["next_cursor"] if asked.due else None
    return address(PATH, asked.query, cursor=cursor) if cursor else ""


def start_of_day(now: datetime, time_zone: str) -> datetime:
    there = now.astimezone(ZoneInfo(time_zone))
    return datetime.combine(there.date(), time(), there.tzinfo)


def next_day(midnight: datetime, days: int) -> datetime:
    """The midnight so many days later, also where a day has 23 or 25 hours."""
    return datetime.combine(midnight.date() + timedelta(days=days), time(), midnight.tzinfo)


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
