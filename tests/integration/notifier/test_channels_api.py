"""Channel settings over HTTP: secrets encrypted and masked, private URLs refused, real tests."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from plimsoll.demo.crm_http import Answer
from services.notifier.channels.live import Channels
from shared.postgres.database import transaction
from shared.runtime.settings import Settings
from tests.support.post import TOKEN, Office, open_office

SMTP_PASSWORD = "canary-password-4711"


@pytest.fixture
async def strict(settings: Settings) -> AsyncIterator[Office]:
    """Without PLIMSOLL_ALLOW_PRIVATE_URLS."""
    async with open_office(replace(settings, allow_private_urls=False), workers=()) as office:
        yield office


async def test_a_secret_is_never_shown_again_and_is_stored_encrypted(office: Office) -> None:
    put = await office(
        "PUT", "/v1/channels/hubspot", {"url": office.addresses["hubspot"], "token": TOKEN}
    )
    mail = await office(
        "PUT",
        "/v1/channels/email",
        {"url": f"smtps://user:{SMTP_PASSWORD}@127.0.0.1:465", "from": "a@example.com"},
    )
    assert (put["token"], put["version"]) == ("***", "2026-03")
    assert mail["url"] == "smtps://user:***@127.0.0.1:465"
    assert await office("GET", "/v1/channels/hubspot") == put
    assert await office("GET", "/v1/channels/email") == mail
    stored = str(await office.rows("select c::text as row from channel c".replace("::", "\\:\\:")))
    assert TOKEN not in stored
    assert SMTP_PASSWORD not in stored


async def test_a_secret_that_is_sent_as_it_was_shown_stays(office: Office) -> None:
    crm = {"url": office.addresses["hubspot"], "token": TOKEN}
    await office("PUT", "/v1/channels/hubspot", crm)
    mail = {"url": f"smtps://user:{SMTP_PASSWORD}@127.0.0.1:465", "from": "a@example.com"}
    await office("PUT", "/v1/channels/email", mail)
    shown = {"url": "smtps://user:***@127.0.0.1:465", "from": "b@example.com"}
    await office("PUT", "/v1/channels/hubspot", crm | {"token": "***", "version": "2026-09"})
    await office("PUT", "/v1/channels/email", shown)
    channels = Channels(office.context)
    async with transaction(office.context.engine) as conn:
        kept = [await channels.kept(conn, name) for name in ("hubspot", "email")]
    assert [one.secrets for one in kept if one] == [{"token": TOKEN}, {"url": mail["url"]}]
    assert kept[1] is not None
    assert kept[1].settings["from"] == "b@example.com"
    elsewhere = {"url": "https://192.0.2.1", "token": "***"}
    refused = await office("PUT", "/v1/channels/hubspot", elsewhere, want=422)
    assert refused["errors"][0]["path"] == "/token"


async def test_a_webhook_s_secret_is_shown_only_when_it_is_generated(office: Office) -> None:
    body = {"url": office.addresses["webhook"]}
    first = await office("PUT", "/v1/channels/webhook", body)
    assert first["secret"].startswith("whsec_")
    second = await office("PUT", "/v1/channels/webhook", body)
    assert second == first | {"secret": "***"}
    assert await office("PUT", "/v1/channels/webhook", body) == second
    assert (await office("GET", "/v1/channels/webhook"))["secret"] == "***"
    moved = await office(
        "PUT", "/v1/channels/webhook", {"url": office.addresses["webhook"] + "/elsewhere"}
    )
    assert moved["secret"] == "***"
    rotated = await office("PUT", "/v1/channels/webhook", body | {"rotate": True})
    assert rotated["secret"] not in (first["secret"], "***")
    await office("DELETE", "/v1/channels/webhook", want=204)
    made_again = await office("PUT", "/v1/channels/webhook", body)
    assert made_again["secret"] not in (first["secret"], rotated["secret"], "***")


async def test_changes_of_a_channel_are_in_the_audit_log_without_its_secrets(
    office: Office,
) -> None:
    body = {"url": f"smtps://user:{SMTP_PASSWORD}@127.0.0.1:465", "from": "a@example.com"}
    await office("PUT", "/v1/channels/email", body)
    await office("PUT", "/v1/channels/email", body)
    await office("PUT", "/v1/channels/email", body | {"url": body["url"].replace("4711", "4712")})
    await office("PUT", "/v1/channels/email", body | {"from": "b@example.com"})
    await office("DELETE", "/v1/channels/email", want=204)
    found = await office.rows(
        "select action, what_kind || ' ' || what_id as what, by_kind, by_id, before, after "
        "from audit order by n"
    )
    assert [one.action for one in found] == ["create", "change", "change", "delete"]
    assert {(one.what, one.by_kind, one.by_id) for one in found} == {
        ("channel email", "key", "PLIMSOLL_ADMIN_KEY")
    }
    assert found[1].after == {"secrets": "changed"}
    assert found[2].after == {"from": "b@example.com", "secrets": "changed"}
    assert found[3].before["from"] == "b@example.com"
    assert "canary" not in str(found)


async def test_a_channel_is_not_replaced_by_who_has_not_seen_the_newest(office: Office) -> None:
    body = {"url": f"smtps://user:{SMTP_PASSWORD}@127.0.0.1:465", "from": "a@example.com"}
    path = "/v1/channels/email"

    async def put(given: dict[str, str], match: str, status: int) -> str | None:
        answer = await office.http.put(path, json=given, headers={"If-Match": match})
        assert answer.status_code == status, answer.text
        found: str | None = answer.headers.get("etag")
        return found

    assert await put(body, '"none"', 412) is None
    first = await put(body, "*", 200)
    assert (await office.http.get(path)).headers["etag"] == first
    assert await put(body, str(first), 200) == first
    # The mask is the same, the secret is another.
    second = await put(body | {"url": body["url"].replace("4711", "4712")}, str(first), 200)
    assert second != first
    assert await put(body, str(first), 412) == second
    await office("DELETE", path, want=204)
    assert await put(body, str(second), 412) is None


async def test_a_channel_that_is_off_is_not_found(office: Office) -> None:
    for method, path in (
        ("GET", "/v1/channels/hubspot"),
        ("DELETE", "/v1/channels/hubspot"),
        ("POST", "/v1/channels/hubspot:test"),
    ):
        await office(method, path, want=404)
    await office.sets("hubspot")
    await office("DELETE", "/v1/channels/hubspot", want=204)
    await office("GET", "/v1/channels/hubspot", want=404)
    await office("PUT", "/v1/channels/in_app", {"url": "https://example.com"}, want=404)
    await office("PUT", "/v1/channels/pigeon", {}, want=404)


async def test_the_environment_s_mail_server_is_used_until_another_is_set_or_it_is_turned_off(
    settings: Settings,
) -> None:
    given = replace(
        settings, smtp_url=f"smtp://user:{SMTP_PASSWORD}@127.0.0.1:25", mail_from="env@example.com"
    )
    async with open_office(given, workers=()) as office:
        shown = await office("GET", "/v1/channels/email")
        assert (shown["url"], shown["from"], shown["created_at"]) == (
            "smtp://user:***@127.0.0.1:25",
            "env@example.com",
            None,
        )
        await office.sets("email")
        assert (await office("GET", "/v1/channels/email"))[
            "from"
        ] == "Plimsoll <alerts@vendor.example>"
        await office("DELETE", "/v1/channels/email", want=204)
        await office("GET", "/v1/channels/email", want=404)


REFUSED: tuple[tuple[str, Any, str, str], ...] = (
    ("webhook", {"url": "http://example.com/"}, "/url", "https"),
    ("webhook", {"url": "https://user:pw@example.com/"}, "/url", "user or password"),
    ("webhook", {"url": "https://127.0.0.1/"}, "/url", "the address is not allowed"),
    ("webhook", {"url": "https://2130706433/"}, "/url", "the address is not allowed"),
    ("webhook", {"url": "https://[::ffff:169.254.169.254]/"}, "/url", "the address is not allowed"),
    ("webhook", {"url": "https://localhost/"}, "/url", "the address is not allowed"),
    ("webhook", {"url": "https://example.com:22/"}, "/url", "ports"),
    ("webhook", {}, "/url", "is missing"),
    (
        "webhook",
        {"url": "https://example.com/", "secret": "whsec_mine"},
        "/secret",
        "is not known here",
    ),
    ("webhook", {"url": 5}, "/url", "must be text"),
    ("hubspot", {"url": "https://10.0.0.1/", "token": "t"}, "/url", "the address is not allowed"),
    ("hubspot", {"url": "https://api.hubapi.com"}, "/token", "is missing"),
    (
        "hubspot",
        {"url": "https://api.hubapi.com", "token": "a\r\nX-Evil: 1"},
        "/token",
        "printable",
    ),
    (
        "hubspot",
        {"url": "https://api.hubapi.com", "token": "t", "version": "../x"},
        "/version",
        "version",
    ),
    (
        "email",
        {"url": "smtp://127.0.0.1:25", "from": "a@example.com"},
        "/url",
        "the address is not allowed",
    ),
    ("email", {"url": "http://mail.example.com", "from": "a@example.com"}, "/url", "smtp://"),
    (
        "email",
        {"url": "smtp://user:pw@mail.example.com:25", "from": "a@example.com"},
        "/url",
        "encryption",
    ),
    (
        "email",
        {"url": "smtps://mail.example.com", "from": "a@example.com, b@example.com"},
        "/from",
        "e-mail address",
    ),
    (
        "email",
        {"url": "smtps://mail.example.com", "from": "a@example.com\r\nBcc: b@example.com"},
        "/from",
        "e-mail address",
    ),
)


async def test_what_may_not_be_set_is_refused_by_field_and_reason(strict: Office) -> None:
    """One office for all cases: a refusal changes nothing."""
    for channel, body, path, reason in REFUSED:
        problem = await strict("PUT", f"/v1/channels/{channel}", body, want=422)
        assert [error["path"] for error in problem["errors"]] == [path], (channel, body)
        assert reason in problem["errors"][0]["reason"], (channel, body)
        assert "127.0.0.1" not in json.dumps(problem["errors"])
        await strict("GET", f"/v1/channels/{channel}", want=404)


async def test_settings_need_the_admin_scope_and_reading_needs_read(office: Office) -> None:
    await office.sets("webhook")
    for headers, statuses in (
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Authorization": ""}, 401),
    ):
        for method, path in (
            ("PUT", "/v1/channels/webhook"), ("GET", "/v1/channels/webhook"),
            ("DELETE", "/v1/channels/webhook"), ("POST", "/v1/channels/webhook:test"),
            ("GET", "/v1/notifications"), ("GET", "/v1/deliveries"),
            ("POST", "/v1/deliveries/x:retry"), ("POST", "/v1/deliveries:recover"),
        ):  # fmt: skip
            assert (
                await office.http.request(method, path, headers=headers)
            ).status_code == statuses


async def test_tests_really_send(office: Office) -> None:
    await office.sets("email", "webhook", "hubspot")
    works = {"delivered": True, "error": None}
    assert await office("POST", "/v1/channels/email:test") == works
    assert (
        await office("POST", "/v1/channels/email:test", params={"to": "ops@example.com"}) == works
    )
    assert await office("POST", "/v1/channels/webhook:test") == works
    assert await office("POST", "/v1/channels/hubspot:test") == works
    assert [recipient for recipient, _ in office.mail.taken] == [
        "alerts@vendor.example",
        "ops@example.com",
    ]
    (request,) = office.hook.requests
    assert request.body["type"] == "channel.test"
    (task,) = office.crm.tasks()
    assert task["properties"]["hs_task_status"] == "COMPLETED"


async def test_a_test_says_what_is_wrong_and_a_good_one_ends_a_block(office: Office) -> None:
    await office.sets("webhook", "hubspot")
    office.hook.answers.append(Answer(500, {}))
    assert await office("POST", "/v1/channels/webhook:test") == {
        "delivered": False,
        "error": "the receiver answered 500",
    }
    office.crm.token = "another"
    await office.raised("a95", recipients=(), task=office.task())
    while not (shown := await office("GET", "/v1/channels/hubspot"))["blocked"]:
        pass
    assert "401" in shown["blocked"]
    assert (await office("POST", "/v1/channels/hubspot:test"))["delivered"] is False
    office.crm.token = TOKEN
    assert (await office("POST", "/v1/channels/hubspot:test"))["delivered"] is True
    await office.until("hubspot", "delivered")


async def test_lists_are_paged_and_filtered(office: Office) -> None:
    await office.opens(
        "other", contacts=[("c1", "A", "a@example.com", "member"), ("c2", "B", None, "member")]
    )
    for n in range(3):
        await office.raised(f"a{n}")
    await office.raised("b0", account="other")
    await office.hears(office.tell(None, key="task", task=office.task(), recipients=()))
    pages, cursor = [], None
    while True:
        page = await office(
            "GET", "/v1/notifications", params={"limit": 3} | ({"cursor": cursor} if cursor else {})
        )
        pages.append([row["id"] for row in page["data"]])
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert [len(page) for page in pages] == [3, 3, 3]
    assert len({id for page in pages for id in page}) == 9
    ours = await office("GET", "/v1/notifications", params={"account": "other"})
    assert {row["account"] for row in ours["data"]} == {"other"}
    internal = await office("GET", "/v1/notifications", params={"class": "internal"})
    assert [(row["kind"], row["deliveries"]) for row in internal["data"]] == [("crm.task", [])]
    delivered = await office(
        "GET",
        "/v1/deliveries",
        params={"state": "delivered", "channel": "in_app", "account": "other"},
    )
    assert len(delivered["data"]) == 2
    assert set(delivered["data"][0]) >= {
        "id", "channel", "recipient", "state", "attempts", "next_attempt_at", "last_error",
        "delivered_at", "notification", "account", "kind",
    }  # fmt: skip
    for query in ({"class": "loud"}, {"limit": "0"}, {"limit": "501"}, {"cursor": "forged"}):
        await office("GET", "/v1/notifications", params=query, want=422)
    for query in ({"state": "lost"}, {"channel": "pigeon"}):
        await office("GET", "/v1/deliveries", params=query, want=422)
