"""From the CSM's first message to the seller's: one voice, one introduction, over HTTP and SMTP."""

import json
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
        {
            "id": "c4",
            "name": "青木",
            "email": "aoki@example.com",
            "role": "champion",
            "locale": "ja-JP",
        },
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


async def test_r_179_no_two_people_write_to_a_customer_within_a_day(floor: Floor) -> None:
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
    half = json.dumps(FRIDAY | {"body": "half a letter \ud800"}).encode()
    headers = {"Content-Type": "application/json"}
    path = f"/v1/opportunities/{deal}/entries"
    answer = await floor.town.http.post(path, content=half, headers=headers)
    assert answer.status_code in (400, 422), answer.text
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
    (reason,) = await floor.refused(deal, "u7", 409, **FRIDAY)
    assert reason.startswith("two_voices: until 2025-09-18T01:0")


async def told(floor: Floor) -> None:
    """What makes Maruta's deal worth a seller's time."""
    maruta = floor.town.account("Maruta")
    for criterion in ("satisfaction", "wall", "profile", "budget", "roi_articulated"):
        await maruta.says(
            "evidence.recorded",
            criterion=criterion,
            kind="call",
            verdict="yes",
            text="Said so.",
            said_by="c1",
        )


async def complete(floor: Floor, deal: str) -> None:
    for n in (1, 2, 3):
        needs = [{"feature": "compliance_certs"}] if n == 1 else []
        said: dict[str, Any] = {"text": "An audit.", "said_by": "c1", "needs": needs}
        await floor.does(deal, "u7", type="answer", question=f"discovery.{n}", **said)
    step: dict[str, Any] = {
        "type": "next_step",
        "kind": "formal_proposal",
        "owner": "s1",
        "due": "2025-09-30",
    }
    await floor.does(deal, "u7", **step)


async def tasks(floor: Floor) -> dict[str, tuple[str, str | None, str]]:
    """Of the hand-off, by reason: state, whose, due."""
    answer = await floor.town.http.get("/v1/tasks?account=maruta&limit=500")
    assert answer.status_code == 200, answer.text
    return {
        one["reason"]: (one["state"], one["owner"]["id"], one["due_at"][:10])
        for one in reversed(answer.json()["data"])
        if one["reason"] in ("handoff", "handoff_due", "handoff_returned", "first_contact")
    }


REQUEST: dict[str, Any] = {"type": "handoff", "action": "request"}
ACCEPT: dict[str, Any] = {"type": "handoff", "action": "accept"}


async def test_r_175_a_deal_goes_to_sales_with_all_that_is_known_and_one_introduction(
    floor: Floor,
) -> None:
    """And R-179: what waits goes out in the new owner's name."""
    deal = await floor.begins("enterprise")
    errors = (await floor.does(deal, "u7", 409, **REQUEST))["errors"]
    assert {one["path"] for one in errors} >= {"/packet/needs", "/packet/answers"}
    await told(floor)
    await complete(floor, deal)
    await floor.does(deal, "u7", type="move", to="engaged")
    await floor.does(deal, "u7", **FRIDAY | {"not_before": "2025-09-17T00:00:00Z"})
    await _asked(floor, deal)
    await _taken(floor, deal)
    await _named(floor, deal)
    await floor.town.move_clock("2025-09-17T00:00:05Z")
    (mail,) = await floor.mailed(1)
    assert (mail["from"], mail["reply-to"]) == (
        "Mori <plimsoll@example.com>",
        "Mori <mori@vendor.example>",
    )
    await _proposed(floor, deal)
    assert (await tasks(floor))["first_contact"][0] == "closed_success"
    assert (await floor.shows(deal))["handoff"]["first_contact_at"].startswith("2025-09-17T00:0")
    await _bought(floor, deal)
    row, _ = await report(floor)
    assert (row["requested"], row["accepted"], row["open"]) == (1, 1, 0)
    assert row["acceptance_percent"] == 100.0


async def report(floor: Floor) -> tuple[dict[str, Any], dict[str, int]]:
    """The row, and what was lost."""
    path = "/v1/reports/handoffs?from=2025-09-01&to=2025-10-01"
    found = await floor.town.account("Maruta").read(path)
    (row,) = found["rows"]
    return row, found["totals"]["lost"]


async def _bought(floor: Floor, deal: str) -> None:
    """Both have their half, and the customer is the CSM's again."""
    await floor.town.move_clock("2025-10-01T00:00:00Z")
    await floor.town.account("Maruta", **MARUTA).subscribes("enterprise", "2023-09-16", quantity=5)
    shown = await floor.shows(deal)
    assert shown["stage"] == "closed_won"
    assert [(one["person"], one["year"]) for one in shown["credit"]] == [
        ("u7", "37500.00"),
        ("s1", "37500.00"),
    ]
    assert shown["owner"] == {"role": "cs", "id": "u7", "name": "Kato"}
    assert shown["handoff"]["state"] == "accepted"


async def _proposed(floor: Floor, deal: str) -> None:
    """Sales alone propose, in their own name, to whom they choose."""
    assert await floor.refused(deal, "u7", 403, type="move", to="nurture") == ["not_owner"]
    await floor.does(deal, "s1", type="propose", channel="email", contacts=["c2"])
    await floor.town.move_clock("2025-09-17T09:00:05Z")
    (mail,) = await floor.mailed(1)
    assert (mail["from"], mail["to"]) == (
        "Mori <plimsoll@example.com>",
        "Sato <sato@example.com>",
    )
    assert mail["reply-to"] == "Mori <mori@vendor.example>"


async def _asked(floor: Floor, deal: str) -> None:
    early = await floor.refused(deal, "u7", 409, type="propose", channel="person")
    assert [one.split(":")[0] for one in early] == ["handoff_not_accepted"]
    asked = await floor.does(deal, "u7", key="h1", **REQUEST)
    assert await floor.does(deal, "u7", key="h1", **REQUEST) == asked
    assert asked["body"]["packet"]["qualification"]["verdict"] == "qualified"
    shown = await floor.shows(deal)
    assert (shown["stage"], shown["handoff"]["state"]) == ("engaged", "requested")
    assert shown["flags"] == ["handoff_waiting"]
    assert await tasks(floor) == {"handoff": ("open", "s1", "2025-09-18")}


async def _named(floor: Floor, deal: str) -> None:
    """In a notice about usage, too: also with a second deal that is the CSM's."""
    await floor.begins("pro")
    maruta = floor.town.account("Maruta", **MARUTA)
    usage = await maruta.read("/v1/accounts/maruta/usage")
    (limit,) = (one["limit"] for one in usage["meters"] if one["meter"] == "storage")
    much = int(limit) * 85 // 100
    await maruta.uses("storage", much, "storage.measured", {"bytes": much})
    (notice,) = await floor.mailed(1)
    assert notice["to"] == "Ito <ito@example.com>"
    assert "Mori" in body_of(notice)
    assert "Kato" not in body_of(notice)


async def _taken(floor: Floor, deal: str) -> None:
    assert await floor.refused(deal, "u7", 403, **ACCEPT) == ["not_owner"]
    assert await floor.refused(deal, "s1", 403, type="move", to="negotiation") == ["not_owner"]
    taken = await floor.does(deal, "s1", key="h2", **ACCEPT)
    assert await floor.does(deal, "s1", key="h2", **ACCEPT) == taken
    assert taken["body"]["intro"] == {"contacts": ["c2", "c4"]}
    intro, theirs = await floor.mailed(2)
    assert (theirs["to"].addresses[0].display_name, theirs["subject"]) == (
        "青木",
        "担当者のご紹介: Mori",
    )
    assert body_of(theirs).startswith("青木様、いつもお世話になっております。Katoです。")
    assert body_of(theirs).endswith("次の一歩: 正式なご提案(2025年9月30日まで)\n")
    assert (intro["from"], intro["to"], intro["cc"]) == (
        "Kato <plimsoll@example.com>",
        "Sato <sato@example.com>",
        "Mori <mori@vendor.example>",
    )
    assert intro["reply-to"] == "Kato <kato@vendor.example>"
    assert intro["subject"] == "Introducing Mori"
    step = "Next step: a formal proposal by September 30, 2025.\n"
    assert body_of(intro).endswith(f"so you need not repeat it. {step}")
    got = sorted(to for to, _ in floor.town.mailbox.mails)
    assert got == ["aoki@example.com", *["mori@vendor.example"] * 2, "sato@example.com"]
    shown = await floor.shows(deal)
    assert shown["owner"] == {"role": "hybrid", "id": "s1", "name": "Mori"}
    assert (shown["handoff"]["state"], shown["flags"]) == ("accepted", [])
    assert await tasks(floor) == {
        "handoff": ("closed_success", "s1", "2025-09-18"),
        "first_contact": ("open", "s1", "2025-09-23"),
    }


async def test_bp_26_who_does_not_answer_or_call_gives_it_back(floor: Floor) -> None:
    deal = await floor.begins("enterprise")
    await told(floor)
    await complete(floor, deal)
    await floor.does(deal, "u7", **REQUEST)
    await floor.town.move_clock("2025-09-18T00:10:00Z")
    shown = await floor.shows(deal)
    assert (shown["handoff"]["state"], shown["owner"]["id"]) == ("timed_out", "u7")
    assert (await tasks(floor))["handoff"][0] == "closed_no_success"
    assert (await tasks(floor))["handoff_returned"][:2] == ("open", "u7")
    await floor.does(deal, "u7", **REQUEST)
    assert (await tasks(floor))["handoff_returned"][0] == "closed_success"
    await floor.does(deal, "s1", **ACCEPT)
    await floor.town.move_clock("2025-09-25T00:20:00Z")
    shown = await floor.shows(deal)
    assert (shown["handoff"]["state"], shown["owner"]["id"]) == ("returned", "u7")
    assert (await tasks(floor))["first_contact"][0] == "closed_no_success"
    assert (await tasks(floor))["handoff_returned"][:2] == ("open", "u7")
    await floor.does(deal, "u7", **REQUEST)
    await _passed_on(floor, deal)
    await floor.does(deal, "u7", **REQUEST)
    lost: dict[str, Any] = {"type": "move", "to": "closed_lost", "reason": "handoff_failure"}
    await floor.does(deal, "u7", **lost)
    assert (await floor.shows(deal))["handoff"]["state"] == "withdrawn"
    assert (await tasks(floor))["handoff"][0] == "closed_no_success"
    row, losses = await report(floor)
    wanted = {"requested": 4, "accepted": 1, "rejected": 1, "timed_out": 1, "returned": 1}
    assert {name: row[name] for name in wanted} == wanted
    assert (row["open"], row["acceptance_percent"]) == (0, 33.3)
    assert losses == {"handoff": 1, "objection": 0, "process": 0, "other": 0}


async def _passed_on(floor: Floor, deal: str) -> None:
    """Another seller has the account while one is asked: theirs to answer, as the task is."""
    other = {"ae": {"id": "s2", "name": "Ueda"}}
    path, body = "/v1/accounts/maruta", {"name": "Maruta", **MARUTA, **other}
    (await floor.town.http.put(path, json=body)).raise_for_status()
    assert (await tasks(floor))["handoff"][:2] == ("open", "s2")
    shown = await floor.shows(deal)
    assert (shown["handoff"]["state"], shown["handoff"]["to"]) == ("requested", "s2")
    assert shown["flags"] == ["handoff_waiting"]
    assert await floor.refused(deal, "s1", 403, **ACCEPT) == ["not_owner"]
    no: dict[str, Any] = {"type": "handoff", "action": "reject", "reason": "no_capacity"}
    await floor.does(deal, "s2", **no, text="Next week.")
    assert (await tasks(floor))["handoff"][0] == "closed_success"
