"""Nothing that somebody typed becomes more than text: no element, attribute, address or formula."""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import pytest

from shared.embedded import Addresses
from shared.runtime.settings import load_settings
from tests.support.console import Shown, Visitor, open_house
from tests.support.furnished import MAIN, Furnished, addresses, furnish
from tests.support.hostile import HOSTILE, evil_of, formulas_of, tree
from tests.support.tongues import foreign

B = "/console"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
NOT_READ = {f"{B}/stream"}
OTHER_POLICY = {f"{B}/opportunities/{{id}}/documents/{{name}}", f"{B}/opportunities/{{id}}/bundle"}
"""Documents load nothing at all."""


@pytest.fixture(scope="module")
async def made(stack: Addresses, module_database_url: str) -> AsyncIterator[Furnished]:
    settings = load_settings(
        {
            "PLIMSOLL_DATABASE_URL": module_database_url,
            "PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS": stack.kafka,
            "PLIMSOLL_ADMIN_KEY": "a" * 40,
            "PLIMSOLL_PORT": "0",
            "PLIMSOLL_ALLOW_PRIVATE_URLS": "on",
        }
    )
    async with open_house(settings) as house:
        yield await furnish(house, HOSTILE)


@pytest.fixture(scope="module")
async def evil(made: Furnished) -> Visitor:
    return await made.house.visitor("a1", "admin", name=HOSTILE[0])


def found(where: str, page: Shown) -> list[tuple[str, str]]:
    """What is wrong with an answer."""
    wrong = [] if page.headers.get("content-security-policy") == POLICY else ["policy"]
    kind = page.headers.get("content-type", "")
    if kind.startswith("text/html"):
        wrong += evil_of(page.html)
    if kind.startswith("text/csv"):
        wrong += formulas_of(page.html)
    return [(where, one) for one in wrong]


@pytest.mark.parametrize("language", ["en", "ja"])
async def test_every_page_shows_what_things_are_called_as_text_and_is_in_one_language(
    made: Furnished, language: str
) -> None:
    who = await made.house.visitor(f"a-{language}", "admin", name=HOSTILE[0], language=language)
    wrong = []
    for address in addresses("GET"):
        if address not in NOT_READ:
            page = await who.get(made.at(address))
            own = page.headers["content-security-policy"]
            if address in OTHER_POLICY and "'self'" not in own:
                assert ("sandbox" in own, "<x-evil" in page.html) == (True, False)
            else:
                wrong += found(address, page)
            if f'<html lang="{language}"' in page.html:
                wrong += [(address, one) for one in foreign(page.html, language)]
            assert page.status < 500, address
    assert wrong == []


LISTS = (
    "accounts?csm=u7",
    "today?who=all",
    "today?who=all&due=later",
    "pipeline?view=table",
    "handoffs?state=all&who=all",
    "operations/rejected?state=all",
    "search?q=evil",
    "accounts?format=csv",
    "pipeline?format=csv",
    "operations/audit?format=csv",
    "reports/balance?format=csv",
    f"accounts/{MAIN}/usage?meter=api_calls&format=csv",
)
ASKED = (
    "accounts?q={}",
    "search?q={}",
    "today?kind={}",
    "pipeline?plan={}",
    "pipeline?owner={}",
    "login?to={}",
    "operations/rejected?reason={}",
    "operations/deliveries?account={}",
    "operations/deliveries?since={}",
    "operations/audit?what={}",
    "accounts/{}",
    "nowhere/{}",
    "reports/balance?from={}",
    "login?once={}",
    "catalogue/compare?a={}",
    "today?said={}",
    "kept?form={}",
    "callback?state={}&error={}",
    "handoffs?who={}",
    "accounts?cursor={}",
    "tasks/{}",
    "opportunities/{}",
    "opportunities/{}/case",
    "operations/people/{}",
)


async def test_what_is_listed_or_asked_for_is_text(made: Furnished, evil: Visitor) -> None:
    wrong = []
    for one in LISTS:
        page = await evil.get(f"{B}/{one}")
        assert page.status == 200, (one, page.status)
        wrong += found(one, page)
    for number, one in enumerate(ASKED * 2):
        path = one.replace("{}", quote(HOSTILE[number % len(HOSTILE)], safe=""))
        page = await evil.get(f"{B}/{path}")
        assert page.status < 500, (path, page.status)
        wrong += found(path, page)
    assert wrong == []


async def test_every_name_is_there_to_be_read(made: Furnished, evil: Visitor) -> None:
    """What is left out cannot do harm, and would not be seen above."""
    for path in ("accounts", "operations/people?role=csm", "today?who=all&due=later"):
        text = "".join(tree((await evil.get(f"{B}/{path}")).html).itertext())
        missing = [one for one in HOSTILE if one.split()[0] not in text]
        assert missing == [], path


FORMS: tuple[tuple[str, dict[str, str]], ...] = (
    ("accounts/{id}", {"act": "fact", "type": "{}", "data": "{}"}),
    ("accounts/{id}", {"act": "task", "title": "", "text": "{}", "due_at": "{}"}),
    ("accounts/{id}/edit", {"name": "{}", "locale": "{}", "time_zone": "{}", "before": "{}"}),
    ("accounts/views", {"name": "{}" * 9, "view": "{}"}),
    ("tasks/{id}", {"act": "snooze", "until": "{}", "reason": "{}"}),
    ("tasks/{id}", {"act": "note", "text": "{}", "revision": "1", "idempotency_key": "k"}),
    ("opportunities/{id}", {"act": "next_step", "kind": "{}", "owner": "{}", "note": "{}"}),
    ("opportunities/{id}", {"act": "note", "text": "{}", "revision": "1"}),
    (
        "opportunities/{id}/conversation",
        {"act": "answer", "question": "{}", "text": "{}", "form": "{}"},
    ),
    ("opportunities/{id}/objections", {"act": "objection", "objection": "{}", "text": "{}"}),
    ("opportunities/{id}/trial", {"act": "trial", "features": "{}", "criteria.0.text": "{}"}),
    ("opportunities/{id}/case", {"act": "reckon", "hours": "{}", "currency": "{}"}),
    ("opportunities/{id}/quote", {"act": "line", "item": "{}", "quantity": "{}"}),
    ("opportunities/{id}/handoff", {"action": "request", "to": "{}", "note": "{}"}),
    ("catalogue/edit", {"act": "check", "text": "{}", "revision": "2"}),
    ("catalogue/edit", {"act": "confirm", "text": "plans: [{}", "revision": "1"}),
    ("operations/rejected/{id}", {"act": "replay", "payload": "{}"}),
    ("operations/rejected", {"reason": "{}"}),
    ("operations/deliveries", {"since": "{}"}),
    ("operations/keys", {"name": "{}", "scopes": "{}", "rate": "{}"}),
    ("operations/keys/{name}", {"name": "{}"}),
    ("operations/people/{id}", {"name": "{}", "roles": "{}", "time_zone": "{}", "before": "{}"}),
    ("preferences", {"theme": "{}", "language": "{}", "to": "{}"}),
    ("logout", {"csrf": "", "note": "{}", "{}": "x"}),
    ("today", {"act": "close", "task": "{}", "outcome": "{}"}),
)


async def test_what_was_typed_and_refused_is_text(made: Furnished, evil: Visitor) -> None:
    wrong = []
    for number, (path, fields) in enumerate(FORMS * 2):
        text = HOSTILE[number * 3 % len(HOSTILE)]
        given = {name.replace("{}", text): one.replace("{}", text) for name, one in fields.items()}
        page = await evil.post(made.at(f"{B}/{path}"), given)
        assert page.status < 500, (path, given, page.status)
        wrong += found(f"{path} {page.status}", page)
    assert wrong == []


async def test_every_answer_has_the_policy(made: Furnished, evil: Visitor) -> None:
    sent: dict[str, Any] = {
        "HEAD": await evil.http.head(f"{B}/today"),
        "other type": await evil.http.post(f"{B}/today", json={"a": 1}),
        "not UTF-8": await evil.http.post(
            f"{B}/today",
            content=b"a=%ff",
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        ),
        "redirect": await evil.http.get(f"{B}"),
        "forbidden": await evil.http.post(f"{B}/logout", data={"csrf": "x"}),
        "stranger": await evil.http.get(f"{B}/today", headers={"Cookie": "plimsoll=x"}),
        "below": await evil.http.get(f"{B}/a/b/c"),
        "only sent to": await evil.http.get(f"{B}/logout"),
    }
    without = {
        name: (one.status_code, one.headers.get("content-type"))
        for name, one in sent.items()
        if one.headers.get("content-security-policy") != POLICY
    }
    assert without == {}
