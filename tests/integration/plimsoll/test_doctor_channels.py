"""`plimsoll doctor` finds channels that do not send, and links that mail clients do not accept."""

from dataclasses import replace

import pytest

from plimsoll.checks import Finding, channels
from plimsoll.checks.examine import examine
from plimsoll.demo.crm_http import Answer
from shared.runtime.settings import Settings
from tests.support.post import open_office


def faults(found: list[Finding]) -> list[str]:
    return [f"{one.what} -> {one.remedy}" for one in found if one.remedy is not None]


async def test_a_blocked_and_a_disabled_channel_are_faults_with_a_remedy(
    settings: Settings,
) -> None:
    async with open_office(settings, workers=("webhook", "hubspot")) as office:
        await office.opens()
        await office.sets("hubspot", "webhook")
        assert faults(await channels.check(settings)) == []
        office.crm.token = "another"
        office.hook.answers.append(Answer(410, {}))
        await office.raised("a95", recipients=(), task=office.task(), webhook=True)
        await office.until("webhook", "dead")
        while (await office("GET", "/v1/channels/hubspot"))["state"] != "blocked":
            pass
        blocked, disabled = faults(await channels.check(settings))
        assert "hubspot has been blocked since" in blocked
        assert "401" in blocked
        assert "PUT /v1/channels/hubspot" in blocked
        assert "webhook was disabled" in disabled
        assert "deliveries:recover" in disabled
        # Refusals are irrelevant once the channel is off.
        await office("DELETE", "/v1/channels/hubspot", want=204)
        await office("DELETE", "/v1/channels/webhook", want=204)
        assert faults(await channels.check(settings)) == []


@pytest.mark.parametrize(
    ("public_url", "fault"),
    [
        (None, "is not set"),
        ("http://usage.vendor.example", "http://usage.vendor.example"),
        ("https://usage.vendor.example", None),
    ],
)
async def test_a_public_url_without_tls_and_a_mail_channel_is_a_fault(
    settings: Settings, public_url: str | None, fault: str | None
) -> None:
    without = replace(settings, public_url=public_url, smtp_url=None)
    assert faults(await channels.check(without)) == []
    found = faults(await channels.check(replace(without, smtp_url="smtp://127.0.0.1:25")))
    assert [fault in one for one in found] == ([True] if fault else [])  # type: ignore[operator]
    async with open_office(settings, workers=()) as office:
        await office.sets("email")
    assert len(faults(await channels.check(without))) == (1 if fault else 0)


async def test_an_older_schema_or_no_database_is_not_a_fault_of_the_channels(
    settings: Settings, empty_database_url: str
) -> None:
    assert faults(await channels.check(replace(settings, database_url=empty_database_url))) == []
    assert faults(await channels.check(replace(settings, database_url=None, smtp_url=None))) == []


async def test_doctor_asks_about_the_channels(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert "channels" in {finding.subject for finding in await examine(None)}
