"""Log-in with a provider that may misbehave, as a browser sees it."""

import asyncio
import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sqlalchemy import text

from services.console.login.identity import id_of
from services.console.tables.attempts import MOST
from shared.postgres.database import transaction
from shared.telemetry import metrics
from tests.integration.console.login.conftest import Opening
from tests.support.browser_like import Browserlike, place_of, text_of
from tests.support.console import House
from tests.support.identity_provider import MadeUpProvider
from tests.support.identity_tokens import claims, okp_key, rsa_key, signed, unsigned
from tests.support.trust import TRUST

CSM = {"roles": ["csm"]}


def plain(subject: str = "s-plain", **more: Any) -> dict[str, Any]:
    return {"sub": subject, "name": "Kato", **CSM, **more}


def outcomes(name: str) -> float:
    return metrics.REGISTRY.get_sample_value("plimsoll_log_ins_total", {"outcome": name}) or 0.0


async def test_the_page_that_was_asked_for_is_shown_after_log_in(
    browser: Browserlike, provider: MadeUpProvider
) -> None:
    provider.will(claims=plain())
    sent = await browser.get("/console/today?due=all&who=me")
    assert sent.status_code == 303
    begun = await browser.get(sent.headers["location"])
    query = parse_qs(urlsplit(begun.headers["location"]).query)
    assert query["code_challenge_method"] == ["S256"]
    assert {"state", "nonce", "code_challenge"} <= query.keys()
    entered = await browser.back(begun)
    assert (entered.status_code, place_of(entered)) == (303, "/console/today?due=all&who=me")
    assert "code_verifier" in provider.sent
    page = await browser.get(entered.headers["location"])
    assert page.status_code == 200
    assert 'data-role="csm"' in page.text
    assert "Kato" in page.text


async def test_the_cookie_opens_pages_alone_and_has_its_flags(
    browser: Browserlike, house: House, provider: MadeUpProvider
) -> None:
    provider.will(claims=plain())
    (cookie,) = [
        one
        for one in (await browser.log_in()).headers.get_list("set-cookie")
        if one.startswith("plimsoll=")
    ]
    flags = {flag.strip().lower() for flag in cookie.split(";")[1:]}
    assert flags == {"httponly", "path=/", "samesite=lax"}  # and no end: it goes with the browser
    assert (await browser.get("/v1/people")).status_code == 401
    async with Browserlike.at(house.url, headers=house.desk.http.headers) as keyed:
        assert (await keyed.get("/v1/people")).status_code == 200
        assert (await keyed.get("/console/today")).status_code == 303


async def test_over_tls_the_cookie_is_bound_to_its_host(
    opening: Opening, provider: MadeUpProvider
) -> None:
    """TLS ends at a gateway, which passes the host on."""
    provider.will(claims=plain())
    async with (
        opening(PLIMSOLL_PUBLIC_URL="https://plimsoll.example") as house,
        Browserlike.at(house.url, headers={"Host": "plimsoll.example"}) as browser,
    ):
        begun = await browser.to_provider()
        assert "https%3A%2F%2Fplimsoll.example%2Fconsole%2Fcallback" in begun.headers["location"]
        (cookie,) = begun.headers.get_list("set-cookie")
        assert cookie.startswith("__Host-plimsoll-login-")
        assert {"Secure", "HttpOnly", "Path=/"} <= {one.strip() for one in cookie.split(";")}
        elsewhere = await browser.get("/console/login", headers={"Host": "10.0.0.7"})
        assert elsewhere.headers["location"].startswith("https://plimsoll.example/console/login?to")


async def test_a_session_has_a_new_secret_at_each_log_in_and_ends_the_one_before(
    browser: Browserlike, provider: MadeUpProvider
) -> None:
    provider.will(claims=plain())
    browser.http.cookies.set("plimsoll", "chosen-by-somebody-else")
    await browser.log_in()
    first = browser.http.cookies.get("plimsoll", domain="127.0.0.1") or ""
    assert first not in ("", "chosen-by-somebody-else")
    browser.http.cookies.clear()
    browser.http.cookies.set("plimsoll", first)
    entered = await browser.log_in()
    (second,) = re.findall(r"plimsoll=([^;]*)", "".join(entered.headers.get_list("set-cookie")[:1]))
    assert second != first
    browser.http.cookies.clear()
    browser.http.cookies.set("plimsoll", first)
    assert (await browser.get("/console/today")).status_code == 303


@pytest.mark.parametrize("to", ["//evil.example", "\\evil.example", "https://evil.example/console"])
async def test_a_log_in_leads_nowhere_else(
    browser: Browserlike, provider: MadeUpProvider, to: str
) -> None:
    provider.will(claims=plain())
    entered = await browser.log_in(to)
    assert entered.headers["location"] == "/console"


GOOD: dict[str, dict[str, Any]] = {
    "no roles claim": {"claims": plain(roles=None)},
    "EdDSA": {"key": okp_key(), "algorithm": "EdDSA", "claims": plain()},
    "PS256": {"algorithm": "PS256", "claims": plain()},
    "no name for itself on the way back": {"answered": {"iss": None}, "claims": plain()},
}


@pytest.mark.parametrize("does", GOOD.values(), ids=GOOD)
async def test_what_providers_do_differently(
    browser: Browserlike, house: House, provider: MadeUpProvider, does: dict[str, Any]
) -> None:
    """Its keys also hold one of a kind that nobody knows yet."""
    person = {"name": "Kato", "roles": ["csm"]}
    await house.desk(
        "PUT", f"/v1/people/{id_of(provider.issuer, 's-plain')}", person, want=(200, 201)
    )
    provider.will(**does)
    assert (await browser.log_in()).status_code == 303
    assert (await browser.get("/console/today")).status_code == 200


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "wrong nonce": ({"claims": plain(nonce="m")}, "nonce"),
    "no nonce": ({"claims": plain(nonce=None)}, "nonce"),
    "another issuer": ({"claims": plain(iss="https://evil.example")}, "issuer"),
    "another audience": ({"claims": plain(aud="other")}, "audience"),
    "another party": ({"claims": plain(azp="other")}, "authorized_party"),
    "expired": ({"claims": plain(exp=1_000)}, "expired"),
    "from the future": ({"claims": plain(iat=4_000_000_000)}, "issued_at"),
    "alg none": ({"token": unsigned(claims(**plain()))}, "algorithm"),
    "no token": ({"token": "nothing"}, "form"),
    "signed by somebody else": ({"token": signed(claims(**plain()), rsa_key("evil"))}, "key"),
    "under a known name by somebody else": (
        {"token": signed(claims(**plain()), rsa_key("evil"), kid="rsa")},
        "key",
    ),
    "the client is refused": ({"status": 401}, "code"),
    "an answer of another provider": ({"answered": {"iss": "https://evil.example"}}, "issuer"),
    "it refuses": ({"answered": {"error": "access_denied", "code": None}}, "denied"),
    "no code": ({"answered": {"code": None}}, "code"),
    "a code that it does not know": ({"answered": {"code": "guessed"}}, "code"),
}


@pytest.mark.parametrize(("does", "reason"), BAD.values(), ids=BAD)
async def test_what_is_not_proven_is_a_page_and_no_session(
    browser: Browserlike, provider: MadeUpProvider, does: dict[str, Any], reason: str
) -> None:
    provider.will(**does)
    before = outcomes("refused")
    refused = await browser.log_in()
    assert outcomes("refused") == before + 1
    assert refused.status_code == 400
    assert f"(reason: {reason})" in text_of(refused)
    assert 'data-page="login"' in refused.text
    assert browser.session is None
    assert (await browser.get("/console/today")).status_code == 303


async def test_a_provider_that_names_itself_must_do_so(
    opening: Opening, provider: MadeUpProvider
) -> None:
    provider.will(
        claims=plain(),
        answered={"iss": None},
        metadata={"authorization_response_iss_parameter_supported": True},
    )
    async with opening() as house, Browserlike.at(house.url) as browser:
        assert "(reason: issuer)" in text_of(await browser.log_in())


async def test_a_state_of_another_browser_is_refused_and_stays_good_in_its_own(
    browser: Browserlike, house: House, provider: MadeUpProvider
) -> None:
    provider.will(claims=plain())
    begun = await browser.to_provider()
    async with Browserlike.at(house.url) as other:
        refused = await other.back(begun)
        assert (refused.status_code, other.session) == (400, None)
        assert "(reason: state)" in text_of(refused)
    assert (await browser.back(begun)).status_code == 303


async def test_a_log_in_is_used_once(browser: Browserlike, provider: MadeUpProvider) -> None:
    provider.will(claims=plain())
    begun = await browser.to_provider()
    (cookie,) = begun.headers.get_list("set-cookie")
    name, _, value = cookie.partition(";")[0].partition("=")
    async with httpx.AsyncClient(verify=TRUST) as elsewhere:
        address = (await elsewhere.get(begun.headers["location"])).headers["location"]
    assert (await browser.get(address)).status_code == 303
    browser.http.cookies.clear()
    browser.http.cookies.set(name, value)
    again = await browser.get(address)
    assert (again.status_code, browser.session) == (400, None)


async def test_a_log_in_that_begun_lasts_ten_minutes(
    browser: Browserlike, house: House, provider: MadeUpProvider
) -> None:
    provider.will(claims=plain())
    begun = await browser.to_provider()
    started = house.desk.now
    try:
        house.desk.at(started + timedelta(minutes=10, seconds=1))
        assert (await browser.back(begun)).status_code == 400
    finally:
        house.desk.at(started)


async def test_two_tabs_log_in_at_once(browser: Browserlike, provider: MadeUpProvider) -> None:
    provider.will(claims=plain())
    one, two = (
        await browser.to_provider("/console/today?a=1"),
        await browser.to_provider("/console"),
    )
    assert place_of(await browser.back(two)) == "/console"
    assert place_of(await browser.back(one)) == "/console/today?a=1"
    for each in await asyncio.gather(*(browser.to_provider() for _ in range(12))):
        assert each.status_code == 303
    waiting = [name for name in browser.http.cookies if name.startswith("plimsoll-login-")]
    assert 8 <= len(waiting) <= 12  # those that began at once do not know of each other
    await browser.to_provider()
    assert len([name for name in browser.http.cookies if "-login-" in name]) == 8


@pytest.mark.parametrize("does", [{"is_away": True}, {"metadata": {"issuer": "https://other"}}])
async def test_a_provider_that_is_away_is_a_page_to_try_again(
    opening: Opening, provider: MadeUpProvider, does: dict[str, Any]
) -> None:
    provider.will(**does)
    async with opening() as house, Browserlike.at(house.url) as browser:
        away = await browser.to_provider("/console/today?due=all")
        assert away.status_code == 503
        assert 'href="/console/login?to=%2Fconsole%2Ftoday%3Fdue%3Dall"' in away.text
        assert "Try again" in text_of(away)
        provider.will(claims=plain())
        assert (await browser.log_in()).status_code == 303


async def test_a_provider_that_is_away_or_slow_when_the_browser_is_back(
    browser: Browserlike, provider: MadeUpProvider
) -> None:
    provider.will(claims=plain(), is_away=True)
    assert (await browser.log_in("/console/today?x=1")).status_code == 503
    provider.will(claims=plain(), seconds=6.0)
    away = await browser.log_in()
    assert (away.status_code, browser.session) == (503, None)


async def test_new_keys_are_fetched_for_a_key_that_is_not_known_at_most_once_a_minute(
    opening: Opening, provider: MadeUpProvider
) -> None:
    provider.will(claims=plain())
    async with opening() as house, Browserlike.at(house.url) as browser:
        await browser.log_in()
        provider.will(claims=plain(), key=rsa_key("newer"))
        provider.asked.clear()
        assert (await browser.log_in()).status_code == 303
        provider.will(claims=plain(), key=rsa_key("newest"))
        assert (await browser.log_in()).status_code == 400
        assert (await browser.log_in()).status_code == 400
        assert provider.asked.count("/keys") == 1
        assert "/.well-known/openid-configuration" not in provider.asked


async def test_nobody_is_refused_for_a_key_that_could_not_be_looked_up(
    opening: Opening, provider: MadeUpProvider
) -> None:
    """An unknown key is looked for once a minute; while that failed, it can be tried again."""
    provider.will(claims=plain())
    async with opening() as house, Browserlike.at(house.url) as browser:
        await browser.log_in()
        token = provider.id_token()
        provider.will(is_away=True)
        stranger = signed(claims(iss=provider.issuer), rsa_key("newer"))
        for sent in (stranger, stranger, token):
            fields = {"logout_token": sent}
            answer = await browser.http.post("/console/backchannel-logout", data=fields)
            assert answer.status_code == (400 if sent == token else 503)


async def test_no_more_log_ins_begin_than_there_is_room_for(
    browser: Browserlike, house: House
) -> None:
    engine = house.desk.context.engine
    async with transaction(engine) as conn:
        await conn.execute(text(_MANY), {"number": MOST, "now": house.desk.now})
    try:
        assert (await browser.to_provider()).status_code == 503
    finally:
        async with transaction(engine) as conn:
            await conn.execute(text("truncate login_attempt"))
    assert (await browser.to_provider()).status_code == 303


_MANY = """
    insert into login_attempt (state, browser, nonce, verifier, target, redirect_uri, created_at)
    select int4send(cast(n as int)), '', '', '', '', '', :now
    from generate_series(1, cast(:number as int)) as n
"""
