"""The services' API, asked as the person who reads: in memory where this process holds the
services, else over HTTP.
"""

import asyncio
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from json import JSONDecodeError, loads
from typing import Annotated, Any, Literal

import httpx
import structlog
from fastapi import Depends

from services.console.in_process import InProcess
from services.console.login.reader import Reader
from services.console.login.sessions import SignedIn
from services.console.names import CATALOG, PEOPLE, Names
from shared.runtime.context import Context
from shared.security import person_tokens
from shared.telemetry.logs import log
from shared.values.faults import Fault
from shared.values.quantities import dumps
from shared.web import CurrentContext

READ_SECONDS = 2.0
SOON_SECONDS = 0.3
WRITE_SECONDS = 10.0
STREAM_SECONDS = 60.0
"""Until the first piece of a file."""
UNAVAILABLE = (502, 503, 504)
MOST_PEOPLE = 200
"""Whose names are known without asking for each; the others are shown by their ids."""
State = Literal["ready", "empty", "away", "loading"]
Query = Mapping[str, Any]


class Away(Exception):
    """A service cannot be reached, is not ready, or took too long."""

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(f"no answer from {path}")


@dataclass(frozen=True, slots=True)
class Answered:
    """What the API said. `body` is its JSON, numbers as int or Decimal; None where it is none."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes = b""

    @property
    def ok(self) -> bool:
        return self.status < 400

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Why it was refused, each with its place; the whole refusal if it named none."""
        if self.ok or not isinstance(self.body, Mapping):
            return ()
        named = tuple(Fault(one["path"], one["reason"]) for one in self.body.get("errors", ()))
        return named or (Fault("", str(self.body.get("detail", ""))),)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a page: what it shows, or that it is away while the rest of the page stands."""

    name: str
    state: State
    answered: Answered | None = None

    @property
    def body(self) -> Any:
        return None if self.answered is None else self.answered.body

    @property
    def ready(self) -> Any:
        """The JSON that was asked for; None if it is away, or was refused."""
        return self.body if self.state == "ready" and self.answered and self.answered.ok else None


class Asker:
    """Asks as one person, with the id of the request that they made."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        token: str,
        request_id: str,
        names: Names,
        patience: float = READ_SECONDS,
        soon: float = SOON_SECONDS,
    ) -> None:
        self._http = http
        self._names = names
        self._patience = patience
        self._soon = soon
        self._headers = {"Authorization": f"Bearer {token}", "X-Request-Id": request_id}

    async def get(
        self,
        path: str,
        query: Query | None = None,
        *,
        seconds: float = 0.0,
        accept: str = "",
    ) -> Answered:
        """Raises Away. What has no value in `query` is left out. `seconds`: what takes longer than
        the others may.
        """
        headers = {"Accept": accept} if accept else {}
        patience = max(seconds, self._patience)
        return await self._ask("GET", path, query, None, headers, patience)

    async def catalog(self) -> Answered:
        """The one in force, as it was within the last ten seconds. Raises Away."""
        return await self._known(CATALOG)

    async def people(self) -> Answered:
        """So many of them that forms can offer, as they were within the last ten seconds. Raises
        Away.
        """
        return await self._known(PEOPLE, {"limit": MOST_PEOPLE})

    async def _known(self, path: str, query: Query | None = None) -> Answered:
        found = self._names.whole(path)
        return await self.get(path, query) if found is None else Answered(200, found)

    async def stream(self, path: str, query: Query | None = None) -> httpx.Response:
        """An answer whose body comes piece by piece; close it at the end. Raises Away, as long as
        nothing has come.
        """
        request = self._http.build_request("GET", path, params=_given(query), headers=self._headers)
        try:
            async with asyncio.timeout(STREAM_SECONDS):
                response = await self._http.send(request, stream=True)
        except (TimeoutError, httpx.TransportError) as error:
            raise _away(path, error) from error
        if response.status_code in UNAVAILABLE:
            await response.aclose()
            raise Away(path)
        return response

    async def send(
        self,
        method: Literal["POST", "PUT", "PATCH", "DELETE"],
        path: str,
        body: Any = None,
        *,
        query: Query | None = None,
        key: str = "",
        revision: str = "",
        headers: Mapping[str, str] | None = None,
        seconds: float = WRITE_SECONDS,
    ) -> Answered:
        """Raises Away. `key`: the Idempotency-Key. `revision`: for If-Match."""
        sent = dict(headers or {})
        if key:
            sent["Idempotency-Key"] = key
        if revision:
            sent["If-Match"] = f'"{revision}"'
        answered = await self._ask(method, path, query, body, sent, seconds)
        if path.startswith((CATALOG, PEOPLE)):
            self._names.forget()
        return answered

    async def parts(self, **asked: Awaitable[Answered]) -> dict[str, Part]:
        """All at the same time. What is away, or fails, does not take the others with it."""
        found = await asyncio.gather(*asked.values(), return_exceptions=True)
        return {name: _part(name, one) for name, one in zip(asked, found, strict=True)}

    async def soon(self, **asked: Awaitable[Answered]) -> dict[str, Part]:
        """As `parts`, but what is not there at once is `loading`: the page asks for it later."""
        tasks = {name: asyncio.ensure_future(one) for name, one in asked.items()}
        await asyncio.wait(tasks.values(), timeout=self._soon)
        for task in tasks.values():
            task.cancel()
        found = await asyncio.gather(*tasks.values(), return_exceptions=True)
        return {name: _part(name, one) for name, one in zip(asked, found, strict=True)}

    async def _ask(
        self,
        method: str,
        path: str,
        query: Query | None,
        body: Any,
        headers: Mapping[str, str],
        seconds: float,
    ) -> Answered:
        content = None if body is None else body if isinstance(body, bytes) else dumps(body)
        typed = {} if content is None else {"Content-Type": "application/json"}
        try:
            async with asyncio.timeout(seconds):
                response = await self._http.request(
                    method,
                    path,
                    params=_given(query),
                    content=content,
                    headers={**typed, **self._headers, **headers},
                )
        except (TimeoutError, httpx.TransportError) as error:
            raise _away(path, error) from error
        if response.status_code in UNAVAILABLE:
            raise Away(path)
        return Answered(response.status_code, _json(response), response.headers, response.content)


def _away(path: str, error: Exception) -> Away:
    log.warning("api_away", path=path, fault=type(error).__name__)
    return Away(path)


def _part(name: str, found: Answered | BaseException) -> Part:
    if isinstance(found, Away):
        return Part(name, "away")
    if isinstance(found, asyncio.CancelledError):
        return Part(name, "loading")
    if isinstance(found, BaseException):
        raise found
    return Part(name, "away" if found.status >= 500 else "ready", found)


def _given(query: Query | None) -> httpx.QueryParams:
    return httpx.QueryParams(
        {
            name: str(one).lower() if isinstance(one, bool) else str(one)
            for name, one in (query or {}).items()
            if one is not None and one != ""
        }
    )


def _json(response: httpx.Response) -> Any:
    if "json" not in response.headers.get("content-type", ""):
        return None
    try:
        return loads(response.content, parse_float=Decimal)
    except JSONDecodeError:
        return None


class Api:
    """One per process."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._http: httpx.AsyncClient | None = None
        self.patience = READ_SECONDS
        """How long a part of a page is waited for."""
        self.soon = SOON_SECONDS
        """How long one that can come later is."""

    def for_reader(self, reader: Reader, request_id: str) -> Asker:
        token = person_tokens.issue(
            self._context.signer,
            reader.person_id,
            reader.roles,
            reader.session,
            self._context.clock.now(),
        )
        return self._asker(token, request_id)

    def for_login(self, request_id: str) -> Asker:
        """As the console itself, which finds and makes persons at log-in."""
        token = person_tokens.issue_login(self._context.signer, self._context.clock.now())
        return self._asker(token, request_id)

    def _asker(self, token: str, request_id: str) -> Asker:
        names = self._context.only(Names)
        return Asker(self._client(), token, request_id, names, self.patience, self.soon)

    async def run(self, stop: asyncio.Event) -> None:
        """Keeps connections open until the process ends."""
        await stop.wait()
        await self.close()

    async def close(self) -> None:
        if self._http is not None:
            await self._http.aclose()

    def _client(self) -> httpx.AsyncClient:
        if self._http is None:
            self._http = httpx.AsyncClient(**self._where())
        return self._http

    def _where(self) -> dict[str, Any]:
        settings = self._context.settings
        if self._context.api is not None and settings.api_url is None:
            return {
                "transport": InProcess(self._context.api),
                "base_url": "http://api",
            }
        return {
            "base_url": settings.api_url or settings.public_url or "",
            "timeout": WRITE_SECONDS,
            "limits": httpx.Limits(max_connections=50),
        }


async def asker(reader: SignedIn, context: CurrentContext) -> Asker:
    """It knows what the ids of its answers are called."""
    asked, names = context.only(Api).for_reader(reader, request_id()), context.only(Names)
    if names.claim():
        parts = await asked.parts(
            catalog=asked.get(CATALOG), people=asked.get(PEOPLE, {"limit": MOST_PEOPLE})
        )
        names.learn(parts["catalog"].ready, parts["people"].ready)
    return asked


def request_id() -> str:
    """The one that the answer to the browser carries."""
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))


CurrentAsker = Annotated[Asker, Depends(asker)]
