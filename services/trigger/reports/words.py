"""A report's flags and verdict in the reader's language."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from services.trigger.process.figures.answer import Flag, Row
from services.trigger.process.reports.holdout import NOT_CONCLUSIVE
from services.trigger.proposals.reports import FlagShown
from shared.wording.sentence import Sentence
from shared.wording.texts import reports as texts


def flags_shown(flags: Sequence[Flag], lang: str) -> list[FlagShown]:
    return [
        {"flag": one.flag, "reason": texts.FLAGS[one.flag].say(_named(one), lang)} for one in flags
    ]


def pruned(since: datetime, kept: Mapping[str, datetime]) -> list[Flag]:
    """`kept`: what the report counts, and since when it is stored."""
    return [
        Flag("pruned", {"what": what, "day": format(at, "%Y-%m-%d")})
        for what, at in kept.items()
        if since < at
    ]


def totals_shown(totals: Row, lang: str) -> Row:
    if totals.get("verdict") != NOT_CONCLUSIVE:
        return totals
    return {**totals, "verdict": texts.NOT_CONCLUSIVE.say({}, lang)}


def _named(flag: Flag) -> Mapping[str, object]:
    """What is counted, and the whole of all plays, have names of their own."""
    said = dict(flag.variables)
    if "what" in said:
        said["what"] = _both(texts.COUNTED[str(said["what"])])
    if said.get("play", "") is None:
        said["play"] = _both(texts.ALL_PLAYS)
    return said


def _both(sentence: Sentence) -> dict[str, dict[str, str]]:
    return {"name": {"ja": sentence.ja, "en": sentence.en}}
