"""Channels that do not send: refused credentials are retried, disabled channels can come back."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from plimsoll.demo.crm import Fault
from plimsoll.demo.crm_http import Answer, Request
from services.notifier.delivery.age import age
from shared.messages import Recipient
from shared.runtime.settings import Settings
from tests.support.post import NOON, TOKEN, Office, open_office

OWNER = (Recipient("c1"),)


async def until(wanted: Callable[[], bool]) -> None:
    end = asyncio.get_running_loop().time() + 10
    while not wanted():
        assert asyncio.get_running_loop().time() < end
        await asyncio.sleep(0.02)


async def in_state(office: Office, channel: str, state: str, **fields: Any) -> dict[str, Any]:
    end = asyncio.get_running_loop().time() + 10
    while True:
        shown: dict[str, Any] = await office("GET", f"/v1/channels/{channel}")
        if shown["state"] == state and all(shown[name] == value for name, value in fields.items()):
            return shown
        assert asyncio.get_running_loop().time() < end, shown
        await asyncio.sleep(0.02)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


class Refusal:
    """A destination that refuses us until it is fixed, and the number of its requests."""

    channel = "hubspot"
    costs = 1  # requests of one delivery

    def __init__(self, office: Office, *, status: int = 401) -> None:
        self.costs = (
            2 if status == 403 else 1
        )  # the second one without the company, in case that was the cause
        self.office = office
        self._fault = Fault("", Answer(status, {"status": "error", "message": "no"}), times=1000)
        office.crm.faults.append(self._fault)

    @property
    def asked(self) -> int:
        return len(self.office.crm.journal)

    def mend(self) -> None:
        self._fault.times = 0

    async def raised(self, n: int) -> None:
        await self.office.raised(f"a{n}", recipients=(), task=self.office.task(f"{n}" * 32))


class MailRefusal(Refusal):
    channel = "email"

    def __init__(self, office: Office, *, answer: str) -> None:
        self.office = office
        self._answers = [answer] * 1000
        office.mail.will("mail", self._answers)

    @property
    def asked(self) -> int:
        return 1000 - len(self.office.mail.script.mail)

    def mend(self) -> None:
        self.office.mail.script.mail.clear()

    async def raised(self, n: int) -> None:
        await self.office.raised(f"a{n}", recipients=OWNER)


REFUSALS: dict[str, Callable[[Office], Refusal]] = {
    "401": lambda office: Refusal(office, status=401),
    "403": lambda office: Refusal(office, status=403),
    "530": lambda office: MailRefusal(office, answer="530 5.7.0 authentication required"),
    "535": lambda office: MailRefusal(office, answer="535 5.7.8 credentials invalid"),
}


@asynccontextmanager
async def refused(settings: Settings, kind: str) -> AsyncIterator[tuple[Office, Refusal]]:
    async with open_office(settings, workers=("email", "hubspot")) as office:
        await office.opens()
        refusal = REFUSALS[kind](office)
        await office.sets(refusal.channel)
        await refusal.raised(0)
        await in_state(office, refusal.channel, "blocked")
        await office.until(refusal.channel, "queued")
        for n in (1, 2):  # by now no worker claims without knowing of the refusal
            await refusal.raised(n)
        yield office, refusal


@pytest.mark.parametrize("kind", REFUSALS)
async def test_refused_credentials_are_tried_again_by_one_delivery_every_quarter_of_an_hour(
    settings: Settings, kind: str
) -> None:
    async with refused(settings, kind) as (office, refusal):
        first = await in_state(office, refusal.channel, "blocked")
        await office.until(refusal.channel, "queued", "queued", "queued")
        first = await in_state(office, refusal.channel, "blocked")
        assert kind in first["reason"]
        assert moment(first["next_attempt_at"]) - moment(first["since"]) >= timedelta(minutes=15)
        for _ in range(2):
            asked = refusal.asked
            before = await in_state(office, refusal.channel, "blocked")
            office.passes(minutes=15)
            await until(lambda: refusal.asked > asked)  # noqa: B023
            await office.until(refusal.channel, "queued", "queued", "queued")
            assert refusal.asked == asked + refusal.costs
            again = await in_state(office, refusal.channel, "blocked")
            assert again["since"] == first["since"]
            assert moment(again["next_attempt_at"]) - moment(
                before["next_attempt_at"]
            ) >= timedelta(minutes=14)
        assert {one["attempts"] for one in await office.deliveries(refusal.channel)} == {0}
        refusal.mend()
        office.passes(minutes=15)
        await office.until(refusal.channel, "delivered", "delivered", "delivered")
        shown = await in_state(office, refusal.channel, "on")
        assert (shown["reason"], shown["since"], shown["next_attempt_at"]) == (None, None, None)


async def test_two_processes_probe_once(settings: Settings) -> None:
    async with (
        refused(settings, "401") as (office, refusal),
        open_office(settings, workers=("hubspot",)) as other,
    ):
        other.at(office.now)
        await in_state(office, "hubspot", "blocked")
        await office.until("hubspot", "queued", "queued", "queued")
        asked = refusal.asked
        for each in (other, office):
            each.passes(minutes=15)
        await until(lambda: refusal.asked > asked)
        await office.until("hubspot", "queued", "queued", "queued")
        assert refusal.asked == asked + 1


async def test_an_unanswered_probe_keeps_the_block(settings: Settings) -> None:
    async with refused(settings, "401") as (office, refusal):
        await in_state(office, "hubspot", "blocked")
        await office.until("hubspot", "queued", "queued", "queued")
        refusal.mend()
        office.crm.faults.append(Fault("", Answer(503, {}), times=1))
        office.passes(minutes=15)
        await office.until("hubspot", "retrying", "queued", "queued")
        await in_state(office, "hubspot", "blocked")
        office.passes(minutes=15)
        await office.until("hubspot", "delivered", "delivered", "delivered")


async def test_changed_settings_drop_the_block_of_the_old_ones(settings: Settings) -> None:
    async with refused(settings, "401") as (office, _):
        await in_state(office, "hubspot", "blocked")
        await office.until("hubspot", "queued", "queued", "queued")
        await office.rows("update channel_block set config = 'of other settings' returning 1")
        office.context.clock.follow(office.context.clock.offset)
        async with open_office(settings, workers=("hubspot",)) as fresh:
            fresh.at(office.now)
            await in_state(fresh, "hubspot", "blocked")  # again, by its own attempt
            assert [
                row.config != "of other settings"
                for row in await fresh.rows("select config from channel_block")
            ] == [True]


# ---- channels that their receiver disables


async def hooked(office: Office) -> str:
    made: str = (await office("PUT", "/v1/channels/webhook", {"url": office.addresses["webhook"]}))[
        "secret"
    ]
    return made


def began(office: Office) -> str:
    return (office.now - timedelta(seconds=1)).isoformat().replace("+00:00", "Z")


async def test_a_receiver_that_is_gone_disables_the_channel_and_nothing_is_lost(
    office: Office,
) -> None:
    secret = await hooked(office)
    since = began(office)
    office.hook.answers.append(Answer(410, {}))
    await office.raised("a95", webhook=True)
    (dead,) = await office.until("webhook", "dead")
    assert "410" in dead["last_error"]
    shown = await in_state(office, "webhook", "disabled")
    assert "410" in shown["reason"]
    assert moment(shown["at"]) - NOON < timedelta(minutes=1)
    assert shown["secret"] == "***"

    await office.raised("a100", 100, webhook=True)
    found = await office.until("webhook", "dead", "dead")
    assert "disabled" in found[1]["last_error"]
    # While it is disabled there is nothing to recover them for.
    assert await office("POST", "/v1/deliveries:recover", {"since": since}) == {"recovered": 0}

    again = await office("PUT", "/v1/channels/webhook", {"url": office.addresses["webhook"]})
    assert (again["state"], again["secret"]) == ("on", "***"), (
        "the secret is the one that the receiver has"
    )
    assert await office("POST", "/v1/deliveries:recover", {"since": since}) == {"recovered": 2}
    await office.until("webhook", "delivered", "delivered")
    assert {request.body["data"]["id"] for request in office.hook.requests[1:]} == {"a95", "a100"}
    _verifies(secret, office.hook.requests[-1])


def _verifies(secret: str, request: Request) -> None:
    import json

    from standardwebhooks import Webhook

    Webhook(secret).verify(
        json.dumps(request.body, separators=(",", ":"), ensure_ascii=False), dict(request.headers)
    )


async def test_what_was_waiting_for_a_channel_that_was_disabled_can_be_recovered(
    office: Office,
) -> None:
    await hooked(office)
    since = began(office)
    office.hook.answers += [Answer(500, {}), Answer(410, {})]
    await office.raised("a1", webhook=True)
    await office.until("webhook", "retrying")
    await office.raised("a2", webhook=True)
    await office.until("webhook", "retrying", "dead")
    office.passes(seconds=5)
    await office.until("webhook", "dead", "dead")
    await office("PUT", "/v1/channels/webhook", {"url": office.addresses["webhook"]})
    assert await office("POST", "/v1/deliveries:recover", {"since": since}) == {"recovered": 2}
    await office.until("webhook", "delivered", "delivered")


async def test_a_410_to_settings_that_have_changed_meanwhile_disables_nothing(
    office: Office,
) -> None:
    await hooked(office)
    moved = office.addresses["webhook"] + "/moved"

    async def goodbye(request: Request) -> Answer:
        if request.path == "/moved":
            return Answer(200, {})
        await office("PUT", "/v1/channels/webhook", {"url": moved})
        return Answer(410, {})

    office.hook.respond(goodbye)
    await office.raised("a1", webhook=True)
    await office.until("webhook", "dead")
    assert (await office("GET", "/v1/channels/webhook"))["state"] == "on"
    await office.raised("a2", webhook=True)
    await office.until("webhook", "dead", "delivered")


async def test_a_disabled_channel_can_be_tested_and_turned_off(office: Office) -> None:
    secret = await hooked(office)
    office.hook.answers.append(Answer(410, {}))
    await office.raised("a1", webhook=True)
    await in_state(office, "webhook", "disabled")
    assert (await office("POST", "/v1/channels/webhook:test"))["delivered"] is True
    assert (await office("GET", "/v1/channels/webhook"))["state"] == "disabled"
    await office("DELETE", "/v1/channels/webhook", want=204)
    await office("GET", "/v1/channels/webhook", want=404)
    assert await hooked(office) not in (secret, "***")


async def test_all_channels_are_listed_with_their_state_and_no_secret(settings: Settings) -> None:
    given = replace(
        settings, smtp_url="smtp://user:canary-password@127.0.0.1:9", mail_from="env@example.com"
    )
    async with open_office(given, workers=("webhook", "hubspot")) as office:
        await office.opens()
        states = {
            one["name"]: one["state"] for one in (await office("GET", "/v1/channels"))["data"]
        }
        assert states == {"email": "on", "hubspot": "off", "webhook": "off"}
        secret = await hooked(office)
        await office.sets("hubspot")
        office.crm.token = "another"
        office.hook.answers.append(Answer(410, {}))
        await office.raised("a1", recipients=(), task=office.task(), webhook=True)
        await in_state(office, "hubspot", "blocked")
        await in_state(office, "webhook", "disabled")
        answer = await office("GET", "/v1/channels")
        assert answer["next_cursor"] is None
        found = {one["name"]: one for one in answer["data"]}
        assert {name: one["state"] for name, one in found.items()} == {
            "email": "on",
            "hubspot": "blocked",
            "webhook": "disabled",
        }
        assert found["hubspot"] == await office("GET", "/v1/channels/hubspot")
        for canary in (TOKEN, secret, "canary-password"):
            assert canary not in str(answer)
        await office("DELETE", "/v1/channels/email", want=204)
        off = (await office("GET", "/v1/channels"))["data"][0]
        assert (off["name"], off["state"], off["at"] is None) == ("email", "off", False)


@pytest.mark.parametrize(
    ("channel", "deadline", "seconds"),
    [
        ("email", NOON + timedelta(hours=24), 0),
        ("email", NOON + timedelta(hours=23), 3600),
        ("hubspot", NOON, 72 * 3600),
        ("webhook", NOON + timedelta(days=9), 0),  # not due yet
        ("email", None, 0),
    ],
)
def test_a_delivery_ages_from_when_it_was_due(
    channel: str, deadline: datetime | None, seconds: float
) -> None:
    assert age(channel, deadline, NOON) == seconds
