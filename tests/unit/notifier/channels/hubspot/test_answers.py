"""What HubSpot's answers mean."""

from datetime import timedelta

import pytest

from services.notifier.channels.base import Failed, Misconfigured, Outcome, Refused, Throttled
from services.notifier.channels.hubspot.answers import fault
from tests.unit.notifier.samples import NOW, headers


@pytest.mark.parametrize(
    ("policy", "asked", "attempt", "wait"),
    [
        ("SECONDLY", None, 1, 1),
        ("TEN_SECONDLY_ROLLING", None, 1, 10),
        ("TEN_SECONDLY_ROLLING", None, 3, 30),
        ("TEN_SECONDLY_ROLLING", "4", 3, 4),
        ("TEN_SECONDLY_ROLLING", "99999999", 1, 900),
        ("TEN_SECONDLY_ROLLING", "garbage", 2, 20),
        ("DAILY", None, 1, 3600),
        ("DAILY", "40000", 1, 40000),
        ("", None, 2, 20),
    ],
)
def test_hubspot_limits_are_waited_for_by_their_policy(
    policy: str, asked: str | None, attempt: int, wait: int
) -> None:
    given = headers() if asked is None else headers(retry_after=asked)
    outcome = fault(
        429,
        given,
        {"status": "error", "errorType": "RATE_LIMIT", "policyName": policy},
        NOW,
        attempt,
    )
    assert isinstance(outcome, Throttled)
    assert outcome.wait == timedelta(seconds=wait)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Refused),
        (401, Misconfigured),
        (403, Misconfigured),
        (404, Refused),
        (423, Failed),
        (477, Throttled),
        (500, Failed),
        (502, Failed),
        (302, Failed),
    ],
)
def test_hubspot_statuses(status: int, kind: type[Outcome]) -> None:
    assert isinstance(fault(status, headers(), {}, NOW, 1), kind)


def test_hubspot_moving_to_another_data_centre_may_take_a_day_but_not_longer() -> None:
    assert fault(477, headers(retry_after="7200"), {}, NOW, 1) == Throttled(
        "HubSpot answered 477", timedelta(hours=2)
    )
    assert fault(477, headers(retry_after="9999999"), {}, NOW, 1) == Throttled(
        "HubSpot answered 477", timedelta(hours=24)
    )


def test_a_lock_is_given_at_least_two_seconds() -> None:
    locked = fault(423, headers(), {}, NOW, 1)
    assert isinstance(locked, Failed)
    assert locked.retry_after == timedelta(seconds=2)
    assert not locked.destination
