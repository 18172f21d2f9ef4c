"""Who reads a page. Pure."""

from dataclasses import dataclass

from shared.security.rights import Principal, Scope, scopes_of
from shared.wording.language import Language


@dataclass(frozen=True, slots=True)
class Reader:
    """A person who is logged in. `session` tells their log-ins apart and is not a secret; `csrf` is
    what their forms must bring.
    """

    person_id: str
    name: str
    email: str | None
    roles: frozenset[str]
    session: str
    csrf: str
    language: Language
    time_zone: str
    theme: str
    keys_on: bool
    start_page: str | None

    def may(self, scope: Scope) -> bool:
        """What the API would say."""
        return Principal(self.person_id, scopes_of(self.roles)).may(scope)
