"""No name, subject or address breaks out of its header."""

import email
import email.policy
from email.message import EmailMessage

import pytest

from services.notifier.channels.mime import AddressFault, Envelope, address, build, sender
from tests.unit.notifier.samples import NOW

NASTY = (
    "=?utf-8?q?hi=0D=0ABcc:_evil@x.example?=",
    "a\r\nBcc: evil@x.example",
    "a\nBcc: evil@x.example",
    "a\rBcc: evil@x.example",
    "a\u2028Bcc: evil@x.example",
    "a\x00b",
    'quote " < ; > , (comment) \\',
    "x" * 5000,
    "あ" * 500,
    "\ud800",
)
HEADERS = {"message-id", "from", "to", "subject", "date", "auto-submitted", "mime-version", "content-type"}


def made(
    subject: str = "Hello", name: str = "Hanako", unsubscribe: str | None = None, text: str = "plain\n", html: str = "<p>html</p>"
) -> EmailMessage:
    envelope = Envelope(
        sender("Plimsoll <alerts@vendor.example>"), address("hanako@example.com", name), "id.email@vendor.example", NOW, unsubscribe
    )
    message = email.message_from_bytes(build(envelope, subject, text, html), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


@pytest.mark.parametrize("text", NASTY)
def test_whatever_a_name_or_subject_holds_the_headers_are_the_expected_ones(text: str) -> None:
    clean = text.encode("utf-8", "ignore").decode()
    message = made(subject=clean, name=clean)
    assert {name.lower() for name in message} == HEADERS
    assert len(message.keys()) == len(HEADERS)
    assert [to.addr_spec for to in message["to"].addresses] == ["hanako@example.com"]


@pytest.mark.parametrize(
    "spec",
    [
        "", "hanako", "@example.com", "hanako@", "a@example.com, b@example.com", "a@example.com;b@example.com", "a b@example.com",
        "a@example.com\r\nBcc: evil@x.example", "a\x00@example.com", "=?utf-8?q?a?=@example.com", "<a@example.com>", "日本@example.com",
        "a..b@example.com", ".a@example.com", "a@-example.com",
        "a" * 65 + "@example.com", 'a"b@example.com', "a@exam ple.com", "a@b@example.com",
    ],
)  # fmt: skip
def test_what_is_not_one_address_is_refused(spec: str) -> None:
    with pytest.raises(AddressFault):
        address(spec)


def test_an_international_domain_is_written_for_the_wire() -> None:
    assert address("hanako@例え.jp").addr_spec == "hanako@xn--r8jz45g.jp"


def test_japanese_travels_as_base64_in_both_parts() -> None:
    message = made(
        subject="ストレージが95%に達しました", name="青空 花子", text="こんにちは。\n", html='<html lang="ja"><p>こんにちは。</p></html>'
    )
    assert message["subject"] == "ストレージが95%に達しました"
    assert message["to"].addresses[0].display_name == "青空 花子"
    parts = {part.get_content_type(): part for part in message.iter_parts()}
    assert set(parts) == {"text/plain", "text/html"}
    assert {part["content-transfer-encoding"] for part in parts.values()} == {"base64"}
    assert {part.get_content_charset() for part in parts.values()} == {"utf-8"}
    plain = parts["text/plain"]
    assert isinstance(plain, EmailMessage)
    assert plain.get_content() == "こんにちは。\r\n"  # MIME's own line ends


def test_one_click_headers_stand_only_where_an_unsubscribe_address_is_given() -> None:
    url = "https://usage.vendor.example/v1/unsubscribe/" + "t" * 300
    message = made(unsubscribe=url)
    assert message["list-unsubscribe"] == f"<{url}>"
    assert message["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    assert "list-unsubscribe" not in made()


def test_one_click_headers_are_for_https_only() -> None:
    """RFC 8058: over http no mail program makes the request, and some take the header for a sign of spam."""
    message = made(unsubscribe="http://usage.vendor.example/v1/unsubscribe/token")
    assert "list-unsubscribe" not in message
    assert "list-unsubscribe-post" not in message


def test_it_says_that_a_machine_wrote_it_and_is_the_same_mail_when_it_comes_twice() -> None:
    message = made()
    assert message["auto-submitted"] == "auto-generated"
    assert message["message-id"] == made()["message-id"] == "<id.email@vendor.example>"
