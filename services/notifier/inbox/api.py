"""The end user's inbox over HTTP, called by browsers with an inbox token; back ends mint tokens."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.openapi.models import HTTPBearer as BearerScheme
from pydantic import ConfigDict, Field
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection
from sse_starlette import EventSourceResponse
from typing_extensions import TypedDict

from services.notifier.addressing import Preferences
from services.notifier.feedback import fact
from services.notifier.inbox import examples, inbox
from services.notifier.inbox import token as inbox_token
from services.notifier.inbox.stream import Hub, stream
from services.notifier.inbox.token import Grant
from services.notifier.inbox.view import InboxItem, item_view
from services.notifier.store import offers
from services.notifier.store.inbox import Action
from shared.answers import MomentText
from shared.postgres.database import transaction
from shared.values.faults import Fault
from shared.values.moments import iso
from shared.web import (
    Answer,
    Body,
    CurrentContext,
    Guard,
    Identifier,
    Paging,
    PathIdentifier,
    Problem,
    answer,
    bearer,
    current_context,
    invalid,
    require,
    router,
)
from shared.wording.language import language

_REALM = 'Bearer realm="plimsoll inbox"'


class TokenRequest(Body):
    model_config = ConfigDict(
        json_schema_extra={"example": {"account": "acct-42", "contact": "c1", "ttl": 3600}}
    )

    account: Identifier
    contact: Identifier
    ttl: Annotated[int, Field(ge=1, le=inbox_token.LONGEST_SECONDS, description="Seconds")] = (
        inbox_token.LONGEST_SECONDS
    )


class EmailChoice(Body):
    notice: bool | None = None
    proposal: bool | None = None


class InAppChoice(Body):
    """A notice in the app cannot be muted, so there is no choice for it."""

    proposal: bool | None = None


class PreferencesChange(Body):
    model_config = ConfigDict(json_schema_extra={"example": {"email": {"proposal": False}}})

    email: EmailChoice | None = None
    in_app: InAppChoice | None = None


class FeedbackBody(Body):
    model_config = ConfigDict(json_schema_extra={"example": {"answer": "helpful"}})

    answer: fact.Answer


class InboxToken(TypedDict):
    """For one contact of one account."""

    token: str
    expires_at: MomentText


class InboxCounts(TypedDict):
    """`unseen` is the badge's number."""

    unread: int
    unseen: int


class Inbox(InboxCounts):
    """A page of the reader's items."""

    data: list[InboxItem]
    next_cursor: str | None


class ActiveItems(TypedDict):
    """The notices that a banner shows now."""

    data: list[InboxItem]


class EmailShown(TypedDict):
    notice: bool
    proposal: bool


class InAppShown(TypedDict):
    proposal: bool


class PreferencesShown(TypedDict):
    """What the reader receives."""

    email: EmailShown
    in_app: InAppShown


@dataclass(frozen=True, slots=True)
class Reader:
    """A person who is still that contact of the account."""

    account: str
    contact: str
    grant: Grant


class RequireReader(Guard):
    """Requires an inbox token.

    401 if it is missing, invalid or expired, or if its person is no longer that contact.
    """

    def __init__(self) -> None:
        self.scheme_name = "InboxToken"
        self.model = BearerScheme(description="A token from `POST /v1/inbox/tokens`.")

    async def __call__(self, request: Request) -> Reader:
        return await self.check(request)

    async def check(self, request: Request) -> Reader:
        found: Reader | None = getattr(request.state, "reader", None)
        if found is None:
            found = request.state.reader = await self._identified(request)
        return found

    async def _identified(self, request: Request) -> Reader:
        context, token = current_context(request), bearer(request)
        grant = (
            None if token is None else inbox_token.read(context.signer, token, context.clock.now())
        )
        if grant is not None and grant.person == await context.together(inbox.persons)(
            (grant.account, grant.contact)
        ):
            return Reader(grant.account, grant.contact, grant)
        raise Problem(401, "A valid inbox token is required.", headers={"WWW-Authenticate": _REALM})


_STREAMED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "An endless stream",
        "content": {
            "text/event-stream": {"schema": {"type": "string"}, "example": examples.STREAM}
        },
    }
}
CurrentReader = Annotated[Reader, Depends(RequireReader())]
LastEventId = Annotated[
    int | None,
    Query(ge=0, le=2**62, description="Like the header, for clients that cannot set one"),
]


def routes(hub: Hub) -> APIRouter:
    """`hub`: the one of this process; its `run` is a task of the service."""
    api = router(tags=["inbox"])
    _add_tokens(api)
    _add_list(api)
    _add_badge_and_banner(api)
    _add_preferences(api)

    @api.get(
        "/v1/inbox/stream",
        response_class=EventSourceResponse,
        responses=_STREAMED,
        summary="Stream inbox changes",
    )
    async def follow_inbox(
        context: CurrentContext,
        reader: CurrentReader,
        last_event_id: LastEventId = None,
        header: Annotated[
            str | None,
            Header(
                alias="Last-Event-ID",
                max_length=40,
                description="The last event received: the stream goes on from there",
            ),
        ] = None,
    ) -> EventSourceResponse:
        """Server-sent events `created`, `updated`, `resolved` (with the item) and `counts`.

        The stream ends when the token expires; reconnect with a new one.
        """
        return stream(hub, context, reader.grant, _number(header) if header else last_event_id)

    _add_marking(api)
    _add_archiving(api)
    _add_offers(api)
    return api


def _add_tokens(api: APIRouter) -> None:
    @api.post(
        "/v1/inbox/tokens",
        status_code=201,
        dependencies=[Depends(require("inbox:token"))],
        responses=examples.of(examples.TOKEN, 201),
        summary="Create an inbox token for a contact",
    )
    async def create_inbox_token(context: CurrentContext, body: TokenRequest) -> Answer[InboxToken]:
        """Call this from your back end, for the user who is signed in there."""
        key = body.account, body.contact
        async with transaction(context.engine) as conn:
            has_account, person = (
                await inbox.has_account(conn, body.account),
                (await inbox.persons(conn, [key]))[key],
            )
        if not has_account:
            raise Problem(
                404,
                "There is no such account.",
                errors=[Fault("/account", "is not a known account")],
            )
        if person is None:
            raise Problem(
                404,
                "There is no such contact.",
                errors=[Fault("/contact", "is not a contact of this account")],
            )
        token, expires_at = inbox_token.mint(
            context.signer, *key, person, body.ttl, context.clock.now()
        )
        return answer({"token": token, "expires_at": iso(expires_at)}, 201)


def _add_list(api: APIRouter) -> None:
    @api.get("/v1/inbox", responses=examples.of(examples.LIST), summary="List inbox items")
    async def list_inbox(
        context: CurrentContext, reader: CurrentReader, page: Paging
    ) -> Answer[Inbox]:
        """Newest first. Resolved and archived items stay in the list. `Content-Language` is the
        reader's language.
        """
        async with transaction(context.engine) as conn:
            rows = await inbox.newest(
                conn, reader.account, reader.contact, before=page.before, limit=page.fetch
            )
            counts = await inbox.counts(conn, reader.account, reader.contact)
            spoken = language(await inbox.locale(conn, reader.account, reader.contact))
        body = page.body(rows, lambda row: [row.created_seq], item_view)
        found: Inbox = {
            "data": body["data"],
            "unread": counts.unread,
            "unseen": counts.unseen,
            "next_cursor": body["next_cursor"],
        }
        return answer(found, headers={"Content-Language": spoken})


def _add_badge_and_banner(api: APIRouter) -> None:
    @api.get(
        "/v1/inbox/count",
        responses=examples.of(examples.COUNTS),
        summary="Count unread and unseen items",
    )
    async def count_inbox(context: CurrentContext, reader: CurrentReader) -> Answer[InboxCounts]:
        """`unseen` is the badge's number."""
        return answer(await _counted(context, reader))

    @api.get(
        "/v1/inbox/active",
        responses=examples.of(examples.ACTIVE),
        summary="List active notices",
    )
    async def list_active(context: CurrentContext, reader: CurrentReader) -> Answer[ActiveItems]:
        """What a banner shows now: notices that are neither resolved nor archived."""
        async with transaction(context.engine) as conn:
            rows = await inbox.active(conn, reader.account, reader.contact, context.clock.now())
        return answer({"data": [item_view(row) for row in rows]})


def _add_marking(api: APIRouter) -> None:
    @api.post(
        "/v1/inbox/seen",
        responses=examples.of(examples.COUNTS),
        summary="Mark all items as seen",
    )
    async def mark_inbox_seen(
        context: CurrentContext, reader: CurrentReader
    ) -> Answer[InboxCounts]:
        """The reader has looked at the list: the badge disappears. Returns the counts."""
        async with transaction(context.engine) as conn:
            await inbox.mark_seen(conn, reader.account, reader.contact, context.clock.now())
        return answer(await _counted(context, reader))

    @api.post(
        "/v1/inbox/{id}/read",
        responses=examples.of(examples.ITEM),
        summary="Mark an item as read",
    )
    async def mark_read(
        context: CurrentContext, reader: CurrentReader, id: PathIdentifier
    ) -> Answer[InboxItem]:
        """Returns the item, even if it was already read."""
        return await _marked(context, reader, id, "read")

    @api.post(
        "/v1/inbox/{id}/unread",
        responses=examples.of(examples.ITEM),
        summary="Mark an item as unread",
    )
    async def mark_unread(
        context: CurrentContext, reader: CurrentReader, id: PathIdentifier
    ) -> Answer[InboxItem]:
        """Returns the item, even if it was already unread."""
        return await _marked(context, reader, id, "unread")


def _add_archiving(api: APIRouter) -> None:
    @api.post(
        "/v1/inbox/{id}/archive",
        responses=examples.of(examples.ITEM),
        summary="Archive an item",
    )
    async def archive_item(
        context: CurrentContext, reader: CurrentReader, id: PathIdentifier
    ) -> Answer[InboxItem]:
        """It leaves the counts and the banner; it stays in the list with `archived_at`."""
        return await _marked(context, reader, id, "archive")


def _add_offers(api: APIRouter) -> None:
    @api.post(
        "/v1/inbox/{id}/feedback",
        responses=examples.of(examples.ITEM),
        summary="Say whether an offer helped",
    )
    async def answer_offer(
        context: CurrentContext, reader: CurrentReader, id: PathIdentifier, body: FeedbackBody
    ) -> Answer[InboxItem]:
        """The first answer counts. Returns the item."""
        outbox = context.outbox("notifier")
        async with transaction(context.engine) as conn:
            offer = await _offer(conn, reader, id)
            await outbox.write(conn, [fact.answered(offer, body.answer, context.clock.now())])
            row = await inbox.one_item(conn, reader.account, reader.contact, id)
        outbox.wake()
        return answer(item_view(row))

    @api.post(
        "/v1/inbox/{id}/clicked",
        responses=examples.of(examples.ITEM),
        summary="Note a click on an offer",
    )
    async def note_click(
        context: CurrentContext, reader: CurrentReader, id: PathIdentifier
    ) -> Answer[InboxItem]:
        """The first click counts. Returns the item."""
        outbox, now = context.outbox("notifier"), context.clock.now()
        async with transaction(context.engine) as conn:
            row = await inbox.one_item(conn, reader.account, reader.contact, id)
            if row is None:
                raise Problem(404, "There is no such item in this inbox.")
            offer = await offers.click(conn, id, now)
            await outbox.write(conn, fact.viewed(offer, now))
        outbox.wake()
        return answer(item_view(row))


async def _offer(conn: AsyncConnection, reader: Reader, item: str) -> Row[Any]:
    found = await offers.of_item(conn, reader.account, reader.contact, item)
    if found is not None:
        return found
    if await inbox.one_item(conn, reader.account, reader.contact, item) is None:
        raise Problem(404, "There is no such item in this inbox.")
    raise Problem(409, "This item offers nothing.")


async def _marked(
    context: CurrentContext, reader: Reader, item: str, action: Action
) -> Answer[InboxItem]:
    outbox, now = context.outbox("notifier"), context.clock.now()
    async with transaction(context.engine) as conn:
        offer = None
        if action == "read":
            offer = await offers.unread(conn, reader.account, reader.contact, item)
        row = await inbox.mark(conn, reader.account, reader.contact, item, action, now)
        await outbox.write(conn, fact.viewed(offer, now))
    outbox.wake()
    if row is None:
        raise Problem(404, "There is no such item in this inbox.")
    return answer(item_view(row))


def _add_preferences(api: APIRouter) -> None:
    @api.get(
        "/v1/inbox/preferences",
        responses=examples.of(examples.PREFERENCES),
        summary="Get the reader's preferences",
    )
    async def get_preferences(
        context: CurrentContext, reader: CurrentReader
    ) -> Answer[PreferencesShown]:
        """`notice`: usage; `proposal`: offers."""
        async with transaction(context.engine) as conn:
            return answer(
                _preferences_view(await inbox.preferences(conn, reader.account, reader.contact))
            )

    @api.patch(
        "/v1/inbox/preferences",
        responses=examples.of(examples.PREFERENCES),
        summary="Change the reader's preferences",
    )
    async def change_preferences(
        context: CurrentContext, reader: CurrentReader, body: PreferencesChange
    ) -> Answer[PreferencesShown]:
        """Changes the given preferences and returns all. A notice in the app cannot be muted."""
        email, in_app = body.email or EmailChoice(), body.in_app or InAppChoice()
        named = {
            "email_notice": email.notice,
            "email_proposal": email.proposal,
            "in_app_proposal": in_app.proposal,
        }
        wanted = {name: value for name, value in named.items() if value is not None}
        async with transaction(context.engine) as conn:
            found = await inbox.prefer(
                conn, reader.account, reader.contact, context.clock.now(), wanted
            )
        return answer(_preferences_view(found))


async def _counted(context: CurrentContext, reader: Reader) -> InboxCounts:
    async with transaction(context.engine) as conn:
        counts = await inbox.counts(conn, reader.account, reader.contact)
    return {"unread": counts.unread, "unseen": counts.unseen}


def _preferences_view(found: Preferences) -> PreferencesShown:
    return {
        "email": {"notice": found.email_notice, "proposal": found.email_proposal},
        "in_app": {"proposal": found.in_app_proposal},
    }


def _number(header: str) -> int:
    if not (header.isascii() and header.isdigit()) or len(header) > 19 or int(header) > 2**62:
        raise invalid(Fault("header.Last-Event-ID", "is not an id of this stream"))
    return int(header)
