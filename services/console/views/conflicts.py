"""Fields that two people changed, as a table of both sides. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.console.views.merged_fields import FieldConflict

_SIDES = ("yours", "theirs", "before")


def rows(conflicts: Sequence[FieldConflict]) -> list[dict[str, str]]:
    """Each with its name, what it is called (`of` which thing), and its sides as text."""
    return [
        {"name": one.name, **_label(one.name)}
        | {side: plain(getattr(one, side)) for side in _SIDES}
        for one in conflicts
    ]


def _label(name: str) -> dict[str, str]:
    """`contacts.c1.email` is the field `contacts.email` of `c1`."""
    first, _, rest = name.partition(".")
    of, _, last = rest.rpartition(".")
    return {"label": f"{first}.{last}", "of": of} if of else {"label": first, "of": rest}


def plain(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case list():
            return ", ".join(map(str, value))
        case Mapping():  # somebody of theirs or of ours: who they are, without their id
            known = [value.get(name) for name in ("name", "email", "role")]
            return " ".join(str(one) for one in known if one) or str(value.get("id", ""))
        case _:
            return str(value)
