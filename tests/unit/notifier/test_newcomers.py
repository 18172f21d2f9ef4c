"""People who become a contact, or an owner, after a notice was sent."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.notifier.addressing import Preferences, Reader, address
from services.notifier.channels.registry import KINDS
from services.notifier.newcomers import missing
from services.notifier.rows import DeliveryRow
from services.notifier.store.people import Told
from shared.messages import Recipient
from tests.unit.notifier.samples import NOW, facts, task, tell

LATER = NOW + timedelta(hours=2)
OFFER = {"plan": {"id": "pro"}}
FIRST = {"c1": Reader("owner", name="青空 花子")}
PARTS = list(
    address(
        tell(
            facts=facts(proposal=OFFER, task={"happened": []}),
            recipients=(Recipient("c1", proposes="pro"),),
            task=task(),
        ),
        FIRST,
        KINDS.named(["email", "hubspot"]),
        NOW,
    )
)
NOTE, TASK = PARTS[0].notification, PARTS[1].notification
MAIL = next(one for one in PARTS[0].deliveries if one.channel == "email")
NEW = {"c2": Reader("admin", name="佐藤 健")}


def states(told: Told, readers: dict[str, Reader]) -> dict[str, dict[str, str]]:
    parts = missing(told, readers, LATER)
    return {
        part.notification.contact or "": {one.channel: one.state for one in part.deliveries}
        for part in parts
    }


def test_a_newcomer_sees_the_notice_with_its_own_time_and_without_the_offer() -> None:
    (part,) = missing(Told(NOTE, {"c1"}, {"c1"}), FIRST | NEW, LATER)
    row, item = part.notification, part.item
    assert (row.contact, row.key, row.kind, row.cls, row.proposes, row.created_at) == (
        "c2",
        "k1",
        "usage.threshold",
        "notice",
        None,
        NOW,
    )
    assert (row.facts.json["proposal"], row.facts.json["admin"]) == (None, {"name": "青空 花子"})
    assert item is not None
    assert (item.id, item.alert, item.created_at) == (row.id, "a95", NOW)
    (delivery,) = part.deliveries
    assert (delivery.channel, delivery.state, delivery.created_at) == ("in_app", "delivered", LATER)


def test_a_copy_has_the_id_that_it_would_have_had() -> None:
    told = tell(recipients=(Recipient("c1"), Recipient("c2")))
    first = {
        part.notification.contact: part.notification.id
        for part in address(told, FIRST | NEW, (), NOW)
    }
    (part,) = missing(Told(NOTE, {"c1"}, {"c1"}), FIRST | NEW, LATER)
    assert part.notification.id == first["c2"]


def test_without_earlier_contacts_the_notice_is_made_from_the_task() -> None:
    (part,) = missing(Told(TASK), NEW, LATER)
    row = part.notification
    assert (row.kind, row.cls, row.task, row.recipient, row.facts.json["proposal"]) == (
        "usage.threshold",
        "notice",
        None,
        "contact:c2",
        None,
    )


@pytest.mark.parametrize(
    ("told", "readers", "wanted"),
    [
        # Everyone already has a copy.
        (Told(NOTE, {"c1"}, {"c1"}), FIRST, {}),
        (Told(NOTE, {"c1"}, {"c1"}, MAIL), FIRST, {}),
        # Old news is not mailed; a waiting mail is.
        (Told(NOTE, {"c1"}, {"c1"}), {"c2": Reader("owner")}, {"c2": {"in_app": "delivered"}}),
        (
            Told(NOTE, {"c1"}, {"c1"}, MAIL),
            {"c2": Reader("owner")},
            {"c2": {"in_app": "delivered", "email": "queued"}},
        ),
        (
            Told(NOTE, {"c1"}, {"c1"}, MAIL),
            {"c2": Reader("member")},
            {"c2": {"in_app": "delivered"}},
        ),
        # A member who has the item in the app and becomes owner.
        (
            Told(NOTE, {"c1", "c2"}, {"c1"}, MAIL),
            {"c2": Reader("billing_admin")},
            {"c2": {"email": "queued"}},
        ),
        (Told(NOTE, {"c1", "c2"}, {"c1"}), {"c2": Reader("billing_admin")}, {}),
        (
            Told(NOTE, {"c1"}, {"c1"}, MAIL),
            {"c2": Reader("owner", Preferences(email_notice=False))},
            {"c2": {"in_app": "delivered", "email": "suppressed"}},
        ),
    ],
)
def test_each_contact_gets_the_missing_copies(
    told: Told, readers: dict[str, Reader], wanted: dict[str, dict[str, str]]
) -> None:
    assert states(told, readers) == wanted


@pytest.mark.parametrize(
    ("due", "at"),
    [(None, LATER), (NOW, LATER), (LATER + timedelta(hours=1), LATER + timedelta(hours=1))],
)
def test_a_mail_passed_on_keeps_its_due_time_and_deadline(due: object, at: object) -> None:
    waiting: DeliveryRow = replace(MAIL, next_attempt_at=due)  # type: ignore[arg-type]
    (part,) = missing(Told(NOTE, {"c1"}, {"c1"}, waiting), {"c2": Reader("owner")}, LATER)
    mail = next(one for one in part.deliveries if one.channel == "email")
    assert (mail.next_attempt_at, mail.deadline_at) == (at, MAIL.deadline_at)
