"""API keys over HTTP: what `plimsoll key` does on the installation."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from fastapi import Depends
from fastapi.responses import Response
from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, WithJsonSchema
from typing_extensions import TypedDict

from services.trigger.api.common import shows
from shared.answers import Amount, MomentText
from shared.postgres.database import transaction
from shared.security import api_keys
from shared.security.api_keys import KeyInfo, KeyTaken
from shared.security.rights import Principal, Scope
from shared.values.faults import Fault
from shared.values.moments import iso
from shared.web import (
    Answer,
    Body,
    CurrentAuthor,
    CurrentContext,
    Identifier,
    Paging,
    PathIdentifier,
    Problem,
    answer,
    no_content,
    require,
    router,
)

routes = router(tags=["operations"])


class KeyShown(TypedDict):
    """A key without its secret. `prefix`: how it begins. `rate`: requests per second; null: as many
    as it likes.
    """

    name: str
    prefix: str
    scopes: list[Scope]
    rate: Amount | None
    created_at: MomentText
    last_used_at: MomentText | None
    revoked_at: MomentText | None


class NewKeyShown(KeyShown):
    """`key`: what to send as bearer; it is shown only now."""

    key: str


class Keys(TypedDict):
    """A page of keys."""

    data: list[KeyShown]
    next_cursor: str | None


def _in_paths(name: str) -> str:
    """The name is part of the address that revokes it."""
    if "/" in name or not name.isprintable():
        raise ValueError("must have printable characters, and no /")
    return name


def _decimal(raw: object) -> object:
    """A whole number in JSON is a number like any other."""
    return Decimal(raw) if isinstance(raw, int) and not isinstance(raw, bool) else raw


class KeyBody(Body):
    """`rate`: requests per second that it may make; null: as many as it likes."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"name": "shop", "scopes": ["events:write"], "rate": 50}}
    )
    name: Annotated[Identifier, AfterValidator(_in_paths)]
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=20)]
    rate: (
        Annotated[
            Decimal,
            BeforeValidator(_decimal),
            Field(gt=0, le=1_000_000),
            WithJsonSchema({"type": "number", "exclusiveMinimum": 0, "maximum": 1_000_000}),
        ]
        | None
    ) = None


_KEY: dict[str, Any] = {
    "name": "shop",
    "prefix": "pk_5l0nT9qA",
    "scopes": ["events:write"],
    "rate": 50,
    "created_at": "2026-11-22T05:00:00Z",
    "last_used_at": None,
    "revoked_at": None,
}


@routes.get(
    "/v1/keys",
    summary="List API keys",
    responses=shows({"data": [_KEY], "next_cursor": None}),
    dependencies=[Depends(require("keys"))],
)
async def list_keys(page: Paging, context: CurrentContext) -> Answer[Keys]:
    """Newest first, also revoked ones. `PLIMSOLL_ADMIN_KEY` is a setting, and not among them."""
    after = None if page.after is None else (datetime.fromisoformat(page.after[0]), page.after[1])
    async with transaction(context.engine) as conn:
        found = await api_keys.page(conn, after, page.fetch)
    return answer(page.body(found, lambda one: [one.created_at.isoformat(), one.name], _shown))


@routes.post(
    "/v1/keys",
    summary="Create an API key",
    status_code=201,
    responses=shows(_KEY | {"key": "pk_5l0nT9qAwS2c"}, 201, "Created"),
)
async def create_key(
    body: KeyBody,
    caller: Annotated[Principal, Depends(require("keys"))],
    context: CurrentContext,
    author: CurrentAuthor,
) -> Answer[NewKeyShown]:
    """The answer has the key, once. 409 if a key has, or had, this name. Only admins create keys
    with the scope `admin`.
    """
    if "admin" in body.scopes and not caller.may("admin"):
        fault = Fault("/scopes", "only an admin creates keys with the scope admin")
        raise Problem(403, "You may not create such a key: see errors.", errors=[fault])
    now = context.clock.now()
    try:
        key = await api_keys.create_key(
            context.engine, body.name, body.scopes, body.rate, author=author, at=now
        )
    except KeyTaken as taken:
        raise Problem(409, "This name is taken.", errors=[Fault("/name", str(taken))]) from None
    async with transaction(context.engine) as conn:
        made = await api_keys.find_info(conn, body.name)
    return answer({**_shown(made), "key": key}, 201)


@routes.delete(
    "/v1/keys/{name}",
    summary="Revoke an API key",
    status_code=204,
    response_class=Response,
    dependencies=[Depends(require("keys"))],
)
async def delete_key(
    name: PathIdentifier, context: CurrentContext, author: CurrentAuthor
) -> Response:
    """Refused everywhere within ten seconds, a minute while the database is down. The name stays
    taken. 404 if no key of this name works.
    """
    now = context.clock.now()
    if not await api_keys.revoke_key(context.engine, name, author=author, at=now):
        raise Problem(404, "No key of this name works.")
    return no_content()


def _shown(key: KeyInfo) -> KeyShown:
    scopes: Any = list(key.scopes)
    return {
        "name": key.name,
        "prefix": key.prefix,
        "scopes": scopes,
        "rate": key.rate,
        "created_at": iso(key.created_at),
        "last_used_at": iso(key.last_used_at),
        "revoked_at": iso(key.revoked_at),
    }
