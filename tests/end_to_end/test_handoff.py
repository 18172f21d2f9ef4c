"""From the CSM's first message to the seller's: one voice, one introduction, over HTTP and SMTP."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from shared.embedded import Addresses
from tests.end_to_end.eight import Town, town

PEOPLE: dict[str, dict[str, Any]] = {
    "m1": {"name": "Abe", "email": "abe@vendor.example", "roles": ["manager"]},
    "u7": {"name": "Kato", "email": "kato@vendor.example", "roles": ["csm"], "manager": "m1"},
    "s1": {"name": "Mori", "email": "mori@vendor.example", "roles": ["sales"], "manager": "m1"},
}
MARUTA: dict[str, Any] = {
    "locale": "en-US",
    "time_zone": "UTC",
    "country": "US",
    "contacts": [
        {"id": "c1", "name": "Ito", "email": "ito@example.com", "role": "owner"},
        {"id": "c2", "name": "Sato", "email": "sato@example.com", "role": "decision_maker"},
        {"id": "c3", "name": "Wada", "role": "member"},
    ],
    "csm": {"id": "u7"},
    "ae": {"id": "s1"},
}


@dataclass
class Floor:
    """Where our people work: what they append, and the mails that leave."""

    town: Town
    read: list[EmailMessage] = field(default_factory=list)

    async def begins(self, to_plan: str) -> str:
        answer = await self.town.http.post(
            "/v1/accounts/maruta/opportunities", json={"to_plan": to_plan}
        )
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def does(
        self, deal: str, person: str | None, want: int = 201, key: str | None = None, **body: Any
    ) -> Any:
        headers = {} if person is None else {"Plimsoll-Person": person}
        if key is not None:
            headers["Idempotency-Key"] = key
        answer = await self.town.http.post(
            f"/v1/opportunities/{deal}/entries", json=body, headers=headers
        )
        assert answer.status_code == want, answer.text
        return answer.json()

    async def refused(self, deal: str, person: str | None, want: int, **body: Any) -> list[str]:
        told = await self.does(deal, person, want, **body)
        return [fault["reason"] for fault in told["errors"]]

    async def shows(self, deal: str) -> Any:
        answer = await self.town.http.get(f"/v1/opportunities/{deal}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def mailed(self, count: int) -> list[EmailMessage]:
        """The mails since the last look, each once however many got it, by address."""
        new: dict[str, EmailMessage] = {}

        async def arrived() -> bool:
            known = {str(one["message-id"]) for one in self.read}
            for _, mail in self.town.mailbox.mails:
                if str(mail["message-id"]) not in known:
                    new[str(mail["message-id"])] = mail
            return len(new) >= count

        await self.town.account("Maruta").until(arrived)
        self.read += new.values()
        assert len(new) == count
        return sorted(new.values(), key=lambda one: str(one["to"]))


def body_of(mail: EmailMessage) -> str:
    plain = mail.get_body(("plain",))
    assert plain is not None
    return str(plain.get_content()).replace("\r\n", "\n")


@pytest.fixture
async def floor(
    database_url: str, stack: Addresses, topic_prefix: str, tmp_path: Path
) -> AsyncIterator[Floor]:
    async with town(database_url, stack.kafka, topic_prefix, tmp_path) as found:
        for id, person in PEOPLE.items():
            answer = await found.http.put(f"/v1/people/{id}", json=person)
            assert answer.status_code == 201, answer.text
        await found.account("Maruta", **MARUTA).opens("pro", "2023-09-16", quantity=5)
        yield Floor(found)


FRIDAY: dict[str, Any] = {
    "type": "message",
    "contacts": ["c2"],
    "subject": "Friday",
    "body": "Until then.\n\nK.",
}


async def test_no_two_people_write_to_a_customer_within_a_day(floor: Floor) -> None:
    """R-179. A message goes out once in the owner's name; nothing in it becomes a header."""
    deal, other = await floor.begins("enterprise"), await floor.begins("pro")
    assert (await floor.shows(deal))["owner"] == {"role": "hybrid", "id": "u7", "name": "Kato"}
    sent = await floor.does(deal, "u7", key="k1", **FRIDAY)
    assert await floor.does(deal, "u7", key="k1", **FRIDAY) == sent
    (mail,) = await floor.mailed(1)
    assert (mail["from"], mail["to"]) == (
        "Kato <plimsoll@example.com>",
        "Sato <sato@example.com>",
    )
    assert mail["reply-to"] == "Kato <kato@vendor.example>"
    assert (mail["subject"], body_of(mail)) == ("Friday", "Until then.\n\nK.\n")
    for one in (deal, other):
        (reason,) = await floor.refused(one, "m1", 409, **FRIDAY)
        assert reason.startswith("two_voices: until 2025-09-17T00:0")
    await floor.does(other, None, **FRIDAY | {"contacts": ["c1"]})
    await floor.mailed(1)
    assert await floor.refused(deal, "s1", 403, **FRIDAY) == ["not_owner"]
    evil: dict[str, Any] = {"subject": "Hi\r\nBcc: evil@x.example"}
    await floor.does(deal, "u7", 422, **FRIDAY | evil)
    await floor.does(deal, "u7", **FRIDAY | {"body": "<b>bold</b>\r\n.\r\nBcc: x@x.example"})
    (mail,) = await floor.mailed(1)
    assert mail["bcc"] is None
    html = mail.get_body(("html",))
    assert html is not None
    assert "&lt;b&gt;bold" in html.get_content()
    assert body_of(mail) == "<b>bold</b>\n.\nBcc: x@x.example\n"
    await floor.does(deal, "u7", 422, **FRIDAY | {"contacts": ["c3"]})
    await floor.town.move_clock("2025-09-17T01:00:00Z")
    await floor.does(deal, "m1", **FRIDAY)
    (mail,) = await floor.mailed(1)
    assert mail["from"] == "Kato <plimsoll@example.com>"
