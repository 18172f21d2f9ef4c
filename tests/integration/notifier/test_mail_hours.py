"""When mails are sent: an offer never at night, whatever delayed it; a notice immediately.

A notice is skipped only if a higher threshold follows within seconds.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

from shared.messages import Recipient
from tests.support.post import Office

OFFER = {
    "plan": {
        "id": "pro",
        "name": {"en": "Pro", "ja": "プロ"},
        "price": {"month": "199", "year": "2388"},
        "currency": "USD",
    }
}
FRIDAY_EVENING = datetime(2026, 11, 27, 8, 50, tzinfo=UTC)  # 17:50 in Tokyo
MONDAY_MORNING = datetime(2026, 11, 30, tzinfo=UTC)  # 09:00 in Tokyo


def text(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


async def waits_until(office: Office, moment: str) -> dict[str, Any]:
    """The only mail, once it waits for that time."""
    for _ in range(400):
        (found,) = await office.deliveries("email")
        if found["next_attempt_at"] == moment:
            return found
        await asyncio.sleep(0.02)
    raise AssertionError(found)


async def attempted(office: Office, times: int) -> dict[str, Any]:
    """The only mail, once it has failed that many times."""
    for _ in range(400):
        (found,) = await office.deliveries("email")
        if (found["state"], found["attempts"]) == ("retrying", times):
            return found
        await asyncio.sleep(0.02)
    raise AssertionError(found)


async def test_a_notice_delayed_into_the_night_is_sent_and_its_offer_waits_for_the_morning(
    office: Office,
) -> None:
    await office.sets("email")
    office.at(FRIDAY_EVENING)
    office.mail.will("rcpt", ["451 later", "451 later"])
    told = office.tell("a95").facts | {"proposal": OFFER}
    await office.raised("a95", facts=told, proposes="pro", recipients=(Recipient("c1", "pro"),))
    await office.until("email", "retrying")
    office.passes(hours=4)
    await office.until("email", "retrying", "queued")  # tried at 21:50, in vain once more
    office.passes(minutes=1)
    notice, offer = await office.until("email", "delivered", "queued")
    ((_, mailed),) = office.mail.taken
    assert "/v1/unsubscribe/" not in text(mailed)
    assert "プロ" not in text(mailed)
    assert offer["next_attempt_at"] == "2026-11-30T00:00:00Z"
    office.at(MONDAY_MORNING - timedelta(minutes=1))
    office.passes(minutes=1)
    await office.until("email", "delivered", "delivered")
    _, (_, offered) = office.mail.taken
    assert "/v1/unsubscribe/" in text(offered)
    assert "プロ" in text(offered)
    kinds = [row.kind for row in await office.rows("select kind from notification order by seq")]
    assert kinds == ["usage.threshold", "upgrade.proposal"]
    assert len(await office.rows("select 1 from inbox_item")) == 1, "the inbox showed both at once"
    assert notice["attempts"] == 3


async def test_a_late_offer_waits_over_the_weekend_and_has_all_monday_to_arrive(
    office: Office,
) -> None:
    await office.sets("email")
    office.at(FRIDAY_EVENING)
    office.mail.will("rcpt", ["451 later", "451 later"])
    told = office.tell("a95").facts | {"proposal": OFFER}
    await office.hears(
        office.tell(
            None,
            key="p1",
            kind="upgrade.proposal",
            cls="proposal",
            facts=told,
            recipients=(Recipient("c1", "pro"),),
        )
    )
    await office.until("email", "retrying")
    office.passes(hours=1)
    assert (await waits_until(office, "2026-11-30T00:00:00Z"))["attempts"] == 1
    office.at(MONDAY_MORNING)
    office.passes(seconds=1)
    await attempted(office, 2)  # one refusal on Monday is not the end of it
    office.passes(minutes=1)
    await office.until("email", "delivered")


async def test_an_offer_that_missed_its_day_waits_for_the_next_one(office: Office) -> None:
    """The process was down from before 09:00 until 21:30."""
    await office.sets("email")
    office.at(datetime(2026, 11, 24, 12, 30, tzinfo=UTC))
    hour = datetime(2026, 11, 24, tzinfo=UTC)
    told = office.tell("a95").facts | {"proposal": OFFER}
    offer = office.tell(
        None,
        key="p1",
        kind="upgrade.proposal",
        cls="proposal",
        facts=told,
        recipients=(Recipient("c1", "pro", hour),),
    )
    await office.hears(offer)
    office.passes(seconds=1)
    await office.until("in_app", "delivered")
    await waits_until(office, "2026-11-25T00:00:00Z")
    assert office.mail.taken == []


async def test_two_thresholds_within_seconds_are_one_mail_and_both_in_the_inbox(
    office: Office,
) -> None:
    await office.sets("email")
    owner = (Recipient("c1"),)
    await office.raised("a80", 80, recipients=owner, mail_hold_seconds=5)
    await office.until("in_app", "delivered")
    await office.until("email", "queued")
    await office.over("a80")
    await office.raised("a95", 95, recipients=owner, mail_hold_seconds=5)
    await office.until("in_app", "delivered", "delivered")
    await office.until("email", "cancelled", "queued")
    office.passes(seconds=5)
    await office.until("email", "cancelled", "delivered")
    ((_, mailed),) = office.mail.taken
    assert "95%" in str(mailed["subject"])
