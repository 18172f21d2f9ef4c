"""A person proposes over HTTP: what is stored, sent, answered, taken back, and what runs out."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from shared.messages import Tell
from shared.runtime.settings import Settings
from tests.support.desk import ACCOUNT, Desk, catalog, order, plan
from tests.support.post import open_office

PATH = "/v1/accounts/acct-42"
SOLD = catalog(
    plan("pro", 1, purchase="sales_assisted"),
    plan("enterprise", 2, api_calls=1_000_000),
    add_ons=[{"id": "support", "price": {"month": 50, "year": 600}, "plans": ["enterprise"]}],
    policy={"costs": {"currency": "USD", "acquisition": 1000, "proposal": 10}},
)
NOVEMBER_10 = datetime(2026, 11, 10, 10, tzinfo=UTC)
CONTACTS = [
    {"id": "c1", "name": "Ito", "email": "ito@example.com", "role": "owner", "locale": "en"},
    {"id": "c2", "name": "Sato", "email": "sato@example.com", "role": "decision_maker"},
]


class Deal:
    """One that is engaged, with its first conversation behind it."""

    def __init__(self, desk: Desk, id: str) -> None:
        self._desk, self.path = desk, f"/v1/opportunities/{id}"

    async def says(self, type_: str, want: int = 201, **body: Any) -> Any:
        more = {"headers": body.pop("headers")} if "headers" in body else {}
        entry = {"type": type_, **body}
        return await self._desk("POST", f"{self.path}/entries", entry, want=want, **more)

    async def shown(self) -> Any:
        return await self._desk("GET", self.path)

    async def proposals(self) -> list[tuple[str, str]]:
        return [(one["channel"], one["state"]) for one in (await self.shown())["proposals"]]

    async def rows(self) -> list[tuple[str, str]]:
        query = "select channel, state from proposal order by seq"
        return [(row.channel, row.state) for row in await self._desk.rows(query)]

    async def entries(self) -> list[tuple[str, str]]:
        found = await self._desk("GET", f"{self.path}/entries")
        return [(one["type"], one["by"]["id"]) for one in reversed(found["data"])]


@pytest.fixture
async def deal(desk: Desk) -> Deal:
    desk.at(NOVEMBER_10)
    await desk.opens(
        catalog=SOLD,
        subscription=order("pro", datetime(2025, 1, 1, tzinfo=UTC), quantity=5),
        contacts=CONTACTS,
    )
    for criterion in ("satisfaction", "wall", "profile", "budget", "roi_articulated"):
        said = {"kind": "call", "verdict": "yes", "text": "Said so.", "said_by": "c1"}
        await desk.learns("evidence.recorded", {"criterion": criterion, **said})
    made = await desk("POST", f"{PATH}/opportunities", {"to_plan": "enterprise"}, want=201)
    found = Deal(desk, made["id"])
    for n in (1, 2, 3):
        await found.says("answer", question=f"discovery.{n}", text="So.", said_by="c1")
    await found.says("move", to="engaged")
    return found


async def offers(desk: Desk) -> list[Tell]:
    return [
        one
        for one in await desk.messages()
        if isinstance(one, Tell) and one.kind == "upgrade.proposal"
    ]


async def test_a_mail_goes_out_once_and_the_deal_moves_with_it(desk: Desk, deal: Deal) -> None:
    asked: dict[str, Any] = {
        "channel": "email",
        "contacts": ["c2"],
        "headers": {"Idempotency-Key": "p1"},
    }
    first = await deal.says("propose", **asked)
    assert await deal.says("propose", **asked) == first
    shown = await deal.shown()
    assert shown["stage"] == "proposal"
    (one,) = shown["proposals"]
    assert one.pop("at").startswith("2026-11-10T10:")
    assert one.pop("expires_at").startswith("2026-12-10T10:")
    assert one == {
        "id": first["body"]["proposal"],
        "channel": "email",
        "plan": "enterprise",
        "year": "600.00",
        "state": "sent",
        "contacts": ["c2"],
        "angle": None,
    }
    (tell,) = await offers(desk)
    assert (tell.key, [to.contact for to in tell.recipients]) == (one["id"], ["c2"])
    (row,) = await desk.rows("select * from proposal")
    assert (row.id, row.channel, row.state, row.opportunity) == (
        one["id"],
        "message",
        "sent",
        shown["id"],
    )
    assert (row.counts, row.contacts, str(row.amount)) == (True, ["c2"], "600.00")
    assert (await deal.entries())[-3:] == [
        ("propose", first["by"]["id"]),
        ("move", first["by"]["id"]),
        ("proposal", "judgement"),
    ]


async def test_the_next_mail_waits_for_the_cap_unless_it_was_asked_for(
    desk: Desk, deal: Deal
) -> None:
    await deal.says("propose", channel="email")
    again = await deal.says("propose", 409, channel="email")
    assert again["errors"] == [{"path": "/type", "reason": "gate_blocked: frequency_cap"}]
    await deal.says("propose", channel="person")
    await deal.says("next_step", kind="formal_proposal", owner="u7", due="2026-11-30")
    await deal.says("propose", channel="email")
    assert len(await offers(desk)) == 2


READ = [("ja-JP", "Ito 様", "ご連絡ください"), ("en-US", "Hello Ito,", "get in touch with")]


@pytest.mark.parametrize(("locale", "greeting", "asks"), READ)
async def test_it_comes_from_the_owner_in_the_language_of_its_reader(
    desk: Desk, deal: Deal, settings: Settings, locale: str, greeting: str, asks: str
) -> None:
    mori = {"name": "Mori", "email": "mori@vendor.example", "roles": ["sales"]}
    await desk("PUT", "/v1/people/s1", mori, want=201)
    await deal.says("owner", person="s1")
    spoken = [{**one, "locale": locale} for one in CONTACTS]
    await desk("PUT", PATH, {**ACCOUNT, "contacts": spoken})
    asked: dict[str, Any] = {"channel": "email", "headers": {"Idempotency-Key": "p1"}}
    first = await deal.says("propose", **asked)
    assert await deal.says("propose", **asked) == first
    inside = replace(settings, allow_private_urls=True)
    async with open_office(inside, workers=("email",), now=desk.now) as office:
        await office.sets("email")
        await office.hears(*[msgspec.json.encode(one) for one in await offers(desk)])
        await office.until("email", "delivered", "delivered")
        taken = dict(office.mail.taken)
        await office.hears_again(highest=0)
        assert await office.states("email") == ["delivered", "delivered"]
    assert set(taken) == {"ito@example.com", "sato@example.com"}, "whatever their role"
    mail = taken["ito@example.com"]
    assert mail["from"] == "Mori <alerts@vendor.example>"
    assert mail["reply-to"] == "Mori <mori@vendor.example>"
    body = mail.get_body(("plain",))
    assert body is not None
    for one in (greeting, "Mori", asks, "/v1/unsubscribe/"):
        assert one in body.get_content()


async def test_what_is_taken_back_before_its_hour_reaches_nobody(
    desk: Desk, deal: Deal, settings: Settings
) -> None:
    desk.at(NOVEMBER_10 + timedelta(hours=12))
    id = (await deal.says("propose", channel="email", contacts=["c2"]))["body"]["proposal"]
    inside = replace(settings, allow_private_urls=True)
    async with open_office(inside, workers=("email",), now=desk.now) as office:
        await office.sets("email")
        await office.hears(*[msgspec.json.encode(one) for one in await offers(desk)])
        await office.until("email", "queued")
        await deal.says("withdraw", proposal=id)
        office.passes(hours=13)
        await office.until("email", "cancelled")
        (row,) = await desk.rows("select counts from proposal")
        (play,) = await desk.rows("select sent from play")
        assert (row.counts, play.sent) == (False, 0), "it was not sent"
        desk.at(NOVEMBER_10 + timedelta(hours=36))
        office.at(desk.now)
        await deal.says("propose", channel="email", contacts=["c2"])
        await office.hears(msgspec.json.encode((await offers(desk))[1]))
        await office.until("email", "cancelled", "queued")
        await deal.says("move", to="closed_lost", reason="timing")
        office.passes(hours=24)
        await office.until("email", "cancelled", "cancelled")
        assert office.mail.taken == []


async def test_only_a_proposal_leads_to_its_stage(deal: Deal) -> None:
    (before,) = [one for one in (await deal.shown())["moves"] if one["to"] == "proposal"]
    assert before == {"to": "proposal", "allowed": True, "reasons": []}
    refused = await deal.says("move", 409, to="proposal")
    assert refused["errors"][0]["reason"].startswith("use_propose")
    await deal.says("propose", channel="person")
    assert (await deal.shown())["stage"] == "proposal"


async def test_what_nobody_answers_runs_out_and_a_newer_one_takes_its_place(
    desk: Desk, deal: Deal
) -> None:
    await deal.says("propose", channel="person")
    desk.at(NOVEMBER_10 + timedelta(days=29))
    await desk.due()
    assert await deal.proposals() == [("person", "sent")]
    desk.at(NOVEMBER_10 + timedelta(days=30, minutes=5))
    await desk.due()
    shown = await deal.shown()
    assert [one["state"] for one in shown["proposals"]] == ["expired"]
    assert (shown["stage"], "proposal_expired" in shown["flags"]) == ("proposal", True)
    listed = await desk("GET", "/v1/opportunities?flag=proposal_expired")
    assert [one["id"] for one in listed["data"]] == [shown["id"]]
    await deal.says("propose", channel="person")
    await deal.says("propose", channel="person", expires_on="2026-12-31")
    states = ["expired", "superseded", "sent"]
    assert [state for _, state in await deal.proposals()] == states
    assert [state for _, state in await deal.rows()] == states
    assert (await deal.entries())[-2:] == [("proposal", "judgement")] * 2


async def test_a_no_loses_the_deal_and_a_yes_waits_for_the_purchase(desk: Desk, deal: Deal) -> None:
    first = (await deal.says("propose", channel="person"))["body"]["proposal"]
    second = (await deal.says("propose", channel="person"))["body"]["proposal"]
    await desk.learns("proposal.answered", {"answer": "accepted", "proposal": second})
    shown = await deal.shown()
    assert [one["state"] for one in shown["proposals"]] == ["superseded", "accepted"]
    assert shown["stage"] == "proposal"
    assert [one["item"] for one in shown["suggestions"]] == ["support"]
    await desk.learns("proposal.answered", {"answer": "declined", "reason": "budget"})
    shown = await deal.shown()
    assert [one["state"] for one in shown["proposals"]] == ["superseded", "declined"]
    assert (shown["stage"], shown["loss"]) == (
        "closed_lost",
        {"reason": "budget", "text": None},
    )
    assert first != second
    assert (await deal.entries())[-2:] == [("proposal", "answer"), ("move", "answer")]


async def test_it_is_viewed_when_a_reader_says_so_and_waits_on(desk: Desk, deal: Deal) -> None:
    id = (await deal.says("propose", channel="person"))["body"]["proposal"]
    for n in (1, 2):
        told = {"proposal": id, "contact": "c1"}
        await desk.learns("proposal.viewed", told, id=f"n{n}:viewed")
    assert await deal.proposals() == [("person", "viewed")]
    assert await deal.rows() == [("person", "viewed")]
    assert (await deal.entries())[-2:] == [("proposal", "judgement"), ("proposal", "answer")]
    await desk.learns("proposal.viewed", {"proposal": "elsewhere"})
    await desk.learns("proposal.answered", {"answer": "declined"})
    await desk.learns("proposal.viewed", {"proposal": id}, id="late")
    assert await deal.rows() == [("person", "declined")]
    assert await desk.rows("select 1 from decision where cause = 'proposal.viewed'") == []


async def test_what_is_taken_back_is_no_offer_any_more(desk: Desk, deal: Deal) -> None:
    id = (await deal.says("propose", channel="person"))["body"]["proposal"]
    await deal.says("withdraw", 422, proposal="elsewhere")
    await deal.says("withdraw", proposal=id)
    assert (await deal.proposals(), await deal.rows()) == (
        [("person", "withdrawn")],
        [("person", "withdrawn")],
    )
    again = await deal.says("withdraw", 409, proposal=id)
    assert again["errors"] == [{"path": "/proposal", "reason": "wrong_state: it is withdrawn"}]


async def counted(desk: Desk) -> int:
    """By the report of what proposals cost."""
    asked = "/v1/reports/costs?from=2026-11-01&to=2026-12-01&currency=USD"
    (row,) = (await desk("GET", asked))["rows"]
    return int(row["proposals"])


async def test_a_draft_of_judgement_becomes_what_a_person_proposes(desk: Desk) -> None:
    """It is no proposal before; then it has the decision that was the cause."""
    desk.at(NOVEMBER_10)
    since = order("pro", datetime(2025, 1, 1, tzinfo=UTC), quantity=5)
    await desk.opens(catalog=SOLD, subscription=since, contacts=CONTACTS)
    for criterion in ("satisfaction", "wall", "profile", "budget", "roi_articulated"):
        said = {"kind": "call", "verdict": "yes", "text": "Said so.", "said_by": "c1"}
        await desk.learns("evidence.recorded", {"criterion": criterion, **said})
    await desk.counts("api_calls", 95)
    (row,) = await desk.rows("select * from proposal")
    (head,) = await desk.rows("select * from opportunity")
    assert (row.channel, row.state, row.opportunity) == ("person", "draft", head.id)
    deal = Deal(desk, head.id)
    assert await counted(desk) == 0
    assert (await desk("GET", PATH))["proposal_history"] == []
    assert await deal.proposals() == []
    for n in (1, 2, 3):
        await deal.says("answer", question=f"discovery.{n}", text="So.", said_by="c1")
    await deal.says("move", to="engaged")
    sent = await deal.says("propose", channel="person")
    assert await counted(desk) == 1
    (told,) = (await desk("GET", PATH))["proposal_history"]
    assert (told["plan"], told["channel"]) == ("enterprise", "person")
    (stored,) = await desk.rows("select * from proposal")
    assert (stored.id, stored.state, stored.decision) == (
        sent["body"]["proposal"],
        "sent",
        row.decision,
    )
