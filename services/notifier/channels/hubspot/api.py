"""The part of HubSpot's HTTP API that tasks need: strings only, one bucket for all calls."""

import json
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from urllib.parse import quote

from services.notifier.channels.base import Failed, Outcome, Unanswered
from services.notifier.channels.hubspot.answers import fault
from services.notifier.channels.safe_http import NoReply, NotSent, Reply, SafeHttp, UrlFault
from services.notifier.delivery.ratelimit import TokenBucket

TASK_TO_COMPANY = 192
KEY = "plimsoll_task_key"
READ_BACK = (
    "hs_task_status",
    "hs_timestamp",
    "hubspot_owner_id",
    "hs_lastmodifieddate",
    "hs_updated_by_user_id",
)
"""What is read of a task."""
_UNKNOWN = (404, 405, 501)
"""Answers of a server that does not know a request."""
REPLY_LIMIT = 1024 * 1024
DEFAULT_VERSION = "2026-03"
_SHARE = 0.8
_PAGE = 100
_SHORTEST_WINDOW, _LONGEST_WINDOW = 1.0, 30.0
_READ = (
    "hs_task_status",
    "hs_timestamp",
    "hs_task_subject",
    "hs_task_body",
    "hs_task_priority",
    "hubspot_owner_id",
)
_LEAST_CALLS = 6.0
"""The calls that one delivery needs. With less, or with a window of days, every attempt would time
out."""


@dataclass(frozen=True, slots=True, repr=False)
class HubSpotConfig:
    url: str
    token: str
    version: str = DEFAULT_VERSION


class Stop(Exception):
    """Ends the attempt with this outcome. `said`: the whole answer, to look up the faulty part;
    `status`: that of a refused request.
    """

    def __init__(self, outcome: Outcome, said: str = "", status: int | None = None) -> None:
        super().__init__(repr(outcome))
        self.outcome = outcome
        self.said = said
        self.status = status


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Mapping[str, Any]

    @property
    def properties(self) -> Mapping[str, Any]:
        return _mapping(self.body.get("properties"))


class HubSpotApi:
    """Raises Stop for every status that is not in the caller's `expects`."""

    def __init__(
        self,
        config: HubSpotConfig,
        http: SafeHttp,
        now: Callable[[], datetime],
        bucket: TokenBucket | None = None,
    ) -> None:
        self._config = config
        self._http = http
        self._now = now
        self._written: dict[str, str] = {}
        # 80 % of the lowest limit, 100 in 10 s: half of that as a burst, half over time.
        self._bucket = bucket or TokenBucket(rate=4.0, burst=40.0)

    def noting(self, written: dict[str, str]) -> "HubSpotApi":
        """The same, with the properties of tasks that HubSpot has accepted put into `written`."""
        noting = copy(self)
        noting._written = written
        return noting

    async def find_property(self) -> Answer:
        return await self._call(
            "GET", self._objects("properties", "tasks", KEY), expects=(404, 405, 403, 400)
        )

    async def make_property(self) -> Answer:
        body = {
            "name": KEY,
            "label": "Plimsoll task key",
            "description": "One task per account and meter: written by Plimsoll, do not edit.",
            "groupName": "task",
            "type": "string",
            "fieldType": "text",
            "hasUniqueValue": True,
            "formField": False,
        }
        return await self._call(
            "POST", self._objects("properties", "tasks"), body, expects=(400, 403, 404, 405, 409)
        )

    async def upsert(self, key: str, properties: Mapping[str, str], attempt: int) -> Answer:
        item = {"idProperty": KEY, "id": key, "objectWriteTraceId": key, "properties": properties}
        path = self._objects("objects", "tasks", "batch", "upsert")
        answer = await self._call(
            "POST", path, {"inputs": [item]}, expects=(409,), attempt=attempt, writes=True
        )
        return self._noted(answer, properties if _list(answer.body.get("results")) else {})

    async def create(
        self, properties: Mapping[str, str], company: str | None, attempt: int
    ) -> Answer:
        kind = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": TASK_TO_COMPANY}
        associations = [] if company is None else [{"to": {"id": company}, "types": [kind]}]
        body = {"properties": properties, "associations": associations}
        answer = await self._call(
            "POST", self._objects("objects", "tasks"), body, attempt=attempt, writes=True
        )
        return self._noted(answer, properties)

    async def read(self, task: str, attempt: int) -> Answer:
        path = f"{self._objects('objects', 'tasks', task)}?properties={','.join(_READ)}"
        return await self._call("GET", path, expects=(404,), attempt=attempt)

    async def update(self, task: str, properties: Mapping[str, str], attempt: int) -> Answer:
        answer = await self._call(
            "PATCH",
            self._objects("objects", "tasks", task),
            {"properties": properties},
            expects=(404,),
            attempt=attempt,
        )
        return self._noted(answer, properties)

    def _noted(self, answer: Answer, properties: Mapping[str, str]) -> Answer:
        if 200 <= answer.status < 300:
            self._written.update(properties)
        return answer

    async def read_all(self, tasks: Sequence[str]) -> list[Mapping[str, Any]] | None:
        """Those of at most a hundred tasks that still exist: `id`, `properties`, `updatedAt`. None
        where the server knows no such request: there is nothing to read then, and nothing wrong.
        """
        body = {
            "properties": list(READ_BACK),
            "propertiesWithHistory": [],
            "inputs": [{"id": task} for task in tasks],
        }
        path = self._objects("objects", "tasks", "batch", "read")
        answer = await self._call("POST", path, body, expects=_UNKNOWN)
        if answer.status in _UNKNOWN:
            return None
        return _list(answer.body.get("results"))

    async def find(self, key: str, attempt: int) -> str | None:
        path = f"{self._objects('objects', 'tasks', key)}?idProperty={KEY}"
        answer = await self._call("GET", path, expects=(404,), attempt=attempt)
        return None if answer.status == 404 else task_id(answer.body)

    async def associate(self, task: str, company: str, attempt: int) -> Answer:
        ids = quote(task, safe=""), quote(company, safe="")
        path = "/crm/v4/objects/tasks/{}/associations/default/companies/{}".format(*ids)
        return await self._call(
            "PUT", path, expects=(400, 403, 404, 405, 409, 410, 422), attempt=attempt
        )

    async def tasks_of(self, company: str, attempt: int) -> list[str] | None:
        """Returns the ids of a company's tasks, newest first; None if they cannot be listed."""
        for version in ("v4", "v3"):
            companies = f"/crm/{version}/objects/companies"
            base = f"{companies}/{quote(company, safe='')}/associations/tasks?limit=500"
            found = await self._paged(base, attempt)
            if found is not None:
                return sorted(found, key=lambda id: (len(id), id), reverse=True)
        return None

    async def _paged(self, base: str, attempt: int) -> list[str] | None:
        found: list[str] = []
        after = ""
        while True:
            answer = await self._call("GET", base + after, expects=(404, 405), attempt=attempt)
            if answer.status != 200:
                return None
            ids = (
                item.get("toObjectId", item.get("id")) for item in _list(answer.body.get("results"))
            )
            found += [str(id) for id in ids if id is not None]
            following = _mapping(_mapping(answer.body.get("paging")).get("next")).get("after")
            if not following:
                return found
            after = f"&after={quote(str(following), safe='')}"

    async def find_marked(self, tasks: Sequence[str], marker: str, attempt: int) -> str | None:
        """Returns the first of the tasks whose body contains the marker."""
        for start in range(0, len(tasks), _PAGE):
            inputs = [{"id": task} for task in tasks[start : start + _PAGE]]
            body = {"properties": ["hs_task_body"], "propertiesWithHistory": [], "inputs": inputs}
            answer = await self._call(
                "POST", self._objects("objects", "tasks", "batch", "read"), body, attempt=attempt
            )
            for item in _list(answer.body.get("results")):
                if "id" in item and marker in str(
                    _mapping(item.get("properties")).get("hs_task_body", "")
                ):
                    return str(item["id"])
        return None

    async def owner(self, email: str, attempt: int) -> str | None:
        """Returns the id of the HubSpot owner with that address; None also without the scope."""
        answer = await self._call(
            "GET",
            f"/crm/v3/owners?email={quote(email, safe='')}",
            expects=(403, 404),
            attempt=attempt,
        )
        owners = [
            owner
            for owner in _list(answer.body.get("results"))
            if "id" in owner and owner.get("archived") is not True
        ]
        return str(owners[0]["id"]) if owners else None

    async def email_of(self, id: str, *, by: Literal["id", "userId"]) -> str | None:
        """The address of an owner; None also without the scope."""
        answer = await self._call(
            "GET", f"/crm/v3/owners/{quote(id, safe='')}?idProperty={by}", expects=(400, 403, 404)
        )
        email = answer.body.get("email")
        return email if answer.status == 200 and isinstance(email, str) and email else None

    async def aclose(self) -> None:
        await self._http.aclose()

    def _objects(self, area: str, *path: str) -> str:
        return "/".join(
            [
                "/crm",
                area,
                quote(self._config.version, safe=""),
                *(quote(part, safe="") for part in path),
            ]
        )

    async def _call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        expects: Sequence[int] = (),
        attempt: int = 1,
        writes: bool = False,
    ) -> Answer:
        """`writes`: the effect of a lost reply is unknown. All other calls can be repeated."""
        await self._bucket.acquire()
        reply = await self._exchange(method, path, body, writes)
        self._heed(reply)
        parsed = _parsed(reply.body)
        if 200 <= reply.status < 300:
            if parsed is None and reply.status != 204 and method != "PUT":
                raise Stop(_unclear("HubSpot's answer is not JSON", writes))
            return Answer(reply.status, parsed or {})
        if reply.status in expects:
            return Answer(reply.status, parsed or {})
        if reply.status >= 500 and writes:
            raise Stop(_unclear(f"HubSpot answered {reply.status}", writes))
        raise Stop(
            fault(reply.status, reply.headers, parsed or {}, self._now(), attempt),
            reply.body.decode(errors="replace"),
            reply.status,
        )

    async def _exchange(self, method: str, path: str, body: object, writes: bool) -> Reply:
        headers = {"Authorization": f"Bearer {self._config.token}", "Accept": "application/json"}
        content = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = json.dumps(body, ensure_ascii=False).encode()
        try:
            return await self._http.request(
                method, self._config.url.rstrip("/") + path, headers=headers, content=content
            )
        except (NotSent, UrlFault) as error:
            raise Stop(Failed(str(error))) from None
        except NoReply as error:
            raise Stop(_unclear(str(error), writes)) from None

    def _heed(self, reply: Reply) -> None:
        """Uses 80 % of the limit in the headers; waits for one window if nothing is left."""
        asked = (
            _whole(reply.headers.get("x-hubspot-ratelimit-interval-milliseconds")) or 10_000
        ) / 1000
        interval = min(max(asked, _SHORTEST_WINDOW), _LONGEST_WINDOW)
        most = _whole(reply.headers.get("x-hubspot-ratelimit-max"))
        if most:
            # Half of it as a burst and half over time: never more than the share in any window.
            half = max(_SHARE * most / 2, _LEAST_CALLS)
            self._bucket.limit(half / interval, half)
        if _whole(reply.headers.get("x-hubspot-ratelimit-remaining")) == 0:
            self._bucket.drain(interval)


def task_id(body: Mapping[str, Any]) -> str:
    """Returns a single object's id. Without one the effect of the call is unknown."""
    found = body.get("id")
    if (
        not isinstance(found, str | int)
        or isinstance(found, bool)
        or not 1 <= len(str(found)) <= 100
        or not str(found).isprintable()
    ):
        raise Stop(_unclear("HubSpot's answer has no id", writes=True))
    return str(found)


def upserted_id(body: Mapping[str, Any]) -> str:
    """Returns the id of a batch with one input. Raises BatchError for its error."""
    results = _list(body.get("results"))
    if results:
        return task_id(results[0])
    errors = _list(body.get("errors"))
    if not errors:
        raise Stop(_unclear("HubSpot's answer has no result", writes=True))
    raise BatchError(errors[0])


class BatchError(Exception):
    """The error of a batch with one input (207)."""

    def __init__(self, error: Mapping[str, Any]) -> None:
        super().__init__(str(error.get("message", "")))
        self.category = str(error.get("category", ""))
        self.said = json.dumps(error)

    @property
    def passes(self) -> bool:
        """Whether it is temporary: not the input's fault, so a retry may succeed."""
        return self.category in (
            "INTERNAL_ERROR",
            "RATE_LIMITS",
            "RATE_LIMIT",
            "SERVICE_UNAVAILABLE",
            "TIMEOUT",
        )


def _unclear(reason: str, writes: bool) -> Outcome:
    return Unanswered(reason, again="safely") if writes else Failed(reason)


def _parsed(body: bytes) -> Mapping[str, Any] | None:
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict) else None


def _list(value: object) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _whole(raw: str | None) -> int | None:
    return (
        int(raw) if raw is not None and raw.isascii() and raw.isdigit() and len(raw) < 10 else None
    )
