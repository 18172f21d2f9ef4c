"""A house of the console in which every page has something to show; and all its addresses."""

import json
import re
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import yaml
from fastapi.routing import APIRoute
from sqlalchemy import text

from services.console.service import routers
from shared.loop.rejected import Rejected, keep
from shared.postgres.database import transaction
from tests.support.console import House
from tests.support.desk import ACCOUNT, order
from tests.support.pages import ROOT
from tests.unit.notifier.samples import facts

_PARAMETER = re.compile(r"/\{[^}]*\}")
MORNING = datetime(2026, 12, 1, 9, tzinfo=UTC)
MAIN = "acct-42"
CATALOG = yaml.safe_load((ROOT / "plimsoll" / "demo" / "catalog.yaml").read_text("utf-8"))
PLAIN = ("Aozora", "Kitsune")
WIDEST = 10_000
"""Characters that a free text may have."""


@dataclass
class Furnished:
    """`ids`: what stands for the parameters of an address: `/accounts/{id}` -> its id."""

    house: House
    texts: Sequence[str]
    ids: dict[str, str] = field(
        default_factory=lambda: {
            "reports": "balance",
            "static": "none",
            "documents": "roi_analysis",
        }
    )

    def at(self, address: str) -> str:
        """`/console/accounts/{id}/usage` as the path of the page of something that is there."""
        before, *rest = _PARAMETER.split(address)
        for part in rest:
            name = before.removeprefix("/console/") if before.count("/") < 4 else "documents"
            before = f"{before}/{quote(self.ids.get(name, 'nowhere'), safe='')}{part}"
        return before

    def text(self, number: int) -> str:
        return self.texts[number % len(self.texts)]

    @property
    def all_texts(self) -> str:
        return "\n".join(self.texts)[:WIDEST]


def addresses(method: str) -> list[str]:
    """Of every route of the console that has this method."""
    return sorted(
        {
            route.path
            for router in routers()
            for route in router.routes
            if isinstance(route, APIRoute) and method in (route.methods or ())
        }
    )


async def furnish(house: House, texts: Sequence[str] = PLAIN) -> Furnished:
    """`texts`: names of things and what people write of them, 1 to 200 characters each."""
    made = Furnished(house, texts)
    house.desk.at(MORNING)
    await _catalogue(made)
    await _accounts(made)
    await _people(made)
    await _usage(made)
    await _work(made)
    await _operations(made)
    await house.settled()
    return made


async def _catalogue(made: Furnished) -> None:
    desk, named = made.house.desk, deepcopy(CATALOG)
    await desk("PUT", "/v1/catalog", named)
    for number, meter in enumerate(named["meters"].values()):
        meter["name"] = {"en": made.text(number), "ja": made.text(number)}
    for number, plan in enumerate(named["plans"]):
        plan["name"] = {"en": made.text(number), "ja": made.text(number)}
    await desk("PUT", "/v1/catalog", named)
    made.ids["catalogue"] = "2"
    job = await desk(
        "POST",
        "/v1/backtests",
        {"catalog": named, "since": "30d"},
        headers={"Prefer": "respond-async"},
        want=202,
    )
    made.ids["catalogue/backtests"] = job["id"]


async def _accounts(made: Furnished) -> None:
    desk = made.house.desk
    for number, name in enumerate(made.texts):
        id = MAIN if number == 0 else f"a-{number}"
        contacts = [
            {
                "id": f"c{n}",
                "name": made.text(number + n),
                "role": role,
                "email": f"{n}@example.com",
            }
            for n, role in enumerate(("owner", "decision_maker"))
        ]
        await desk(
            "PUT",
            f"/v1/accounts/{id}",
            ACCOUNT | {"name": name, "contacts": contacts, "ae": {"id": "s1", "name": "Mori"}},
            want=201,
        )
    pro = order("pro", MORNING - timedelta(days=800), quantity=5)
    await desk("PUT", f"/v1/accounts/{MAIN}/subscription", pro)
    made.ids["accounts"] = MAIN


async def _people(made: Furnished) -> None:
    for number, name in enumerate(made.texts):
        body = {"name": name, "roles": ["csm"], "locale": "en-GB"}
        await made.house.desk("PUT", f"/v1/people/n{number}", body, want=201)
    made.ids["operations/people"] = "n0"


async def _usage(made: Furnished) -> None:
    """An account that is nearly full, and unhappy."""
    desk = made.house.desk
    await desk.learns("nps.responded", {"score": 4, "contact": "c1", "comment": made.all_texts})
    await desk.learns("usage.note", {"text": made.all_texts})
    start, end = MORNING.replace(hour=0), MORNING.replace(hour=0, month=1, year=2027)
    await desk.counts("api_calls", 99_000, start=start, end=end)
    (decision, *_) = (await desk("GET", f"/v1/decisions?account={MAIN}"))["data"]
    made.ids["decisions"] = decision["id"]


async def _work(made: Furnished) -> None:
    desk, by = made.house.desk, {"Plimsoll-Person": "u7"}
    for number, name in enumerate(made.texts):
        task = await desk(
            "POST",
            f"/v1/accounts/{MAIN}/tasks",
            {"title": name, "text": made.all_texts, "due_at": f"2026-12-{2 + number % 20:02}"},
            headers=by,
            want=201,
        )
        made.ids.setdefault("tasks", task["id"])
        entries = f"/v1/tasks/{task['id']}/entries"
        await desk("POST", entries, {"type": "note", "text": name}, headers=by, want=201)
    deal = await desk(
        "POST",
        f"/v1/accounts/{MAIN}/opportunities",
        {"to_plan": "enterprise", "note": made.all_texts},
        headers=by,
        want=201,
    )
    made.ids["opportunities"] = made.ids["handoffs"] = deal["id"]
    await _conversation(made, f"/v1/opportunities/{deal['id']}/entries")


async def _conversation(made: Furnished, path: str) -> None:
    said = {"text": made.all_texts, "said_by": made.text(1)}
    for entry in (
        {"type": "owner", "person": "u7"},
        {"type": "note", "text": (made.all_texts * WIDEST)[:WIDEST].strip()},
        {"type": "stakeholder", "name": made.text(2), "role": "champion", "note": made.all_texts},
        {"type": "answer", "question": "conversation.1.1", **said},
        {"type": "answer", "question": "goal.quarter", **said},
        {"type": "need", "feature": "sso", "status": "confirmed", **said},
        {"type": "asset", "kind": "demo", "title": made.text(3)},
        {"type": "objection", "objection": "too_expensive", "text": made.all_texts},
        {"type": "approval", "approvers": [{"name": made.text(4)}], "information": [made.text(5)]},
        {"type": "next_step", "kind": "trial", "owner": "u7", "due": "2026-12-09"},
        {
            "type": "value",
            "members": 5,
            "hours": "10",
            "hours_basis": "per_person",
            "hours_period": "week",
            "hourly_rate": "50",
            "currency": "USD",
            "source": "customer_stated",
            "said_by": made.text(6),
        },
        {
            "type": "trial",
            "features": ["compliance_certs"],
            "days": 14,
            "criteria": [{"text": made.text(7)}],
        },
    ):
        await made.house.desk("POST", path, entry, want=201)
    deal = await made.house.desk("GET", path.removesuffix("/entries"))
    made.ids["trial"] = deal["trials"][0]["id"]
    made.ids["objection"] = deal["objections"][0]["id"]


async def _operations(made: Furnished) -> None:
    desk = made.house.desk
    now = desk.now - timedelta(hours=1)
    payload = json.dumps({"id": made.all_texts}, ensure_ascii=False).encode() + b"\0\xff"
    records = [
        Rejected("usage.events", 0, number, f"field: {name} (at /time)", payload, [MAIN])
        for number, name in enumerate(made.texts)
    ]
    told = json.dumps(facts(percent=95, threshold=95, used="9500"))
    answer = json.dumps(
        [
            {
                "at": "2026-11-30T23:00:00Z",
                "outcome": "failed",
                "answer": made.all_texts,
                "state": "dead",
            }
        ]
    )
    async with transaction(desk.context.engine) as conn:
        await keep(conn, "ingest", records, now)
        for statement in _DEAD:
            given = {"now": now, "facts": told, "tried": answer, "account": MAIN}
            wanted = {name: one for name, one in given.items() if f":{name}" in statement}
            await conn.execute(text(statement), wanted)
    (rejected, *_) = (await desk("GET", "/v1/events/rejected"))["data"]
    made.ids["operations/rejected"] = rejected["id"]
    made.ids["operations/deliveries"] = "v1"
    await desk("PUT", "/v1/channels/webhook", {"url": "http://127.0.0.1:9/"})
    made.ids["operations/channels"] = "webhook"
    for name in made.texts:
        if name.isprintable() and "/" not in name:
            await desk("POST", "/v1/keys", {"name": name, "scopes": ["read"]}, want=201)
            made.ids.setdefault("operations/keys", name)


_DEAD = (
    """
    insert into notification (id, key, recipient, account, kind, class, facts, created_at)
    values ('n1', 'k1', 'webhook', :account, 'usage.threshold', 'notice', cast(:facts as jsonb),
        :now)
    """,
    """
    insert into delivery (id, notification, account, channel, lane, state, attempts, ended_at,
        deadline_at, created_at, tried)
    values ('v1', 'n1', :account, 'webhook', 'v1', 'dead', 1, :now, :now, :now,
        cast(:tried as jsonb))
    """,
)
