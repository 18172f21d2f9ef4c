"""What a provider says of who logs in, in its id token and at its userinfo. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.console.login.roles import claimed
from services.console.login.token import Claims, Refused


@dataclass(frozen=True, slots=True)
class Profile:
    """`signed`: of the id token. `claims`: these, and what only userinfo has."""

    signed: Claims
    more: Claims

    @property
    def claims(self) -> Claims:
        return {**self.more, **self.signed}

    def roles(self, path: str, names: Mapping[str, str] | None) -> frozenset[str] | None:
        """Of the id token if it has the claim, else of userinfo."""
        found = claimed(self.signed, path, names)
        return found if found is not None else claimed(self.more, path, names)


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
