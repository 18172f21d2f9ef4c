"""Opportunities as a board by stage, or as a table."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from services.console.addresses import address, of
from services.console.form_values import Typed

PATH = "/console/pipeline"
COLUMNS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("identified", ("identified", "needs_discovery", "nurture")),
    ("qualified", ("qualified",)),
    ("engaged", ("engaged",)),
    ("proposal", ("proposal",)),
    ("negotiation", ("negotiation",)),
)
"""A column of the board, and the stages in it."""
STAGES = tuple(stage for _, stages in COLUMNS for stage in stages)
MOVES = (*(name for name, _ in COLUMNS), "nurture")
CLOSED = ("closed_won", "closed_lost", "disqualified")
FILTERS = ("view", "owner", "plan", "stage", "flag")
_NO_STEP = dict.fromkeys(("type", "owner", "due", "overdue"))
CARDS = 20
ROWS = 50


class Move(NamedTuple):
    """`revision`: what the opportunity was when its card was shown."""

    to: str
    revision: str
    id: str


def move(told: str) -> Move | None:
    """Of a button, `qualified 10 o1990`; None if it is not one of ours."""
    parts = told.split(" ", 2)
    return Move(*parts) if len(parts) == 3 and parts[0] in MOVES else None


def wanted(query: Mapping[str, str]) -> Typed:
    found = {name: query.get(name, "").strip()[:100] for name in FILTERS}
    if found["view"] != "table":
        found["view"] = ""
    if found["stage"] not in (*STAGES, *CLOSED):
        found["stage"] = ""
    return Typed({name: value for name, value in found.items() if value})


def query(asked: Mapping[str, str], person: str) -> dict[str, Any]:
    """Of `GET /v1/opportunities`; a closed stage is asked for by its name."""
    owner = asked.get("owner", "")
    return {
        "owner": person if owner == "me" else owner,
        "plan": asked.get("plan", ""),
        "flag": asked.get("flag", ""),
        "open": None if asked.get("stage", "") in CLOSED else True,
        "names": True,
    }


def stages_of(sums: Sequence[Mapping[str, Any]]) -> list[str]:
    """Stages of the board in which there is anything, in order."""
    filled = {one["stage"] for one in sums}
    return [name for name in STAGES if name in filled]


def file_rows(listed: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """With the same columns whether somebody has named a next step or not."""
    return [{**one, "next_step": one["next_step"] or _NO_STEP} for one in listed]


def board(
    found: Mapping[str, Sequence[Mapping[str, Any]]],
    sums: Sequence[Mapping[str, Any]],
    asked: Mapping[str, str],
    now: datetime,
) -> list[dict[str, Any]]:
    """`found`: stage -> its newest ones."""
    return [
        {
            "stage": name,
            "count": sum(one["count"] for one in sums if one["stage"] in stages),
            "sums": totals([one for one in sums if one["stage"] in stages]),
            "cards": [card(one, now) for stage in stages for one in found.get(stage, ())],
            "table": address(PATH, {**asked, "view": "table", "stage": name}),
        }
        for name, stages in COLUMNS
    ]


def totals(sums: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """(amount, currency): never added up across currencies."""
    found: dict[str, Decimal] = {}
    for one in sums:
        if one["year"] is not None:
            found[one["currency"]] = found.get(one["currency"], Decimal(0)) + Decimal(one["year"])
    return [(str(amount), currency) for currency, amount in sorted(found.items())]


def moves(stage: str) -> list[str]:
    """Stages that a person may move one to from here by their order: the next one, those before,
    and `nurture`. What else stands in the way is known to the opportunity's own page.
    """
    names = [name for name, _ in COLUMNS]
    here = next((n for n, (_, stages) in enumerate(COLUMNS) if stage in stages), None)
    if here is None:
        return []
    return [*names[:here], *names[here + 1 : here + 2], *({"nurture"} - {stage})]


def card(one: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    return {
        **one,
        "page": of("opportunities", one["id"]),
        "account_page": of("accounts", one["account"]),
        "days": (now - datetime.fromisoformat(one["stage_since"])).days,
        "offer": one["add_on"] or one["to_plan"],
        "is_closed": one["closed_at"] is not None,
        "moves": moves(one["stage"]),
    }


def table(answer: Mapping[str, Any], asked: Mapping[str, str], now: datetime) -> dict[str, Any]:
    following = answer["next_cursor"]
    return {
        "rows": [card(one, now) for one in answer["data"]],
        "next": address(PATH, asked, cursor=following) if following else "",
    }


def frame(asked: Mapping[str, str], sums: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "asked": asked,
        "count": sum(one["count"] for one in sums),
        "sums": totals(sums),
        "board_address": address(PATH, {**asked, "view": "", "stage": ""}),
        "table_address": address(PATH, {**asked, "view": "table"}),
        "csv": address(PATH, asked, format="csv"),
        "is_filtered": any(name != "view" for name in asked),
        "clear": address(PATH, {"view": asked.get("view", "")}),
        "stages": (*STAGES, *CLOSED),
    }
