"""Each report over two generated years, equal to the reference to the last digit."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.trigger.process.figures.answer import Question
from services.trigger.reports.table import REPORTS
from shared.embedded import Addresses
from shared.runtime.settings import Settings
from tests.integration.trigger.reports.history import NOW, History, catalog, store
from tests.integration.trigger.reports.reference import Reference
from tests.support.desk import Desk, open_desk

PERIODS = [
    {},
    {"from": "2024-03-01", "to": "2025-03-01"},
    {"from": "2023-09-01", "to": "2025-10-16", "time_zone": "Asia/Tokyo"},
    {"from": "2024-01-01", "to": "2024-12-31", "currency": "USD"},
    {"from": "2024-01-01", "to": "2026-01-01", "time_zone": "America/New_York"},
]
MORE: dict[str, list[dict[str, str]]] = {
    "conversion": [{"by": by} for by in ("plan", "size", "segment", "owner", "reason")],
    "first_year": [{"by": by} for by in ("plan", "size", "segment")],
    "pipeline": [{"at": "2024-12-24"}],
    "ltv": [{"to": "2025-09-15"}],
    "holdout": [{"window": "30"}],
    "experiment": [{"experiment": "first-offer"}],
    "case_study": [
        {"family": "jp"},
        {"ltv_target": "2", "before_from": "2023-12-01", "before_to": "2024-02-01"},
    ],
}

STANDING = {"pipeline": {"at": "2025-10-15"}, "ltv": {"to": "2025-10-15"}}
"""The clock goes on while the test runs; what depends on every second of it is asked of a day."""


@pytest.fixture(scope="module")
def history() -> History:
    return History(seed=2025)


@pytest.fixture(scope="module")
async def desk(
    stack: Addresses, module_database_url: str, module_topic_prefix: str, history: History
) -> AsyncIterator[Desk]:
    settings = Settings(
        database_url=module_database_url,
        kafka_bootstrap_servers=stack.kafka,
        topic_prefix=module_topic_prefix,
        admin_key="a" * 48,
        secret_key="s" * 48,
        port=0,
    )
    async with open_desk(settings, now=NOW) as opened:
        await opened("PUT", "/v1/catalog", catalog())
        await store(history, module_database_url)
        yield opened


def plain(value: Any) -> Any:
    """As JSON has it: moments as text, numbers as numbers."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


def asked(given: dict[str, str], name: str) -> Question:
    zone = ZoneInfo(given.get("time_zone", "UTC"))

    def midnight(day: str | None, default: date) -> datetime:
        return datetime.combine(date.fromisoformat(day) if day else default, time(), zone)

    today = NOW.astimezone(zone).date()
    to = date.fromisoformat(given["to"]) if "to" in given else today + timedelta(days=1)
    long = name in ("first_year", "time_to_upsell", "retention", "ltv")
    since = to - timedelta(days=1_096 if long else 365)
    question = Question(
        midnight(given.get("from"), since).astimezone(UTC),
        midnight(None, to).astimezone(UTC),
        NOW,
        given.get("time_zone", "UTC"),
        given.get("by"),
        given.get("currency"),
        family=given.get("family"),
        experiment=given.get("experiment"),
        window=int(given.get("window", 90)),
        ltv_target=Decimal(given.get("ltv_target", "1.5")),
    )
    if "at" in given:
        question = replace(question, at=midnight(given["at"], today).astimezone(UTC))
    if "before_from" in given:
        before = (
            midnight(given[key], today).astimezone(UTC) for key in ("before_from", "before_to")
        )
        question = replace(question, before=tuple(before))  # type: ignore[arg-type]
    return question


@pytest.mark.parametrize("name", REPORTS)
async def test_equal_to_the_reference(desk: Desk, history: History, name: str) -> None:
    for period in PERIODS:
        if name == "ltv" and period.get("to", "") > "2025-10-15":
            continue
        for more in [{}, *MORE.get(name, [])]:
            given = STANDING.get(name, {}) | period | more
            found = await desk("GET", f"/v1/reports/{name}", params=given)
            rows, totals = getattr(Reference(history, asked(given, name)), name)()
            assert (found["report"], found["time_zone"]) == (name, period.get("time_zone", "UTC"))
            key = _unordered(name)
            assert sorted(plain(found["rows"]), key=key) == sorted(plain(rows), key=key), given
            assert plain(found["totals"]) == plain(totals), given


def _unordered(name: str) -> Any:
    """Keys and stages have an order of their own, which other tests hold."""
    names = {"conversion": "key", "first_year": "key", "pipeline": "stage"}
    return (lambda row: row[names[name]]) if name in names else (lambda row: 0)


async def test_the_list_says_since_when_there_is_anything_to_count(
    desk: Desk, history: History
) -> None:
    listed = (await desk("GET", "/v1/reports", params={"time_zone": "Asia/Tokyo"}))["data"]
    assert [one["report"] for one in listed] == list(REPORTS)
    days = {one["report"]: one["first_day"] for one in listed}
    begun = min(row["effective_at"] or row["at"] for row in history.rows["plan_change"])
    assert days["nrr"] == begun.astimezone(ZoneInfo("Asia/Tokyo")).date().isoformat()
    assert days["amounts"] > days["nrr"]
    await desk("GET", "/v1/reports", params={"time_zone": "Mars/Olympus"}, want=422)
