"""Who somebody is by what their provider says, and the record that is made of a newcomer. Pure."""

import hashlib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from services.console.login.roles import claimed
from services.console.login.token import Claims, Refused
from shared.values.characters import one_line
from shared.values.mail_address import wire_address

_LONGEST_NAME = 200
_LOCALE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,4}", re.ASCII)
Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Identity:
    """`email`: only an address that is known to be theirs. `sid`: the provider's session."""

    issuer: str
    subject: str
    name: str
    email: str | None
    locale: str
    sid: str | None


@dataclass(frozen=True, slots=True)
class Profile:
    """What a provider says of who logs in. `signed`: the id token's claims. `claims`: these, and
    what only userinfo has.
    """

    signed: Claims
    more: Claims

    @property
    def claims(self) -> Claims:
        return {**self.more, **self.signed}

    def roles(self, path: str, names: Mapping[str, str] | None) -> frozenset[str] | None:
        """Of the id token if it has the claim, else of userinfo."""
        found = claimed(self.signed, path, names)
        return found if found is not None else claimed(self.more, path, names)


@dataclass(frozen=True, slots=True)
class Person:
    """A record of `/v1/people`, of which log-in reads this; `fields` are all of it."""

    id: str
    name: str
    roles: frozenset[str]
    active: bool
    fields: Fields

    def with_roles(self, roles: Collection[str]) -> "Person":
        told = {**self.fields, "roles": sorted(roles)}
        return replace(self, roles=frozenset(roles), fields=told)


def is_complete(claims: Claims, path: str) -> bool:
    """Whether the id token says what is asked: an address, and the claim with the roles."""
    return "email" in claims and claimed(claims, path, None) is not None


def profile_of(claims: Claims, more: Claims) -> Profile:
    """Raises Refused if userinfo is about somebody else: then its token was exchanged for another
    one on the way.
    """
    if more and more.get("sub") != claims["sub"]:
        raise Refused("userinfo")
    return Profile(claims, more)


def identity_of(claims: Mapping[str, Any], locale: str, *, trust_email: bool) -> Identity:
    """`locale`: that of the browser, if the provider has none. `trust_email`: the provider never
    says whether it has verified an address.
    """
    email, subject = claims.get("email"), str(claims["sub"])
    known = isinstance(email, str) and _is_address(email)
    verified = claims.get("email_verified") is True or trust_email
    told, sid = claims.get("locale"), claims.get("sid")
    return Identity(
        issuer=str(claims["iss"]),
        subject=subject,
        name=_name(claims, str(email) if known else subject),
        email=str(email) if known and verified else None,
        locale=told if isinstance(told, str) and _LOCALE.fullmatch(told) else locale,
        sid=sid if isinstance(sid, str) and 1 <= len(sid) <= 255 else None,
    )


def id_of(issuer: str, subject: str) -> str:
    """The id of the person who is made for somebody new."""
    return hashlib.sha256(f"{issuer}|{subject}".encode()).hexdigest()[:16]


def newcomer(identity: Identity, roles: Collection[str]) -> Person:
    id = id_of(identity.issuer, identity.subject)
    fields: dict[str, Any] = {
        "name": identity.name,
        "email": identity.email,
        "roles": sorted(roles),
        "locale": identity.locale,
    }
    return Person(id, identity.name, frozenset(roles), True, fields)


def named(id: str, roles: Collection[str], locale: str) -> Person:
    """Somebody whom an operator lets in, and of whom nothing else is known."""
    name = id.strip()[:_LONGEST_NAME]
    fields = {"name": name, "email": None, "roles": sorted(roles), "locale": locale}
    return Person(id, name, frozenset(roles), True, fields)


def person_of(shown: Mapping[str, Any]) -> Person:
    """As the API shows it."""
    fields = {name: value for name, value in shown.items() if name in _WRITTEN}
    roles = frozenset(shown["roles"])
    return Person(shown["id"], shown["name"], roles, shown["active"], fields)


_WRITTEN = frozenset(
    {
        "name",
        "email",
        "roles",
        "manager",
        "active",
        "locale",
        "time_zone",
        "sales_trained",
        "close_authority",
    }
)


def _name(claims: Mapping[str, Any], otherwise: str) -> str:
    for claim in ("name", "preferred_username"):
        found = claims.get(claim)
        if isinstance(found, str) and (name := one_line(found).strip()):
            return name[:_LONGEST_NAME].strip()
    return otherwise[:_LONGEST_NAME]


def _is_address(email: str) -> bool:
    try:
        wire_address(email)
    except ValueError:
        return False
    return True
