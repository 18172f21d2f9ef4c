"""A task for the CSM or seller: a subject and five lines."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.messages import Facts
from shared.messages.facts import SaidFacts, TaskFacts
from shared.wording.catalogue import sentence
from shared.wording.kinds import text_of
from shared.wording.language import language
from shared.wording.mail import header_safe
from shared.wording.sentence import WordingError
from shared.wording.texts.tasks import LINES, NONE, UNREADABLE

MOST_OF_LINE = 2_400
"""In characters: five such lines fit into a CRM's text field (65,536 in HubSpot) even if every
character is escaped.
"""


LINE_NAMES = tuple(LINES)
"""The five, in their order."""

Say = Callable[[SaidFacts, Facts, str], str]


@dataclass(frozen=True, slots=True)
class TaskText:
    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class TaskLines:
    """`about`: the title without the account."""

    title: str
    about: str
    lines: Mapping[str, str]


def task_text(facts: Facts, locale: str, due_at: datetime | None = None) -> TaskText:
    """Title and lines as one text."""
    said = task_lines(facts, locale, due_at)
    lines = (f"{LINES[name].say({}, locale)}: {line}" for name, line in said.lines.items())
    return TaskText(said.title, "\n".join(lines))


def task_lines(
    facts: Facts, locale: str, due_at: datetime | None = None, *, is_kept: bool = False
) -> TaskLines:
    """The five lines in order; a line without facts says so, or what the usage itself implies.

    The last one ends with `due_at`, unless a step already names that time. `is_kept`: another
    version may have kept sentences that this one does not have; the line says so in their place.
    """
    task, say = facts.task or TaskFacts(), _say_if_known if is_kept else _say
    own: dict[str, Sequence[SaidFacts]] = {
        "happened": task.happened or _happened(facts),
        "why_now": task.why_now or _why_now(facts),
        "say": task.say,
        "do_not_say": task.do_not_say,
        "next_step": task.next_step or (SaidFacts("next.watch"),),
    }
    lines = {
        name: _cut(_joined([say(one, facts, locale) for one in said], locale))
        or NONE.say({}, locale)
        for name, said in own.items()
    }
    about = _about(facts, own, locale, say)
    if due_at is not None and due_at not in {
        datetime.fromisoformat(one.variables["due"])
        for one in own["next_step"]
        if "due" in one.variables
    }:
        due = _joined(
            [_say(SaidFacts("next.due", {"due": due_at.isoformat()}), facts, locale)], locale
        )
        lines["next_step"] += due if language(locale) == "ja" else f" {due}"
    title = header_safe(f"{text_of(facts.account.name, locale)}: {about}")
    return TaskLines(title, header_safe(about), lines)


def _cut(line: str) -> str:
    return line if len(line) <= MOST_OF_LINE else f"{line[: MOST_OF_LINE - 1].rstrip()}…"


def _happened(facts: Facts) -> tuple[SaidFacts, ...]:
    if facts.meter is None:
        return ()
    if facts.limit == 0:
        return (SaidFacts("signal.gated"),)
    reached = "signal.again" if facts.again else "signal.usage_limit"
    return (
        (SaidFacts(reached), SaidFacts("signal.usage"))
        if facts.level is not None
        else (SaidFacts("signal.usage"),)
    )


def _why_now(facts: Facts) -> tuple[SaidFacts, ...]:
    if facts.meter is None or facts.limit is None:
        return ()
    full = SaidFacts("why.at_limit" if facts.used >= facts.limit else "why.before_wall")
    return (
        (full, SaidFacts("why.resets", {"date": facts.period.end.isoformat()}))
        if facts.period
        else (full,)
    )


def _say(said: SaidFacts, facts: Facts, locale: str) -> str:
    own = {
        "used": facts.used,
        "limit": facts.limit,
        "percent": facts.percent,
        "threshold": facts.level,
        "time_zone": facts.account.time_zone,
    }
    return sentence(
        said.key,
        {**own, **({"meter": facts.meter.variable} if facts.meter else {}), **said.variables},
        locale,
    )


def _say_if_known(said: SaidFacts, facts: Facts, locale: str) -> str:
    try:
        return _say(said, facts, locale)
    except WordingError:
        return UNREADABLE.say({}, locale)


def _joined(said: list[str], locale: str) -> str:
    """On one line: complete sentences follow each other, the others are separated."""
    if language(locale) == "ja":
        return "".join(text if text.endswith(("。", "?", "...")) else f"{text}。" for text in said)
    return " ".join(
        text if text.endswith((".", "?")) else f"{text[:1].upper()}{text[1:]}." for text in said
    )


def _about(facts: Facts, own: Mapping[str, Sequence[SaidFacts]], locale: str, say: Say) -> str:
    """The meter and how full it is; without a meter, why to call, or what to do."""
    if facts.meter:
        return say(SaidFacts("signal.usage"), facts, locale)
    first = own["happened"] if own["say"] and own["happened"] else own["next_step"]
    return _joined([say(first[0], facts, locale)], locale).rstrip("。.")
