"""What the reports say once Maruta has moved up: the same rows that trigger writes."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from services.trigger.proposals.judge import Judge
from services.trigger.tables.catalogs import Catalogs
from shared.catalog import canonical
from shared.runtime.settings import Settings
from tests.integration.trigger.conftest import settings as settings  # a fixture
from tests.support.catalogs import catalog
from tests.support.desk import Desk, open_desk, order
from tests.support.words import heard, listening

NOW = datetime(2025, 9, 16, tzinfo=UTC)
PERIOD = {"from": "2025-09-01", "to": "2025-11-01"}
PEOPLE: dict[str, dict[str, Any]] = {
    "m1": {"name": "Abe", "email": "abe@example.com", "roles": ["manager"]},
    "u7": {"name": "Kato", "email": "kato@example.com", "roles": ["csm"], "manager": "m1"},
    "s1": {"name": "Mori", "email": "mori@example.com", "roles": ["sales"]},
}
MARUTA: dict[str, Any] = {
    "name": "Maruta",
    "locale": "en-US",
    "time_zone": "UTC",
    "country": "US",
    "contacts": [
        {"id": "c1", "name": "Ito", "email": "ito@example.com", "role": "owner", "locale": None},
        {
            "id": "c2",
            "name": "Sato",
            "email": "sato@example.com",
            "role": "decision_maker",
            "locale": None,
        },
    ],
    "csm": {"id": "u7"},
    "ae": {"id": "s1"},
    "external_ids": {},
}
VALUE = {
    "members": 5,
    "hours": 10,
    "hours_basis": "per_person",
    "hours_period": "week",
    "hourly_rate": "50",
    "currency": "USD",
    "source": "customer_stated",
    "said_by": "c1",
}


@pytest.fixture
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    async with open_desk(settings, judgement=Judge(Catalogs()), now=NOW) as found:
        headers = {"Content-Type": "application/json"}
        answer = await found.http.put(
            "/v1/catalog", content=canonical(catalog("global")), headers=headers
        )
        assert answer.status_code == 200
        for id, person in PEOPLE.items():
            await found("PUT", f"/v1/people/{id}", person, want=(200, 201))
        await found("PUT", "/v1/accounts/maruta", MARUTA, want=(200, 201))
        started = datetime(2023, 9, 16, tzinfo=UTC)
        await found("PUT", "/v1/accounts/maruta/subscription", order("pro", started, quantity=5))
        yield found


async def learns(desk: Desk, type: str, data: dict[str, Any], days_ago: int = 0) -> None:
    at = desk.now - timedelta(days=days_ago, seconds=1)
    await desk.learns(type, data, at=at, account="maruta")


async def ready_to_buy(desk: Desk) -> None:
    await learns(desk, "compliance.need", {"framework": "SOC2", "deadline": "2025-12-15"})
    for days in range(1, 23):
        await learns(desk, "login.recorded", {"user": "x"}, days)
    for feature in catalog("global").plans["pro"].features:
        await learns(desk, "feature.used", {"feature": feature}, 2)
    await learns(desk, "nps.responded", {"score": 9, "contact": "c1"})
    for ticket in ("t1", "t2"):
        data = {"ticket": ticket, "class": "support_speed", "severity": "urgent"}
        await learns(desk, "ticket.opened", data)
    for criterion, more in (
        ("wall", {"kind": "workaround_built"}),
        ("profile", {"kind": "integrations", "verdict": "yes"}),
        ("profile", {"kind": "criticality", "verdict": "yes"}),
    ):
        data = {"criterion": criterion, "text": "said", "said_by": "c1", **more}
        await learns(desk, "evidence.recorded", data)
    await learns(desk, "budget.stated", {"status": "yes", "said_by": "c1"})
    await learns(desk, "value.stated", VALUE)


async def report(desk: Desk, name: str, **given: str) -> Any:
    return await desk("GET", f"/v1/reports/{name}", params=PERIOD | given)


async def moves_up(desk: Desk) -> None:
    desk.at(datetime(2025, 10, 1, tzinfo=UTC))
    started = datetime(2023, 9, 16, tzinfo=UTC)
    upgrade = order("enterprise", started, quantity=5)
    await desk("PUT", "/v1/accounts/maruta/subscription", upgrade)
    desk.at(datetime(2025, 10, 31, 1, tzinfo=UTC))


async def test_what_maruta_brought(desk: Desk) -> None:
    await ready_to_buy(desk)
    (deal,) = (await desk("GET", "/v1/opportunities", params={"account": "maruta"}))["data"]
    assert (deal["owner"]["role"], deal["deal_value"]) == ("hybrid", "75000.00")
    entries = f"/v1/opportunities/{deal['id']}/entries"
    if deal["stage"] != "qualified":
        kato = {"Plimsoll-Person": "u7"}
        await desk("POST", entries, {"type": "move", "to": "qualified"}, want=201, headers=kato)
    await moves_up(desk)
    (row,) = (await report(desk, "conversion"))["rows"]
    assert (row["won"], row["qualified"], row["cohort_percent"]) == (1, 1, 100)
    assert (row["band"], row["low_n"]) == ("above", True)
    (whole,) = (await report(desk, "amounts"))["totals"]["currencies"]
    assert (whole["sum"], whole["ratio"]) == ("75000.00", Decimal("2.5"))
    (row,) = (await report(desk, "nrr"))["rows"]
    assert (row["start"], row["end"]) == ("30000.00", "105000.00")
    assert (row["nrr_percent"], row["grr_percent"]) == (350, 100)
    assert row["plan_upgrade_points"] == 250
    (row,) = (await report(desk, "funnel"))["rows"]
    assert row == {"eligible": 1, "ready": 1, "engaged": 1, "won": 1}
    (row,) = (await report(desk, "owners"))["rows"]
    assert (row["role"], row["won"], row["median_days"]) == ("hybrid", 1, 15)
    (row,) = (await report(desk, "conversion", by="owner"))["rows"]
    assert row["key"] == "hybrid"
    (row,) = (await report(desk, "time_to_upsell", **{"from": "2023-09-01"}))["rows"]
    assert (row["days"], row["calendar_months"]) == (746, 24)
    (row,) = (await report(desk, "ltv", **{"from": "2023-09-01"}))["rows"]
    assert row["accounts"] == 1


async def works(desk: Desk, deal: str, person: str, type: str, **fields: Any) -> Any:
    path, headers = f"/v1/opportunities/{deal}/entries", {"Plimsoll-Person": person}
    return await desk("POST", path, {"type": type, **fields}, want=201, headers=headers)


async def asks_sales(desk: Desk, deal: str) -> None:
    await works(desk, deal, "u7", "handoff", action="request")


async def test_what_people_wrote_is_counted(desk: Desk) -> None:
    """Rejected after 5 hours, asked again, taken after 2, and lost by it; two doubts, one a process
    of theirs.
    """
    await ready_to_buy(desk)
    (deal,) = (await desk("GET", "/v1/opportunities", params={"account": "maruta"}))["data"]
    id = deal["id"]
    for n in (1, 2, 3):
        said = {"text": "An audit.", "said_by": "c1"}
        await works(desk, id, "u7", "answer", question=f"discovery.{n}", **said)
    step = {"kind": "formal_proposal", "owner": "s1", "due": "2025-09-30"}
    await works(desk, id, "u7", "next_step", **step)
    for objection in ("too_expensive", "budget_process"):
        raised = await works(desk, id, "u7", "objection", objection=objection)
        await works(desk, id, "u7", "reply", objection=raised["id"], channel="call")
        await works(desk, id, "u7", "outcome", objection=raised["id"], result="resolved")
    async with listening(desk.context.settings) as words:
        await asks_sales(desk, id)
        await heard(words, {f"handoff {id}", f"opportunity {id}"})
    (waits,) = (await report(desk, "hygiene"))["rows"]
    assert (waits["flag"], waits["owner"]) == ("handoff_waiting", "u7")
    desk.at(NOW + timedelta(hours=5))
    why = {"reason": "no_capacity", "text": "Busy."}
    await works(desk, id, "s1", "handoff", action="reject", **why)
    await asks_sales(desk, id)
    desk.at(NOW + timedelta(hours=7))
    await works(desk, id, "s1", "handoff", action="accept")
    await works(desk, id, "s1", "move", to="closed_lost", reason="handoff_failure")
    await _counted(desk)


async def _counted(desk: Desk) -> None:
    found = await report(desk, "handoffs")
    (row,) = found["rows"]
    assert (row["requested"], row["accepted"], row["rejected"], row["open"]) == (2, 1, 1, 0)
    assert (row["acceptance_percent"], row["median_hours"]) == (50, Decimal("3.5"))
    assert found["totals"]["lost"] == {"handoff": 1, "objection": 0, "process": 0, "other": 0}
    assert [one["flag"] for one in found["flags"]] == ["handoff_over_objections"]
    found = await report(desk, "objections")
    assert [(one["objection"], one["resolved"], one["won"]) for one in found["rows"]] == [
        ("budget_process", 1, 0),
        ("too_expensive", 1, 0),
    ]
    assert (found["totals"]["raised"], found["totals"]["resolved_percent"]) == (1, 100)
    (row,) = (await report(desk, "owners"))["rows"]
    assert (row["role"], row["lost"], row["win_percent"], row["median_days"]) == (
        "hybrid",
        1,
        0,
        None,
    )
    totals = (await report(desk, "missed"))["totals"]
    assert (totals["told"], totals["missed"]) == (totals["triggers"], 0)


async def test_who_is_being_erased_is_not_named(desk: Desk) -> None:
    await moves_up(desk)
    assert [row["account"] for row in (await report(desk, "attribution"))["rows"]] == ["maruta"]
    erasing = (
        "insert into erasure (hash, account, requested_at, revision) values ('x', :id, :at, 1)"
    )
    async with desk.context.engine.begin() as conn:
        await conn.execute(text(erasing), {"id": "maruta", "at": desk.now})
    for name in ("attribution", "time_to_upsell", "missed", "hygiene"):
        assert (await report(desk, name, **{"from": "2023-09-01"}))["rows"] == []
