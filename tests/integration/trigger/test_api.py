"""Answers and refusals of the trigger's API."""

from decimal import Decimal
from typing import Any

import pytest

from services.trigger.proposals.account_view import Described
from shared.kafka.clients import ensure_topics
from tests.support.desk import ACCOUNT, NOVEMBER, Desk, catalog, order, plan

HERE = "/v1/accounts/acct-42"


async def test_an_account_as_it_was_given(desk: Desk) -> None:
    more = {
        "ae": {
            "id": "s1",
            "name": "Sato",
            "sales_trained": True,
            "close_authority": None,
            "email": None,
        },
        "customer_since": "2024-07-01T00:00:00Z",
        "currency": "JPY",
        "segment": "smb",
        "employees": 40,
    }
    await desk("PUT", "/v1/catalog", catalog())
    made = await desk("PUT", HERE, ACCOUNT | more, want=201)
    assert made == await desk("PUT", HERE, ACCOUNT | more, want=200)
    assert made == await desk("GET", HERE)
    csm = ACCOUNT["csm"] | {"sales_trained": True, "close_authority": None}
    nothing: dict[str, Any] = {"subscription": None, "next_subscription": None, "limits": {}}
    given = {"id": "acct-42", **ACCOUNT, **more, "csm": csm, **nothing}
    assert {key: made[key] for key in given} == given
    assert made.keys() - given.keys() == Described.__annotations__.keys()
    assert (made["renewal_date"], made["upsell_target"], made["proposal_history"]) == (
        None,
        False,
        [],
    )
    await desk("PUT", f"{HERE}/subscription", order())
    found = await desk("GET", HERE)
    assert (found["subscription"]["plan"], found["renewal_date"]) == ("starter", "2027-11-01")
    await desk("PUT", HERE, {"name": "Aozora"})
    found = await desk("GET", HERE)
    assert (found["contacts"], found["csm"], found["customer_since"]) == (
        [],
        None,
        "2026-11-01T00:00:00Z",
    )


async def test_a_contact_id_is_in_no_path_and_may_contain_a_slash(desk: Desk) -> None:
    contact = {
        "id": "org/7|hanako",
        "name": "Hanako",
        "email": None,
        "role": "owner",
        "locale": None,
    }
    made = await desk("PUT", HERE, {"name": "Aozora", "contacts": [contact]}, want=201)
    assert made["contacts"] == [contact]


async def test_a_subscription_as_it_was_given(desk: Desk) -> None:
    await desk("PUT", "/v1/catalog", catalog())
    await desk("PUT", HERE, ACCOUNT, want=201)
    given = order(
        quantity=3,
        price="9.50",
        anchor="2026-11-05T00:00:00Z",
        renewal_date="2027-01-31",
        interval="year",
    )
    assert await desk("PUT", f"{HERE}/subscription", given) == given | {
        "add_ons": {},
        "catalog_version": 1,
        "currency": "USD",
    }


async def test_the_forecast_of_a_counter(desk: Desk) -> None:
    """R-027 over HTTP: half of November is over, 60 of 100 used."""
    await desk.opens()
    await desk.counts("api_calls", 60)
    await used_in(desk, "api_calls", 5)
    desk.at(NOVEMBER.replace(day=16))
    found = (await desk.meter("api_calls"))["forecast"]
    assert found["percent_at_period_end"] in (119, 120)
    assert found["reaches_limit_at"].startswith("2026-11-26T00:00")


@pytest.mark.parametrize(("hours", "day"), [(1, 16), (4, 16), (5, 1)])
async def test_too_little_for_a_forecast_of_a_counter(desk: Desk, hours: int, day: int) -> None:
    """Usage in fewer than five hours is an import, or all within a thirtieth of the period."""
    await desk.opens()
    await desk.counts("api_calls", 60)
    await used_in(desk, "api_calls", hours)
    desk.at(NOVEMBER.replace(day=day, hour=20))
    assert (await desk.meter("api_calls"))["forecast"] is None


async def used_in(desk: Desk, meter: str, hours: int) -> None:
    """This many hours of November with usage; a correction and October do not count."""
    row = (
        "insert into usage_day (account, meter, day, aggregation, {}) "
        f"values ('acct-42', '{meter}', :day, 'count', {{}}) returning 1"
    )
    names = [f"h{hour:02}" for hour in range(hours)]
    await desk.rows(
        row.format(", ".join([*names, "h23"]), ", ".join(["12"] * hours + ["-1"])),
        day=NOVEMBER.date(),
    )
    await desk.rows(row.format("h01", "12"), day=NOVEMBER.replace(month=10).date())


async def test_usage_that_will_not_fill_its_limit_in_ten_thousand_years_is_shown(
    desk: Desk,
) -> None:
    """R-027: three thousand of a hundred thousand million, nine days into the month."""
    await desk.opens(catalog=catalog(plan("starter", 1, api_calls="100T"), plan("pro", 2)))
    await desk.counts("api_calls", 3_000)
    await used_in(desk, "api_calls", 5)
    desk.at(NOVEMBER.replace(day=10))
    assert (await desk.meter("api_calls"))["forecast"] == {
        "percent_at_period_end": 0,
        "reaches_limit_at": None,
    }
    assert (await desk("GET", "/v1/accounts/acct-42"))["id"] == "acct-42"


async def test_the_forecast_of_a_gauge(desk: Desk) -> None:
    await desk.opens()
    desk.at(NOVEMBER.replace(day=16))
    days = (
        "insert into usage_day (account, meter, day, aggregation, h05) "
        "values ('acct-42', 'storage', :day, 'latest', :used) returning 1"
    )
    for number in range(11):
        await desk.rows(
            days,
            day=NOVEMBER.replace(day=5 + number).date(),
            used=Decimal("5.9e9") + number * 10**8,
        )
    await desk.counts("storage", 7 * 10**9)
    found = (await desk.meter("storage"))["forecast"]
    assert found["reaches_limit_at"].startswith("2026-12-16T00:00")
    assert found["percent_at_period_end"] == 84
    assert (await desk.meter("seats"))["forecast"] is None
    await desk.rows("delete from usage_day where day < '2026-11-13' returning 1")
    assert (await desk.meter("storage"))["forecast"] is None, (
        "three days and today, which was not measured"
    )


async def test_a_meter_that_was_never_used(desk: Desk) -> None:
    await desk.opens()
    found = await desk.meter("seats")
    assert found == {
        "meter": "seats",
        "unit": "seat",
        "name": {"en": "seats", "ja": "seats"},
        "used": 0,
        "limit": 5,
        "unlimited": False,
        "percent": 0,
        "period": None,
        "thresholds": [{"threshold": one, "state": "armed"} for one in (80, 90, 95, 100)],
        "forecast": None,
    }


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (
            "meter=seats&amount=1",
            {"allowed": True, "used": 4, "limit": 5, "remaining": 1, "after_percent": 100},
        ),
        (
            "meter=seats",
            {"allowed": True, "used": 4, "limit": 5, "remaining": 1, "after_percent": 100},
        ),
        (
            "meter=seats&amount=2",
            {"allowed": False, "used": 4, "limit": 5, "remaining": 1, "after_percent": 120},
        ),
        (
            "meter=storage&amount=10%20GB",
            {
                "allowed": True,
                "used": 0,
                "limit": 10**10,
                "remaining": 10**10,
                "after_percent": 100,
            },
        ),
        (
            "meter=api_calls&amount=5",
            {"allowed": True, "used": 0, "limit": None, "remaining": None, "after_percent": None},
        ),
    ],
)
async def test_can(desk: Desk, query: str, expected: dict[str, Any]) -> None:
    await desk.opens(catalog=catalog(plan("starter", 1, api_calls="unlimited"), plan("pro", 2)))
    await desk.counts("seats", 4)
    assert await desk("GET", f"{HERE}/can?{query}") == expected


async def test_can_without_a_subscription(desk: Desk) -> None:
    await desk("PUT", "/v1/catalog", catalog())
    await desk("PUT", HERE, ACCOUNT, want=201)
    nothing = {"allowed": False, "used": 0, "limit": None, "remaining": None, "after_percent": None}
    assert await desk("GET", f"{HERE}/can?meter=seats&amount=1") == nothing


FAULTS = [
    ("PUT", HERE, {}, 422, "/name"),
    ("PUT", HERE, {"name": ""}, 422, "/name"),
    ("PUT", HERE, {"name": "a", "locale": "日本語"}, 422, "/locale"),
    ("PUT", HERE, {"name": "a", "time_zone": "Mars/Phobos"}, 422, "/time_zone"),
    ("PUT", HERE, {"name": "a", "country": "Japan"}, 422, "/country"),
    ("PUT", HERE, {"name": "a", "currency": "XXXX"}, 422, "/currency"),
    ("PUT", HERE, {"name": "a", "tenant": "b"}, 422, "/tenant"),
    (
        "PUT",
        HERE,
        {"name": "a", "contacts": [{"id": "c", "name": "b", "role": "king"}]},
        422,
        "/contacts/0/role",
    ),
    (
        "PUT",
        HERE,
        {"name": "a", "contacts": [{"id": "c", "name": "b", "role": "owner", "email": "x"}]},
        422,
        "/contacts/0/email",
    ),
    (
        "PUT",
        HERE,
        {"name": "a", "contacts": [{"id": "c", "name": "b", "role": "owner"}] * 2},
        422,
        "/contacts/1/id",
    ),
    (
        "PUT",
        HERE,
        {"name": "a", "csm": {"id": "u", "name": "b", "close_authority": "-1"}},
        422,
        "/csm/close_authority",
    ),
    ("PUT", HERE, {"name": "a", "customer_since": "yesterday"}, 422, "/customer_since"),
    ("PUT", HERE, {"name": "a", "employees": True}, 422, "/employees"),
    ("PUT", f"{HERE}/subscription", order("gold"), 422, "/plan"),
    ("PUT", f"{HERE}/subscription", {"plan": "pro"}, 422, "/started_at"),
    (
        "PUT",
        f"{HERE}/subscription",
        order() | {"started_at": "2026-11-01T00:00:00"},
        422,
        "/started_at",
    ),
    ("PUT", f"{HERE}/subscription", order(interval="decade"), 422, "/interval"),
    ("PUT", f"{HERE}/subscription", order(quantity=0), 422, "/quantity"),
    ("PUT", f"{HERE}/subscription", order(renewal_date="2027-02-30"), 422, "/renewal_date"),
    ("PUT", f"{HERE}/subscription", order(add_ons={"wings": 1}), 422, "/add_ons/wings"),
    ("PUT", f"{HERE}/subscription", order(price="9.999"), 422, "/price"),
    ("PUT", "/v1/accounts/nobody/subscription", order(), 404, None),
    ("GET", "/v1/accounts/nobody/subscription", None, 404, None),
    ("DELETE", "/v1/accounts/nobody/subscription", None, 404, None),
    ("DELETE", "/v1/accounts/nobody/limits/seats", None, 404, None),
    ("DELETE", f"{HERE}/subscription?at=soon", None, 422, "query.at"),
    ("PUT", f"{HERE}/limits/seats", {}, 422, ""),
    ("PUT", f"{HERE}/limits/seats", {"limit": -1}, 422, "/limit"),
    ("PUT", f"{HERE}/limits/seats", {"limit": "12 parsecs"}, 422, "/limit"),
    ("PUT", f"{HERE}/limits/seats", {"thresholds": []}, 422, "/thresholds"),
    ("PUT", f"{HERE}/limits/seats", {"thresholds": [80, 80]}, 422, "/thresholds/1"),
    ("PUT", f"{HERE}/limits/seats", {"thresholds": [80.5]}, 422, "/thresholds/0"),
    ("PUT", f"{HERE}/limits/wings", {"limit": 1}, 404, None),
    ("GET", "/v1/accounts/nobody", None, 404, None),
    ("GET", "/v1/accounts/nobody/usage", None, 404, None),
    ("GET", f"{HERE}/usage?at=2026", None, 422, "query.at"),
    ("GET", f"{HERE}/can", None, 422, "query.meter"),
    ("GET", f"{HERE}/can?meter=wings", None, 422, "query.meter"),
    ("GET", f"{HERE}/can?meter=seats&amount=-1", None, 422, "query.amount"),
    ("GET", "/v1/alerts?state=lost", None, 422, "query.state"),
    ("GET", "/v1/alerts?cursor=forged", None, 422, "query.cursor"),
    ("GET", "/v1/alerts/none", None, 404, None),
    ("GET", "/v1/decisions/none", None, 404, None),
    ("GET", "/v1/catalog?version=99", None, 404, None),
    ("PUT", "/v1/catalog", {"currency": "USD"}, 422, "/meters"),
    (
        "POST",
        "/v1/catalog:check",
        {"currency": "EURO", "meters": {}, "plans": []},
        422,
        "/currency",
    ),
]


async def test_faults_are_named(desk: Desk) -> None:
    await desk.opens()
    for method, path, body, status, place in FAULTS:
        problem = await desk(method, path, body, want=status)
        assert problem["status"] == status
        if place is not None:
            assert place in [fault["path"] for fault in problem["errors"]], (
                method,
                path,
                body,
                problem,
            )
            assert all(fault["reason"] for fault in problem["errors"])
    assert (await desk("GET", HERE))["name"] == "Aozora"
    assert (await desk("GET", "/v1/catalog"))["version"] == 1


async def test_catalogues_in_yaml_and_invalid_ones(desk: Desk) -> None:
    yaml = {"Content-Type": "application/yaml"}
    text = (
        "currency: USD\n"
        "meters: {calls: {event: api.request, aggregation: count, reset: period, unit: call}}\n"
        "plans: [{id: a, rank: 1, price: 1, limits: {calls: 1K}}]\n"
    )
    found = await desk.http.put("/v1/catalog", content=text, headers=yaml)
    assert found.status_code == 200, found.text
    assert found.json()["version"] == 1
    assert any(
        warning["reason"].startswith("too_few_plans") for warning in found.json()["warnings"]
    )
    assert (await desk("GET", "/v1/catalog"))["plans"][0]["limits"] == {"calls": 1000}
    for content, media, status in (
        (": :\n-", yaml, 400),
        ("{", {"Content-Type": "application/json"}, 400),
        ("a", {"Content-Type": "text/csv"}, 415),
    ):
        assert (
            await desk.http.put("/v1/catalog", content=content, headers=media)
        ).status_code == status


async def test_before_any_catalogue(desk: Desk) -> None:
    await desk("GET", "/v1/catalog", want=404)
    await desk("PUT", HERE, ACCOUNT, want=201)
    assert await desk("GET", f"{HERE}/usage") == {"account": "acct-42", "plan": None, "meters": []}
    problem = await desk("PUT", f"{HERE}/subscription", order(), want=422)
    assert problem["errors"] == [{"path": "/plan", "reason": "no catalogue has been applied yet"}]


async def test_lists_are_paged_newest_first_and_filtered(desk: Desk) -> None:
    await desk.opens()
    await desk.counts("seats", 5)
    await desk.counts("api_calls", 100)
    first = await desk("GET", "/v1/alerts", params={"limit": 3})
    second = await desk("GET", "/v1/alerts", params={"limit": 3, "cursor": first["next_cursor"]})
    third = await desk("GET", "/v1/alerts", params={"limit": 3, "cursor": second["next_cursor"]})
    assert third["next_cursor"] is None
    everything = [*first["data"], *second["data"], *third["data"]]
    assert [(one["meter"], one["threshold"]) for one in everything] == [
        (m, t) for m in ("api_calls", "seats") for t in (100, 95, 90, 80)
    ]
    assert everything[0] == await desk("GET", f"/v1/alerts/{everything[0]['id']}")
    assert [
        one["meter"]
        for one in (await desk("GET", "/v1/alerts", params={"meter": "seats", "state": "open"}))[
            "data"
        ]
    ] == ["seats"]
    assert (await desk("GET", "/v1/alerts", params={"account": "nobody"}))["data"] == []


async def test_signals_are_published_or_refused_as_a_whole(desk: Desk) -> None:
    await ensure_topics(desk.context.settings)
    await desk.opens()
    event = {
        "specversion": "1.0",
        "id": "n1",
        "source": "/nps",
        "type": "nps.responded",
        "subject": "acct-42",
        "time": "2026-11-10T00:00:00Z",
    }
    media, batch = (
        {"Content-Type": "application/cloudevents+json"},
        {"Content-Type": "application/cloudevents-batch+json"},
    )
    assert await desk(
        "POST", "/v1/signals", event | {"data": {"score": 9}}, want=202, headers=media
    ) == {"accepted": 1}
    problem = await desk(
        "POST", "/v1/signals", event | {"data": {"score": 11}}, want=422, headers=media
    )
    assert problem["errors"][0]["path"] == "/data/score"
    several = [
        event | {"data": {"score": 9}},
        event | {"subject": "nobody", "data": {"score": 9}},
        event | {"time": "2029-01-01T00:00:00Z", "data": {"score": 9}},
    ]
    problem = await desk("POST", "/v1/signals", several, want=422, headers=batch)
    assert [fault["path"] for fault in problem["errors"]] == ["/1/subject", "/2/time"]
    problem = await desk(
        "POST",
        "/v1/signals",
        event | {"type": "subscription.changed", "data": order("gold")},
        want=422,
        headers=media,
    )
    assert problem["errors"][0]["path"] == "/data/plan"


async def test_every_route_needs_its_scope_and_shows_an_example(desk: Desk) -> None:
    document = (await desk.http.get("/openapi.json", headers={"Authorization": ""})).json()
    for path, methods in document["paths"].items():
        if not path.startswith("/v1"):
            continue
        for method, operation in methods.items():
            answer = await desk.http.request(
                method,
                path.replace("{account}", "a").replace("{meter}", "m").replace("{id}", "i"),
                headers={"Authorization": "Bearer x"},
            )
            assert answer.status_code == 401, (method, path)
            shown = [
                media
                for status, one in operation["responses"].items()
                if status[0] == "2"
                for media in one.get("content", {}).values()
            ]
            assert method == "delete" or any("example" in media for media in shown), (method, path)
