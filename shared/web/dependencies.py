"""Dependencies of endpoints: the process's context, and authorisation of the caller."""

import math
from collections.abc import Collection
from typing import Annotated

import structlog
from fastapi import Depends, Request
from fastapi.openapi.models import HTTPBearer as BearerScheme
from fastapi.security.base import SecurityBase

from shared.audit.trail import Author
from shared.runtime.context import Context
from shared.security import person_tokens
from shared.security.rights import SCOPES, Principal, Role
from shared.values.faults import Fault
from shared.web.problems import Problem

PERSON = "Plimsoll-Person"
"""The header with which a key says whom it acts for."""

_REALM = 'Bearer realm="plimsoll"'


def current_context(request: Request) -> Context:
    context = request.app.state.context
    assert isinstance(context, Context)
    return context


CurrentContext = Annotated[Context, Depends(current_context)]


def bearer(request: Request) -> str | None:
    """The token of `Authorization: Bearer …`, or None if the header is missing or different."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    token = token.strip()
    return token if scheme.lower() == "bearer" and token and token.isascii() else None


class Guard(SecurityBase):
    """A dependency that identifies the caller. `Route` resolves it before the body is read."""

    async def check(self, request: Request) -> object:
        """The caller; Problem 401 or 403 if not authorised. Resolved once per request, however
        often it is used.
        """
        raise NotImplementedError


class Require(Guard):
    """A dependency: the caller must have `scope`. 401 without a known key or a token that holds,
    403 without the scope, 429 above the key's rate.

    `people`: roles that decide instead of the scope if a person asks.
    """

    def __init__(self, scope: str, people: Collection[Role] | None = None) -> None:
        assert scope in SCOPES, scope
        self.scope, self._people = scope, people
        self.scheme_name = "ApiKey"
        self.model = BearerScheme(description="An API key. See `plimsoll key create`.")

    async def __call__(self, request: Request) -> Principal:
        return await self.check(request)

    async def check(self, request: Request) -> Principal:
        """Resolved once per request, however often it is used."""
        found: Principal | None = getattr(request.state, "principal", None)
        if found is None:
            found = await _identified(request)
            request.state.principal = found
        if not self._permits(found):
            raise _insufficient(found, self.scope)
        return found

    def _permits(self, caller: Principal) -> bool:
        if self._people is None:
            return caller.may(self.scope)
        return caller.reads(self._people, scope=self.scope)


async def _identified(request: Request) -> Principal:
    token = bearer(request)
    context = current_context(request)
    if token is not None and person_tokens.is_token(token):
        found = person_tokens.read(context.signer, token, context.clock.now())
        if found is None:
            raise Problem(
                401,
                "This token has expired, or is not ours.",
                headers={"WWW-Authenticate": f'{_REALM}, error="invalid_token"'},
            )
        return _as_themselves(request, found)
    found = None if token is None else await context.keys.find(token)
    if found is None:
        raise Problem(401, "A valid API key is needed.", headers={"WWW-Authenticate": _REALM})
    if wait := context.keys.wait_seconds(found):
        raise Problem(
            429,
            "This key has used up its rate.",
            headers={"Retry-After": str(max(1, math.ceil(wait)))},
        )
    return found


def _as_themselves(request: Request, caller: Principal) -> Principal:
    """Only a key acts for somebody else."""
    named = request.headers.get(PERSON)
    if named is not None and (caller.kind != "person" or named != caller.name):
        raise Problem(
            403,
            "Who is signed in acts as themselves.",
            errors=[Fault(f"header.{PERSON}", "not_your_role")],
        )
    return caller


def _insufficient(caller: Principal, scope: str) -> Problem:
    challenge = f'{_REALM}, error="insufficient_scope", scope="{scope}"'
    headers = {"WWW-Authenticate": challenge}
    if caller.kind == "person":
        fault = Fault("header.Authorization", "not_your_role")
        return Problem(403, "Your roles do not include this.", errors=[fault], headers=headers)
    return Problem(403, "This key does not have the scope that is needed.", headers=headers)


def require(scope: str, people: Collection[Role] | None = None) -> Require:
    """`dependencies=[Depends(require("read"))]`, or as a parameter that gets the Principal."""
    return Require(scope, people)


def request_id() -> str | None:
    """Of the request that is being answered; the log has it, too."""
    found: str | None = structlog.contextvars.get_contextvars().get("request_id")
    return found


def current_author(request: Request) -> Author:
    """Who asks, for the audit log."""
    caller = request.state.principal
    assert isinstance(caller, Principal)
    return Author(caller.kind, caller.name, request_id())


CurrentAuthor = Annotated[Author, Depends(current_author)]
