"""Addresses that a mail can be sent to."""

import pytest

from shared.values.mail_address import wire_address


@pytest.mark.parametrize(
    ("given", "wire"),
    [
        ("hana@example.com", "hana@example.com"),
        ("Hana.Aoki+billing@EXAMPLE.com", "Hana.Aoki+billing@example.com"),
        ("a@faß.example", "a@xn--fa-hia.example"),
        ("ops@mail.internal.test", "ops@mail.internal.test"),
        ("root@localhost", "root@localhost"),
        ("a" * 64 + "@example.com", "a" * 64 + "@example.com"),
    ],
)
def test_the_domain_is_written_as_smtp_needs_it_and_the_local_part_stays(
    given: str, wire: str
) -> None:
    assert wire_address(given) == wire


@pytest.mark.parametrize(
    "given",
    [
        "",
        "hana",
        "@example.com",
        "hana@",
        "a..b@example.com",
        "花@example.com",
        '"quoted local"@example.com',
        "a" * 65 + "@example.com",
        "hana@example.com\r\nBcc: other@example.com",
        "=?utf-8?q?hana?=@example.com",
    ],
)
def test_what_no_server_would_take_is_refused_without_being_quoted(given: str) -> None:
    with pytest.raises(ValueError, match=r"^must be an e-mail address: ") as raised:
        wire_address(given)
    assert not given or given not in str(raised.value)
