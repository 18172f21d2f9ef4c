"""Maruta, from the first request to the report: what a CSM and a seller do, step by step.

The same story is told in docs/csms.md. Kato (u7) is the CSM, Mori (s1) sells, Abe (m1) leads both.
"""

import io
import json
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from shared.catalog.parse import parse_catalog
from shared.embedded import Addresses
from tests.end_to_end.eight import CATALOG, Teller, Town, town

PRO = parse_catalog(CATALOG.read_bytes(), "application/yaml").plans["pro"]
TOLD = "2025-09-15T23:00:00Z"
PEOPLE: dict[str, dict[str, Any]] = {
    "m1": {"name": "Abe", "email": "abe@example.com", "roles": ["manager"]},
    "u7": {"name": "Kato", "email": "kato@example.com", "roles": ["csm"], "manager": "m1"},
    "s1": {"name": "Mori", "email": "mori@example.com", "roles": ["sales"], "manager": "m1"},
}
ACCOUNT: dict[str, Any] = {
    "locale": "en-US",
    "time_zone": "UTC",
    "country": "US",
    "contacts": [
        {"id": "c1", "name": "Ito", "email": "ito@example.com", "role": "owner"},
        {"id": "c2", "name": "Sato", "email": "sato@example.com", "role": "decision_maker"},
    ],
    "csm": {"id": "u7"},
    "ae": {"id": "s1"},
}
VALUE: dict[str, Any] = {
    "members": 5,
    "hours": 10,
    "hours_basis": "per_person",
    "hours_period": "week",
    "hourly_rate": "50",
    "currency": "USD",
    "source": "customer_stated",
    "said_by": "c1",
}
FIRST = ("discovery.1", "discovery.2", "discovery.3", "conversation.1.1")
THEN = ("conversation.1.2", "conversation.2.1", "conversation.2.2", "conversation.2.3")
PACKS = ("too_expensive", "wait_renewal", "unsure_need", "budget_process", "other_tools")
PERIOD = "from=2025-09-01&to=2025-11-01"


@pytest.fixture
async def here(
    database_url: str, stack: Addresses, topic_prefix: str, tmp_path: Path
) -> AsyncIterator[Town]:
    async with town(database_url, stack.kafka, topic_prefix, tmp_path) as found:
        yield found


@dataclass
class Deal:
    """Maruta's opportunity, as its people work on it."""

    town: Town
    maruta: Teller
    id: str = ""

    async def ask(self, method: str, path: str, want: int, by: str = "", body: Any = None) -> Any:
        headers = {"Plimsoll-Person": by} if by else {}
        answer = await self.town.http.request(method, path, json=body, headers=headers)
        assert answer.status_code == want, (path, body, answer.text)
        return json.loads(answer.content, parse_float=Decimal) if answer.content else None

    async def does(self, by: str, type: str, want: int = 201, **fields: Any) -> Any:
        path = f"/v1/opportunities/{self.id}/entries"
        return await self.ask("POST", path, want, by, {"type": type, **fields})

    async def refused(self, by: str, type: str, **fields: Any) -> list[str]:
        found = await self.does(by, type, 409, **fields)
        return [one["reason"] for one in found["errors"]]

    async def forbidden(self, by: str, type: str, **fields: Any) -> str:
        found = await self.does(by, type, 403, **fields)
        return str(found["errors"][0]["reason"])

    async def now(self) -> Any:
        return await self.ask("GET", f"/v1/opportunities/{self.id}", 200)

    async def tasks(self, **wanted: str) -> list[Any]:
        query = "&".join(f"{name}={value}" for name, value in wanted.items())
        found = await self.ask("GET", f"/v1/tasks?account=maruta&{query}", 200)
        return list(found["data"])

    async def report(self, name: str) -> Any:
        return await self.ask("GET", f"/v1/reports/{name}?{PERIOD}", 200)


async def opened(here: Town) -> Deal:
    """Rows 1 and 2: people, the account, its subscription."""
    deal = Deal(here, here.account("Maruta", **ACCOUNT))
    for id, person in PEOPLE.items():
        await deal.ask("PUT", f"/v1/people/{id}", 201, body=person)
    await deal.maruta.opens("pro", "2023-09-16", interval="month", quantity=5)
    return deal


async def signals(deal: Deal) -> None:
    """Row 3: they need SOC 2, use what they have, are content, and asked twice for support."""
    maruta = deal.maruta
    await maruta.says("compliance.need", TOLD, framework="SOC2", deadline="2025-12-15")
    wanted = PRO.features[: -(-7 * len(PRO.features) // 10)]
    urgent = {"class": "support_speed", "severity": "urgent"}
    await maruta.lived(
        22,
        *(("feature.used", "2025-09-12", {"feature": one}) for one in wanted),
        ("ticket.opened", "2025-09-10", {"ticket": "t1", **urgent}),
        ("ticket.opened", "2025-09-11", {"ticket": "t2", **urgent}),
    )
    await maruta.says("nps.responded", TOLD, score=9, contact="c1")
    (decision, *_) = await maruta.decided(1)
    assert (decision["outcome"], decision["route"]["owner"]) == ("assisted", "hybrid")
    (found,) = (await deal.ask("GET", "/v1/opportunities?account=maruta", 200))["data"]
    deal.id = found["id"]
    shown = await deal.now()
    assert (shown["owner_rule"], shown["deal_value"]) == ("OWN-3", "75000.00")
    assert (shown["stage"], shown["owner"]["name"]) == ("needs_discovery", "Kato")
    assert (len(shown["steps"]), shown["packs"]) == (8, [])
    (risk,) = [one for one in shown["angles"] if one["key"] == "risk"]
    assert "90" in risk["text"]
    (task,) = await deal.tasks(reason="opportunity")
    assert (task["priority"], task["due_at"][:10]) == ("high", "2025-09-17")
    assert (task["owner"]["id"], task["opportunity"]) == ("u7", deal.id)


async def discovered(deal: Deal) -> None:
    """Row 4."""
    for question in FIRST:
        await deal.does("u7", "answer", question=question, text="As they said.", said_by="c1")
    refusals = await deal.refused("u7", "step", step=3, status="done")
    assert all(one.startswith("step_incomplete: ") for one in refusals)
    assert refusals
    for question in THEN:
        more: dict[str, Any] = {}
        if question == "conversation.2.2":
            more = {"needs": [{"feature": "compliance_certs"}]}
        await deal.does(
            "u7", "answer", question=question, text="As they said.", said_by="c1", **more
        )
    shown = await deal.now()
    questions = [
        *shown["discovery"],
        *shown["steps"][0]["questions"],
        *shown["steps"][1]["questions"],
    ]
    assert all(one["answer"] for one in questions)
    confirmed = [one for one in shown["needs"] if one["source"] == "need.stated"]
    assert [(one["key"], one["status"]) for one in confirmed] == [("compliance_certs", "confirmed")]


async def qualified(deal: Deal) -> None:
    """Row 5."""
    for criterion, more in (
        ("wall", {"kind": "workaround_built"}),
        ("profile", {"kind": "integrations", "verdict": "yes"}),
        ("profile", {"kind": "criticality", "verdict": "yes"}),
    ):
        await deal.maruta.says(
            "evidence.recorded", TOLD, criterion=criterion, text="said", said_by="c1", **more
        )
    await deal.maruta.says("budget.stated", TOLD, status="yes", said_by="c1")
    await deal.does("u7", "value", **VALUE)
    shown = await deal.now()
    assert shown["value"]["version"] == 1
    said = str(shown["value"])
    assert "130000.00" in said
    assert "8.67" in said
    assert shown["stage"] == "qualified"
    assert [one["objection"] for one in shown["packs"]] == list(PACKS)


async def engaged(deal: Deal) -> None:
    """Rows 6 to 8."""
    await deal.does("u7", "move", to="engaged")
    await deal.does("u7", "asset", kind="demo", title="Audit log, live")
    for step in range(1, 7):
        await deal.does("u7", "step", step=step, status="done")
    refusals = await deal.refused("u7", "step", step=8, status="done")
    assert {one.partition(":")[0] for one in refusals} == {"step_incomplete"}
    raised = await deal.does("u7", "objection", objection="budget_process")
    await deal.does("u7", "reply", objection=raised["id"], channel="call")
    await deal.does("u7", "outcome", objection=raised["id"], result="resolved")
    await deal.does(
        "u7",
        "approval",
        approvers=[{"name": "Sato", "contact": "c2"}],
        information=["What it costs a year"],
        decide_on="2025-09-30",
        call=True,
    )
    answer = await deal.town.http.get(f"/v1/opportunities/{deal.id}/bundle")
    assert answer.headers["content-type"] == "application/zip"
    assert len(zipfile.ZipFile(io.BytesIO(answer.content)).namelist()) == 5
    await deal.does("u7", "next_step", kind="formal_proposal", owner="s1", due="2025-09-30")
    for step in (7, 8):
        await deal.does("u7", "step", step=step, status="done")
    assert {one["status"] for one in (await deal.now())["steps"]} == {"done"}


async def handed_on(deal: Deal) -> None:
    """Rows 9 to 12."""
    refusals = await deal.refused("u7", "propose", channel="person")
    assert [one.partition(":")[0] for one in refusals] == ["handoff_not_accepted"]
    requested = await deal.does("u7", "handoff", action="request")
    assert set(requested["body"]["packet"]) >= {"stakeholders", "needs", "answers", "value"}
    (task,) = await deal.tasks(reason="handoff")
    assert (task["owner"]["name"], task["due_at"][:10]) == ("Mori", "2025-09-18")
    assert await deal.forbidden("s1", "move", to="negotiation") == "not_owner"
    await deal.does("s1", "handoff", action="accept")
    assert (await deal.now())["owner"] == {"role": "hybrid", "id": "s1", "name": "Mori"}
    (task,) = await deal.tasks(reason="first_contact")
    assert (task["owner"]["name"], task["due_at"][:10]) == ("Mori", "2025-09-23")
    await deal.maruta.until(lambda: introduced(deal, 1))
    assert await deal.forbidden("u7", "move", to="nurture") == "not_owner"
    await deal.does("s1", "propose", channel="email", contacts=["c2"])
    shown = await deal.now()
    (proposal,) = [one for one in shown["proposals"] if one["state"] != "draft"]
    assert (shown["stage"], proposal["state"]) == ("proposal", "sent")
    assert proposal["expires_at"][:10] == "2025-10-16"
    (task,) = await deal.tasks(reason="first_contact")
    assert task["state"] == "closed_success"
    await deal.does("s1", "move", to="negotiation")
    assert (await deal.now())["stage"] == "negotiation"


async def introduced(deal: Deal, count: int) -> bool:
    # One mail has two addresses: Sato's, and Mori's as a copy.
    mails = {
        str(mail["Message-ID"])
        for _, mail in deal.town.mailbox.mails
        if "Introducing" in str(mail["Subject"])
    }
    assert len(mails) <= count
    return len(mails) == count


async def bought(deal: Deal) -> None:
    """Row 13."""
    await deal.town.move_clock("2025-10-01T00:00:00Z")
    order = {"plan": "enterprise", "started_at": "2025-10-01T00:00:00Z", "quantity": 5}
    await deal.ask("PUT", "/v1/accounts/maruta/subscription", 200, body=order)
    shown = await deal.now()
    assert shown["stage"] == "closed_won"
    assert [(one["person"], one["year"]) for one in shown["credit"]] == [
        ("u7", "37500.00"),
        ("s1", "37500.00"),
    ]
    assert shown["owner"] == {"role": "cs", "id": "u7", "name": "Kato"}
    assert len(await deal.tasks(reason="implementation")) == 1
    (task,) = await deal.tasks(reason="opportunity")
    assert task["state"] == "closed_success"


async def reported(deal: Deal) -> None:
    """Row 14."""
    await deal.town.move_clock("2025-10-31T01:00:00Z")
    (row,) = (await deal.report("conversion"))["rows"]
    assert (row["won"], row["qualified"], row["cohort_percent"]) == (1, 1, 100)
    assert (row["band"], row["low_n"]) == ("above", True)
    (whole,) = (await deal.report("amounts"))["totals"]["currencies"]
    assert (whole["sum"], whole["ratio"]) == ("75000.00", Decimal("2.5"))
    (row,) = (await deal.report("nrr"))["rows"]
    assert (row["start"], row["end"]) == ("30000.00", "105000.00")
    assert (row["nrr_percent"], row["grr_percent"]) == (350, 100)
    assert row["plan_upgrade_points"] == 250
    (row,) = (await deal.report("funnel"))["rows"]
    assert row == {"eligible": 1, "ready": 1, "engaged": 1, "won": 1}
    assert [
        (one["objection"], one["is_process"]) for one in (await deal.report("objections"))["rows"]
    ] == [("budget_process", True)]
    (row,) = (await deal.report("handoffs"))["rows"]
    assert (row["requested"], row["accepted"]) == (1, 1)
    assert len(await deal.tasks(reason="satisfaction")) == 1


async def test_r_233_from_the_first_request_to_the_report(here: Town) -> None:
    deal = await opened(here)
    await signals(deal)
    await discovered(deal)
    await qualified(deal)
    await engaged(deal)
    await handed_on(deal)
    await bought(deal)
    await reported(deal)
    assert (await deal.now())["credit"] != []
