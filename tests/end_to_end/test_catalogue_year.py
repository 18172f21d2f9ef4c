"""A year of the company in docs/company.yaml: every period, every alert, every offer."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shared.embedded import Addresses
from tests.end_to_end.eight import GB, Town, town
from tests.support.pages import ROOT

COMPANY = (ROOT / "docs" / "company.yaml").read_bytes()


@pytest.fixture
async def here(
    database_url: str, stack: Addresses, topic_prefix: str, tmp_path: Path
) -> AsyncIterator[Town]:
    async with town(
        database_url,
        stack.kafka,
        topic_prefix,
        tmp_path,
        catalog=COMPANY,
        start="2026-01-01T00:00:00Z",
    ) as found:
        yield found


@dataclass
class Company:
    """Its customers, who have some usage on the twentieth of every month."""

    here: Town
    events: list[dict[str, Any]] = field(default_factory=list)
    month: int = 0

    @property
    def now(self) -> datetime:
        return datetime(2026, self.month, 20, 12, tzinfo=UTC)

    async def put(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = await self.here.http.put(f"/v1/accounts/{path}", json=body)
        assert answer.status_code in (200, 201), answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def account(
        self, id: str, time_zone: str, plan: str, started_at: str, **order: Any
    ) -> None:
        japanese = time_zone == "Asia/Tokyo"
        people = [
            {"id": "o", "name": "Aki", "email": f"{id}@example.com", "role": "owner"},
            {"id": "m", "name": "Bo", "role": "member"},
        ]
        known = {
            "name": id.title(),
            "locale": "ja-JP" if japanese else "en-US",
            "time_zone": time_zone,
            "contacts": people,
        }
        csm = {"id": "u7", "name": "Kato", "email": "kato@example.com"}
        await self.put(
            id,
            {
                **known,
                "country": "JP" if japanese else "US",
                "csm": csm,
                "currency": "JPY" if japanese else "USD",
            },
        )
        await self.put(f"{id}/subscription", {"plan": plan, "started_at": started_at, **order})

    def uses(self, id: str, type_: str, **data: Any) -> None:
        self.events.append(self.here.event(id, type_, self.now.isoformat(), data))

    async def lives(self, month: int) -> None:
        """Moves to the twentieth of this month; whatever ends or begins before then does so."""
        self.month = month
        await self.here.move_clock(self.now.isoformat())

    async def counted(self) -> None:
        """All usage is sent, counted and notified."""
        answer = await self.here.http.post(
            "/v1/events",
            json=self.events,
            headers={"Content-Type": "application/cloudevents-batch+json"},
        )
        assert answer.status_code == 202, answer.text
        self.events.clear()
        await self.here.settled()

    async def happens(self, month: int) -> None:
        """What is sold between two twentieths."""
        match month:
            case 2:  # for the next quarter
                await self.put(
                    "ledger/subscription",
                    {"plan": "business", "started_at": "2026-04-01T00:00:00Z"},
                )
                found = (await self.here.http.get("/v1/accounts/ledger")).json()
                assert (found["subscription"]["plan"], found["next_subscription"]["plan"]) == (
                    "free",
                    "business",
                )
            case 3:
                order = {
                    "plan": "team_jp",
                    "started_at": "2025-09-30T15:00:00Z",
                    "add_ons": {"seat_pack_jp": 1},
                }
                await self.put("sakura/subscription", order)
            case 4:
                found = (await self.here.http.get("/v1/accounts/ledger")).json()
                assert (found["subscription"]["plan"], found["next_subscription"]) == (
                    "business",
                    None,
                )
            case 5:  # the paid year continues: 103 of its 365 days are left
                answer = await self.here.http.post(
                    "/v1/accounts/harbor/quotes", json={"plan": "business", "mode": "day"}
                )
                assert answer.status_code == 201, answer.text
                assert (answer.json()["credit"], answer.json()["charge"]) == ("-138.27", "843.75")

    async def usage(self, id: str) -> dict[str, dict[str, Any]]:
        found = (await self.here.http.get(f"/v1/accounts/{id}/usage")).json()
        return {one["meter"]: one for one in found["meters"]}

    async def alerts(self, id: str) -> list[dict[str, Any]]:
        """Alerts with a notice, oldest first."""
        found = (
            await self.here.http.get("/v1/alerts", params={"account": id, "limit": 500})
        ).json()["data"]
        return [one for one in reversed(found) if one["notified"]]

    async def told(self, id: str) -> list[tuple[int, str, int]]:
        """Month, meter and threshold of every notice."""
        return [
            (int(one["reached_at"][5:7]), one["meter"], one["threshold"])
            for one in await self.alerts(id)
        ]

    async def ends(self, id: str) -> list[str]:
        """Their resolutions, or `open`."""
        return [one["resolution"] or one["state"] for one in await self.alerts(id)]

    async def offers(self, id: str) -> list[tuple[int, str]]:
        """Month and plan, or add-on, of every decision that offers something."""
        found = (
            await self.here.http.get("/v1/decisions", params={"account": id, "limit": 500})
        ).json()["data"]
        offered = [one for one in reversed(found) if one["outcome"] in ("proposal", "assisted")]
        return [(int(one["at"][5:7]), _offered(one["recommendation"])) for one in offered]


def _offered(recommendation: Mapping[str, Any]) -> str:
    add_on = recommendation.get("add_on")
    return str(add_on["id"] if add_on else recommendation["plan"])


HARBOR = [
    *(
        "2025-12-30T23:00:00Z",
        "2026-01-30T23:00:00Z",
        "2026-02-27T23:00:00Z",
        "2026-03-30T22:00:00Z",
        "2026-04-29T22:00:00Z",
    ),
    *(
        "2026-05-30T22:00:00Z",
        "2026-06-29T22:00:00Z",
        "2026-07-30T22:00:00Z",
        "2026-08-30T22:00:00Z",
        "2026-09-29T22:00:00Z",
    ),
    *("2026-10-30T23:00:00Z", "2026-11-29T23:00:00Z", "2026-12-30T23:00:00Z"),
]
"""The second-to-last midnight of each month in Berlin, or the last: a contract from 31 August,
whose months do not drift.
"""

SEATS_CHANGED = {1: {"sakura": 9, "northwind": 120}, 3: {"sakura": 1}}
CALLS_INCLUDED = {
    "hatch": 1_000,
    "harbor": 50_000,
    "sakura": 50_000,
    "ledger": 500_000,
    "northwind": 2_000_000,
}
ZONES = {"hatch": "America/New_York", "sakura": "Asia/Tokyo", "ledger": "UTC", "northwind": "UTC"}


def first(id: str, month: int) -> str:
    """The first of a month in the account's time zone."""
    local = datetime(2026 + month // 13, month % 12 or 12, 1, tzinfo=ZoneInfo(ZONES[id]))
    return f"{local.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def window(id: str, month: int) -> dict[str, str]:
    """The window that counts its API calls of the twentieth of this month."""
    if id == "harbor":
        return {"start": HARBOR[month - 1], "end": HARBOR[month]}
    return {"start": first(id, month), "end": first(id, month + 1)}


async def test_a_year(here: Town) -> None:
    company = Company(here)
    await _open_accounts(company)
    for month in range(1, 13):
        await _live_a_month(company, month)
    await _check_usage_in_december(company)
    await _check_alerts(company)
    await _check_offers(company)


async def _open_accounts(company: Company) -> None:
    await company.account("hatch", "America/New_York", "free", "2026-01-01T05:00:00Z")
    await company.account(
        "harbor",
        "Europe/Berlin",
        "team",
        "2025-08-30T22:00:00Z",
        interval="year",
        renewal_date="2026-08-31",
    )
    await company.account("sakura", "Asia/Tokyo", "team_jp", "2025-09-30T15:00:00Z")
    await company.account("ledger", "UTC", "free", "2026-01-01T00:00:00Z")
    await company.account(
        "northwind", "UTC", "enterprise", "2026-01-01T00:00:00Z", interval="year", price="24000.00"
    )
    await company.put("northwind/limits/api_calls", {"limit": "2M", "thresholds": [50, 90]})
    await company.put("northwind/limits/seats", {"limit": 200})


async def _live_a_month(company: Company, month: int) -> None:
    await company.lives(month)
    calls = {
        "hatch": 1_000 if month in (2, 3) else 300,
        "harbor": 42_000,
        "sakura": 10_000,
        "ledger": 950,
        "northwind": 150_000 * month,
    }
    for id, number in calls.items():
        company.uses(id, "api.calls", calls=number)
    company.uses("sakura", "storage.measured", bytes=(34 + month) * GB)
    for id, delta in SEATS_CHANGED.get(month, {}).items():
        company.uses(id, "seat.changed", delta=delta)
    await company.counted()
    for id, number in calls.items():
        shown = (await company.usage(id))["api_calls"]
        assert (shown["used"], shown["period"]) == (number, window(id, month)), (id, month)
    await company.happens(month)


async def _check_usage_in_december(company: Company) -> None:
    usage = {id: await company.usage(id) for id in CALLS_INCLUDED}
    assert {id: meters["api_calls"]["limit"] for id, meters in usage.items()} == CALLS_INCLUDED
    sakura = usage["sakura"]
    assert {key: (sakura[key]["used"], sakura[key]["limit"]) for key in ("seats", "storage")} == {
        "seats": (10, 15),
        "storage": (46 * GB, 50 * GB),
    }
    assert (usage["northwind"]["seats"]["percent"], usage["northwind"]["storage"]["unlimited"]) == (
        60,
        True,
    )


async def _check_alerts(company: Company) -> None:
    """Again in every month of a quota, once for a level, at an enterprise contract's own
    thresholds.
    """
    assert await company.told("hatch") == [(2, "api_calls", 100), (3, "api_calls", 100)]
    assert await company.told("harbor") == [(month, "api_calls", 80) for month in range(1, 13)]
    assert await company.told("sakura") == [(1, "seats", 80), (3, "seats", 100), (6, "storage", 80)]
    assert await company.told("ledger") == [(month, "api_calls", 95) for month in (1, 2, 3)]
    assert await company.told("northwind") == [
        *((month, "api_calls", 50) for month in range(7, 12)),
        (12, "api_calls", 90),
    ]
    assert await company.ends("hatch") == ["reset", "reset"]
    assert await company.ends("harbor") == [*["reset"] * 11, "open"]
    assert await company.ends("sakura") == ["limit", "limit", "open"]
    assert await company.ends("ledger") == ["reset", "reset", "reset"]


async def _check_offers(company: Company) -> None:
    """Not in a contract's first month, in the account's currency, an add-on if that is enough, none
    on the highest plan.
    """
    assert await company.offers("hatch") == [(2, "team"), (3, "team")]
    assert await company.offers("harbor") == [(month, "business") for month in range(1, 13)]
    assert await company.offers("sakura") == [
        (1, "seat_pack_jp"),
        (3, "seat_pack_jp"),
        (6, "business_jp"),
    ]
    found = (await company.here.http.get("/v1/opportunities", params={"account": "sakura"})).json()[
        "data"
    ]
    assert {(one["add_on"], one["to_plan"], one["type"]) for one in found} == {
        ("seat_pack_jp", "team_jp", "seat_expansion"), (None, "business_jp", "plan_upgrade")
    }  # fmt: skip
    assert await company.offers("ledger") == [(2, "team")]
    assert await company.offers("northwind") == []
