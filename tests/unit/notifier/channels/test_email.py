"""The content of a mail as SMTP carries it."""

import pytest

from services.notifier.channels.email import dot_stuffed


@pytest.mark.parametrize(
    ("content", "wire"),
    [
        (b"a\r\nb\r\n", b"a\r\nb\r\n.\r\n"),
        (b"a\nb", b"a\r\nb\r\n.\r\n"),
        (b"a\r\n.\r\nMAIL FROM:<x>\r\n", b"a\r\n..\r\nMAIL FROM:<x>\r\n.\r\n"),
        (b"a\r.\rb\r\n", b"a\r\n..\r\nb\r\n.\r\n"),
    ],
)
def test_no_line_of_a_mail_ends_it_early(content: bytes, wire: bytes) -> None:
    assert dot_stuffed(content) == wire
