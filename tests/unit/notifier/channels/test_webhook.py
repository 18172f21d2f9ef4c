from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import msgspec
import pytest
from standardwebhooks import Webhook

from services.notifier.channels.webhook import signed_headers
from services.notifier.delivery.payload import body
from tests.unit.notifier.samples import NOW, claimed, facts

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OLDER = "whsec_" + "QUJD" * 8


def test_the_published_vector() -> None:
    at = datetime.fromtimestamp(1614265330, UTC)
    headers = signed_headers([SECRET], "msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}')
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert headers["webhook-timestamp"] == "1614265330"


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=9))])
def test_the_time_is_signed_in_utc_whatever_its_zone(zone: timezone) -> None:
    headers = signed_headers([SECRET], "msg_1", datetime.now(zone), b"{}")
    assert Webhook(SECRET).verify(b"{}", headers) == {}


def test_during_a_rotation_either_secret_verifies() -> None:
    headers = signed_headers([SECRET, OLDER], "msg_1", datetime.now(UTC), b"{}")
    assert len(headers["webhook-signature"].split(" ")) == 2
    for secret in (SECRET, OLDER):
        Webhook(secret).verify(b"{}", headers)


def test_the_body_is_the_alert_without_loss() -> None:
    row = {
        "id": "a95", "account": "acct-42", "meter": "storage",
        "threshold": "at:9000000000.000000001", "epoch": "e", "state": "open", "resolution": None,
        "again": False, "used": Decimal("123456789012345678.123456789"),
        "limit": Decimal("10000.000000000"), "percent": 96, "reached_at": NOW, "resolved_at": None,
        "notified": True, "decision": "d1",
    }  # fmt: skip
    sent = body(claimed(alert_row=row))
    assert b'"used":123456789012345678.123456789,"limit":10000,' in sent
    assert b'"threshold":{"at":9000000000.000000001}' in sent
    parsed = msgspec.json.decode(sent)
    assert (parsed["type"], parsed["timestamp"]) == ("usage.threshold", "2026-11-22T12:00:00Z")
    assert list(parsed["data"]) == list(row)
    assert parsed["data"]["reached_at"] == "2026-11-22T12:00:00Z"


def test_a_message_without_an_alert_has_the_fields_that_are_known() -> None:
    parsed = msgspec.json.decode(
        body(
            claimed(
                kind="feature.gated",
                alert=None,
                facts=facts(limit="0", threshold=None, percent=None),
            )
        )
    )
    assert parsed["data"]["id"] is None
    assert (parsed["data"]["meter"], parsed["data"]["used"], parsed["data"]["limit"]) == (
        "api_calls",
        9600,
        0,
    )
