"""Logs: one line per event, short, without control characters, secrets and addresses."""

import io
import json
import logging
from collections.abc import Callable, Iterator

import pytest

from shared.telemetry.logs import LINE_BYTES, clean_text, configure_logging, log


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    stream = io.StringIO()
    yield stream
    root.handlers[:], root.level = handlers, level


@pytest.mark.parametrize(
    "nasty",
    [
        "a\r\nINFO forged line",
        "\x1b[2J\x1b[31mred",
        "line\u2028separator\u2029",
        "\x00\x07\x7f\x9b",
        "x" * 1_000_000,
        "\ud800 half",
        "‮right to left",
    ],
)
@pytest.mark.parametrize("form", ["json", "text"])
def test_whatever_is_logged_is_one_short_printable_line(
    lines: io.StringIO, nasty: str, form: str
) -> None:
    configure_logging(form, stream=lines)
    log.warning("event", value=nasty, inner={nasty[:50]: [nasty]})
    log.warning(nasty)
    logging.getLogger("library").error("said %s", nasty)
    written = lines.getvalue()
    assert written.count("\n") == 3
    for line in written.splitlines():
        assert len(line.encode()) <= LINE_BYTES
        assert line.isprintable()
        if form == "json":
            assert json.loads(line)["level"] in ("warning", "error")


@pytest.mark.parametrize(
    "secret",
    [
        "canary@example.com",
        "Bearer abcdef0123456789",
        "postgresql://user:hunter2secret@db/x",
        "pk_abcdefghijklmnop",
        "whsec_abcdefghijkl",
        "eyJhbGciOi.eyJzdWIiOi.c2lnbmF0dXJl",
    ],
)
def test_secrets_and_addresses_never_reach_a_line(lines: io.StringIO, secret: str) -> None:
    configure_logging("json", stream=lines)
    log.error(f"saw {secret}", value=f"in {secret} text", nested=[{"deep": secret}])
    try:
        raise ValueError(f"bad {secret}")
    except ValueError as error:
        log.error("failed", exc_info=error)
    for part in secret.replace("Bearer ", "").split("@")[:1]:
        assert part.removeprefix("postgresql://user:") not in lines.getvalue()


def test_fields_that_are_called_secrets_are_masked(lines: io.StringIO) -> None:
    configure_logging("json", stream=lines)
    log.info(
        "event",
        password="p4ss",
        api_key="k3y",
        nested={"client_secret": "s3cr3t", "plain": "shown"},
    )
    written = lines.getvalue()
    assert all(value not in written for value in ("p4ss", "k3y", "s3cr3t"))
    assert "shown" in written


def test_a_library_that_repeats_itself_is_heard_once(lines: io.StringIO) -> None:
    configure_logging("text", stream=lines)
    for number in range(50):
        logging.getLogger("aiokafka.conn").error("Unable connect to %s", number)
    assert lines.getvalue().count("Unable connect") == 1


def test_ordinary_text_stays_readable() -> None:
    assert clean_text("usage of あおぞら: 96 %, acct-42") == "usage of あおぞら: 96 %, acct-42"


def test_what_is_too_long_keeps_its_names_and_both_ends(lines: io.StringIO) -> None:
    configure_logging("json", stream=lines)
    log.error(
        "event",
        service="trigger",
        account="acct-1",
        request_id="r1",
        **{f"field{n}": f"first{'あ' * 3_000}last" for n in range(9)},
    )
    written = json.loads(lines.getvalue())
    assert (written["service"], written["account"], written["request_id"], written["cut"]) == (
        "trigger",
        "acct-1",
        "r1",
        True,
    )
    assert all(
        written[f"field{n}"].startswith("first") and written[f"field{n}"].endswith("last")
        for n in range(9)
    )


@pytest.mark.parametrize("form", ["json", "text"])
def test_a_line_of_a_thousand_fields_ends(lines: io.StringIO, form: str) -> None:
    configure_logging(form, stream=lines)
    log.error("event", account="acct-1", **{f"field{n}": n for n in range(3_000)})
    assert len(lines.getvalue().strip().encode()) <= LINE_BYTES
    assert "acct-1" in lines.getvalue()


@pytest.mark.parametrize("form", ["json", "text"])
def test_an_exception_under_a_hundred_frames_and_a_long_message_is_still_told(
    lines: io.StringIO, form: str
) -> None:
    configure_logging(form, stream=lines)
    try:
        _deep(100, lambda: _innermost("the cause " + "x" * 100_000 + " in the end"))
    except ValueError as error:
        log.error("failed", account="acct-1", exc_info=error)
    written = lines.getvalue()
    for kept in (
        "in test_an_exception_under",
        "in _innermost",
        "ValueError: the cause",
        "in the end",
        "acct-1",
    ):
        assert kept in written
    assert len(written.encode()) <= LINE_BYTES + 1


def _deep(frames: int, then: Callable[[], None]) -> None:
    if frames:
        _deep(frames - 1, then)
    else:
        then()


def _innermost(message: str) -> None:
    raise ValueError(message)
