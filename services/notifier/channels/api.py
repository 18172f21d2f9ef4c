"""Channel settings over HTTP: set, show with masked secrets, turn off, test."""

from collections.abc import Awaitable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from typing_extensions import TypedDict

from services.notifier.channels.base import Delivered
from services.notifier.channels.kind import ChannelKind, ChannelSettings
from services.notifier.channels.masks import StillMasked
from services.notifier.channels.registry import KINDS
from services.notifier.channels.safe_http import UrlFault
from services.notifier.channels.settings import Settings, tag
from services.notifier.channels.states import ChannelList, ChannelShown
from services.notifier.rows import HUBSPOT, WEBHOOK
from shared.values.faults import Fault
from shared.web import (
    Answer,
    CurrentAuthor,
    PathIdentifier,
    Problem,
    answer,
    invalid,
    no_content,
    require,
    router,
)
from shared.web.revisions import MatchHeader

Read, Operate = Depends(require("read")), Depends(require("operate"))


class ChannelTest(TypedDict):
    """`error`: why it could not be delivered."""

    delivered: bool
    error: str | None


def make_router(settings: Settings) -> APIRouter:
    made = router(tags=["channels"])
    for kind in KINDS:
        _add_setting(made, settings, kind)
    _add_refusal(made)
    _add_showing(made, settings)
    _add_turning_off(made, settings)
    _add_testing(made, settings)
    return made


def _add_setting(made: APIRouter, settings: Settings, kind: ChannelKind) -> None:
    async def put(
        body: ChannelSettings, author: CurrentAuthor, match: MatchHeader = None
    ) -> Answer[ChannelShown]:
        await _allowed(settings.check(body))
        try:
            told: Any = await settings.put(kind.name, body, author, match)
        except StillMasked as fault:
            raise invalid(Fault(f"/{fault.field}", str(fault))) from None
        shown = await _shown(settings, kind.name)
        return answer({**shown, **told}, headers={"ETag": tag(shown)})

    # FastAPI reads the type of the body from the function, and its name is the operation's id.
    put.__annotations__["body"] = kind.settings
    put.__name__ = f"put_{kind.name}"
    made.put(
        f"/v1/channels/{kind.name}",
        summary=kind.settings.summary,
        description=kind.settings.description,
        responses=_example(_example_of(kind)),
        dependencies=[Operate],
    )(put)


def _add_refusal(made: APIRouter) -> None:
    @made.put("/v1/channels/{name}", include_in_schema=False, dependencies=[Operate])
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
        responses=_example(
            {
                "data": [_example_of(KINDS[HUBSPOT]), _example_of(KINDS[WEBHOOK])],
                "next_cursor": None,
            }
        ),
        dependencies=[Read],
    )
    async def list_channels() -> Answer[ChannelList]:
        return answer({"data": await settings.all(), "next_cursor": None})

    @made.get(
        "/v1/channels/{name}",
        summary="Get a channel",
        responses=_example(_example_of(KINDS[HUBSPOT])),
        dependencies=[Read],
    )
    async def get_channel(name: PathIdentifier) -> Answer[ChannelShown]:
        """Secrets are masked. `blocked`: why nothing is sent at the moment. With the `ETag` in
        `If-Match`, a `PUT` is 412 if the settings have changed.
        """
        shown = await _shown(settings, name)
        return answer(shown, headers={"ETag": tag(shown)})


def _add_turning_off(made: APIRouter, settings: Settings) -> None:
    @made.delete(
        "/v1/channels/{name}", summary="Turn a channel off", status_code=204, dependencies=[Operate]
    )
    async def delete_channel(name: PathIdentifier, author: CurrentAuthor) -> Response:
        """Cancels the deliveries that wait for it."""
        if not await settings.turn_off(name, author):
            raise _NO_CHANNEL
        return no_content()


def _add_testing(made: APIRouter, settings: Settings) -> None:
    @made.post(
        "/v1/channels/{name}:test",
        summary="Send a test message",
        responses=_example(_TESTED),
        dependencies=[Operate],
    )
    async def test_channel(
        name: PathIdentifier,
        author: CurrentAuthor,
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
            await settings.unblock(name, author)
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


def _example_of(kind: ChannelKind) -> dict[str, Any]:
    return {"name": kind.name, **kind.settings.example, **_MOMENTS}


_TESTED = {
    "delivered": False,
    "error": (
        "the server refuses the connection: nothing listens on that port, or a firewall rejects it"
    ),
}


def _example(content: dict[str, Any]) -> dict[int | str, dict[str, Any]]:
    return {200: {"content": {"application/json": {"example": content}}}}
