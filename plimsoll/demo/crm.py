"""The demo's CRM: a server that implements HubSpot's task API as strictly as HubSpot documents it,
and misbehaves on request.

It enforces what clients most easily get wrong: values are strings, required properties are
required, an upsert accepts no associations, a rate limit answers 429 with its policy. The tests of
the HubSpot channel run against it.
"""

import json
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from plimsoll.demo.crm_http import Answer, CrmServer, Request

KEY = "plimsoll_task_key"
_STANDARD = {
    "hubspot_owner_id",
    *(f"hs_task_{name}" for name in ("subject", "body", "status", "priority", "type", "reminders")),
    "hs_timestamp",
}
_CHOICES = {
    "hs_task_status": {"NOT_STARTED", "IN_PROGRESS", "WAITING", "DEFERRED", "COMPLETED"},
    "hs_task_priority": {"LOW", "MEDIUM", "HIGH"},
    "hs_task_type": {"EMAIL", "CALL", "TODO"},
}
_TASK_TO_COMPANY = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 192}
_WINDOW_SECONDS = 10.0
_BEGAN = datetime(2026, 11, 22, tzinfo=UTC)


class Refused(Exception):
    """A response that is not 2xx."""

    def __init__(self, status: int, category: str, message: str) -> None:
        super().__init__(message)
        self.answer = Answer(
            status,
            {
                "status": "error",
                "category": category,
                "message": message,
                "correlationId": "c0ffee",
            },
        )


@dataclass(slots=True)
class Task:
    """`modified`: what HubSpot itself says of the last change; `by`: the user who made it."""

    id: str
    properties: dict[str, str]
    companies: set[str] = field(default_factory=set)
    modified: datetime = _BEGAN
    by: str | None = None

    def touched(self, properties: Mapping[str, str], by: str | None = None) -> None:
        """Each change has a moment of its own, later than the one before."""
        self.properties |= properties
        self.modified = max(datetime.now(UTC), self.modified + timedelta(milliseconds=1))
        self.by = by

    def property(self, name: str) -> str | None:
        own = {"hs_lastmodifieddate": _stamp(self.modified), "hs_updated_by_user_id": self.by}
        return own[name] if name in own else self.properties.get(name)


@dataclass(slots=True)
class Fault:
    """A fault in the next `times` requests whose line (`POST /crm/…`) contains `match`.

    `answer` None cuts the connection. `applied`: the request is carried out anyway, and only its
    response is lost or replaced.
    """

    match: str
    answer: Answer | None = None
    applied: bool = False
    delay: float = 0.0
    times: int = 1


@dataclass(frozen=True, slots=True)
class Call:
    line: str
    body: Any
    status: int | None  # None: the connection was cut


class Crm:
    """`token` None accepts any; `unique` False is a portal without unique properties on tasks;
    `companies` None has every company.

    `gone_owners`: ids of deactivated users, which HubSpot rejects in every write. `users`: the id
    of the user behind an owner. `unreadable`: the token may write tasks but not read them.
    `without_reading`: the server knows no such request.
    """

    def __init__(
        self,
        *,
        token: str | None = None,
        unique: bool = True,
        limit: int = 100,
        companies: set[str] | None = None,
        owners: Mapping[str, str] | None = None,
    ) -> None:
        self.token = token
        self.unique = unique
        self.limit = limit
        self.companies = companies
        self.owners = dict(owners or {})
        self.gone_owners: set[str] = set()
        self.users: dict[str, str] = {}
        self.unreadable = False
        self.without_reading = False
        self.faults: list[Fault] = []
        self.journal: list[Call] = []
        self._tasks: dict[str, Task] = {}
        self._custom: dict[str, bool] = {}
        self._recent: deque[float] = deque()
        self._server = CrmServer(self.answer)

    async def start(self) -> str:
        """Starts listening on loopback; returns the URL for the channel's settings."""
        return await self._server.start()

    async def stop(self) -> None:
        await self._server.stop()

    def tasks(self) -> list[dict[str, Any]]:
        return [
            {
                "id": task.id,
                "properties": dict(task.properties),
                "companies": sorted(task.companies),
            }
            for task in self._tasks.values()
        ]

    def clear(self) -> None:
        """Deletes the tasks; the set-up stays."""
        self._tasks.clear()

    def calls(self, match: str) -> list[Call]:
        return [call for call in self.journal if match in call.line]

    def delete(self, task: str) -> None:
        """As a colleague might do."""
        del self._tasks[task]

    def edit(self, task: str, *, by: str | None = None, **properties: str) -> None:
        """As a colleague might do. `by`: their user's id."""
        self._tasks[task].touched(properties, by)

    async def answer(self, request: Request) -> Answer | None:
        """None: cut the connection."""
        line = f"{request.method} {request.path}"
        fault = self._fault(line)
        if fault is None:
            found: Answer | None = self._perform(request)
        else:
            await request.pause(fault.delay)
            done = (
                self._perform(request)
                if fault.applied or (fault.answer is None and fault.delay)
                else None
            )
            found = fault.answer if fault.answer is not None or not fault.delay else done
        self.journal.append(Call(line, request.body, None if found is None else found.status))
        return found

    def _fault(self, line: str) -> Fault | None:
        for fault in self.faults:
            if fault.match in line and fault.times > 0:
                fault.times -= 1
                return fault
        return None

    def _perform(self, request: Request) -> Answer:
        limits = self._limits()
        try:
            self._admit(request)
            answer = self._route(request)
        except Refused as refused:
            answer = refused.answer
        except _Limited:
            body = {
                "status": "error",
                "message": "You have reached your ten_secondly_rolling limit.",
                "errorType": "RATE_LIMIT",
            }
            answer = Answer(
                429, body | {"policyName": "TEN_SECONDLY_ROLLING", "correlationId": "c0ffee"}
            )
        return Answer(answer.status, answer.body, {**limits, **answer.headers})

    def _limits(self) -> dict[str, str]:
        now = time.monotonic()
        while self._recent and self._recent[0] < now - _WINDOW_SECONDS:
            self._recent.popleft()
        return {
            "X-HubSpot-RateLimit-Interval-Milliseconds": "10000",
            "X-HubSpot-RateLimit-Max": str(self.limit),
            "X-HubSpot-RateLimit-Remaining": str(max(0, self.limit - len(self._recent) - 1)),
        }

    def _admit(self, request: Request) -> None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or not token or (self.token is not None and token != self.token):
            raise Refused(401, "INVALID_AUTHENTICATION", "Authentication credentials not found.")
        if len(self._recent) >= self.limit:
            raise _Limited
        self._recent.append(time.monotonic())

    def _route(self, request: Request) -> Answer:
        match request.method, request.path.split("?")[0].strip("/").split("/"):
            case "GET", ["crm", "properties", _, "tasks", name]:
                return self._get_property(name)
            case "POST", ["crm", "properties", _, "tasks"]:
                return self._make_property(_object(request.body))
            case "POST", ["crm", "objects", _, "tasks"]:
                return self._create(_object(request.body))
            case "POST", ["crm", "objects", _, "tasks", "batch", "upsert"]:
                return self._upsert(_object(request.body))
            case "POST", ["crm", "objects", _, "tasks", "batch", "read"]:
                return self._read(_object(request.body))
            case "GET", ["crm", "objects", _, "tasks", id]:
                return Answer(200, _shown(self._find(id, request.query.get("idProperty"))))
            case "PATCH", ["crm", "objects", _, "tasks", id]:
                return self._update(
                    self._find(id, request.query.get("idProperty")), _object(request.body)
                )
            case "PUT", [
                "crm",
                "v4",
                "objects",
                "tasks",
                id,
                "associations",
                "default",
                "companies",
                company,
            ]:
                return self._associate(self._find(id, None), company)
            case "GET", ["crm", "v4", "objects", "companies", company, "associations", "tasks"]:
                return self._tasks_of(company)
            case "GET", ["crm", "v3", "owners"]:
                return self._owners_with(request.query.get("email", ""))
            case "GET", ["crm", "v3", "owners", id]:
                return self._owner_with(id, request.query.get("idProperty", "id"))
        raise Refused(404, "OBJECT_NOT_FOUND", "resource not found")

    def _owners_with(self, email: str) -> Answer:
        owner = self.owners.get(email)
        return Answer(200, {"results": [] if owner is None else [{"id": owner, "email": email}]})

    def _owner_with(self, id: str, by: str) -> Answer:
        for email, owner in self.owners.items():
            if id == (owner if by == "id" else self.users.get(owner)):
                return Answer(200, {"id": owner, "email": email, "archived": False})
        raise Refused(404, "OBJECT_NOT_FOUND", "owner not found")

    def _get_property(self, name: str) -> Answer:
        if name not in self._custom:
            raise Refused(404, "OBJECT_NOT_FOUND", f"Property {name} does not exist")
        return Answer(200, {"name": name, "hasUniqueValue": self._custom[name]})

    def _make_property(self, body: Mapping[str, Any]) -> Answer:
        for required in ("name", "label", "groupName", "type", "fieldType"):
            if not isinstance(body.get(required), str):
                raise Refused(400, "VALIDATION_ERROR", f"{required} is required")
        if body["name"] in self._custom:
            raise Refused(409, "OBJECT_ALREADY_EXISTS", "A property with that name exists")
        if body.get("hasUniqueValue") and not self.unique:
            raise Refused(400, "VALIDATION_ERROR", "Unique properties are not supported on tasks")
        self._custom[body["name"]] = body.get("hasUniqueValue") is True
        return Answer(201, {"name": body["name"], "hasUniqueValue": self._custom[body["name"]]})

    def _create(self, body: Mapping[str, Any]) -> Answer:
        if not isinstance(body.get("associations"), list):
            raise Refused(400, "VALIDATION_ERROR", "associations is required")
        properties = self._checked(body.get("properties"), creates=True)
        companies = {self._association(item) for item in body["associations"]}
        task = self._made(properties)
        task.companies |= companies
        return Answer(201, _shown(task))

    def _association(self, item: Any) -> str:
        kinds, to = _object(item).get("types"), _object(_object(item).get("to")).get("id")
        if kinds != [_TASK_TO_COMPANY] or not isinstance(to, str):
            raise Refused(
                400,
                "VALIDATION_ERROR",
                "associationTypeId must be 192 for a company, its id a string",
            )
        return self._company(to)

    def _company(self, id: str) -> str:
        if self.companies is not None and id not in self.companies:
            raise Refused(404, "OBJECT_NOT_FOUND", f"company {id} does not exist")
        return id

    def _upsert(self, body: Mapping[str, Any]) -> Answer:
        inputs = body.get("inputs")
        if not isinstance(inputs, list) or not 1 <= len(inputs) <= 100:
            raise Refused(400, "VALIDATION_ERROR", "inputs must hold 1 to 100")
        results, errors = [], []
        for item in map(_object, inputs):
            if set(item) - {"id", "idProperty", "objectWriteTraceId", "properties"}:
                raise Refused(
                    400,
                    "VALIDATION_ERROR",
                    "an input holds id, "
                    "idProperty, objectWriteTraceId and properties, nothing else",
                )
            try:
                results.append(self._upserted(item))
            except Refused as refused:
                context = {"objectWriteTraceId": [item.get("objectWriteTraceId")]}
                errors.append({**refused.answer.body, "status": "error", "context": context})
        told = {"status": "COMPLETE", "results": results}
        return (
            Answer(207, told | {"numErrors": len(errors), "errors": errors})
            if errors
            else Answer(200, told)
        )

    def _upserted(self, item: Mapping[str, Any]) -> dict[str, Any]:
        name, value = item.get("idProperty"), item.get("id")
        if not isinstance(name, str) or not isinstance(value, str) or not self._custom.get(name):
            raise Refused(400, "VALIDATION_ERROR", f"{name} is not a unique property of tasks")
        standing = next(
            (task for task in self._tasks.values() if task.properties.get(name) == value), None
        )
        properties = self._checked(item.get("properties"), creates=standing is None) | {name: value}
        if standing is None:
            return _shown(self._made(properties)) | {"new": True}
        standing.touched(properties)
        return _shown(standing) | {"new": False}

    def _update(self, task: Task, body: Mapping[str, Any]) -> Answer:
        if set(body) - {"properties", "objectWriteTraceId"}:
            raise Refused(400, "VALIDATION_ERROR", "only properties can be updated")
        task.touched(self._checked(body.get("properties"), creates=False))
        return Answer(200, _shown(task))

    def _read(self, body: Mapping[str, Any]) -> Answer:
        if self.without_reading:
            raise Refused(404, "OBJECT_NOT_FOUND", "There is nothing here")
        if self.unreadable:
            raise Refused(403, "MISSING_SCOPES", "This app hasn't been granted all required scopes")
        inputs = body.get("inputs")
        if (
            not isinstance(inputs, list)
            or len(inputs) > 100
            or not isinstance(body.get("properties"), list)
        ):
            raise Refused(
                400, "VALIDATION_ERROR", "inputs (at most 100) and properties are required"
            )
        ids = [str(item.get("id")) for item in map(_object, inputs)]
        found = [self._tasks[id] for id in ids if id in self._tasks]
        wanted: Sequence[str] = body["properties"]
        told = {
            "status": "COMPLETE",
            "results": [
                _shown(task) | {"properties": {name: task.property(name) for name in wanted}}
                for task in found
            ],
        }
        if len(found) == len(ids):
            return Answer(200, told)
        fault = {
            "status": "error",
            "category": "OBJECT_NOT_FOUND",
            "message": "Could not get some TASK objects, they may be deleted or not exist.",
            "context": {"ids": [id for id in ids if id not in self._tasks]},
        }
        return Answer(207, told | {"numErrors": 1, "errors": [fault]})

    def _associate(self, task: Task, company: str) -> Answer:
        task.companies.add(self._company(company))
        return Answer(200, {"status": "COMPLETE", "results": []})

    def _tasks_of(self, company: str) -> Answer:
        results = [
            {"toObjectId": int(task.id)}
            for task in self._tasks.values()
            if company in task.companies
        ]
        return Answer(200, {"results": results})

    def _find(self, id: str, name: str | None) -> Task:
        found = (
            self._tasks.get(id)
            if name is None
            else next((t for t in self._tasks.values() if t.properties.get(name) == id), None)
        )
        if found is None:
            raise Refused(404, "OBJECT_NOT_FOUND", "Object not found")
        return found

    def _made(self, properties: dict[str, str]) -> Task:
        id = str(70_000 + len(self.journal) * 10 + len(self._tasks))
        self._tasks[id] = Task(id, properties)
        return self._tasks[id]

    def _checked(self, given: Any, *, creates: bool) -> dict[str, str]:
        properties = dict(_object(given))
        for name, value in properties.items():
            if name not in _STANDARD and name not in self._custom:
                raise Refused(400, "VALIDATION_ERROR", f'Property "{name}" does not exist')
            if not isinstance(value, str):
                raise Refused(400, "VALIDATION_ERROR", f"{name} must be a string")
            if name in _CHOICES and value not in _CHOICES[name]:
                raise Refused(400, "VALIDATION_ERROR", f"{value} is not a valid option of {name}")
        if (owner := properties.get("hubspot_owner_id")) in self.gone_owners:
            fault = {
                "isValid": False,
                "message": f"{owner} was not a valid owner",
                "error": "INVALID_OWNER_ID",
                "name": "hubspot_owner_id",
            }
            raise Refused(
                400, "VALIDATION_ERROR", f"Property values were not valid: {json.dumps([fault])}"
            )
        if creates and "hs_timestamp" not in properties:
            raise Refused(400, "VALIDATION_ERROR", "hs_timestamp is required")
        return properties


class _Limited(Exception):
    pass


def _object(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise Refused(400, "VALIDATION_ERROR", "Invalid input JSON")
    return value


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _shown(task: Task) -> dict[str, Any]:
    return {
        "id": task.id,
        "properties": dict(task.properties),
        "createdAt": _stamp(_BEGAN),
        "updatedAt": _stamp(task.modified),
        "archived": False,
    }
