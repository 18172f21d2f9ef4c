"""A message is a mail to the contacts it names, signed by the owner of the deal."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.trigger.accounts import Contact
from services.trigger.process.log.append import Appended
from services.trigger.process.log.context import Context
from services.trigger.process.log.entries import MailAsked, Refused
from services.trigger.process.log.voice import Voice
from shared.values.moments import iso
from tests.support.stories import NOW
from tests.unit.trigger.process.cases import ask, context, deal

BODY = {"type": "message", "contacts": ["c1"], "subject": "Friday", "body": "Until then.\n\nKato"}


def seen() -> Context:
    known = context()
    contacts = (
        Contact("c1", "Ito", "owner", "ito@example.com"),
        Contact("c2", "Sato", "decision_maker"),
    )
    return replace(known, account=replace(known.account, contacts=contacts))


def paths(found: object) -> list[str]:
    assert isinstance(found, Refused), found
    return [fault.path for fault in found.faults]


def test_it_is_one_mail_under_the_entry_s_id() -> None:
    at = iso(NOW + timedelta(days=90))
    asked = {**BODY, "contacts": ["c1", "c1"], "not_before": at}
    found = ask(deal("engaged"), asked, seen(), "u7")
    assert isinstance(found, Appended)
    (entry,), (mail,) = found.entries, found.effects
    assert isinstance(mail, MailAsked)
    assert mail.key == entry.id
    assert (mail.kind, mail.cls, mail.contacts) == ("person.message", "notice", ("c1",))
    assert (mail.subject, mail.body) == ("Friday", ("Until then.\n\nKato",))
    assert mail.not_before == NOW + timedelta(days=90)
    assert (mail.signer, mail.copy_to) == (None, None)
    assert entry.body["signed_by"] == "u7"
    assert entry.body["subject"] == "Friday"


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"contacts": ["c1", "c2"]}, "/contacts/1"),
        ({"contacts": ["nobody"]}, "/contacts/0"),
        ({"not_before": iso(NOW - timedelta(seconds=1))}, "/not_before"),
        ({"not_before": iso(NOW + timedelta(days=90, seconds=1))}, "/not_before"),
    ],
)
def test_what_cannot_be_sent_is_no_message(change: dict[str, Any], path: str) -> None:
    found = ask(deal("engaged"), {**BODY, **change}, seen())
    assert isinstance(found, Refused)
    assert (found.status, paths(found)) == (422, [path])


def test_another_voice_is_named_with_its_end() -> None:
    heard = replace(seen(), voices=(Voice("s1", "s1", NOW - timedelta(hours=1)),))
    found = ask(deal("engaged"), BODY, heard, "u7")
    assert isinstance(found, Refused)
    assert found.status == 409
    (fault,) = found.faults
    until = iso(NOW + timedelta(hours=23))
    assert (fault.path, fault.reason) == ("/type", f"two_voices: until {until}")
    own = replace(seen(), voices=(Voice("u7", "u7", NOW),))
    assert isinstance(ask(deal("engaged"), BODY, own, "u7"), Appended)


def test_only_the_owner_and_leaders_write() -> None:
    found = ask(deal("engaged"), BODY, seen(), "s1")
    assert isinstance(found, Refused)
    assert found.status == 403
