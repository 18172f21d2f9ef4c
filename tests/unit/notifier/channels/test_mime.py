"""No name, subject or address breaks out of its header."""

import base64
import email
import email.policy
import quopri
import random
import re
from email.headerregistry import Address
from email.message import EmailMessage

import pytest

from services.notifier.channels.mime import (
    AddressFault,
    Envelope,
    address,
    build,
    mailbox,
    sender,
    unstructured,
)
from services.notifier.unsubscribe.link import Right, make_token
from shared.security.crypto import Signer
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
HEADERS = {
    "message-id",
    "from",
    "to",
    "subject",
    "date",
    "auto-submitted",
    "mime-version",
    "content-type",
}


def made(
    subject: str = "Hello",
    name: str = "Hanako",
    unsubscribe: str | None = None,
    text: str = "plain\n",
    html: str = "<p>html</p>",
) -> EmailMessage:
    envelope = Envelope(
        sender("Plimsoll <alerts@vendor.example>"),
        address("hanako@example.com", name),
        "id.email@vendor.example",
        NOW,
        unsubscribe,
    )
    message = email.message_from_bytes(
        build(envelope, subject, text, html), policy=email.policy.default
    )
    assert isinstance(message, EmailMessage)
    return message


@pytest.mark.parametrize("text", NASTY)
def test_no_name_or_subject_adds_headers(text: str) -> None:
    clean = text.encode("utf-8", "ignore").decode()
    message = made(subject=clean, name=clean)
    assert {name.lower() for name in message} == HEADERS
    assert len(message.keys()) == len(HEADERS)
    assert [to.addr_spec for to in message["to"].addresses] == ["hanako@example.com"]


@pytest.mark.parametrize("text", NASTY)
def test_no_name_of_ours_adds_headers(text: str) -> None:
    """In whose name it is sent, who gets the answers, and a copy: of a mail by a person."""
    clean = text.encode("utf-8", "ignore").decode()
    kato = address("kato@vendor.example", clean)
    envelope = Envelope(
        address("alerts@vendor.example", clean),
        address("hanako@example.com", "Hanako"),
        "id.email@vendor.example",
        NOW,
        reply_to=kato,
        copy_to=address("mori@vendor.example", clean),
        by_person=True,
    )
    raw = build(envelope, "Hello", "plain\n", "<p>html</p>")
    message = email.message_from_bytes(raw, policy=email.policy.default)
    wanted = (HEADERS | {"cc", "reply-to"}) - {"auto-submitted"}
    assert {name.lower() for name in message} == wanted
    assert len(message.keys()) == len(wanted)
    assert [one.addr_spec for one in message["from"].addresses] == ["alerts@vendor.example"]
    assert [one.addr_spec for one in message["reply-to"].addresses] == ["kato@vendor.example"]
    assert [one.addr_spec for one in message["cc"].addresses] == ["mori@vendor.example"]


@pytest.mark.parametrize(
    "spec",
    [
        "", "hanako", "@example.com", "hanako@", "a@example.com, b@example.com",
        "a@example.com;b@example.com", "a b@example.com", "abc..def@docomo.ne.jp",
        "abc.@docomo.ne.jp", "a@example..com", "a@exa_mple.com", "a@example.com.",
        "a@" + "b" * 64 + ".example", "a@" + "b.example" * 40, "a@\u2603.example",
        "a@exa\u00admple.com", "a@[192.0.2.1]", '"a b"@example.com', "\uff41@example.com",
        "a@xn--zzzzzz.example", "a@example.com\u200f", "a@example.com\r\nBcc: evil@x.example",
        "a\x00@example.com", "=?utf-8?q?a?=@example.com", "<a@example.com>", "日本@example.com",
        "a..b@example.com", ".a@example.com", "a@-example.com", "a" * 65 + "@example.com",
        'a"b@example.com', "a@exam ple.com", "a@b@example.com",
    ],
)  # fmt: skip
def test_anything_but_one_address_is_refused(spec: str) -> None:
    with pytest.raises(AddressFault):
        address(spec)


@pytest.mark.parametrize(
    ("written", "wire"),
    [
        ("例え.jp", "xn--r8jz45g.jp"), ("例え。jp", "xn--r8jz45g.jp"),
        ("straße.example", "xn--strae-oqa.example"), ("STRASSE.example", "strasse.example"),
        ("Bücher.example", "xn--bcher-kva.example"), ("faß.de", "xn--fa-hia.de"),
        ("βόλος.com", "xn--nxasmm1c.com"), ("ｅｘａｍｐｌｅ.com", "example.com"),
        ("xn--strae-oqa.example", "xn--strae-oqa.example"), ("mail.local", "mail.local"),
        ("localhost", "localhost"), ("a.test", "a.test"),
    ],
)  # fmt: skip
def test_an_international_domain_is_the_one_that_was_written(written: str, wire: str) -> None:
    """IDNA 2008: sharp s and final sigma are distinct letters; without them the domain differs."""
    assert address(f"Hanako@{written}").addr_spec == f"Hanako@{wire}"


def test_japanese_travels_as_base64_in_both_parts() -> None:
    message = made(
        subject="ストレージが95%に達しました",
        name="青空 花子",
        text="こんにちは。\n",
        html='<html lang="ja"><p>こんにちは。</p></html>',
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


@pytest.mark.parametrize(("letter", "fits"), [("x", True), ("あ", False)])
def test_ids_of_any_length_leave_no_line_that_a_server_refuses(letter: str, fits: bool) -> None:
    """Ids of 256 letters; those of Japanese ones need more than a line may hold."""
    right = Right(letter * 256, letter * 256, b"m" * 32)
    url = f"https://usage.vendor.example/v1/unsubscribe/{make_token(Signer([b'k' * 40]), right)}"
    envelope = Envelope(
        sender("alerts@vendor.example"),
        address("hanako@example.com"),
        "id.email@vendor.example",
        NOW,
        url,
    )
    raw = build(envelope, "Hello", url, f"<p>{url}</p>")
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert (b"List-Unsubscribe-Post" in raw) is fits
    assert len(make_token(Signer([b"k" * 40]), Right("あ" * 100, "c1", b"m" * 32))) < 600


def test_one_click_headers_need_an_unsubscribe_address() -> None:
    url = "https://usage.vendor.example/v1/unsubscribe/" + "t" * 300
    message = made(unsubscribe=url)
    assert message["list-unsubscribe"] == f"<{url}>"
    assert message["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    assert "list-unsubscribe" not in made()


def test_one_click_headers_are_for_https_only() -> None:
    """RFC 8058: mail programs use https only, and some take an http header as a sign of spam."""
    message = made(unsubscribe="http://usage.vendor.example/v1/unsubscribe/token")
    assert "list-unsubscribe" not in message
    assert "list-unsubscribe-post" not in message


def test_it_is_marked_as_automatic_and_a_repetition_is_the_same_mail() -> None:
    message = made()
    assert message["auto-submitted"] == "auto-generated"
    assert message["message-id"] == made()["message-id"] == "<id.email@vendor.example>"


_SPACES = (" ", " ", " ", "  ", "\u3000", "\u00a0", " – ", " (")
_WORDS = (
    "Café", "Müller", "Zürich)", "API", "calls:", "95%", "of", "the", "limit",
    "=?utf-8?b?Zg==?=", "=?", "?=", "a=b_c", '"quoted"', "(x)", "\\", "x" * 90, "ー" * 40,
    "営業部", "株式会社", "ソリューションズ", "第二", "ﾃｽﾄ", "𠮷野家", "上限の95%に達しました",
    "👩\u200d👩\u200d👧", "🇯🇵", "Ж\u0301",
)  # fmt: skip


def random_text(chance: random.Random, longest: int) -> str:
    words = [chance.choice(_WORDS) + chance.choice(_SPACES) for _ in range(chance.randint(1, 12))]
    letters = "".join(
        chr(chance.choice((0x21, 0xE9, 0x3042, 0x4E00, 0x1F600)) + chance.randrange(64))
        for _ in range(chance.randrange(9))
    )
    text = "".join((*words, letters))[: chance.randint(1, longest)].strip(" ")
    return text or "x"


def test_every_subject_and_name_decodes_to_itself_within_the_limits_of_encoded_words() -> None:
    chance = random.Random(2047)
    for number in range(20_000):
        subject = random_text(chance, 290)
        written = unstructured("Subject", subject)
        assert decoded(written.partition(": ")[2]) == subject, written
        _is_within_the_limits(written)
        if number % 10:
            continue
        name = random_text(chance, 150)
        mail = mailbox("To", Address(display_name=name, addr_spec="hanako@example.com"))
        phrase = mail.partition(": ")[2].removesuffix("<hanako@example.com>").rstrip("\r\n ")
        quoted = phrase.startswith('"')
        assert (re.sub(r"\\(.)", r"\1", phrase[1:-1]) if quoted else decoded(phrase)) == name, mail
        _is_within_the_limits(mail)


def _is_within_the_limits(header: str) -> None:
    first, *lines = header.split("\r\n")
    assert all(len(line) <= 78 for line in (first, *lines)), header
    assert all(line.startswith(" ") and line.strip() for line in lines), (
        "a folded line starts with a space and is not empty"
    )
    assert all(len(word) <= 75 for word in re.findall(r"=\?[^?\s]+\?[bBqQ]\?[^?\s]*\?=", header)), (
        header
    )


def test_an_independent_decoder_reads_the_same_subject() -> None:
    chance = random.Random(5322)
    for _ in range(200):
        subject, name = random_text(chance, 290), random_text(chance, 150)
        message = made(subject=subject, name=name)
        assert message["subject"] == subject
        assert [one.addr_spec for one in message["to"].addresses] == ["hanako@example.com"]


def decoded(value: str) -> str:
    """Strict RFC 2047: ignores white space between encoded words, and decodes each separately."""
    line = re.sub(r"\r\n(?=[ \t])", "", value)
    found = re.split(r"=\?utf-8\?([bq])\?([^?\s]*)\?=", re.sub(r"(?<=\?=)[ \t]+(?==\?)", "", line))
    if len(found) == 1:
        return value
    assert not (found[0] + found[-1]).strip(), "encoded as a whole"
    texts = []
    for way, data, after in zip(found[1::3], found[2::3], found[3::3], strict=True):
        raw = base64.b64decode(data) if way == "b" else quopri.decodestring(data.replace("_", " "))
        texts += [raw.decode(), after]
    return "".join(texts).rstrip(" ") if texts[-1] == " " else "".join(texts)
