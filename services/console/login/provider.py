"""The identity provider: its metadata and keys, and the exchange of a code for an id token."""

import asyncio
import json
import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_token_request

from services.console.login.token import Claims, Jwk, Party, Refused, UnknownKey
from shared.runtime.context import Context
from shared.runtime.setting_values import is_guarded, is_loopback
from shared.runtime.settings import Settings
from shared.telemetry.logs import log

T = TypeVar("T")

WELL_KNOWN = "/.well-known/openid-configuration"
_SECONDS = 5.0
_MOST_BYTES = 1_000_000
_FRESH_SECONDS = 3_600.0
_AGAIN_SECONDS = 60.0
_BEARER = re.compile(r"[A-Za-z0-9\-._~+/]{1,32768}=*", re.ASCII)


class Unavailable(Exception):
    """The provider cannot be reached, or does not answer as one. The message says how."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the provider says of itself. `posts_secret`: it wants the client's secret in the body.
    `names_issuer`: it says who it is when the browser comes back. `knows_s256`: it does not say
    that it cannot check the proof of a log-in. `scopes`: those it has, None if it does not say.
    """

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    end_session_endpoint: str | None
    userinfo_endpoint: str | None
    posts_secret: bool
    names_issuer: bool
    knows_s256: bool
    scopes: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a code was exchanged for. Neither is stored. `access`: opens the provider's userinfo."""

    id: str
    access: str | None


def read_metadata(found: Any, issuer: str, *, allow_private: bool) -> Metadata:
    """Raises Unavailable with what is wrong, for `plimsoll doctor` too."""
    if not isinstance(found, Mapping):
        raise Unavailable("its metadata are not a JSON object")
    if found.get("issuer") != issuer:
        raise Unavailable(
            f"it calls itself {str(found.get('issuer'))[:200]!r}: the setting must be the same"
        )
    places = {
        name: _place(found, name, allow_private=allow_private)
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")
    }
    others = {
        name: _place(found, name, allow_private=allow_private)
        for name in ("end_session_endpoint", "userinfo_endpoint")
        if found.get(name)
    }
    methods = found.get("token_endpoint_auth_methods_supported")
    proofs, scopes = found.get("code_challenge_methods_supported"), found.get("scopes_supported")
    return Metadata(
        issuer=issuer,
        **places,
        end_session_endpoint=others.get("end_session_endpoint"),
        userinfo_endpoint=others.get("userinfo_endpoint"),
        posts_secret=isinstance(methods, list)
        and "client_secret_basic" not in methods
        and "client_secret_post" in methods,
        names_issuer=found.get("authorization_response_iss_parameter_supported") is True,
        knows_s256=not isinstance(proofs, list) or "S256" in proofs,
        scopes=frozenset(map(str, scopes)) if isinstance(scopes, list) else None,
    )


def _place(found: Mapping[str, Any], name: str, *, allow_private: bool) -> str:
    url = found.get(name)
    if not isinstance(url, str) or urlsplit(url).scheme not in ("http", "https"):
        raise Unavailable(f"its metadata have no {name}")
    if not allow_private and not is_guarded(url):
        raise Unavailable(f"its {name} is not https")
    return url


async def fetch(method: str, url: str, **more: Any) -> httpx.Response:
    """One request within five seconds, without redirects; at most a megabyte is read. Raises
    Unavailable.

    Proxies of the environment are used, unless the provider is on this machine.
    """
    try:
        async with (
            asyncio.timeout(_SECONDS),
            httpx.AsyncClient(
                trust_env=not is_loopback(urlsplit(url).hostname or ""), timeout=_SECONDS
            ) as client,
            client.stream(method, url, **more) as response,
        ):
            body = bytearray()
            async for piece in response.aiter_bytes():
                body += piece
                if len(body) > _MOST_BYTES:
                    raise Unavailable(f"the answer of {_host(url)} is longer than a megabyte")
    except (TimeoutError, httpx.TimeoutException):
        raise Unavailable(f"{_host(url)} does not answer within {_SECONDS:g} seconds") from None
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise Unavailable(f"{_host(url)} cannot be reached ({type(error).__name__})") from None
    return httpx.Response(response.status_code, content=bytes(body))


async def fetch_json(url: str) -> Any:
    answer = await fetch("GET", url, headers={"Accept": "application/json"})
    if answer.status_code != 200:
        raise Unavailable(f"{_host(url)} answers {answer.status_code}")
    return _json(answer, url)


async def fetch_metadata(settings: Settings) -> Metadata:
    assert settings.oidc_issuer is not None
    found = await fetch_json(settings.oidc_issuer.rstrip("/") + WELL_KNOWN)
    return read_metadata(found, settings.oidc_issuer, allow_private=settings.allow_private_urls)


async def fetch_keys(jwks_uri: str) -> list[Jwk]:
    found = await fetch_json(jwks_uri)
    keys = found.get("keys") if isinstance(found, Mapping) else None
    if not isinstance(keys, list):
        raise Unavailable("its keys are not a JSON Web Key Set")
    return [one for one in keys if isinstance(one, Mapping)]


class Provider:
    """One per process: what it fetched is kept, and fetched again after an hour, or for a key that
    it does not know.
    """

    def __init__(self, context: Context) -> None:
        self._settings = context.settings
        self._lock = asyncio.Lock()
        self._metadata: tuple[float, Metadata] | None = None
        self._keys: tuple[float, list[Jwk]] | None = None
        self._asked_again = float("-inf")
        self._last_failure: str | None = None

    @property
    def party(self) -> Party:
        issuer, client_id = self._settings.oidc_issuer, self._settings.oidc_client_id
        assert issuer is not None
        assert client_id is not None
        return Party(issuer, client_id)

    async def metadata(self) -> Metadata:
        async with self._lock:
            kept = self._metadata
            if kept is None or time.monotonic() - kept[0] > _FRESH_SECONDS:
                kept = self._metadata = await self._again(kept, fetch_metadata(self._settings))
        return kept[1]

    async def verified(self, check: Callable[[Sequence[Jwk]], Claims]) -> Claims:
        """What `check` makes of the provider's keys; once more with newer ones if none of them
        fits. Raises Refused, Unavailable.
        """
        try:
            return check(await self._known_keys())
        except UnknownKey:
            if not await self._newer_keys():
                raise
        return check(await self._known_keys())

    async def exchange(self, code: str, verifier: str, redirect_uri: str) -> Tokens:
        """The tokens for a code. Raises Refused, Unavailable."""
        metadata, settings = await self.metadata(), self._settings
        given = {"code": code, "code_verifier": verifier, "client_id": settings.oidc_client_id}
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
        }
        auth = None
        if settings.oidc_client_secret is not None:
            if metadata.posts_secret:
                given["client_secret"] = settings.oidc_client_secret
            else:
                auth = httpx.BasicAuth(
                    quote(settings.oidc_client_id or "", safe=""),
                    quote(settings.oidc_client_secret, safe=""),
                )
        body = prepare_token_request("authorization_code", redirect_uri=redirect_uri, **given)
        answer = await fetch(
            "POST", metadata.token_endpoint, content=body, headers=headers, auth=auth
        )
        return _tokens(answer, metadata.token_endpoint)

    async def userinfo(self, tokens: Tokens) -> Claims:
        """What else it says of who logs in; nothing if it has no place for that, or gives nothing
        to us. Raises Unavailable: whoever is away may still know them.
        """
        endpoint = (await self.metadata()).userinfo_endpoint
        if endpoint is None or tokens.access is None:
            return {}
        headers = {"Accept": "application/json", "Authorization": f"Bearer {tokens.access}"}
        answer = await fetch("GET", endpoint, headers=headers)
        if answer.status_code == 200:
            found = _json(answer, endpoint)
            return found if isinstance(found, Mapping) else {}
        if answer.status_code >= 500 or answer.status_code in (408, 429):
            raise Unavailable(f"{_host(endpoint)} answers {answer.status_code}")
        log.warning("userinfo_refused", status=answer.status_code)
        return {}

    async def _known_keys(self) -> list[Jwk]:
        metadata = await self.metadata()
        async with self._lock:
            kept = self._keys
            if kept is None or time.monotonic() - kept[0] > _FRESH_SECONDS:
                kept = self._keys = await self._again(kept, fetch_keys(metadata.jwks_uri))
        return kept[1]

    async def _newer_keys(self) -> bool:
        """Whether they were fetched again: at most once a minute, whoever sends unknown keys.
        Raises Unavailable, also for the rest of a minute in which they could not be: nobody is
        refused for a key that may well be the provider's.
        """
        metadata = await self.metadata()
        async with self._lock:
            now = time.monotonic()
            if now - self._asked_again < _AGAIN_SECONDS:
                if self._last_failure is not None:
                    raise Unavailable(self._last_failure)
                return False
            self._asked_again, self._last_failure = now, None
            try:
                self._keys = (now, await fetch_keys(metadata.jwks_uri))
            except Unavailable as error:
                self._last_failure = str(error)
                raise
        return True

    async def _again(self, kept: tuple[float, T] | None, fetching: Awaitable[T]) -> tuple[float, T]:
        """What is old is better than nothing."""
        try:
            return time.monotonic(), await fetching
        except Unavailable as error:
            if kept is None:
                raise
            log.warning("provider_away", reason=str(error))
            return time.monotonic(), kept[1]


def _tokens(answer: httpx.Response, url: str) -> Tokens:
    if (
        answer.status_code >= 500
        or answer.status_code in (404, 408, 429)
        or answer.status_code in range(300, 400)
    ):
        raise Unavailable(f"{_host(url)} answers {answer.status_code}")
    found = _json(answer, url)
    if answer.status_code != 200 or not isinstance(found, Mapping):
        code = found.get("error") if isinstance(found, Mapping) else None
        log.warning("code_refused", status=answer.status_code, error=str(code)[:60])
        raise Refused("code")
    token, access = found.get("id_token"), found.get("access_token")
    if not isinstance(token, str):
        raise Refused("no_id_token")
    return Tokens(token, access if _is_bearer(access) else None)


def _is_bearer(found: Any) -> bool:
    """Fit for a header, of a size that one may have."""
    return isinstance(found, str) and _BEARER.fullmatch(found) is not None


def _json(answer: httpx.Response, url: str) -> Any:
    try:
        return json.loads(answer.content)
    except (ValueError, RecursionError):
        raise Unavailable(f"{_host(url)} does not answer in JSON") from None


def _host(url: str) -> str:
    return urlsplit(url).netloc[:200]
