"""The results of a fault test, as a table that the run prints."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg

from tests.faults.chain import Chain, wanted_totals
from tests.faults.load import THRESHOLDS, Story, expected_notices

# Everything that a replay must not change. `revision`s and claim times must not move either.
DIGEST = """
select md5(string_agg(t, ',' order by t)) from (
  select 'total' || t::text as t from usage_total t
  union all select 'day' || d::text from usage_day d
  union all select 'alert' || a::text from alert a
  union all select 'notification' || n::text from notification n
  union all select 'delivery' || d.id || d.state || d.attempts from delivery d
  union all select 'entry' || e::text from entry e
  union all select 'deal' || o::text from opportunity o
  union all select 'task' || t::text from task t
  union all select 'rejected' || e.service || e.topic || e.partition || e."offset" || e.reason
      from event_rejected e
) everything
"""


async def findings(chain: Chain, told: Sequence[Story]) -> dict[str, tuple[Any, Any]]:
    """Name of a promise -> (actual, expected)."""
    alerts = await chain.query("select account, meter, threshold, notified from alert")
    return {
        "totals that differ from the distinct events": (
            _differences(await chain.totals(), wanted_totals(told)),
            {},
        ),
        **_of_alerts(alerts, told),
        **await _of_notices(chain, alerts),
        **await _of_sales(chain, _highest(told)),
    }


def _highest(told: Sequence[Story]) -> dict[tuple[str, str], str]:
    """The highest threshold that was reached, of each account and meter that reached any."""
    return {
        (story.account, meter): str(max(story.reached(meter)))
        for story in told
        if story.account.startswith("acct")
        for meter in ("api_calls", "seats")
        if story.reached(meter)
    }


def _of_alerts(
    alerts: Sequence[asyncpg.Record], told: Sequence[Story]
) -> dict[str, tuple[Any, Any]]:
    due = {
        (story.account, meter, str(threshold))
        for story in told
        if story.account.startswith("acct")
        for meter in ("api_calls", "seats")
        for threshold in story.reached(meter)
    }
    highest = _highest(told)
    told_highest = Counter(
        (row["account"], row["meter"])
        for row in alerts
        if row["notified"] and row["threshold"] == highest.get((row["account"], row["meter"]))
    )
    return {
        "alert rows": ({(r["account"], r["meter"], r["threshold"]) for r in alerts}, due),
        "alert rows twice": (len(alerts), len(due)),
        "highest threshold told once": (told_highest, expected_notices(told)),
    }


async def _of_notices(chain: Chain, alerts: Sequence[asyncpg.Record]) -> dict[str, tuple[Any, Any]]:
    notices = await chain.query(
        "select account, meter, contact, key, threshold::text from notification "
        "where kind = 'usage.threshold' and contact is not null"
    )
    in_app = await chain.query(
        """select n.key, n.contact, d.state
           from delivery d join notification n on n.id = d.notification
           where d.channel = 'in_app' and n.kind = 'usage.threshold'"""
    )
    per_notice = Counter((row["key"], row["contact"]) for row in notices)
    return {
        "told more than once per threshold": (len([n for n in per_notice.values() if n > 1]), 0),
        "in-app: one per recipient": (
            Counter(Counter((r["key"], r["contact"]) for r in in_app).values()).keys() - {1},
            set(),
        ),
        "in-app: all delivered": ({row["state"] for row in in_app}, {"delivered"}),
        "notices per notified alert": (
            len(notices),
            2 * len([row for row in alerts if row["notified"]]),
        ),
    }


async def _of_sales(
    chain: Chain, highest: Mapping[tuple[str, str], str]
) -> dict[str, tuple[Any, Any]]:
    """CRM tasks, opportunities and offers."""
    opportunities = Counter(
        (row["account"], row["to_plan"]) for row in await opportunities_of(chain)
    )
    # One that waited for business hours and was superseded by a higher threshold reached nobody.
    offers = await chain.query(
        """select account, contact, count(distinct key) as n from notification n
           where proposes is not null
             and exists (select 1 from delivery d where d.notification = n.id
                 and d.state not in ('cancelled', 'suppressed'))
           group by 1, 2"""
    )
    others = {
        row["id"] for row in await chain.query("select id from task where account like 'desk-%'")
    }
    tasks = Counter(
        key
        for task in chain.crm.tasks()
        for key in [
            task["properties"].get("plimsoll_task_key") or task["properties"]["hs_task_subject"]
        ]
        if key not in others
    )
    return {
        "CRM tasks per account and meter": (tasks.total(), len(highest)),
        "accounts with an opportunity": (
            {account for account, _ in opportunities},
            {account for account, _ in highest},
        ),
        "opportunities twice": ([key for key, count in opportunities.items() if count > 1], []),
        "offered twice to one contact": (
            [(row["account"], row["contact"]) for row in offers if row["n"] > 1],
            [],
        ),
        "CRM tasks twice": ([key for key, count in tasks.items() if count > 1], []),
    }


async def opportunities_of(chain: Chain) -> list[dict[str, Any]]:
    """Of the accounts of stories."""
    found = await chain.call("trigger", "GET", "/v1/opportunities?limit=500")
    return [row for row in found["data"] if row["account"].startswith("acct")]


def _differences(
    found: Mapping[tuple[str, str], int], wanted: Mapping[tuple[str, str], int]
) -> dict[tuple[str, str], tuple[int | None, int | None]]:
    return {
        key: (found.get(key), wanted.get(key))
        for key in found.keys() | wanted.keys()
        if found.get(key) != wanted.get(key)
    }


def table(title: str, rows: Mapping[str, tuple[Any, Any]], notes: Mapping[str, object]) -> str:
    lines = [f"\n{title}"]
    for name, (found, wanted) in rows.items():
        lines.append(
            f"  {'ok ' if found == wanted else 'BAD'} {name}: {_short(found)}"
            + ("" if found == wanted else f", wanted {_short(wanted)}")
        )
    lines += [f"      {name}: {value}" for name, value in notes.items()]
    return "\n".join(lines)


def _short(value: Any) -> str:
    return (
        f"{len(value)}" if isinstance(value, set | dict | list) and len(value) > 6 else str(value)
    )


__all__ = ["DIGEST", "THRESHOLDS", "findings", "table"]
