"""`/console/operations/people`: whoever operates sees sessions, administrators change persons."""

from collections.abc import AsyncIterator

import pytest

from tests.support.browser_like import Browserlike, fields_of, text_of
from tests.support.console import House, Visitor

PATH = "/console/operations/people"
NAMES = ("csm", "manager", "operator", "admin")


@pytest.fixture(scope="module")
async def people(house: House) -> AsyncIterator[dict[str, Visitor]]:
    """One of each role; everybody is logged in."""
    found = {role: await house.visitor(f"p-{role}", role, name=f"Pat {role}") for role in NAMES}
    yield found
    for one in found.values():
        await one.http.aclose()


async def test_everybody_sees_people_and_operators_their_sessions(
    people: dict[str, Visitor],
) -> None:
    for role, visitor in people.items():
        page = await visitor.get(f"{PATH}?active=true")
        assert (page.status, page.page) == (200, "operations_people")
        assert {f"p-{one}" for one in NAMES} <= set(page.ids("person"))
        sees = role in ("operator", "admin")
        assert bool(page.values("sessions")) is sees
        one = await visitor.get(f"{PATH}/p-csm")
        assert ("data-session=" in one.html) is sees
        assert ('name="email"' in one.html) is (role == "admin")
    only = await people["csm"].get(f"{PATH}?role=manager")
    assert "p-manager" in only.ids("person")
    assert "p-csm" not in only.ids("person")
    assert (await people["csm"].get(f"{PATH}?active=false")).states() == {"people": "empty"}
    assert (await people["csm"].get(f"{PATH}/nobody")).status == 404


async def test_an_operator_ends_all_sessions_of_a_person_at_once(
    people: dict[str, Visitor], house: House
) -> None:
    gone = await house.visitor("p-gone", "csm")
    assert (await gone.get("/console/today")).status == 200
    ended = await people["operator"].post(f"{PATH}/p-gone/sessions")
    assert ended.headers["location"] == f"{PATH}/p-gone?said=ended"
    assert (await gone.get("/console/today")).status == 303
    await gone.http.aclose()
    (done, *_) = (await house.desk("GET", "/v1/audit?what=p-gone"))["data"]
    assert (done["action"], done["by"]) == ("end_sessions", {"kind": "person", "id": "p-operator"})


async def test_an_administrator_changes_a_person_whose_sessions_then_end(
    people: dict[str, Visitor], house: House
) -> None:
    other = await house.visitor("p-other", "csm", name="Other")
    admin = people["admin"]
    page = await admin.get(f"{PATH}/p-other")
    assert "checked" in page.html
    fields = {"name": "Other", "roles": "sales", "locale": "en-GB", "time_zone": "UTC"}
    told = fields | {"active": "on", "sales_trained": "on"}
    saved = await admin.post(f"{PATH}/p-other", told)
    assert saved.headers["location"] == f"{PATH}/p-other?said=saved"
    assert (await house.desk("GET", "/v1/people/p-other"))["roles"] == ["sales"]
    assert (await other.get("/console/today")).status == 303
    await other.http.aclose()
    refused = await admin.post(f"{PATH}/p-other", told | {"time_zone": "Mars", "name": "Kept"})
    assert refused.status == 422
    assert 'id="e-time_zone"' in refused.html
    assert 'value="Kept"' in refused.html


async def test_an_administrator_makes_a_link_for_a_person(
    people: dict[str, Visitor], house: House
) -> None:
    page = await people["admin"].post(f"{PATH}/p-manager/link")
    assert page.status == 200
    address = page.html.split('<code id="link">')[1].split("<")[0]
    async with Browserlike.at(house.url) as browser:
        asked = await browser.get(address)
        assert "This logs you in once, as p-manager." in text_of(asked)
        assert fields_of(asked).keys() == {"once"}
        await browser.send(asked)
        assert 'data-role="manager"' in (await browser.get("/console/today")).text


async def test_two_administrators_change_one_person_and_nothing_is_lost(
    people: dict[str, Visitor], house: House
) -> None:
    body = {"name": "Both", "roles": ["csm"], "locale": "en-GB", "email": "both@example.com"}
    await house.desk("PUT", "/v1/people/p-both", body, want=(200, 201))
    admin = people["admin"]
    page = await admin.get(f"{PATH}/p-both")
    kept = {"revision": page.field("revision"), "before": page.field("before")}
    told = {"locale": "en-GB", "time_zone": "UTC", "active": "on", "sales_trained": "on"}
    await house.desk("PUT", "/v1/people/p-both", body | {"name": "Theirs", "locale": "ja-JP"})
    mine = {**told, **kept, "name": "Mine", "roles": "csm", "email": "mine@example.com"}
    stale = await admin.post(f"{PATH}/p-both", mine)
    assert stale.status == 412
    assert stale.ids("conflict") == ["name"]
    assert 'value="Mine"' in stale.html
    assert 'value="ja-JP"' in stale.html
    again = {**mine, "locale": "ja-JP", "revision": stale.field("revision")}
    saved = await admin.post(f"{PATH}/p-both", again | {"before": stale.field("before")})
    assert saved.status == 303
    found = await house.desk("GET", "/v1/people/p-both")
    assert (found["name"], found["email"], found["locale"]) == ("Mine", "mine@example.com", "ja-JP")
    late = await admin.get(f"{PATH}/p-both")
    kept = {"revision": late.field("revision"), "before": late.field("before")}
    theirs = {name: one for name, one in found.items() if name != "id"}
    await house.desk("PUT", "/v1/people/p-both", theirs | {"time_zone": "Asia/Tokyo"})
    done = await admin.post(f"{PATH}/p-both", {**again, **kept, "email": "new@example.com"})
    assert done.headers["location"] == f"{PATH}/p-both?said=merged"
    after = await house.desk("GET", "/v1/people/p-both")
    assert (after["time_zone"], after["email"]) == ("Asia/Tokyo", "new@example.com")
