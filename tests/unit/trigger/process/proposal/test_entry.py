"""What a person may ask for, and when it ends."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from services.trigger.process.log.entries import MessageSent, Refused
from tests.support.stories import NOW
from tests.unit.trigger.process.cases import ask
from tests.unit.trigger.process.proposal.offering import (
    BUYER,
    SILENT,
    propose,
    proposed,
    ready,
    seen,
)


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        (propose(contacts=["c1", "who"]), "/contacts/1"),
        (propose("email", contacts=["c4"]), "/contacts/0"),
        (propose(expires_on="2025-09-15"), "/expires_on"),
    ],
)
def test_what_is_impossible(asked: dict[str, object], path: str) -> None:
    context = seen(None, *seen().account.contacts, SILENT)
    found = ask(ready(), asked, context, "u7")
    assert isinstance(found, Refused)
    assert (found.status, found.faults[0].path) == (422, path)


def test_it_ends_with_the_day_that_is_named_where_the_account_is() -> None:
    tokyo = replace(seen(), account=replace(seen().account, time_zone="Asia/Tokyo"))
    (entry, *_) = proposed(ready(), tokyo, expires_on="2025-09-16").entries
    assert entry.body["expires_at"] == "2025-09-16T15:00:00Z"
    (entry, *_) = proposed(ready(), tokyo, expires_on="2199-12-31").entries
    assert entry.body["expires_at"].startswith("2199-12-31T")


def test_only_a_mail_is_sent_and_only_to_those_who_are_named() -> None:
    assert proposed(ready(), seen()).effects == ()
    found = proposed(ready(), seen(), channel="email", contacts=["c2", "c2"])
    (effect,) = found.effects
    assert isinstance(effect, MessageSent)
    assert effect.message.key == found.entries[0].body["proposal"]
    assert found.entries[0].body["contacts"] == ["c2"]
    assert found.entries[0].at == NOW.astimezone(UTC) == datetime(2025, 9, 16, tzinfo=UTC)
    everybody = proposed(ready(), seen(), channel="email")
    assert everybody.entries[0].body["contacts"] == ["c1", BUYER.id]
