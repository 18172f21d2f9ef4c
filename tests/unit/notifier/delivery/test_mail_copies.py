"""Several contacts, one mailbox: which copy of a message is mailed."""

import random
from dataclasses import replace
from typing import Any

import pytest

from services.notifier.addressing import Preferences, Reader, address
from services.notifier.channels.registry import KINDS
from services.notifier.delivery.mail_copies import SAME_MAILBOX, Copy, is_served, spare
from services.notifier.rows import EMAIL, IN_APP
from shared.messages import Recipient
from shared.values.mailboxes import mailbox
from tests.unit.notifier.samples import NOW, facts, tell

A, B = mailbox("a@example.com"), mailbox("b@example.com")
NO_MAIL = Preferences(email_notice=False)
NO_OFFER = Preferences(email_proposal=False)


def mails(readers: dict[str, Reader], *offered: str) -> dict[str, tuple[str, str | None]]:
    """State and reason of each contact's mail of one notice, with an offer for some."""
    offer = {"plan": {"id": "pro"}}
    recipients = tuple(Recipient(id, proposes="pro" if id in offered else None) for id in readers)
    parts = list(
        address(
            tell(facts=facts(proposal=offer), recipients=recipients),
            readers,
            KINDS.named([EMAIL]),
            NOW,
        )
    )
    assert all(part.item is not None for part in parts), "in the app each contact has a copy"
    assert [d.state for part in parts for d in part.deliveries if d.channel == IN_APP] == [
        "delivered"
    ] * len(readers)
    return {
        part.notification.contact or "": (d.state, d.last_error)
        for part in parts
        for d in part.deliveries
        if d.channel == EMAIL
    }


def owner(at: bytes | None = A, **more: Any) -> Reader:
    return Reader("owner", mailbox=at, **more)


def billing(at: bytes | None = A, **more: Any) -> Reader:
    return Reader("billing_admin", mailbox=at, **more)


@pytest.mark.parametrize(
    ("readers", "offered", "sent"),
    [
        ({"c1": owner(), "c2": billing()}, (), {"c1"}),
        ({"c1": billing(), "c2": owner()}, (), {"c2"}),
        ({"c1": owner(), "c2": billing(B)}, (), {"c1", "c2"}),
        ({"c1": owner(), "c2": owner(), "c3": owner()}, (), {"c1"}),
        ({"c1": owner(None), "c2": owner(None)}, (), {"c1", "c2"}),  # checked when it is sent
        ({"c1": owner(), "c2": billing()}, ("c2",), {"c2"}),
        ({"c1": owner(), "c2": billing(preferences=NO_OFFER)}, ("c2",), {"c1"}),
        ({"c1": owner(), "c2": billing(refuses=True)}, ("c2",), {"c1"}),
        ({"c1": owner(preferences=NO_MAIL), "c2": billing()}, (), {"c2"}),
        ({"c1": owner(), "c2": billing(), "c3": Reader("member", mailbox=A)}, (), {"c1"}),
    ],
)
def test_one_mail_goes_to_each_mailbox(
    readers: dict[str, Reader], offered: tuple[str, ...], sent: set[str]
) -> None:
    found = mails(readers, *offered)
    assert {id for id, (state, _) in found.items() if state == "queued"} == sent
    muted = {id for id, reader in readers.items() if reader.preferences == NO_MAIL}
    assert {
        why for id, (state, why) in found.items() if state == "suppressed" and id not in muted
    } <= {SAME_MAILBOX}


def test_new_copies_are_left_out_as_they_would_be_when_they_are_claimed() -> None:
    dice = random.Random(3)
    for _ in range(200):
        copies = [
            Copy(
                str(n),
                n,
                "queued",
                dice.choice([A, B, None]),
                True,
                dice.random() < 0.3,
                dice.choice(["owner", "billing_admin"]),
            )
            for n in range(dice.randrange(6))
        ]
        assert spare(copies) == {one.id for one in copies if is_served(one, copies, ())}


def test_the_cost_is_linear_in_the_contacts_of_a_mailbox() -> None:
    crowd = [Copy(str(n), n, "queued", A, True, False, "owner") for n in range(50_000)]
    assert len(spare(crowd)) == len(crowd) - 1


MINE = Copy("mine", 2, "sending", A, wanted=True, offers=False, role="billing_admin")
HERS = replace(MINE, id="hers", seq=1, state="queued", role="owner")


@pytest.mark.parametrize(
    ("other", "served"),
    [
        (HERS, True),
        (replace(HERS, state="retrying"), True),
        (replace(HERS, mailbox=B), False),
        (replace(HERS, wanted=False), False),  # gone, muted, or no longer to be mailed
        (replace(HERS, state="cancelled"), False),
        (replace(HERS, state="dead"), False),
        (replace(HERS, state="suppressed"), False),
        (replace(HERS, state="delivered"), True),
        (replace(HERS, state="unknown"), True),
        (
            replace(HERS, state="delivered", wanted=False, sent_to=A),
            True,
        ),  # it had this mailbox when it was sent
        (
            replace(HERS, state="delivered", mailbox=A, sent_to=B),
            False,
        ),  # has this address now, but got the mail at another
        (replace(HERS, state="delivered", mailbox=B, sent_to=A), True),
        (
            replace(HERS, state="retrying", wanted=False, in_doubt=True, sent_to=A),
            True,
        ),  # it may have arrived
        (
            replace(HERS, state="sending", role="billing_admin", seq=9, sent_to=A),
            True,
        ),  # being sent by another process
        (
            replace(HERS, state="sending", sent_to=B, mailbox=A),
            True,
        ),  # will be checked again, and then has this mailbox
        (replace(HERS, role="billing_admin", seq=9), False),
        (replace(HERS, role="billing_admin", seq=9, offers=True), True),
    ],
)
def test_a_mail_is_skipped_if_its_mailbox_already_gets_the_message(
    other: Copy, served: bool
) -> None:
    assert is_served(MINE, [MINE, other], {"mine"}) is served


def test_of_two_that_are_claimed_together_one_goes() -> None:
    other = replace(HERS, state="sending", sent_to=A)  # from an earlier attempt
    served = [is_served(one, [MINE, other], {"mine", "hers"}) for one in (MINE, other)]
    assert served == [True, False]


def test_a_copy_without_an_address_is_not_served() -> None:
    assert not is_served(replace(MINE, mailbox=None), [MINE, replace(HERS, mailbox=None)], {"mine"})
