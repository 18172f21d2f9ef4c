"""Finds who logs in among the people of `/v1/people`, and makes who is new."""

from collections.abc import Collection
from typing import Any
from urllib.parse import quote

from services.console.ask import Answered, Asker, Away
from services.console.login.identity import (
    Identity,
    Person,
    id_of,
    named,
    newcomer,
    person_of,
)

_PEOPLE = "/v1/people"
_TRIES = 3
_SHOWN = 3


async def find(asker: Asker, id: str) -> Person | None:
    answered = await asker.get(_path(id))
    if answered.status == 404:
        return None
    return person_of(_body(answered))


async def with_address(asker: Asker, email: str) -> Person | None:
    """Among the active: of them an address has only one."""
    answered = await asker.get(_PEOPLE, {"email": email, "active": True, "limit": 1})
    found = _body(answered)["data"]
    return person_of(found[0]) if found else None


async def of_identity(
    asker: Asker, known: str | None, identity: Identity, roles: Collection[str] | None
) -> Person:
    """`known`: the person that this subject is already. `roles`: replace the record's; None:
    those hold.
    """
    person = None if known is None else await find(asker, known)
    if person is None and identity.email is not None:
        person = await with_address(asker, identity.email)
    if person is None:
        person = await find(asker, id_of(identity.issuer, identity.subject))
    if person is None:
        return await _made(asker, newcomer(identity, roles or ()))
    return await _with_roles(asker, person, roles)


async def of_link(
    asker: Asker, name: str, roles: Collection[str] | None, locale: str
) -> Person | None:
    """By id, else by address; None if there is nobody and no roles to make somebody with."""
    person = await find(asker, name)
    if person is None and "@" in name:
        person = await with_address(asker, name)
    if person is None:
        return None if roles is None else await _made(asker, named(name, roles, locale))
    return await _with_roles(asker, person, roles)


async def admins(asker: Asker) -> list[str]:
    """Whom to ask for a role: names of a few."""
    answered = await asker.get(_PEOPLE, {"role": "admin", "active": True, "limit": _SHOWN})
    return [one["name"] for one in _body(answered)["data"]]


async def _with_roles(asker: Asker, person: Person, roles: Collection[str] | None) -> Person:
    if roles is None or not person.active or frozenset(roles) == person.roles:
        return person
    for _ in range(_TRIES):
        answered = await asker.get(_path(person.id))
        changed = person_of(_body(answered)).with_roles(roles)
        revision = answered.headers.get("etag", "").strip('"')
        written = await asker.send("PUT", _path(person.id), dict(changed.fields), revision=revision)
        if written.status != 412:  # else somebody else wrote it in between
            return person_of(_body(written))
    raise Away(_PEOPLE)


async def _made(asker: Asker, person: Person) -> Person:
    """Without the address if somebody got it in between."""
    written = await asker.send("PUT", _path(person.id), dict(person.fields))
    if written.status == 422 and any(fault.path == "/email" for fault in written.faults):
        fields = {**person.fields, "email": None}
        written = await asker.send("PUT", _path(person.id), fields)
    return person_of(_body(written))


def _path(id: str) -> str:
    return f"{_PEOPLE}/{quote(id, safe='')}"


def _body(answered: Answered) -> dict[str, Any]:
    """What else is refused is no fault of who logs in."""
    if not answered.ok or not isinstance(answered.body, dict):
        raise RuntimeError(f"/v1/people answered {answered.status}: {answered.faults}")
    return answered.body
