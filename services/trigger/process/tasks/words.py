"""Title and five lines of a task: stored as facts of sentences, said in the reader's language."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from shared.messages import Facts
from shared.messages.facts import AccountFacts, SaidFacts, TaskFacts, read_facts
from shared.wording.task import LINE_NAMES, task_lines

_NEEDED = (
    "account",
    "meter",
    "used",
    "limit",
    "percent",
    "threshold",
    "again",
    "period",
    "task",
)
"""Facts that sentences of tasks may be made of."""


@dataclass(frozen=True, slots=True)
class Said:
    """`about`: the title without the account."""

    title: str
    about: str
    lines: Mapping[str, str]


def stored(facts: Facts) -> dict[str, Any]:
    """`facts.task`: the five lines."""
    told = msgspec.json.decode(msgspec.json.encode(facts))
    return {"facts": {name: told[name] for name in _NEEDED if name in told}}


def of_lines(account: AccountFacts, lines: TaskFacts) -> dict[str, Any]:
    return stored(Facts(account=account, task=lines))


def written(title: str, text: str | None) -> dict[str, Any]:
    """As a person wrote it."""
    return {"title": title, "text": text or ""}


def facts_of(words: Mapping[str, Any], account: AccountFacts) -> Facts:
    """The facts of a message about the task."""
    if "facts" in words:
        return msgspec.structs.replace(read_facts(words["facts"]), account=account)
    lines = TaskFacts(
        happened=(SaidFacts("signal.written", {"text": words["text"]}),) if words["text"] else (),
        next_step=(SaidFacts("next.written", {"title": words["title"]}),),
    )
    return Facts(account=account, task=lines)


def said(words: Mapping[str, Any], locale: str) -> Said:
    if "facts" not in words:
        empty = dict.fromkeys(LINE_NAMES, "")
        return Said(words["title"], words["title"], {**empty, "happened": words["text"]})
    found = task_lines(read_facts(words["facts"]), locale, is_kept=True)
    return Said(found.title, found.about, found.lines)
