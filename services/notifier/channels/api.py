"""Channel settings over HTTP: set, show with masked secrets, turn off, test."""

from collections.abc import Awaitable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from pydantic import AfterValidator, ConfigDict, Field
from typing_extensions import TypedDict

from services.notifier.channels.base import Delivered
from services.notifier.channels.hubspot_api import DEFAULT_VERSION
from services.notifier.channels.mime import AddressFault, sender
from services.notifier.channels.safe_http import UrlFault
from services.notifier.channels.settings import Settings
from services.notifier.channels.states import ChannelList, ChannelShown
from services.notifier.rows import EMAIL, HUBSPOT, WEBHOOK
from shared.runtime.setting_values import smtp_url
from shared.values.faults import Fault
from shared.web import (
    Answer,
    Body,
    PathIdentifier,
    Problem,
    answer,
    invalid,
    no_content,
    require,
    router,
)

Read, Admin = Depends(require("read")), Depends(require("admin"))


def _token(value: str) -> str:
    if not (value.isascii() and value.isprintable()) or " " in value or not 1 <= len(value) <= 1000:
        raise ValueError("must be 1 to 1000 printable ASCII characters without spaces")
    return value


def _version(value: str) -> str:
    if not (value.isascii() and value.replace("-", "").isalnum()) or len(value) > 20:
        raise ValueError("must be a version of HubSpot's API such as 2026-03")
    return value


def _sender(value: str) -> str:
    try:
        sender(value)
    except AddressFault:
        raise ValueError("is not an e-mail address") from None
    return value


class HubSpotSettings(Body):
    model_config = ConfigDict(
        json_schema_extra={"example": {"url": "https://api.hubapi.com", "token": "pat-eu1-0123"}}
    )
    url: str
    token: Annotated[str, AfterValidator(_token)]
    version: Annotated[str, AfterValidator(_version)] = DEFAULT_VERSION


class WebhookSettings(Body):
    model_config = ConfigDict(
        json_schema_extra={"example": {"url": "https://hooks.example.com/plimsoll"}}
    )
    url: str
    rotate: Annotated[bool, Field(description="Generate a new secret; both sign for a day")] = False


class ChannelTest(TypedDict):
    """`error`: why it could not be delivered."""

    delivered: bool
    error: str | None


class EmailSettings(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {"url": "smtps://user:pass@mail.example.com", "from": "alerts@example.com"}
        }
    )
    url: Annotated[str, AfterValidator(smtp_url)]
    sender: Annotated[str, AfterValidator(_sender), Field(alias="from")]


def make_router(settings: Settings) -> APIRouter:
    made = router(tags=["channels"])
    _add_receivers(made, settings)
    _add_mail_server(made, settings)
    _add_showing(made, settings)
    _add_turning_off(made, settings)
    _add_testing(made, settings)
    return made


def _add_receivers(made: APIRouter, settings: Settings) -> None:
    @made.put(
        "/v1/channels/hubspot",
        summary="Set the CRM",
        responses=_example(_HUBSPOT),
        dependencies=[Admin],
    )
    async def put_hubspot(body: HubSpotSettings) -> Answer[ChannelShown]:
        """Ends a block and tries again, even if nothing has changed."""
        await _allowed(settings.check_http(body.url))
        await settings.put(
            HUBSPOT, {"url": body.url, "version": body.version}, {"token": body.token}
        )
        return answer(await _shown(settings, HUBSPOT))

    @made.put(
        "/v1/channels/webhook",
        summary="Set the webhook",
        description="Signed per Standard Webhooks. `secret` is returned only when it is generated.",
        responses=_example(_WEBHOOK),
        dependencies=[Admin],
    )
    async def put_webhook(body: WebhookSettings) -> Answer[ChannelShown]:
        await _allowed(settings.check_http(body.url))
        fresh = await settings.put_webhook({"url": body.url}, rotate=body.rotate)
        shown = await _shown(settings, WEBHOOK)
        return answer({**shown, "secret": fresh} if fresh else shown)


def _add_mail_server(made: APIRouter, settings: Settings) -> None:
    @made.put(
        "/v1/channels/email",
        summary="Set the mail server",
        responses=_example(_EMAIL),
        dependencies=[Admin],
    )
    async def put_email(body: EmailSettings) -> Answer[ChannelShown]:
        """Replaces the mail server from the process's environment."""
        await _allowed(settings.check_smtp(body.url))
        await settings.put(EMAIL, {"from": body.sender}, {"url": body.url})
        return answer(await _shown(settings, EMAIL))

    @made.put("/v1/channels/{name}", include_in_schema=False, dependencies=[Admin])
    async def refuse_channel(name: PathIdentifier) -> Response:
        raise _NO_CHANNEL


def _add_showing(made: APIRouter, settings: Settings) -> None:
    @made.get(
        "/v1/channels",
        summary="List channels",
        description=(
            "`state`: `on`, `blocked` (its credentials are refused; "
            "it is tried again at `next_attempt_at`), `disabled` (its "
            "receiver ended it at `at`; a `PUT` turns it on again) or `off`. Secrets are masked."
        ),
        responses=_example({"data": [_HUBSPOT, _WEBHOOK], "next_cursor": None}),
        dependencies=[Read],
    )
    async def list_channels() -> Answer[ChannelList]:
        return answer({"data": await settings.all(), "next_cursor": None})

    @made.get(
        "/v1/channels/{name}",
        summary="Get a channel",
        responses=_example(_HUBSPOT),
        dependencies=[Read],
    )
    async def get_channel(name: PathIdentifier) -> Answer[ChannelShown]:
        """Secrets are masked. `blocked`: why nothing is sent at the moment."""
        return answer(await _shown(settings, name))


def _add_turning_off(made: APIRouter, settings: Settings) -> None:
    @made.delete(
        "/v1/channels/{name}", summary="Turn a channel off", status_code=204, dependencies=[Admin]
    )
    async def delete_channel(name: PathIdentifier) -> Response:
        """Cancels the deliveries that wait for it."""
        if not await settings.turn_off(name):
            raise _NO_CHANNEL
        return no_content()


def _add_testing(made: APIRouter, settings: Settings) -> None:
    @made.post(
        "/v1/channels/{name}:test",
        summary="Send a test message",
        responses=_example(_TESTED),
        dependencies=[Admin],
    )
    async def test_channel(
        name: PathIdentifier,
        to: Annotated[
            str | None,
            Query(max_length=320, description="For e-mail: the recipient; by default the sender"),
        ] = None,
    ) -> Answer[ChannelTest]:
        """Sends a harmless message now. A success ends a block."""
        outcome = await settings.test(name, to)
        if outcome is None:
            raise _NO_CHANNEL
        if isinstance(outcome, Delivered):
            await settings.unblock(name)
            return answer({"delivered": True, "error": None})
        return answer({"delivered": False, "error": getattr(outcome, "reason", None)})


async def _shown(settings: Settings, name: str) -> ChannelShown:
    shown = await settings.show(name)
    if shown is None:
        raise _NO_CHANNEL
    return shown


async def _allowed(check: Awaitable[None]) -> None:
    try:
        await check
    except UrlFault as fault:
        raise invalid(Fault("/url", str(fault))) from None


_NO_CHANNEL = Problem(404, "There is no such channel, or it is off.")

_ON = {
    "state": "on",
    "reason": None,
    "since": None,
    "next_attempt_at": None,
    "at": None,
    "blocked": None,
}
_MOMENTS = {**_ON, "created_at": "2026-11-22T05:00:00Z", "updated_at": "2026-11-22T05:00:00Z"}
_HUBSPOT = {
    "name": "hubspot",
    "url": "https://api.hubapi.com",
    "version": DEFAULT_VERSION,
    "token": "***",
    **_MOMENTS,
}
_WEBHOOK = {
    "name": "webhook",
    "url": "https://hooks.example.com/plimsoll",
    "secret": "***",
    **_MOMENTS,
}
_EMAIL = {
    "name": "email",
    "url": "smtp://user:***@mail.example.com:587?starttls=required",
    "from": "alerts@example.com",
    **_MOMENTS,
}
_TESTED = {
    "delivered": False,
    "error": (
        "the server refuses the connection: nothing listens on that port, or a firewall rejects it"
    ),
}


def _example(content: dict[str, Any]) -> dict[int | str, dict[str, Any]]:
    return {200: {"content": {"application/json": {"example": content}}}}
