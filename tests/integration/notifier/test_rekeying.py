"""A changed PLIMSOLL_SECRET_KEY: both keys re-encrypt everything; the new one alone gives an error
that says what to do."""

from dataclasses import replace

import pytest

from services.notifier.secret_renewal import Rekeying
from shared.runtime.settings import Settings
from tests.support.loops import until
from tests.support.post import TOKEN, open_office

OLD, NEW = "old-secret-0123456789-abcdefghijkl", "new-secret-0123456789-abcdefghijkl"
SAYS = "append the old key to PLIMSOLL_SECRET_KEY (new,old), or set the channel again"


async def _set_with_the_old_key(settings: Settings) -> None:
    async with open_office(replace(settings, secret_key=OLD), workers=()) as office:
        for channel in ("hubspot", "webhook"):
            await office.sets(channel)


async def test_with_both_keys_secrets_are_re_encrypted_and_the_old_key_can_be_dropped(
    settings: Settings,
) -> None:
    await _set_with_the_old_key(settings)
    async with open_office(replace(settings, secret_key=f"{NEW},{OLD}"), workers=()) as office:
        before = await office.rows("select secrets, updated_at from channel order by name")
        await Rekeying(office.context).once()
        after = await office.rows("select secrets, updated_at from channel order by name")
        assert all(office.context.vault.is_current(row.secrets) for row in after)
        assert [row.updated_at for row in after] == [row.updated_at for row in before]
        await Rekeying(office.context).once()
        assert await office.rows("select secrets, updated_at from channel order by name") == after
    async with open_office(replace(settings, secret_key=NEW), workers=()) as office:
        for channel in ("hubspot", "webhook"):
            await office("GET", f"/v1/channels/{channel}")


@pytest.mark.parametrize("channel", ["hubspot", "webhook"])
async def test_unreadable_secrets_are_reported_and_deliveries_wait(
    settings: Settings, channel: str
) -> None:
    await _set_with_the_old_key(settings)
    async with open_office(replace(settings, secret_key=NEW)) as office:
        await Rekeying(office.context).once()
        for method, path in (
            ("GET", f"/v1/channels/{channel}"),
            ("POST", f"/v1/channels/{channel}:test"),
        ):
            problem = await office(method, path, {} if method == "POST" else None, want=409)
            assert SAYS in problem["detail"], path
        await until(lambda: SAYS in (office.workers[channel].fault() or ""))
        fresh = await office(
            "PUT", f"/v1/channels/{channel}", _settings(channel, office.addresses[channel])
        )
        assert await office("GET", f"/v1/channels/{channel}") == fresh | (
            {"secret": "***"} if channel == "webhook" else {}
        )
        await until(lambda: office.workers[channel].fault() is None)
    await _set_with_the_old_key(settings)
    async with open_office(replace(settings, secret_key=NEW), workers=()) as office:
        await office("DELETE", f"/v1/channels/{channel}", want=204)
        await office("GET", f"/v1/channels/{channel}", want=404)


async def test_due_deliveries_are_sent_once_the_secrets_can_be_read(settings: Settings) -> None:
    await _set_with_the_old_key(settings)
    async with open_office(replace(settings, secret_key=NEW)) as office:
        await office.opens()
        await office.raised("a95", webhook=True)
        await until(lambda: SAYS in (office.workers["webhook"].fault() or ""))
        (waiting,) = await office.deliveries("webhook")
        assert (waiting["state"], waiting["attempts"]) == ("queued", 0)
        await office.sets("webhook")
        await office.until("webhook", "delivered")


def _settings(channel: str, url: str) -> dict[str, str]:
    return {"url": url} | ({"token": TOKEN} if channel == "hubspot" else {})
