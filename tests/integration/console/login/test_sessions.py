"""How sessions end, what a form must prove, and that what was typed is not lost."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text

from services.console.login.identity import id_of
from services.console.login.upkeep import Upkeep
from shared.postgres.database import transaction
from tests.integration.console.login.conftest import Opening
from tests.support.browser_like import SAME, Browserlike, fields_of, place_of, text_of
from tests.support.console import House
from tests.support.identity_provider import MadeUpProvider, logout_claims
from tests.support.identity_tokens import rsa_key, signed

PAGE = "/console/today"


@pytest.fixture
async def visitor(
    browser: Browserlike, house: House, provider: MadeUpProvider
) -> AsyncIterator[Browserlike]:
    """Logged in; the clock goes back afterwards."""
    started = house.desk.now
    provider.will(claims={"sub": "v", "sid": "sid-v", "name": "Vi", "roles": ["csm"]})
    assert (await browser.log_in()).status_code == 303
    yield browser
    house.desk.at(started)


async def is_in(browser: Browserlike) -> bool:
    return (await browser.get(PAGE)).status_code == 200


@pytest.mark.parametrize(
    ("hours", "stays"), [((7.9, 7.9), False), ((4, 4, 3.9), True), ((8,), False), ((7.9,), True)]
)
async def test_a_session_ends_after_8_hours_without_use_and_after_12_in_any_case(
    visitor: Browserlike, house: House, hours: tuple[float, ...], stays: bool
) -> None:
    for some in hours[:-1]:
        house.desk.at(house.desk.now + timedelta(hours=some))
        assert await is_in(visitor)
    house.desk.at(house.desk.now + timedelta(hours=hours[-1]))
    assert await is_in(visitor) is stays


async def test_what_a_page_asks_for_by_itself_is_no_use(visitor: Browserlike, house: House) -> None:
    house.desk.at(house.desk.now + timedelta(hours=7))
    live = await visitor.get(PAGE, headers={"X-Plimsoll-Live": "1"})
    assert live.status_code == 200
    house.desk.at(house.desk.now + timedelta(hours=2))
    assert not await is_in(visitor)


async def test_a_note_half_written_survives_the_end_of_its_session(
    visitor: Browserlike, house: House, provider: MadeUpProvider
) -> None:
    csrf = await visitor.csrf()
    typed = {"csrf": csrf, "text": "They said:\n<b>no</b> 予算", "revision": "3", "empty": ""}
    house.desk.at(house.desk.now + timedelta(hours=9))
    referer = {"Referer": f"{house.url}/console/tasks/t1"}
    over = await visitor.post("/console/tasks/t1", typed, headers=referer)
    assert over.status_code == 401
    assert "They said:" in text_of(over)
    (link,) = [part for part in over.text.split('"') if part.startswith("/console/login?to=")]
    entered = await visitor.back(await visitor.get(link))
    kept = await visitor.get(entered.headers["location"])
    assert kept.status_code == 200
    assert 'action="/console/tasks/t1"' in kept.text
    fields = fields_of(kept)
    assert fields["text"] == typed["text"]
    assert (fields["revision"], fields["empty"]) == ("3", "")
    assert fields["csrf"] not in ("", csrf)
    provider.will(claims={"sub": "another", "roles": ["csm"]})
    async with Browserlike.at(house.url) as other:
        await other.log_in()
        assert (await other.get(entered.headers["location"])).status_code == 404


async def test_a_script_is_not_sent_to_the_provider(browser: Browserlike) -> None:
    asked = await browser.get(f"{PAGE}?due=all", headers={"Sec-Fetch-Mode": "cors"})
    assert asked.status_code == 401
    assert 'href="/console/login?to=%2Fconsole%2Ftoday%3Fdue%3Dall"' in asked.text
    by_hand = await browser.get(PAGE, headers={"Sec-Fetch-Mode": "navigate"})
    assert by_hand.status_code == 303


async def test_what_is_sent_without_any_session_is_shown_and_not_kept(
    browser: Browserlike, house: House
) -> None:
    sent = await browser.post("/console/tasks/t1", {"csrf": "x", "text": "typed"})
    assert sent.status_code == 401
    assert "typed" in text_of(sent)
    assert "kept" not in sent.text
    large = await browser.post("/console/tasks/t1", {"text": "a" * 100_000})
    assert large.status_code == 401


REFUSED: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "no token": ({"csrf": ""}, SAME),
    "another token": ({"csrf": "x" * 43}, SAME),
    "a token beyond ASCII": ({"csrf": "é"}, SAME),
    "another site": ({}, {"Sec-Fetch-Site": "cross-site"}),
    "a sibling": ({}, {"Sec-Fetch-Site": "same-site"}),
    "another origin": ({}, {"Origin": "https://evil.example", "Sec-Fetch-Site": ""}),
    "no origin": ({}, {"Origin": "null", "Sec-Fetch-Site": ""}),
    "nothing said": ({}, {"Sec-Fetch-Site": ""}),
}


@pytest.mark.parametrize(("fields", "headers"), REFUSED.values(), ids=REFUSED)
async def test_a_form_that_proves_nothing_changes_nothing(
    visitor: Browserlike, fields: dict[str, str], headers: dict[str, str]
) -> None:
    csrf = await visitor.csrf()
    told = {name: value for name, value in headers.items() if value}
    sent = await visitor.http.post(
        "/console/logout", data={"csrf": csrf, "note": "a <typed> note", **fields}, headers=told
    )
    assert sent.status_code == 403
    assert "This page was open too long: load it again" in text_of(sent)
    assert "a <typed> note" in text_of(sent)
    resent = 'name="note"' in sent.text
    assert resent is (told == SAME)  # only what came from us can be sent again from here
    assert await is_in(visitor)


async def test_the_token_of_another_session_is_no_proof(visitor: Browserlike, house: House) -> None:
    csrf = await visitor.csrf()
    async with Browserlike.at(house.url) as other:
        await other.log_in()
        assert (await other.post("/console/logout", {"csrf": csrf})).status_code == 403
        assert await is_in(other)


async def test_a_token_may_come_in_a_header_and_the_origin_in_another(
    visitor: Browserlike, house: House
) -> None:
    csrf = await visitor.csrf()
    headers = {"X-Plimsoll-CSRF": csrf, "Origin": house.url}
    sent = await visitor.http.post("/console/logout", data={"a": "b"}, headers=headers)
    assert sent.status_code == 303


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"csrf=%ff", "application/x-www-form-urlencoded", 422),
        (b"a=1&" * 6_000, "application/x-www-form-urlencoded", 422),
        (b"{}", "application/json", 415),
        (b"a" * 1_100_000, "application/x-www-form-urlencoded", 413),
    ],
)
async def test_a_form_that_cannot_be_read_is_a_page(
    visitor: Browserlike, body: bytes, kind: str, status: int
) -> None:
    headers = {**SAME, "Content-Type": kind}
    sent = await visitor.http.post("/console/logout", content=body, headers=headers)
    assert sent.status_code == status
    assert await is_in(visitor)


async def test_log_out_ends_it_here_and_at_the_provider(
    visitor: Browserlike, house: House, provider: MadeUpProvider
) -> None:
    csrf, cookie = await visitor.csrf(), visitor.session or ""
    assert (await visitor.get("/console/logout")).status_code == 405
    assert await is_in(visitor)
    out = await visitor.post("/console/logout", {"csrf": csrf})
    assert out.status_code == 303
    place = urlsplit(out.headers["location"])
    assert f"{place.scheme}://{place.netloc}{place.path}" == f"{provider.issuer}/logout"
    assert "post_logout_redirect_uri=http%3A%2F%2F127.0.0.1%3A" in place.query
    assert out.headers["clear-site-data"] == '"cache"'
    assert visitor.session is None
    visitor.http.cookies.set("plimsoll", cookie)
    again = await visitor.get(PAGE)
    assert (again.status_code, place_of(again)) == (303, "/console/login?to=%2Fconsole%2Ftoday")
    assert "You are logged out" in text_of(await visitor.get("/console/logged-out"))


@asynccontextmanager
async def _elsewhere(opening: Opening, browser: Browserlike) -> AsyncIterator[Browserlike]:
    """The same browser, served by another replica that has just seen it."""
    async with opening() as replica, Browserlike.at(replica.url) as other:
        other.http.cookies.set("plimsoll", browser.session or "")
        assert await is_in(other)
        yield other


async def test_other_roles_end_a_session_everywhere_within_ten_seconds(
    visitor: Browserlike, house: House, opening: Opening, provider: MadeUpProvider
) -> None:
    id = id_of(provider.issuer, "v")
    async with _elsewhere(opening, visitor) as other:
        assert await is_in(visitor)
        began = time.monotonic()
        await house.desk("PUT", f"/v1/people/{id}", {"name": "Vi", "roles": ["sales"]})
        while await is_in(other) or await is_in(visitor):
            await asyncio.sleep(0.25)
            assert time.monotonic() - began < 12
    await visitor.log_in()
    assert await is_in(visitor)


ENDED: dict[str, tuple[dict[str, Any], bool]] = {
    "its session": ({"sid": "sid-v", "sub": None}, True),
    "another session of its subject": ({"sid": "other", "sub": "v"}, False),
    "all of its subject": ({"sub": "v"}, True),
    "of another subject": ({"sub": "w"}, False),
}


@pytest.mark.parametrize(("told", "ends"), ENDED.values(), ids=ENDED)
async def test_the_provider_ends_sessions(
    visitor: Browserlike, house: House, provider: MadeUpProvider, told: dict[str, Any], ends: bool
) -> None:
    token = signed(logout_claims(provider.issuer, **told), rsa_key())
    async with Browserlike.at(house.url) as outside:
        fields = {"logout_token": token}
        sent = await outside.http.post("/console/backchannel-logout", data=fields)
    assert (sent.status_code, sent.content) == (200, b"")
    assert await is_in(visitor) is not ends


async def test_only_the_provider_does(
    visitor: Browserlike, house: House, provider: MadeUpProvider
) -> None:
    good = logout_claims(provider.issuer, sub="v")
    for token in ("", "x", signed(good, rsa_key("evil")), provider.id_token("n", sub="v")):
        fields = {"logout_token": token}
        sent = await visitor.http.post("/console/backchannel-logout", data=fields)
        assert sent.status_code == 400
    assert await is_in(visitor)


async def test_what_is_over_is_deleted_after_a_while(
    visitor: Browserlike, house: House, provider: MadeUpProvider
) -> None:
    await visitor.to_provider()
    upkeep = Upkeep(house.desk.context)
    await upkeep.sweep()
    assert await is_in(visitor)
    house.desk.at(house.desk.now + timedelta(days=9))
    await upkeep.sweep()
    async with transaction(house.desk.context.engine) as conn:
        for table in ("login_attempt", "console_session", "kept_form", "once_link"):
            assert (await conn.execute(text(f"select count(*) from {table}"))).scalar_one() == 0
