"""An account's record, and what it would pay, changed by people."""

import re
from html import unescape
from typing import Any

from tests.integration.console.test_today import opened
from tests.support.console import House, Shown

PATH = "/console/accounts/acct-42/edit"


def fields(page: Shown, **more: str) -> dict[str, Any]:
    """What the page's form would send, without the reader's token."""
    html = page.html.split('id="record"', 1)[1].split("</form>", 1)[0]
    inputs = [one for one in re.findall(r"<input[^>]*>", html) if "checkbox" not in one]
    found = {_of(one, "name"): _of(one, "value") for one in inputs}
    for name, options in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', html, re.S):
        chosen = re.findall(r'<option value="([^"]*)" selected', options)
        found[name] = unescape(chosen[0]) if chosen else ""
    del found["csrf"]
    return found | more


def _of(tag: str, attribute: str) -> str:
    return unescape(re.findall(rf'{attribute}="([^"]*)"', tag)[0])


async def test_a_record_is_changed_with_its_contacts(house: House) -> None:
    await opened(house)
    mori = await house.visitor("s1", "sales", name="Mori")
    ann = await house.visitor("a1", "admin", name="Ann")
    assert f'href="{PATH}"' in (await ann.get("/console/accounts/acct-42")).html
    assert f'href="{PATH}"' not in (await mori.get("/console/accounts/acct-42")).html
    page = await ann.get(PATH)
    assert (page.status, page.page) == (200, "accounts_edit")
    before = await house.desk("GET", "/v1/accounts/acct-42")
    untouched = await ann.post(PATH, fields(page))
    assert (untouched.status, untouched.headers["location"]) == (
        303,
        "/console/accounts/acct-42?said=saved",
    )
    assert await house.desk("GET", "/v1/accounts/acct-42") == before
    new = {"contacts.2.name": "Yui", "contacts.2.id": "c3", "contacts.2.role": "champion"}
    told = {"segment": "mid", "ae.id": "s1", "contacts.1.remove": "on", **new}
    assert (await ann.post(PATH, fields(await ann.get(PATH), **told))).status == 303
    after = await house.desk("GET", "/v1/accounts/acct-42")
    assert (after["segment"], after["ae"]["name"]) == ("mid", "Mori")
    assert [one["id"] for one in after["contacts"]] == ["c1", "c3"]
    audit = await house.desk("GET", "/v1/audit?what=account acct-42&limit=1")
    assert audit["data"][0]["by"] == {"kind": "person", "id": "a1"}


async def test_what_is_refused_is_said_at_its_field_and_stays(house: House) -> None:
    kato = await opened(house)
    ann = await house.visitor("a1", "admin")
    page = await ann.get(PATH)
    told = {"time_zone": "Mars/Base", "contacts.0.remove": "on", "contacts.1.email": "no address"}
    refused = await ann.post(PATH, fields(page, **told))
    assert refused.status == 422
    assert 'href="#f-contacts.0.email"' in refused.html
    assert 'id="e-contacts.0.email"' in refused.html
    assert 'id="e-time_zone"' in refused.html
    assert "Mars/Base" in refused.html
    assert refused.field("revision") == page.field("revision")
    assert "checked" in refused.html.split('name="contacts.2.remove"')[1].split(">")[0]
    forbidden = await kato.post(PATH, fields(page, name="Mine"))
    assert (forbidden.status, forbidden.page) == (403, "accounts_edit")
    assert 'value="Mine"' in forbidden.html
    read = await kato.get(PATH)
    assert (read.status, "<fieldset" in read.html, ">Save<" in read.html) == (200, True, False)
    assert (await ann.get("/console/accounts/none/edit")).status == 404


async def test_what_two_changed_in_different_fields_is_merged_without_a_question(
    house: House,
) -> None:
    await opened(house)
    ann, bob = await house.visitor("a1", "admin"), await house.visitor("a2", "admin")
    mine, theirs = await ann.get(PATH), await bob.get(PATH)
    told = {"country": "US", "contacts.0.role": "champion"}
    assert (await bob.post(PATH, fields(theirs, **told))).status == 303
    done = await ann.post(PATH, fields(mine, segment="mid", **{"contacts.0.name": "Hana"}))
    assert done.headers["location"] == "/console/accounts/acct-42?said=merged"
    after = await house.desk("GET", "/v1/accounts/acct-42")
    assert (after["country"], after["segment"]) == ("US", "mid")
    assert (after["contacts"][0]["name"], after["contacts"][0]["role"]) == ("Hana", "champion")


async def test_two_at_once_are_merged_and_asked_for_what_both_changed(house: House) -> None:
    await opened(house)
    ann, bob = await house.visitor("a1", "admin"), await house.visitor("a2", "admin")
    mine, theirs = await ann.get(PATH), await bob.get(PATH)
    told = {"name": "Aozora KK", "country": "US", "contacts.0.role": "champion"}
    assert (await bob.post(PATH, fields(theirs, **told))).status == 303
    told = {"name": "Aozora Inc", "segment": "mid", "contacts.0.name": "Hana"}
    stale = await ann.post(PATH, fields(mine, **told))
    assert (stale.status, stale.ids("conflict")) == (412, ["name"])
    assert "Name Aozora Inc Aozora KK Aozora " in stale.text
    assert (await ann.post(PATH, fields(stale))).status == 303
    after = await house.desk("GET", "/v1/accounts/acct-42")
    assert (after["name"], after["country"], after["segment"]) == ("Aozora Inc", "US", "mid")
    assert (after["contacts"][0]["name"], after["contacts"][0]["role"]) == ("Hana", "champion")


async def test_a_change_of_plan_is_quoted_once_and_accepted(house: House) -> None:
    kato = await opened(house)
    path = "/console/accounts/acct-42"
    key = (await kato.get(path)).field("idempotency_key", "quote")
    told = {"act": "quote", "plan": "pro", "mode": "day", "idempotency_key": key}
    made, again = await kato.post(path, told), await kato.post(path, told)
    assert made.status == 303
    assert made.headers["location"] == again.headers["location"]
    assert (await kato.post(path, told | {"mode": "second"})).status == 422
    page = await kato.get(made.headers["location"])
    (id,) = page.ids("quote")
    quote = await house.desk("GET", f"/v1/quotes/{id}")
    for name in ("credit", "charge", "due", "expires_at"):
        assert page.values(f"quote.{name}") == [quote[name]]
    accepting = {"act": "accept_quote", "quote": id}
    assert (await kato.post(path, accepting)).headers["location"].endswith("said=accepted")
    account = await house.desk("GET", "/v1/accounts/acct-42")
    assert account["subscription"]["plan"] == "pro"
    wrong = {"act": "quote", "plan": "none", "at": "2026-12-05", "time_zone": "UTC"}
    refused = await kato.post(path, wrong)
    assert refused.status == 422
    assert 'href="#f-plan"' in refused.html
    assert 'value="2026-12-05"' in refused.html
    odd = await kato.post(path, wrong | {"at": "soon"})
    assert (odd.status, "That is not a date." in odd.text) == (422, True)
    planner = await house.visitor("p1", "planner")
    assert 'id="quote"' not in (await planner.get(path)).html
    assert (await planner.post(path, told | {"idempotency_key": "k2"})).status == 403
