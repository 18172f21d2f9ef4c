"""What may be asked of reports, and the forms of the answer."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.embedded import Addresses
from shared.runtime.settings import Settings
from tests.integration.trigger.reports.history import NOW, catalog
from tests.support.desk import ACCOUNT, Desk, open_desk


@pytest.fixture(scope="module")
async def desk(
    stack: Addresses, module_database_url: str, module_topic_prefix: str
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
        yield opened


async def report(
    desk: Desk, name: str, want: int = 200, since: str | None = None, **given: str
) -> Any:
    """`since`: `from`, which is a word of Python."""
    given |= {"from": since} if since else {}
    return await desk("GET", f"/v1/reports/{name}", params=given, want=want)


@pytest.mark.parametrize(("name", "days"), [("nrr", 365), ("ltv", 1096), ("first_year", 1096)])
async def test_a_period_ends_tomorrow_unless_said_otherwise(
    desk: Desk, name: str, days: int
) -> None:
    found = await report(desk, name, time_zone="Pacific/Auckland")
    assert found["to"] == "2025-10-16"
    assert datetime.fromisoformat(found["from"]) == datetime(2025, 10, 16) - timedelta(days=days)
    assert found["time_zone"] == "Pacific/Auckland"


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("nrr", {"from": "2025-1-1"}),
        ("nrr", {"from": "2025-02-30"}),
        ("nrr", {"from": "2025-10-16"}),
        ("nrr", {"from": "2015-01-01", "to": "2025-10-16"}),
        ("nrr", {"from": "0001-01-01"}),
        ("nrr", {"to": "yesterday"}),
        ("nrr", {"time_zone": "Mars/Olympus"}),
        ("nrr", {"by": "plan"}),
        ("nrr", {"currency": "XYZ"}),
        ("time_to_upsell", {"curve": "yes"}),
        ("nrr", {"format": "xml"}),
        ("conversion", {"by": "country"}),
        ("first_year", {"by": "owner"}),
        ("pipeline", {"at": "noon"}),
        ("case_study", {"family": "other"}),
        ("case_study", {"before_to": "2025-13-01"}),
        ("case_study", {"before_from": "2025-01-02", "before_to": "2025-01-02"}),
        ("case_study", {"ltv_target": "0"}),
        ("holdout", {"window": "0"}),
        ("missed", {"limit": "0"}),
        ("missed", {"limit": "501"}),
        ("missed", {"offset": "-1"}),
        ("missed", {"offset": "1e3"}),
    ],
)
async def test_a_fault_names_its_parameter(desk: Desk, name: str, wrong: dict[str, str]) -> None:
    found = await desk("GET", f"/v1/reports/{name}", params=wrong, want=422)
    key = next(iter(wrong))
    assert f"query.{key}" in [one["path"] for one in found["errors"]]


async def test_rows_come_by_pages_and_a_file_has_all_of_them(desk: Desk) -> None:
    whole = await report(desk, "retention")
    assert [one["arm"] for one in whole["rows"]] == ["upgraded", "others"]
    assert whole["row_count"] == 2
    found = await report(desk, "retention", limit="1", offset="1")
    assert found == whole | {"rows": whole["rows"][1:]}
    beyond = await report(desk, "retention", offset="2")
    assert (beyond["rows"], beyond["row_count"]) == ([], 2)
    told = {"format": "csv", "limit": "1", "offset": "1"}
    file = await desk.http.get("/v1/reports/retention", params=told)
    assert len(file.text.splitlines()) == 1 + 2


async def test_every_fault_at_once(desk: Desk) -> None:
    found = await report(desk, "nrr", 422, to="x", by="x", format="x")
    assert {one["path"] for one in found["errors"]} == {"query.to", "query.by", "query.format"}


async def test_the_longest_period(desk: Desk) -> None:
    found = await report(desk, "nrr", since="2015-10-09", to="2025-10-16")
    assert found["rows"] == []


async def test_there_is_no_other_report(desk: Desk) -> None:
    await report(desk, "profit", 404)
    assert "data" in await report(desk, "plays")


async def test_reading_is_enough(desk: Desk) -> None:
    answer = await desk.http.get("/v1/reports/nrr", headers={"Authorization": "Bearer nobody"})
    assert answer.status_code == 401


async def test_a_spreadsheet_gets_csv(desk: Desk) -> None:
    answer = await desk.http.get("/v1/reports/handoffs", params={"format": "csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.content == (
        b"\xef\xbb\xbfrequested,accepted,rejected,timed_out,returned,open,acceptance_percent,"
        b"median_hours,low_n\r\n0,0,0,0,0,0,,,true\r\n"
    )


@pytest.mark.parametrize(
    ("lang", "verdict"), [("ja", "結論は出せません"), ("en", "not conclusive")]
)
async def test_words_are_the_readers(desk: Desk, lang: str, verdict: str) -> None:
    assert (await report(desk, "holdout", lang=lang))["totals"]["verdict"] == verdict


async def test_a_flag_says_why(desk: Desk) -> None:
    await desk("PUT", "/v1/catalog", {**catalog(), "policy": {}})
    (flag,) = (await report(desk, "costs"))["flags"]
    assert flag["flag"] == "costs_unknown"
    assert "policy.costs" in flag["reason"]
    (ja,) = (await report(desk, "costs", lang="ja-JP"))["flags"]
    assert ja["reason"] == "カタログの policy.costs に費用が設定されていません。"


async def test_what_is_no_longer_kept_is_said(desk: Desk) -> None:
    (flag,) = (await report(desk, "missed", since="2020-01-01"))["flags"]
    assert (flag["flag"], flag["reason"]) == (
        "pruned",
        "decisions from before 2022-10-11 are no longer kept",
    )


async def test_without_a_catalogue_or_accounts_every_report_answers(desk: Desk) -> None:
    await desk("PUT", "/v1/accounts/acct-42", ACCOUNT, want=(200, 201))
    for name in ("case_study", "experiment", "first_year", "attribution", "balance"):
        assert (await report(desk, name))["report"] == name
