"""Every figure on a page equals the API's, and every CSV the page's table."""

import csv
from collections.abc import AsyncIterator
from io import StringIO
from typing import Any

import pytest

from services.console.views.report.tables import MAIN, rows_of
from services.console.views.reports_one import BY, NAMES, WITHOUT_PERIOD
from shared.embedded import Addresses
from shared.runtime.settings import Settings
from tests.integration.trigger.reports.history import NOW, History, catalog, store
from tests.support.console import House, Shown, Visitor, open_house
from tests.support.shown_figures import Element, at, plain, read, same

YEAR = {"from": "2024-10-15", "to": "2025-10-15"}
AT = {"pipeline": {"at": "2025-10-15"}}
"""What is not of a past period, is of a past moment: the clock goes on meanwhile."""


@pytest.fixture(scope="module")
async def house(
    stack: Addresses, module_database_url: str, module_topic_prefix: str
) -> AsyncIterator[House]:
    settings = Settings(
        database_url=module_database_url,
        kafka_bootstrap_servers=stack.kafka,
        topic_prefix=module_topic_prefix,
        admin_key="a" * 48,
        secret_key="s" * 48,
        port=0,
    )
    async with open_house(settings, now=NOW) as opened:
        await opened.desk("PUT", "/v1/catalog", catalog())
        await store(History(seed=2025), module_database_url)
        await opened.settled()
        yield opened


@pytest.fixture(scope="module")
async def manager(house: House) -> Visitor:
    return await house.visitor("m1", "manager", name="Abe")


def _asked(name: str, by: str) -> dict[str, str]:
    period = {} if name in WITHOUT_PERIOD else YEAR
    return {**period, **AT.get(name, {}), **({"by": by} if by else {})}


@pytest.mark.parametrize("name", NAMES)
async def test_a_report_has_the_figures_of_the_api(
    house: House, manager: Visitor, name: str
) -> None:
    for by in ("", *BY.get(name, ())):
        asked = _asked(name, by)
        more = {"curve": "on"} if name == "time_to_upsell" else {}
        found = await house.desk("GET", f"/v1/reports/{name}", params=asked | more)
        page = await manager.get(f"/console/reports/{name}", params=asked)
        assert page.status == 200
        root = read(page.html)
        rows = rows_of(found)
        _holds_totals(root, found)
        tables = {one.given["data-rows"]: _rows(one) for one in root.all("data-rows")}
        for path, shown in tables.items():
            assert shown == _flat_rows(at(found, path))[: len(shown)], (name, path)
            assert len(shown) == min(50, len(at(found, path)))
        assert bool(rows) == any(path in MAIN for path in tables)
        file = await manager.get(f"/console/reports/{name}", params=asked | {"format": "csv"})
        _is_the_table(file, next((tables[one] for one in MAIN if one in tables), []))


def _holds_totals(root: Element, found: Any) -> None:
    in_tables = {id(one) for table in root.all("data-rows") for one in table.all("data-field")}
    for one in root.all("data-field"):
        if id(one) not in in_tables:
            path = one.given["data-field"]
            assert one.given["data-value"] == plain(at(found, path)), path


def _rows(table: Element) -> list[dict[str, str]]:
    body = next(table.tags("tbody"))
    return [dict(row.fields()) for row in body.tags("tr")]


def _flat_rows(rows: list[dict[str, Any]]) -> list[dict[str, str]]:
    told = [dict(_flat(row)) for row in rows]
    names = dict.fromkeys(name for row in told for name in row)
    return [{name: plain(row.get(name)) for name in names} for row in told]


def _flat(row: dict[str, Any], prefix: str = "") -> Any:
    for name, value in row.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _is_the_table(file: Shown, rows: list[dict[str, str]]) -> None:
    assert file.headers["content-type"] == "text/csv; charset=utf-8"
    lines = list(csv.DictReader(StringIO(file.html.removeprefix("\ufeff"), newline="")))
    assert [_same(one) for one in lines][: len(rows)] == [_same(one) for one in rows]


def _same(row: dict[str, str]) -> dict[str, Any]:
    return {name: same(text) for name, text in row.items()}
