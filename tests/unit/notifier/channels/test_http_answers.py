"""What an HTTP status means for a delivery."""

from datetime import timedelta

import pytest

from services.notifier.channels.base import Delivered, Failed, Gone, Outcome, Throttled
from services.notifier.channels.http_answers import webhook_outcome
from tests.unit.notifier.samples import NOW, headers


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, Delivered),
        (204, Delivered),
        (301, Failed),
        (302, Failed),
        (400, Failed),
        (404, Failed),
        (410, Gone),
        (429, Throttled),
        (500, Failed),
    ],
)
def test_webhook_statuses(status: int, kind: type[Outcome]) -> None:
    assert isinstance(webhook_outcome(status, headers(), NOW), kind)


def test_a_webhook_may_ask_for_a_wait_within_bounds() -> None:
    assert webhook_outcome(429, headers(retry_after="7"), NOW) == Throttled(
        "the receiver answered 429", timedelta(seconds=7)
    )
    assert webhook_outcome(429, headers(retry_after="0"), NOW) == Throttled(
        "the receiver answered 429", timedelta(seconds=1)
    )
    assert webhook_outcome(429, headers(retry_after="99999999"), NOW) == Throttled(
        "the receiver answered 429", timedelta(minutes=15)
    )
    unavailable = webhook_outcome(503, headers(retry_after="60"), NOW)
    assert isinstance(unavailable, Failed)
    assert unavailable.retry_after == timedelta(seconds=60)
