"""Links that log in once."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from plimsoll.checks import identity as doctor
from plimsoll.demo.personas import offer
from plimsoll.demo.world import PEOPLE
from services.console.login import once
from services.console.service import build as console
from services.ingest.service import build as ingest
from services.notifier.service import build as notifier
from shared.postgres.database import transaction
from shared.runtime.context import Context
from shared.runtime.service import Service
from shared.runtime.settings import Settings
from tests.integration.console.login.conftest import KEYS
from tests.support.browser_like import Browserlike, form_of, place_of, text_of
from tests.support.command import plimsoll
from tests.support.console import House
from tests.support.desk import open_desk
from tests.support.identity_provider import MadeUpProvider, environment
from tests.support.identity_tokens import public, rsa_key


async def link(house: House, name: str, *roles: str) -> str:
    context = house.desk.context
    async with transaction(context.engine) as conn:
        return await once.make(conn, context.clock.now(), name, roles or None)


async def test_a_link_logs_in_by_a_button_and_once(browser: Browserlike, house: House) -> None:
    address = await link(house, "kai", "csm")
    for _ in range(3):  # whoever only looks does not use it up
        page = await browser.get(address)
        assert (page.status_code, browser.session) == (200, None)
        assert "This logs you in once, as kai." in text_of(page)
    entered = await browser.send(page)
    assert (entered.status_code, place_of(entered)) == (303, "/console")
    assert 'data-role="csm"' in (await browser.get("/console/today")).text
    async with Browserlike.at(house.url) as other:
        assert (await other.send(page)).status_code == 400
        gone = await other.get(address)
        assert (gone.status_code, other.session) == (400, None)
        assert "used already" in text_of(gone)


async def test_a_link_lasts_ten_minutes(browser: Browserlike, house: House) -> None:
    address, started = await link(house, "kai", "csm"), house.desk.now
    page = await browser.get(address)
    try:
        house.desk.at(started + timedelta(minutes=10, seconds=1))
        assert (await browser.get(address)).status_code == 400
        assert (await browser.send(page)).status_code == 400
        assert browser.session is None
    finally:
        house.desk.at(started)


async def test_the_button_counts_only_on_the_page_of_ours(
    browser: Browserlike, house: House
) -> None:
    page = await browser.get(await link(house, "kai", "csm"))
    action, fields = form_of(page)
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {}):
        sent = await browser.http.post(action, data=fields, headers=headers)
        assert (sent.status_code, browser.session) == (403, None)
    assert (await browser.send(page)).status_code == 303


async def test_roles_of_a_link_replace_those_of_the_record_and_none_leave_them(
    browser: Browserlike, house: House
) -> None:
    address = {"email": "lin@example.com"}
    person = {"name": "Lin", "roles": ["sales"], **address}
    await house.desk("PUT", "/v1/people/lin", person, want=201)
    await browser.send(await browser.get(await link(house, "lin@example.com")))
    assert 'data-role="sales"' in (await browser.get("/console/today")).text
    await browser.send(await browser.get(await link(house, "lin", "operator", "csm")))
    assert 'data-role="csm operator"' in (await browser.get("/console/today")).text
    found = await house.desk("GET", "/v1/people/lin")
    assert (found["roles"], found["email"]) == (["csm", "operator"], "lin@example.com")


async def test_nobody_is_made_without_a_role_and_nobody_inactive_let_in(
    browser: Browserlike, house: House
) -> None:
    body = {"name": "Off", "roles": ["csm"], "active": False}
    await house.desk("PUT", "/v1/people/off", body, want=201)
    for name in ("stranger", "off"):
        page = await browser.send(await browser.get(await link(house, name)))
        assert (page.status_code, browser.session) == (403, None)
    await house.desk("GET", "/v1/people/stranger", want=404)


async def test_the_command_prints_one_for_anybody(
    browser: Browserlike, house: House, module_database_url: str, tmp_path: Path
) -> None:
    """On the clock of its services: the house has its own."""
    started = house.desk.now
    given = {"PLIMSOLL_DATABASE_URL": module_database_url, "PLIMSOLL_PUBLIC_URL": house.url, **KEYS}
    done = plimsoll(
        "person", "link", "Mia Ito", "--role", "manager", environment=given, cwd=tmp_path
    )
    assert (done.code, done.err) == (0, "")
    address = done.out.strip()
    assert address.startswith(f"{house.url}/console/login?once=")
    try:
        house.desk.context.clock.follow(timedelta(0))
        parts = urlsplit(address)
        assert (await browser.send(await browser.get(f"{parts.path}?{parts.query}"))).is_redirect
    finally:
        house.desk.at(started)
    assert (await house.desk("GET", "/v1/people/Mia%20Ito"))["roles"] == ["manager"]
    known = plimsoll("person", "link", "Mia Ito", environment=given, cwd=tmp_path)
    assert known.code == 0
    stranger = plimsoll("person", "link", "Nobody", environment=given, cwd=tmp_path)
    assert (stranger.code, stranger.out) == (1, "")
    assert "nobody is called Nobody: say what they are, --role csm" in stranger.err


@pytest.mark.parametrize(
    ("does", "says"),
    [
        ({}, None),
        ({"is_away": True}, "answers 503"),
        ({"metadata": {"issuer": "https://else.example"}}, "it calls itself"),
        ({"metadata": {"token_endpoint": None}}, "its metadata have no token_endpoint"),
        ({"metadata": {"jwks_uri": "http://id.example/keys"}}, "its jwks_uri is not https"),
        ({"keys": [{"kty": "oct", "k": "x"}]}, "has no key for RS256"),
        ({"keys": [*public(rsa_key()), {}]}, None),
    ],
)
async def test_doctor_says_what_is_wrong_with_a_provider(
    provider: MadeUpProvider,
    make_settings: Callable[..., Settings],
    does: dict[str, object],
    says: str | None,
) -> None:
    provider.will(**does)
    found, *more = await doctor.check(make_settings(**environment(provider.issuer)))
    assert found.is_fault is (says is not None)
    assert says is None or says in found.what
    assert [one.warning for one in more] == ([True] if says is None else [])


async def test_doctor_knows_what_a_provider_does_not_list(
    provider: MadeUpProvider, make_settings: Callable[..., Settings]
) -> None:
    lists = {"code_challenge_methods_supported": ["plain"], "scopes_supported": ["openid", "email"]}
    provider.will(metadata=lists)
    given = {"PLIMSOLL_PUBLIC_URL": "https://plimsoll.example"}
    answers, *more = await doctor.check(make_settings(**environment(provider.issuer), **given))
    assert not answers.is_fault
    assert [one.warning for one in more] == [True, True]
    assert "does not list S256" in more[0].what
    assert more[1].what.endswith("does not list the scope profile")


async def test_doctor_does_not_miss_a_provider_and_finds_one_that_is_not_there(
    make_settings: Callable[..., Settings],
) -> None:
    (found,) = await doctor.check(make_settings())
    assert not found.is_fault
    (away,) = await doctor.check(make_settings(**environment("http://127.0.0.1:9")))
    assert "127.0.0.1:9 cannot be reached" in away.what


async def test_the_demo_lets_anybody_in_as_five_made_up_persons_and_nothing_else_does(
    make_settings: Callable[..., Settings], house: House
) -> None:
    def demo(context: Context) -> Service:
        return Service("demo", [offer(context, PEOPLE)])

    beside = (ingest, notifier, console, demo)
    async with open_desk(make_settings(), beside=beside) as desk:
        for id, person in PEOPLE.items():
            await desk("PUT", f"/v1/people/{id}", person, want=(200, 201))
        async with Browserlike.at(str(desk.http.base_url)) as browser:
            page = await browser.get("/console/login?to=/console/today?due=all")
            assert len(re.findall("<button[^>]*>Log in as [^<]+</button>", page.text)) == 5
            fields = {"person": "csm-1", "to": "/console/today"}
            strange = {"Sec-Fetch-Site": "cross-site"}
            await browser.post("/console/login/as", fields, headers=strange)
            assert browser.session is None
            entered = await browser.send(page)
            assert place_of(entered) == "/console/today?due=all"
            assert 'data-role="admin operator"' in (await browser.get("/console/today")).text
    async with Browserlike.at(house.url) as elsewhere:
        refused = await elsewhere.post("/console/login/as", {"person": "csm-1"})
        assert (refused.status_code, elsewhere.session) == (405, None)
