"""The extremes of every input: what is answered 2xx can be applied, shown and judged; everything
else is 422 with its path.
"""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from services.trigger.proposals.judge import Judge
from services.trigger.tables.catalogs import Catalogs
from shared.runtime.settings import Settings
from tests.support.bad_facts import VALUE
from tests.support.desk import ACCOUNT, DECEMBER, METERS, Desk, catalog, open_desk, order, plan

MOST, LEAST = "999999999999999999.999999999", "0.000000001"
JUDGED = {"features": ["core", "sso"], "price": {"month": 49, "year": 588}}
PLANS = (
    plan("starter", 1),
    plan("pro", 2, api_calls=1000, **JUDGED),
    plan("enterprise", 3, api_calls="unlimited", seats="unlimited"),
)


@pytest.fixture
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    async with open_desk(settings, judgement=Judge(Catalogs())) as found:
        await found.opens(
            catalog=catalog(
                *PLANS, add_ons=[{"id": "pack", "price": {"month": 5}, "limits": {"storage": MOST}}]
            )
        )
        yield found


async def lives(desk: Desk) -> None:
    """The account can be shown, queried, judged and woken."""
    for path in ("", "/usage", "/can?meter=storage&amount=1", "/facts", "/recommendation"):
        await desk("GET", f"/v1/accounts/acct-42{path}")
    await desk.counts("seats", 4, 5)
    await desk.due()
    desk.at(DECEMBER + timedelta(days=1))
    await desk.due()
    await desk("GET", "/v1/accounts/acct-42")
    assert await desk.rows("select 1 from alert where meter = 'seats' and threshold = '100'")


def _subscriptions() -> dict[str, tuple[dict[str, Any], str | None]]:
    """By name: the difference from a valid one, and where its fault is (None: it is accepted)."""
    return {
        "evergreen": ({"renewal_date": "9999-12-31"}, "/renewal_date"),
        "renewed on the last day": ({"renewal_date": "2199-12-31"}, None),
        "renewed on the first day": ({"renewal_date": "1990-01-01"}, None),
        "renewed the day after": ({"renewal_date": "2200-01-01"}, "/renewal_date"),
        "since the first moment": (
            {"started_at": "1990-01-01T00:00:00Z", "anchor": "1990-01-01T00:00:00Z"},
            None,
        ),
        "since before": ({"started_at": "1989-12-31T23:59:59Z"}, "/started_at"),
        "anchored at the last moment": ({"anchor": "2199-12-31T23:59:59Z"}, None),
        "anchored after": ({"anchor": "2200-01-01T00:00:00Z"}, "/anchor"),
        "anchored in a zone that ends the range": (
            {"anchor": "2199-12-31T23:59:59-14:00"},
            "/anchor",
        ),
        "anchored in a leap second": ({"anchor": "2016-12-31T23:59:60Z"}, None),
        "by the day": ({"interval": "day", "started_at": "1990-01-01T00:00:00Z"}, None),
        "a great quantity": ({"quantity": 10**9}, None),
        "a quantity beyond": ({"quantity": 10**9 + 1}, "/quantity"),
        "a quantity with an exponent": ({"quantity": "@1e999999999"}, "/quantity"),
        "the highest price": ({"price": "999999999999999999.99"}, None),
        "a price beyond": ({"price": "1000000000000000000"}, "/price"),
        "a price finer than cents": ({"price": LEAST}, "/price"),
        "a price finer than can be stored": ({"price": "0.0000000001"}, "/price"),
        "a price out of every range": ({"price": "@1e9999999999999999999999"}, "/price"),
        "no number": ({"price": "NaN"}, "/price"),
        "many packs": ({"add_ons": {"pack": 10**9}}, None),
        "packs beyond": ({"add_ons": {"pack": 10**10}}, "/add_ons/pack"),
        "packs out of every range": ({"add_ons": {"pack": "@1e999999999"}}, "/add_ons/pack"),
    }


def written(body: object) -> str:
    """JSON in which a string that begins with @ stands for the literal after it."""
    return json.dumps(body).replace('"@', "").replace('@"', "")


def literal(value: object) -> object:
    return f"{value}@" if isinstance(value, str) and value.startswith("@") else value


def marked(body: Any) -> Any:
    match body:
        case dict():
            return {key: marked(value) for key, value in body.items()}
        case list():
            return [marked(value) for value in body]
    return literal(body)


async def puts(desk: Desk, path: str, body: object, fault: str | None) -> None:
    content = written(marked(body))
    answer = await desk.http.put(
        path, content=content, headers={"Content-Type": "application/json"}
    )
    if fault is None:
        assert answer.status_code in (200, 201), answer.text
    else:
        assert answer.status_code == 422, answer.text
        assert [error["path"] for error in answer.json()["errors"]] == [fault]
        assert answer.json()["errors"][0]["reason"]


SUBSCRIPTIONS = _subscriptions()


@pytest.mark.parametrize(
    "name", [name for name, (_, fault) in SUBSCRIPTIONS.items() if fault is None]
)
async def test_subscriptions_that_are_taken(desk: Desk, name: str) -> None:
    await puts(
        desk, "/v1/accounts/acct-42/subscription", order("starter") | SUBSCRIPTIONS[name][0], None
    )
    await lives(desk)


async def test_subscriptions_that_are_refused(desk: Desk) -> None:
    for changes, fault in SUBSCRIPTIONS.values():
        if fault is not None:
            await puts(desk, "/v1/accounts/acct-42/subscription", order("starter") | changes, fault)
    await lives(desk)


async def test_subscriptions_over_kafka(desk: Desk) -> None:
    """The same extremes, and a reason for each that is refused."""
    for number, (changes, _) in enumerate(SUBSCRIPTIONS.values()):
        event = {
            "specversion": "1.0",
            "id": f"s{number}",
            "source": "/billing",
            "type": "subscription.changed",
            "subject": "acct-42",
        }
        data = marked(order("starter") | changes)
        await desk.gets(
            "account.events", written(event | {"time": desk.now.isoformat(), "data": data}).encode()
        )
    refused = [
        row.reason for row in await desk.rows("select reason from event_rejected order by id")
    ]
    wanted = [fault for _, fault in SUBSCRIPTIONS.values() if fault is not None]
    assert len(refused) == len(wanted)
    assert [
        fault for fault, reason in zip(wanted, refused, strict=True) if fault not in reason
    ] == []


LIMITS: dict[str, tuple[Any, str | None]] = {
    "the highest": (MOST, None),
    "the lowest": (LEAST, None),
    "none": (0, None),
    "beyond": ("1000000000000000000", "/limit"),
    "finer": ("0.0000000001", "/limit"),
    "beyond with a unit": ("9999999 PB", "/limit"),
    "an exponent": ("@1e999999999", "/limit"),
    "an exponent out of every range": ("@1e99999999999999999999", "/limit"),
    "no number": ("NaN", "/limit"),
    "many digits": ("9" * 5000, "/limit"),
}


async def test_limits_of_one_account(desk: Desk) -> None:
    for number, (limit, fault) in enumerate(LIMITS.values(), start=1):
        await puts(desk, "/v1/accounts/acct-42/limits/storage", {"limit": limit}, fault)
        if fault is None:
            await desk.counts("storage", number, MOST)
    await lives(desk)


async def test_accounts(desk: Desk) -> None:
    path = "/v1/accounts/acct-42"
    for since, fault in (
        ("1990-01-01", None),
        ("2199-12-31T23:59:59Z", None),
        ("1989-12-31", "/customer_since"),
        ("9999-12-31", "/customer_since"),
    ):
        await puts(desk, path, ACCOUNT | {"customer_since": since}, fault)
    for number, fault in ((10**9, None), ("@1e999999999", "/employees"), (10**18, "/employees")):
        await puts(desk, path, ACCOUNT | {"employees": number}, fault)
    csm = {"id": "u7", "name": "Kato"}
    for amount, fault in (
        (MOST, None),
        ("1000000000000000000", "/csm/close_authority"),
        ("NaN", "/csm/close_authority"),
    ):
        await puts(desk, path, ACCOUNT | {"csm": csm | {"close_authority": amount}}, fault)
    await puts(desk, path, ACCOUNT | {"customer_since": "1990-01-01", "employees": 10**9}, None)
    await lives(desk)


QUESTIONS: dict[str, str | None] = {
    f"can?meter=storage&amount={MOST}": None,
    f"can?meter=storage&amount={LEAST}": None,
    "can?meter=storage&amount=1e999999999": "query.amount",
    "can?meter=storage&amount=1000000000000000000": "query.amount",
    "can?meter=storage&amount=NaN": "query.amount",
    "can?meter=storage&amount=-1": "query.amount",
    "usage?at=1990-01-01T00:00:00Z": None,
    "usage?at=2199-12-31T23:59:59Z": None,
    "usage?at=1989-12-31T23:59:59Z": "query.at",
    "usage?at=9999-12-31T23:59:59Z": "query.at",
    "usage?at=0001-01-01T00:00:00Z": "query.at",
}


async def test_questions(desk: Desk) -> None:
    for query, fault in QUESTIONS.items():
        answer = await desk.http.get(f"/v1/accounts/acct-42/{query}")
        assert answer.status_code == (200 if fault is None else 422), (query, answer.text)
        assert fault is None or [error["path"] for error in answer.json()["errors"]] == [fault]


FACTS: dict[str, tuple[str, dict[str, Any], str | None]] = {
    "the most": (
        "value.stated",
        {**VALUE, "hourly_rate": MOST, "automation_rate": "1", "members": 10**9},
        None,
    ),
    "the least": (
        "value.stated",
        {**VALUE, "hours": LEAST, "hourly_rate": LEAST, "automation_rate": LEAST},
        None,
    ),
    "nothing": ("value.stated", {**VALUE, "hourly_rate": 0}, None),
    "a rate that is no number": (
        "value.stated",
        {**VALUE, "automation_rate": "NaN"},
        "/data/automation_rate",
    ),
    "a signalling rate": (
        "value.stated",
        {**VALUE, "automation_rate": "sNaN"},
        "/data/automation_rate",
    ),
    "a rate finer than can be stored": (
        "value.stated",
        {**VALUE, "automation_rate": "0.0000000001"},
        "/data/automation_rate",
    ),
    "hours finer than can be stored": (
        "value.stated",
        {**VALUE, "hours": "0.0000000001"},
        "/data/hours",
    ),
    "an hourly rate beyond": (
        "value.stated",
        {**VALUE, "hourly_rate": "1E+18"},
        "/data/hourly_rate",
    ),
    "an hourly rate out of every range": (
        "value.stated",
        {**VALUE, "hourly_rate": "1E+999999999"},
        "/data/hourly_rate",
    ),
    "an unknown field beyond": ("value.stated", {**VALUE, "note": "@1e999999"}, "/data/note"),
    "an unknown field within": (
        "login.recorded",
        {"user": "u", "more": [{"of": "@1000000000000000000"}]},
        "/data/more/0/of",
    ),
    "a budget": ("budget.stated", {"status": "yes", "said_by": "c1", "amount": MOST}, None),
    "a budget beyond": (
        "budget.stated",
        {"status": "yes", "said_by": "c1", "amount": "1000000000000000000"},
        "/data/amount",
    ),
    "a budget that is endless": (
        "budget.stated",
        {"status": "yes", "said_by": "c1", "amount": "Infinity"},
        "/data/amount",
    ),
    "a deadline": ("compliance.need", {"framework": "soc2", "deadline": "2199-12-31"}, None),
    "a deadline long ago": (
        "compliance.need",
        {"framework": "soc2", "deadline": "1990-01-01"},
        None,
    ),
    "a deadline beyond": (
        "compliance.need",
        {"framework": "soc2", "deadline": "9999-12-31"},
        "/data/deadline",
    ),
    "a deadline before": (
        "compliance.need",
        {"framework": "soc2", "deadline": "0001-01-01"},
        "/data/deadline",
    ),
    "growth": ("team.growth", {"count": 10**9}, None),
    "growth beyond": ("team.growth", {"count": 10**9 + 1}, "/data/count"),
    "a quote": ("quote.presented", {"plan": "pro", "price": MOST}, None),
    "a quote beyond": ("quote.presented", {"plan": "pro", "price": "-0.0000000001"}, "/data/price"),
    "a deal": ("deal.stated", {"stakeholders": 10**6, "approval_days": 10**5}, None),
    "a deal beyond": ("deal.stated", {"stakeholders": 10**6 + 1}, "/data/stakeholders"),
    "an end": ("subscription.cancelled", {"at": "2199-12-31T23:59:59Z"}, None),
    "an end beyond": ("subscription.cancelled", {"at": "9999-12-31T23:59:59Z"}, "/data/at"),
}


def _sent(desk: Desk, name: str) -> str:
    type_, data, _ = FACTS[name]
    event = {
        "specversion": "1.0",
        "id": name,
        "source": "/crm",
        "type": type_,
        "subject": "acct-42",
        "time": desk.now.isoformat(),
    }
    return written(marked(event | {"data": data}))


async def _told(desk: Desk, content: str) -> tuple[int, list[str]]:
    """The status over HTTP with the paths of the faults; over Kafka it arrives too."""
    answer = await desk.http.post(
        "/v1/signals", content=content, headers={"Content-Type": "application/cloudevents+json"}
    )
    await desk.gets("account.events", content.encode())
    return answer.status_code, [error["path"] for error in answer.json()["errors"]]


@pytest.mark.parametrize("name", [name for name, (*_, fault) in FACTS.items() if fault is None])
async def test_facts_that_are_taken(desk: Desk, name: str) -> None:
    status, _ = await _told(desk, _sent(desk, name))
    assert status == 503, "it was checked, and there is no Kafka here to publish it"
    assert await desk.rows("select reason from event_rejected") == []
    assert len((await desk("GET", "/v1/accounts/acct-42/facts"))["data"]) == 1
    await lives(desk)


async def test_facts_that_are_refused(desk: Desk) -> None:
    wanted = {name: fault for name, (*_, fault) in FACTS.items() if fault is not None}
    for name, fault in wanted.items():
        assert await _told(desk, _sent(desk, name)) == (422, [fault]), name
    reasons = [
        row.reason for row in await desk.rows("select reason from event_rejected order by id")
    ]
    assert len(reasons) == len(wanted)
    assert [
        reason
        for reason, fault in zip(reasons, wanted.values(), strict=True)
        if f"(at {fault})" not in reason
    ] == []
    await lives(desk)


async def test_a_catalogue_within_a_body(desk: Desk) -> None:
    """Wherever arbitrary JSON is accepted, its numbers are bounded too."""
    for number in (
        "@1e999999999",
        "@1e99999999999999999999",
        "@1000000000000000000",
        "@-0.0000000001",
    ):
        meters = {"calls": {**METERS["api_calls"], "filter": {"status": number}}}
        body = {
            "catalog": {
                "currency": "USD",
                "meters": meters,
                "plans": [{"id": "a", "rank": 1, "limits": {"calls": 1}}],
            }
        }
        answer = await desk.http.post(
            "/v1/backtests",
            content=written(marked(body)),
            headers={"Content-Type": "application/json"},
        )
        assert answer.status_code == 422, answer.text
        assert [error["path"] for error in answer.json()["errors"]] == [
            "/catalog/meters/calls/filter/status"
        ]


async def test_quotes(desk: Desk) -> None:
    for at in ("1989-12-31T23:59:59Z", "9999-12-31T23:59:59Z"):
        problem = await desk(
            "POST", "/v1/accounts/acct-42/quotes", {"plan": "pro", "at": at}, want=422
        )
        assert [error["path"] for error in problem["errors"]] == ["/at"]


@pytest.mark.parametrize("letter", ["\u3000", "\u00a0", "\U0001f468\u200d\U0001f469", "\u200b"])
async def test_ids_take_the_characters_of_names(desk: Desk, letter: str) -> None:
    """Accounts, contacts, facts: in paths, bodies and records."""
    account = f"a{letter}b"
    path = f"/v1/accounts/{quote(account)}"
    person = {"id": account, "name": f" {account}\u3000", "role": "owner"}
    await desk("PUT", path, {"name": f"{account} ", "contacts": [person]}, want=201)
    await desk("PUT", f"{path}/subscription", order("starter"))
    await desk.learns(
        "nps.responded", {"score": 9, "contact": account}, account=account, id=account
    )
    await desk.counts("seats", 4, 5, account=account)
    shown = await desk("GET", path)
    assert (shown["id"], shown["name"]) == (account, account)
    assert (shown["contacts"][0]["id"], shown["contacts"][0]["name"], shown["nps"]["score"]) == (
        account,
        account,
        9,
    )
    assert [one["id"] for one in (await desk("GET", f"{path}/facts"))["data"]] == [account]
    assert [
        one["account"]
        for one in (await desk("GET", "/v1/alerts", params={"account": account}))["data"]
    ] != []


@pytest.mark.parametrize("letter", ["%00", "%0a", "%7f", "%c2%85", "%1b"])
async def test_control_characters_are_refused_in_paths(desk: Desk, letter: str) -> None:
    problem = await desk("PUT", f"/v1/accounts/a{letter}b", ACCOUNT, want=422)
    assert problem["errors"][0]["reason"]
