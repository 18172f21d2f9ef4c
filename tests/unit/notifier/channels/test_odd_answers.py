"""Whatever a receiver answers, an attempt ends with an outcome and one short printable line.

A draft that is refused becomes smaller each time, so a raise ends too.
"""

import socket
import ssl
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import aiosmtplib
import httpx
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.channels import smtp_faults
from services.notifier.channels.base import (
    LONGEST_REASON,
    Delivered,
    Failed,
    Misconfigured,
    Outcome,
    Refused,
    Throttled,
)
from services.notifier.channels.http_answers import webhook_outcome
from services.notifier.channels.hubspot.answers import fault
from services.notifier.channels.hubspot.draft import Draft
from shared.values.levels import climbs
from tests.unit.notifier.samples import NOW

TEXTS = st.text(max_size=400)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner))
BODIES = st.dictionaries(
    st.sampled_from(["policyName", "category", "message", "errors", "context", "status"]), JSON
)
CODES = st.integers(-1, 999)
FAULTS = st.one_of(
    st.builds(aiosmtplib.SMTPException, TEXTS),
    st.builds(aiosmtplib.SMTPConnectError, TEXTS),
    st.builds(aiosmtplib.SMTPTimeoutError, TEXTS),
    st.builds(aiosmtplib.SMTPServerDisconnected, TEXTS),
    st.builds(aiosmtplib.SMTPAuthenticationError, CODES, TEXTS),
    st.builds(aiosmtplib.SMTPRecipientRefused, CODES, TEXTS, TEXTS),
    st.builds(aiosmtplib.SMTPSenderRefused, CODES, TEXTS, TEXTS),
    st.builds(aiosmtplib.SMTPConnectResponseError, CODES, TEXTS),
    st.builds(aiosmtplib.SMTPResponseException, CODES, TEXTS),
    st.builds(OSError, st.integers(0, 200), TEXTS),
    st.builds(OSError, TEXTS),
    st.builds(ssl.SSLError, st.integers(0, 200), TEXTS),
    st.builds(socket.gaierror, st.integers(-20, 0), TEXTS),
)


def told(outcome: Outcome) -> str:
    assert isinstance(outcome, Failed | Misconfigured | Refused | Throttled)
    return outcome.reason


@given(FAULTS, st.none() | FAULTS)
def test_every_failure_of_a_mail_server_is_one_short_line(error: Any, cause: Any) -> None:
    error.__cause__ = cause
    line = told(smtp_faults.outcome(error))
    assert 0 < len(line) <= LONGEST_REASON
    assert line.isprintable()


@given(CODES, TEXTS)
def test_a_dead_address_is_never_a_full_one(code: int, message: str) -> None:
    assert not (smtp_faults.is_bounce(code, message) and smtp_faults.is_full(code, message))


@given(st.integers(300, 999), BODIES, st.none() | TEXTS, st.integers(1, 50))
def test_every_answer_of_a_crm_is_one_short_line_and_a_bounded_wait(
    status: int, body: Any, asked: str | None, attempt: int
) -> None:
    headers = httpx.Headers(
        [] if asked is None else [(b"retry-after", asked.encode(errors="replace"))]
    )
    outcome = fault(status, headers, body, NOW, attempt)
    assert told(outcome).isprintable()
    assert len(told(outcome)) <= LONGEST_REASON
    if isinstance(outcome, Throttled):
        assert timedelta() <= outcome.wait <= timedelta(hours=24)


@given(st.integers(200, 999), st.none() | TEXTS)
def test_every_answer_of_a_webhook_is_an_outcome(status: int, asked: str | None) -> None:
    headers = httpx.Headers(
        [] if asked is None else [(b"retry-after", asked.encode(errors="replace"))]
    )
    outcome = webhook_outcome(status, headers, NOW)
    assert isinstance(outcome, Delivered) == (200 <= status < 300)
    if isinstance(outcome, Throttled):
        assert timedelta(seconds=1) <= outcome.wait <= timedelta(minutes=15)


@given(st.none() | TEXTS, st.none() | TEXTS, st.lists(TEXTS, max_size=5))
def test_a_draft_loses_a_part_at_a_time_and_ends(
    owner: str | None, company: str | None, said: list[str]
) -> None:
    draft: Draft | None = Draft(owner, company)
    parts = [(owner is not None) + (company is not None)]
    for text in [*said, "", "", ""]:
        draft = draft and draft.without(text)
        parts.append(
            0 if draft is None else (draft.owner is not None) + (draft.company is not None)
        )
    assert draft is None
    assert all(after <= max(before - 1, 0) for before, after in pairwise(parts))


AMOUNTS = st.decimals(
    min_value=Decimal("1e-9"), max_value=Decimal("999999999999999999"), places=9
).map(str)
LEVELS = st.integers(1, 1000) | st.fixed_dictionaries({"at": AMOUNTS})


@given(LEVELS, st.none() | AMOUNTS, st.lists(st.tuples(LEVELS, st.none() | AMOUNTS), max_size=4))
def test_no_threshold_is_higher_than_itself(
    level: Any, limit: str | None, earlier: list[Any]
) -> None:
    assert not climbs(level, limit, [*earlier, (level, limit)])
    if earlier and all(climbs(level, limit, [one]) for one in earlier):
        assert climbs(level, limit, earlier)
        assert not any(climbs(one, other, [(level, limit)]) for one, other in earlier)
