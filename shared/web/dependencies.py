"""Dependencies of endpoints: the process's context, and authorisation of the caller."""

import math
from typing import Annotated

from fastapi import Depends, Request
from fastapi.openapi.models import HTTPBearer as BearerScheme
from fastapi.security.base import SecurityBase

from shared.runtime.context import Context
from shared.security.api_keys import SCOPES, Principal
from shared.web.problems import Problem

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
    """A dependency: the caller's key must have `scope`. 401 without a known key, 403 without the
    scope, 429 above its rate.
    """

    def __init__(self, scope: str) -> None:
        assert scope in SCOPES, scope
        self.scope = scope
        self.scheme_name = "ApiKey"
        self.model = BearerScheme(description="An API key. See `plimsoll key create`.")

    async def __call__(self, request: Request) -> Principal:
        return await self.check(request)

    async def check(self, request: Request) -> Principal:
        """Resolved once per request, however often it is used."""
        found: Principal | None = getattr(request.state, "principal", None)
        if found is None:
            found = await self._identified(request)
            request.state.principal = found
        if not found.may(self.scope):
            raise Problem(
                403,
                "This key does not have the scope that is needed.",
                headers={
                    "WWW-Authenticate": (
                        f'{_REALM}, error="insufficient_scope", scope="{self.scope}"'
                    )
                },
            )
        return found

    async def _identified(self, request: Request) -> Principal:
        token = bearer(request)
        keys = current_context(request).keys
        found = None if token is None else await keys.find(token)
        if found is None:
            raise Problem(401, "A valid API key is needed.", headers={"WWW-Authenticate": _REALM})
        if wait := keys.wait_seconds(found):
            raise Problem(
                429,
                "This key has used up its rate.",
                headers={"Retry-After": str(max(1, math.ceil(wait)))},
            )
        return found


def require(scope: str) -> Require:
    """`dependencies=[Depends(require("read"))]`, or as a parameter that gets the Principal."""
    return Require(scope)
