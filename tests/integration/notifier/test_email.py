"""The e-mail channel against a real SMTP server with 4xx, 5xx, a dropped connection, a lost answer,
TLS and a login.
"""

import ssl
from collections.abc import AsyncIterator
from typing import Any

import pytest
import trustme
from aiosmtpd.smtp import AuthResult

from services.notifier.channels.base import (
    Claimed,
    Delivered,
    Failed,
    Misconfigured,
    Outcome,
    Refused,
    Unanswered,
    Withdrawn,
)
from services.notifier.channels.email import EmailChannel, Mail, read_smtp_url
from services.notifier.delivery.compose import mail as composed
from services.notifier.unsubscribe.link import Right
from shared.wording import MailText
from tests.support.smtp import DROP, KEEP_AND_DROP, FaultyServer
from tests.unit.notifier.samples import NOW, claimed, facts

TEXT = MailText(
    "ストレージが95%に達しました", "こんにちは。\n.\n..終わり\n", "<p>こんにちは。</p>\n"
)


@pytest.fixture
async def server() -> AsyncIterator[FaultyServer]:
    faulty = FaultyServer()
    yield faulty
    await faulty.stop()


def channel(
    address: str, query: str = "", scheme: str = "smtp", tls: ssl.SSLContext | None = None
) -> EmailChannel:
    config = read_smtp_url(
        f"{scheme}://{address}{query}", "Plimsoll <alerts@vendor.example>", guarded=False
    )
    return EmailChannel(
        config,
        lambda delivery: Mail("hanako@example.com", "青空 花子", TEXT, None),
        lambda: NOW,
        tls,
    )


class Begun:
    def __init__(self, allowed: bool = True) -> None:
        self.times = 0
        self._allowed = allowed

    async def __call__(self) -> bool:
        self.times += 1
        return self._allowed


async def test_a_mail_arrives_as_it_was_written(server: FaultyServer) -> None:
    begun = Begun()
    assert await channel(await server.start()).send(claimed(), begun) == Delivered()
    ((recipient, message),) = server.taken
    assert (recipient, begun.times) == ("hanako@example.com", 1)
    assert message["subject"] == TEXT.subject
    assert message["message-id"] == f"<{claimed().id}.email@vendor.example>"
    plain = message.get_body(("plain",))
    assert plain is not None
    assert plain.get_content().replace("\r\n", "\n") == TEXT.text


@pytest.mark.parametrize(
    ("step", "answer", "kind", "begun"),
    [
        ("mail", "421 closing", Failed, 0),
        ("mail", "451 later", Failed, 0),
        ("mail", "550 not you", Refused, 0),
        ("mail", DROP, Failed, 0),
        ("rcpt", "450 greylisted", Failed, 0),
        ("rcpt", "550 5.1.1 no such user", Refused, 0),
        ("rcpt", "550 5.7.1 blocked", Refused, 0),
        ("rcpt", DROP, Failed, 0),
        ("data", "451 4.3.0 later", Failed, 1),
        ("data", "554 5.6.0 spam", Refused, 1),
        ("data", DROP, Unanswered, 1),
        ("data", KEEP_AND_DROP, Unanswered, 1),
    ],
)
async def test_each_answer_has_its_outcome(
    server: FaultyServer, step: str, answer: str, kind: type[Outcome], begun: int
) -> None:
    address, counting = await server.start(), Begun()
    server.will(step, [answer])
    outcome = await channel(address).send(claimed(), counting)
    assert isinstance(outcome, kind), outcome
    assert counting.times == begun
    assert await channel(address).send(claimed(), Begun()) == Delivered()


async def test_only_an_address_that_is_dead_is_a_bounce(server: FaultyServer) -> None:
    address = await server.start()
    server.will("rcpt", ["550 5.1.1 no such user", "550 5.7.1 blocked"])
    assert await channel(address).send(claimed(), Begun()) == Refused(
        "550 5.1.1 no such user", bounce=True
    )
    assert await channel(address).send(claimed(), Begun()) == Refused(
        "550 5.7.1 blocked", bounce=False
    )


async def test_a_lost_answer_may_be_repeated_once_and_carries_the_same_id(
    server: FaultyServer,
) -> None:
    address = await server.start()
    server.will("data", [KEEP_AND_DROP])
    first = await channel(address).send(claimed(), Begun())
    assert first == Unanswered("the server took the mail and did not answer", again="once")
    await channel(address).send(claimed(in_doubt=True), Begun())
    assert len({str(message["message-id"]) for _, message in server.taken}) == 1
    assert len(server.taken) == 2


async def test_a_missing_listener_is_a_temporary_failure() -> None:
    outcome = await channel("127.0.0.1:9").send(claimed(), Begun())
    assert isinstance(outcome, Failed)
    assert outcome.destination


async def test_a_delivery_that_is_withdrawn_at_the_last_moment_is_not_sent(
    server: FaultyServer,
) -> None:
    assert await channel(await server.start()).send(claimed(), Begun(allowed=False)) == Withdrawn()
    assert server.taken == []


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def contexts(
    authority: trustme.CA, name: str = "127.0.0.1"
) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert(name).configure_cert(server)
    authority.configure_trust(client)
    return server, client


def check_login(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    return AuthResult(success=(data.login, data.password) == (b"user", b"p@ss"), handled=False)


async def test_starttls_is_used_if_offered_and_can_be_required(authority: trustme.CA) -> None:
    server_side, client_side = contexts(authority)
    offering, plain = FaultyServer(tls_context=server_side), FaultyServer()
    try:
        offered, not_offered = await offering.start(), await plain.start()
        for query in ("", "?starttls=auto", "?starttls=required"):
            assert (
                await channel(offered, query, tls=client_side).send(claimed(), Begun())
                == Delivered()
            )
        assert await channel(not_offered, "?starttls=auto").send(claimed(), Begun()) == Delivered()
        assert isinstance(
            await channel(not_offered, "?starttls=required").send(claimed(), Begun()), Misconfigured
        )
        assert len(plain.taken) == 1
    finally:
        await offering.stop()
        await plain.stop()


async def test_a_certificate_for_another_name_is_not_accepted(authority: trustme.CA) -> None:
    server_side, client_side = contexts(authority, "mail.example")
    server = FaultyServer(tls_context=server_side)
    try:
        outcome = await channel(await server.start(), "?starttls=required", tls=client_side).send(
            claimed(), Begun()
        )
        assert isinstance(outcome, Misconfigured)
        assert server.taken == []
    finally:
        await server.stop()


async def test_a_refused_login_is_a_misconfiguration(authority: trustme.CA) -> None:
    server_side, client_side = contexts(authority)
    server = FaultyServer(tls_context=server_side, authenticator=check_login, auth_required=True)
    try:
        address = await server.start()
        good = await channel(f"user:p%40ss@{address}", "?starttls=required", tls=client_side).send(
            claimed(), Begun()
        )
        assert good == Delivered()
        wrong = await channel(f"user:wrong@{address}", "?starttls=required", tls=client_side).send(
            claimed(), Begun()
        )
        assert isinstance(wrong, Misconfigured)
        assert isinstance(
            await channel(address, "?starttls=required", tls=client_side).send(claimed(), Begun()),
            Misconfigured,
        )
    finally:
        await server.stop()


async def test_a_server_set_over_http_must_be_public(server: FaultyServer) -> None:
    address = await server.start()
    config = read_smtp_url(f"smtp://{address}", "alerts@vendor.example", guarded=True)
    guarded = EmailChannel(
        config, lambda _: Mail("hanako@example.com", "", TEXT, None), lambda: NOW
    )
    assert await guarded.send(claimed(), Begun()) == Failed("the address is not allowed")
    assert server.taken == []


async def test_the_test_call_writes_to_the_given_address(server: FaultyServer) -> None:
    sends = channel(await server.start())
    assert await sends.test(None) == Delivered()
    assert await sends.test("ops@example.com") == Delivered()
    assert [recipient for recipient, _ in server.taken] == [
        "alerts@vendor.example",
        "ops@example.com",
    ]
    assert isinstance(await sends.test("a@example.com, b@example.com"), Refused)


def link(right: Right) -> str:
    return f"https://usage.vendor.example/v1/unsubscribe/{right.account}-{right.contact}"


OFFER = {
    "plan": {
        "id": "pro",
        "name": {"en": "Pro", "ja": "プロ"},
        "price": {"month": "199", "year": "2388"},
        "currency": "USD",
    },
    "from": {
        "id": "starter",
        "name": {"en": "Starter", "ja": "スターター"},
        "price": {"month": "49", "year": "588"},
    },
    "limit": "100000",
    "reasons": ["usage_limit"],
    "sentences": [],
    "value": None,
    "self_serve": True,
}


def proposing() -> Claimed:
    return claimed(proposes="pro", facts=facts(proposal=OFFER))


async def test_only_mails_with_an_offer_have_a_one_click_unsubscribe(server: FaultyServer) -> None:
    config = read_smtp_url(f"smtp://{await server.start()}", "alerts@vendor.example", guarded=False)
    sends = EmailChannel(config, lambda delivery: composed(delivery, link, NOW), lambda: NOW)
    for delivery in (proposing(), claimed()):
        assert await sends.send(delivery, Begun()) == Delivered()
    (_, offer), (_, notice) = server.taken
    assert offer["list-unsubscribe"] == "<https://usage.vendor.example/v1/unsubscribe/acct-42-c1>"
    assert offer["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    assert "list-unsubscribe" not in notice
    assert "list-unsubscribe-post" not in notice
    html = notice.get_body(("html",))
    assert html is not None
    assert "unsubscribe" not in html.get_content()
