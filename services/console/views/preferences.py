"""What a person prefers, as the form has it, and their sessions. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import available_timezones

LANGUAGES, THEMES = ("en", "ja"), ("system", "light", "dark")
PAGES = (
    "/console/today",
    "/console/accounts",
    "/console/pipeline",
    "/console/reports",
    "/console/catalogue",
    "/console/operations",
)
_ZONES = available_timezones()
_BROWSERS = ("Edg", "OPR", "Firefox", "Chrome", "Safari")
"""In this order: each later one also names itself where an earlier one does."""
_NAMES = {"Edg": "Edge", "OPR": "Opera"}


@dataclass(frozen=True, slots=True)
class SessionShown:
    """`is_this`: the one that reads."""

    id: str
    created_at: datetime
    seen_at: datetime
    browser: str
    is_this: bool


@dataclass(frozen=True, slots=True)
class Wish:
    """What a form asks for; None: it does not say. Empty: as the person's record has it."""

    language: str | None = None
    time_zone: str | None = None
    theme: str | None = None
    keys_on: bool | None = None
    start_page: str | None = None


def wish(told: Mapping[str, str]) -> tuple[Wish, list[str]]:
    """Of the whole form, or of the buttons on top of each page, which ask for one thing; and the
    fields that say what there is not.
    """
    allowed: dict[str, Iterable[str]] = {
        "language": ("", *LANGUAGES),
        "time_zone": ("", *_ZONES),
        "theme": THEMES,
        "start_page": ("", *PAGES),
    }
    troubles = [
        name
        for name, values in allowed.items()
        if name in told and told[name].strip() not in values
    ]
    keys_on = (told.get("keys_on") == "on") if "whole" in told else None
    named = {name: told[name].strip() for name in allowed if name in told}
    return Wish(keys_on=keys_on, **named), troubles


def browser_of(agent: str) -> str:
    """A browser's name; what it says of itself if none is known."""
    for name in _BROWSERS:
        if name in agent:
            return _NAMES.get(name, name)
    return agent[:40] or "–"


def view(wished: Wish, sessions: Sequence[SessionShown]) -> dict[str, Any]:
    zones = [(zone, zone) for zone in ("UTC", *sorted(one for one in _ZONES if "/" in one))]
    return {"wished": wished, "sessions": sessions, "zones": zones}
