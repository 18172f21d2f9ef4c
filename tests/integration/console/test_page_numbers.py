"""Every figure of the pages about work, accounts and operations equals the API's."""

import csv
from io import StringIO
from typing import Any

from services.console.views import today as today_view
from tests.integration.console.test_accounts import unhappy
from tests.integration.console.test_pipeline import with_deal
from tests.support.console import House, Visitor
from tests.support.shown_figures import Element, at, plain, read, same

ACCOUNT = "/v1/accounts/acct-42"


async def shown(visitor: Visitor, path: str) -> Element:
    page = await visitor.get(f"/console/{path}")
    assert page.status == 200, path
    return read(page.html)


def holds(root: Element, kind: str, rows: list[dict[str, Any]], id: str = "id") -> None:
    """Each row of the page with `data-{kind}` has the fields of the API's with this id."""
    known = {row[id]: row for row in rows}
    found = list(root.all(f"data-{kind}"))
    assert [one.given[f"data-{kind}"] for one in found] != []
    for one in found:
        row = known[one.given[f"data-{kind}"]]
        for element in one.all("data-value"):
            if "data-field" in element.given:
                _equal(element, row)


def has(root: Element, answer: Any, *paths: str) -> None:
    """The page has each of these fields of the answer, with its value."""
    told = [(path, value) for path, value in root.fields()]
    for path in paths:
        assert (path, plain(_at(answer, path))) in told, path


async def the_csv_is(visitor: Visitor, path: str, root: Element, kind: str, id: str) -> None:
    """The table's fields under their names."""
    file = (await visitor.get(f"/console/{path}?format=csv")).html.removeprefix("\ufeff")
    lines = {one[id]: one for one in csv.DictReader(StringIO(file, newline=""))}
    for row in root.all(f"data-{kind}"):
        line = lines[row.given[f"data-{kind}"]]
        told = [(path, value) for path, value in row.fields() if path in line]
        assert [(path, same(line[path])) for path, _ in told] == [
            (path, same(value)) for path, value in told
        ]


def _equal(element: Element, row: dict[str, Any]) -> None:
    path = element.given["data-field"]
    assert element.given["data-value"] == plain(_at(row, path)), path


def _at(answer: Any, path: str) -> Any:
    """None where what it belongs to is null."""
    try:
        return at(answer, path)
    except TypeError:
        return None


async def test_accounts_have_the_figures_of_the_api(house: House) -> None:
    kato = await unhappy(house)
    await house.settled()
    api = house.desk
    listed: Any = await api("GET", "/v1/accounts")
    root = await shown(kato, "accounts")
    holds(root, "account", listed["data"], "account")
    has(root, listed, "total")
    await the_csv_is(kato, "accounts", root, "account", "account")
    account: Any = await api("GET", ACCOUNT)
    usage: Any = await api("GET", f"{ACCOUNT}/usage")
    root = await shown(kato, "accounts/acct-42")
    holds(root, "meter", usage["meters"], "meter")
    holds(root, "alert", (await api("GET", "/v1/alerts?account=acct-42"))["data"])
    holds(root, "contact", account["contacts"])
    paths = ("subscription.plan", "csm.id", "ae.id", "health.score", "loyalty.segment")
    criteria = ("loyalty.tenure", "loyalty.logins", "loyalty.nps", "loyalty.enquiries")
    has(root, account, *paths, *criteria)
    told = [value for path, value in root.fields() if path == "health.components"]
    assert told == [plain(one["value"]) for one in account["health"]["components"]]
    for name in (one["meter"] for one in usage["meters"]):
        history: Any = await api("GET", f"{ACCOUNT}/usage/history?meter={name}")
        charts = (await shown(kato, f"accounts/acct-42/usage?meter={name}")).all("data-chart")
        for chart in charts:
            body = next(chart.tags("tbody"))
            rows = [[one.given["data-value"] for one in row.tags("td")] for row in body.tags("tr")]
            fields = ("at", "used", "limit")
            assert rows == [[plain(one[field]) for field in fields] for one in history["data"]]


async def test_work_has_the_figures_of_the_api(house: House) -> None:
    kato = await unhappy(house)
    await with_deal(house)
    api = house.desk
    tasks: Any = await api("GET", "/v1/tasks?limit=200&total=true&open=true&owner=u7")
    root = await shown(kato, "today")
    holds(root, "task", tasks["data"])
    has(root, {"open": tasks["total"]}, "open")
    queries = today_view.asks(today_view.Wanted(), "u7", api.now, "UTC")
    for group in root.all("data-group"):
        query = {key: plain(one) for key, one in queries[group.given["data-group"]].items()}
        given = {key: one for key, one in query.items() if one}
        found: Any = await api("GET", "/v1/tasks", params=given)
        has(group, {"count": found["total"]}, "count")
    deals: Any = await api("GET", "/v1/opportunities?open=true&sums=true&names=true")
    for view in ("board", "table"):
        root = await shown(kato, f"pipeline?view={view}")
        count = sum(one["count"] for one in deals["sums"])
        sums = {one["currency"]: one["year"] for one in deals["sums"]}
        has(root, {"count": count, "sum": sums}, "count", *(f"sum.{one}" for one in sums))
        ages = {"days": 0}
        holds(root, "opportunity", [one | ages for one in deals["data"]])
    await the_csv_is(kato, "pipeline", root, "opportunity", "id")


async def test_operations_have_the_figures_of_the_api(house: House) -> None:
    await unhappy(house)
    operator = await house.visitor("o1", "operator")
    found: Any = await house.desk("GET", "/v1/operations")
    root = await shown(operator, "operations")
    waiting = [value for path, value in root.fields() if path == "waiting"]
    assert waiting == [plain(one["waiting"]) for one in found["channels"]]
    names = [one.given["data-service"] for one in root.all("data-service")]
    assert names == [one["name"] for one in found["services"]]
    told = [value for path, value in root.fields() if path == "pending"]
    assert told == [plain(one["pending"]) for one in found["outbox"]]
    for name in ("postgres", "kafka"):
        store = next(one for one in root.all("data-store") if one.given["data-store"] == name)
        assert (store.given["data-ready"] == "yes") == found[name]["ready"]
