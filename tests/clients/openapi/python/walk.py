"""The README's five steps with a client that openapi-python-client has written. `BASE_URL`, `KEY` and `ACCOUNT` in the environment."""

import os
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from plimsoll_client import AuthenticatedClient
from plimsoll_client.api.accounts import get_account, put_account, put_subscription
from plimsoll_client.api.alerts import list_alerts
from plimsoll_client.api.catalogue import put_catalog
from plimsoll_client.api.events import send_events
from plimsoll_client.api.inbox import count_inbox, create_inbox_token, list_inbox, mark_read
from plimsoll_client.api.usage import can, get_usage
from plimsoll_client.models.account_body import AccountBody
from plimsoll_client.models.catalog_document import CatalogDocument
from plimsoll_client.models.cloud_event import CloudEvent
from plimsoll_client.models.contact_body import ContactBody
from plimsoll_client.models.contact_body_role import ContactBodyRole
from plimsoll_client.models.event_data import EventData
from plimsoll_client.models.order import Order
from plimsoll_client.models.problem import Problem
from plimsoll_client.models.token_request import TokenRequest

T = TypeVar("T")
SECONDS = 20.0


def main(base_url: str, key: str, account: str) -> None:
    client = AuthenticatedClient(base_url=base_url, token=key)

    catalog = good(put_catalog.sync(client=client, body=CatalogDocument.from_dict(CATALOG)))
    assert catalog.version >= 1

    owner = ContactBody(id="c1", name="Ada", role=ContactBodyRole.OWNER, email="ada@example.com", locale="en-US")
    body = AccountBody(name="Acme", locale="en-US", time_zone="America/New_York", country="US", contacts=[owner])
    good(put_account.sync(account, client=client, body=body))
    order = Order(plan="starter", started_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert good(put_subscription.sync(account, client=client, body=order)).catalog_version == catalog.version
    known = good(get_account.sync(account, client=client))
    assert (known.id, [contact.name for contact in known.contacts]) == (account, ["Ada"])

    for number in range(9):
        event = CloudEvent(
            specversion="1.0",
            id=f"call-{number}",
            source="/shop",
            type_="api.request",
            subject=account,
            time=datetime.now(UTC),
            data=EventData(),
        )
        assert good(send_events.sync(client=client, body=event)).accepted == 1

    until = time.monotonic() + SECONDS
    while (usage := good(get_usage.sync(account, client=client))).meters[0].used < 9:
        assert time.monotonic() < until, usage
        time.sleep(0.05)
    assert (usage.plan, usage.meters[0].percent) == ("starter", 90)
    assert good(can.sync(account, client=client, meter="api_calls", amount=2)).allowed is False
    refused = can.sync(account, client=client, meter="nothing")
    assert isinstance(refused, Problem)
    assert refused.errors[0].path == "query.meter"

    while not any(alert.notified for alert in good(list_alerts.sync(client=client, account=account)).data):
        assert time.monotonic() < until
        time.sleep(0.05)

    minted = good(create_inbox_token.sync(client=client, body=TokenRequest(account=account, contact="c1", ttl=3600)))
    assert minted.expires_at > datetime.now(UTC) + timedelta(minutes=59)
    reader = AuthenticatedClient(base_url=base_url, token=minted.token)
    while not (inbox := good(list_inbox.sync(client=reader))).data:
        assert time.monotonic() < until, inbox
        time.sleep(0.05)
    assert good(mark_read.sync(inbox.data[0].id, client=reader)).read_at is not None
    assert good(count_inbox.sync(client=reader)).unread == len(inbox.data) - 1


def good(answer: T | Problem | None) -> T:
    assert answer is not None
    assert not isinstance(answer, Problem), answer
    return answer


CATALOG = {
    "currency": "USD",
    "meters": {
        "api_calls": {
            "event": "api.request",
            "aggregation": "count",
            "reset": "period",
            "unit": "call",
            "name": {"en": "API calls", "ja": "API呼び出し"},
        }
    },
    "plans": [
        {"id": "starter", "rank": 1, "price": {"month": 49, "year": 588}, "purchase": "self_serve", "limits": {"api_calls": 10}},
        {"id": "pro", "rank": 2, "price": {"month": 500, "year": 6000}, "purchase": "self_serve", "limits": {"api_calls": "100K"}},
    ],
}

if __name__ == "__main__":
    main(os.environ["BASE_URL"], os.environ["KEY"], os.environ["ACCOUNT"])
    sys.stdout.write("walked\n")
