from datetime import timedelta

from services.notifier.addressing import Addressed, Preferences, Reader, address
from services.notifier.channels.registry import KINDS
from services.notifier.messages import Notice
from shared.messages import Recipient
from tests.unit.notifier.samples import NOW, facts, task, tell

ALL = ("email", "webhook", "hubspot")
READERS = {
    "c1": Reader("owner"),
    "c2": Reader("member"),
    "c3": Reader("billing_admin"),
    "c4": Reader("champion"),
}


def told(
    message: Notice, readers: dict[str, Reader] = READERS, channels: tuple[str, ...] = ALL
) -> dict[str, Addressed]:
    return {
        part.notification.recipient: part
        for part in address(message, readers, KINDS.named(channels), NOW)
    }


def channels_of(part: Addressed) -> dict[str, str]:
    return {delivery.channel: delivery.state for delivery in part.deliveries}


def test_everyone_in_the_app_and_those_who_pay_by_mail_too() -> None:
    parts = told(tell(recipients=tuple(Recipient(id) for id in READERS)))
    assert {recipient: channels_of(part) for recipient, part in parts.items()} == {
        "contact:c1": {"in_app": "delivered", "email": "queued"},
        "contact:c2": {"in_app": "delivered"},
        "contact:c3": {"in_app": "delivered", "email": "queued"},
        "contact:c4": {"in_app": "delivered"},
    }
    assert all(part.item is not None for part in parts.values())


def test_channels_that_are_off_get_nothing_but_the_task_is_recorded() -> None:
    parts = told(tell(recipients=(Recipient("c1"),), task=task(), webhook=True), channels=())
    assert {recipient: channels_of(part) for recipient, part in parts.items()} == {
        "contact:c1": {"in_app": "delivered"},
        "crm": {},
    }


def test_the_task_is_internal_and_waits_in_the_account_s_lane() -> None:
    part = told(tell(task=task()))["crm"]
    assert (part.notification.kind, part.notification.cls, part.notification.contact) == (
        "crm.task",
        "internal",
        None,
    )
    (delivery,) = part.deliveries
    assert (delivery.channel, delivery.lane, delivery.task) == ("hubspot", "acct-42", "f" * 32)
    assert delivery.deadline_at == NOW + timedelta(hours=72)


def test_the_webhook_gets_each_message_once() -> None:
    parts = told(tell(webhook=True))
    assert channels_of(parts["webhook"]) == {"webhook": "queued"}
    assert "webhook" not in told(tell(webhook=False))


def test_a_recipient_who_is_gone_gets_nothing() -> None:
    assert told(tell(recipients=(Recipient("gone"),))) == {}


def test_a_contact_named_like_a_channel_is_still_a_contact() -> None:
    parts = told(tell(recipients=(Recipient("crm"),), task=task()), {"crm": Reader("owner")})
    assert set(parts) == {"contact:crm", "crm"}


def test_a_muted_notice_still_comes_in_the_app() -> None:
    reader = Reader(
        "owner", Preferences(email_notice=False, email_proposal=False, in_app_proposal=False)
    )
    part = told(tell(recipients=(Recipient("c1"),)), {"c1": reader})["contact:c1"]
    assert channels_of(part) == {"in_app": "delivered", "email": "suppressed"}
    assert part.item is not None
    assert part.item.plain


def test_a_muted_proposal_comes_nowhere() -> None:
    reader = Reader("owner", Preferences(email_proposal=False, in_app_proposal=False))
    message = tell(
        kind="upgrade.proposal", cls="proposal", recipients=(Recipient("c1", proposes="pro"),)
    )
    part = told(message, {"c1": reader})["contact:c1"]
    assert channels_of(part) == {"in_app": "suppressed", "email": "suppressed"}
    assert part.item is None


def test_a_proposal_waits_for_its_hour_on_every_channel() -> None:
    hour = NOW + timedelta(hours=12)
    message = tell(
        kind="upgrade.proposal",
        cls="proposal",
        recipients=(Recipient("c1", proposes="pro", not_before=hour),),
    )
    part = told(message)["contact:c1"]
    assert channels_of(part) == {"in_app": "queued", "email": "queued"}
    assert {delivery.next_attempt_at for delivery in part.deliveries} == {hour}
    assert part.item is None
    mail = next(delivery for delivery in part.deliveries if delivery.channel == "email")
    assert mail.deadline_at == hour + timedelta(hours=24)


def test_the_webhook_gets_a_proposal_when_the_first_reader_does() -> None:
    hour = NOW + timedelta(hours=12)
    recipients = (
        Recipient("c1", proposes="pro", not_before=hour + timedelta(hours=3)),
        Recipient("c3", proposes="pro", not_before=hour),
    )
    (delivery,) = told(
        tell(kind="upgrade.proposal", cls="proposal", recipients=recipients, webhook=True)
    )["webhook"].deliveries
    assert (delivery.state, delivery.next_attempt_at) == ("queued", hour)
    assert (
        told(tell(webhook=True, recipients=(*recipients, Recipient("c2"))))["webhook"]
        .deliveries[0]
        .next_attempt_at
        == NOW
    )


def test_only_the_copy_that_proposes_holds_the_offer() -> None:
    offer = {"plan": {"id": "pro"}}
    message = tell(
        facts=facts(proposal=offer),
        proposes="pro",
        recipients=(Recipient("c1", proposes="pro"), Recipient("c2")),
    )
    parts = told(message)
    assert parts["contact:c1"].notification.proposes == "pro"
    assert parts["contact:c1"].notification.facts.json["proposal"] == offer
    assert parts["contact:c2"].notification.proposes is None
    assert parts["contact:c2"].notification.facts.json["proposal"] is None


def test_the_same_message_gets_the_same_ids() -> None:
    ids = [
        [
            delivery.id
            for part in told(tell(task=task(), webhook=True)).values()
            for delivery in part.deliveries
        ]
        for _ in range(2)
    ]
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == len(ids[0])


SIGNED = {"signed": {"opportunity": "o1"}}
LETTER = SIGNED | {"letter": {"subject": "Friday", "body": ["Until then."]}}


def test_what_a_person_wrote_is_only_mailed_to_whom_they_name_in_any_role() -> None:
    message = tell(
        kind="person.message",
        facts=facts(**LETTER),
        recipients=(Recipient("c2", not_before=NOW + timedelta(hours=1)), Recipient("c4")),
        webhook=False,
    )
    parts = told(message)
    assert set(parts) == {"contact:c2", "contact:c4"}
    assert all(channels_of(part) == {"email": "queued"} for part in parts.values())
    assert all(part.item is None for part in parts.values())
    due = [part.deliveries[0].next_attempt_at for part in parts.values()]
    assert due == [NOW + timedelta(hours=1), NOW]


def test_an_offer_that_a_person_signs_is_shown_and_mailed_in_any_role() -> None:
    parts = told(
        tell(
            kind="upgrade.proposal",
            cls="proposal",
            facts=facts(**SIGNED),
            recipients=(Recipient("c4", "business"),),
        )
    )
    assert channels_of(parts["contact:c4"]) == {"in_app": "delivered", "email": "queued"}


def test_a_muted_letter_is_not_sent() -> None:
    muted = {"c1": Reader("owner", Preferences(email_notice=False), refuses=True)}
    for cls in ("notice", "proposal"):
        parts = told(tell(cls=cls, facts=facts(**LETTER), recipients=(Recipient("c1"),)), muted)
        assert channels_of(parts["contact:c1"]) == {"email": "suppressed"}
