"""An identity provider of our own that behaves, and misbehaves as it is told to."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, urlencode

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc.jwk import Key
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from shared.runtime.server import HttpServer
from tests.support.identity_tokens import CLIENT, claims, okp_key, public, rsa_key, signed


@dataclass(frozen=True)
class Behaviour:
    """What it does next. `claims`: instead of those of a good token, None for left out. `token`:
    the whole id token. `status`: of its token endpoint. `answered`: parameters of the way back,
    None for left out. `userinfo`: what it says there, or the status that refuses to.
    """

    claims: Mapping[str, Any] = field(default_factory=dict)
    key: Key = field(default_factory=rsa_key)
    algorithm: str = "RS256"
    token: str | None = None
    status: int = 200
    answered: Mapping[str, str | None] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    keys: Sequence[Mapping[str, Any]] | None = None
    userinfo: Mapping[str, Any] | int = 404
    seconds: float = 0.0
    is_away: bool = False


@dataclass
class MadeUpProvider:
    """`asked`: the paths that were asked for. Set `does` before a log-in."""

    issuer: str = ""
    does: Behaviour = field(default_factory=Behaviour)
    asked: list[str] = field(default_factory=list)
    sent: dict[str, str] = field(default_factory=dict)
    """What the token endpoint last got."""
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def will(self, **does: Any) -> None:
        self.does = replace(Behaviour(), **does)

    def id_token(self, nonce: str | None = None, **more: Any) -> str:
        told = claims(**{"iss": self.issuer, "nonce": nonce, **more})
        return signed(told, self.does.key, self.does.algorithm)

    def routes(self) -> list[Route]:
        known = {
            "/.well-known/openid-configuration": self._metadata,
            "/keys": self._keys,
            "/authorize": self._authorize,
            "/userinfo": self._userinfo,
            "/logout": self._end,
        }
        return [*(Route(path, one) for path, one in known.items()), self._tokens]

    @property
    def _tokens(self) -> Route:
        return Route("/token", self._token, methods=["POST"])

    async def _asked_for(self, request: Request) -> Response | None:
        self.asked.append(request.url.path)
        if self.does.seconds:
            await asyncio.sleep(self.does.seconds)
        return Response(status_code=503) if self.does.is_away else None

    async def _metadata(self, request: Request) -> Response:
        told: dict[str, Any] = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "end_session_endpoint": f"{self.issuer}/logout",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            **self.does.metadata,
        }
        return await self._asked_for(request) or JSONResponse(told)

    async def _keys(self, request: Request) -> Response:
        known = [*public(self.does.key, rsa_key(), okp_key()), {"kty": "new"}]
        keys = known if self.does.keys is None else self.does.keys
        return await self._asked_for(request) or JSONResponse({"keys": keys})

    async def _authorize(self, request: Request) -> Response:
        asked, code = dict(request.query_params), secrets.token_urlsafe(16)
        self._codes[code] = asked
        told = {"code": code, "state": asked["state"], "iss": self.issuer, **self.does.answered}
        kept = {name: value for name, value in told.items() if value is not None}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(kept)}", 302)

    async def _userinfo(self, request: Request) -> Response:
        if (away := await self._asked_for(request)) is not None:
            return away
        assert request.headers["authorization"] == "Bearer a"
        told = self.does.userinfo
        return Response(status_code=told) if isinstance(told, int) else JSONResponse(dict(told))

    async def _end(self, request: Request) -> Response:
        return RedirectResponse(request.query_params["post_logout_redirect_uri"], 302)

    async def _token(self, request: Request) -> Response:
        if (away := await self._asked_for(request)) is not None:
            return away
        told = {name: one for name, (one,) in parse_qs((await request.body()).decode()).items()}
        self.sent = told | {"authorization": request.headers.get("authorization", "")}
        asked = self._codes.pop(told.get("code", ""), None)
        if (
            asked is None
            or create_s256_code_challenge(told["code_verifier"]) != asked["code_challenge"]
            or told["redirect_uri"] != asked["redirect_uri"]
        ):
            return JSONResponse({"error": "invalid_grant"}, 400)
        if self.does.status != 200:
            return JSONResponse({"error": "invalid_client"}, self.does.status)
        token = self.does.token or self.id_token(**{"nonce": asked["nonce"], **self.does.claims})
        return JSONResponse({"access_token": "a", "token_type": "Bearer", "id_token": token})


@asynccontextmanager
async def made_up_provider() -> AsyncIterator[MadeUpProvider]:
    provider = MadeUpProvider()
    server = HttpServer(Starlette(routes=provider.routes()), "127.0.0.1", 0)
    await server.start()
    provider.issuer = f"http://127.0.0.1:{server.port}"
    try:
        yield provider
    finally:
        await server.stop()


def environment(issuer: str, **more: str) -> dict[str, str]:
    """The settings of a console that logs in there."""
    return {"PLIMSOLL_OIDC_ISSUER": issuer, "PLIMSOLL_OIDC_CLIENT_ID": CLIENT, **more}


def logout_claims(issuer: str, **more: Any) -> dict[str, Any]:
    """Of a log-out token."""
    events: dict[str, Any] = {"http://schemas.openid.net/event/backchannel-logout": {}}
    told = {"iss": issuer, "nonce": None, "events": events, "jti": str(time.time()), **more}
    return claims(**told)
