"""The recommendation with everything else a person may talk about: angles, what is sold beside the
plan, the plan below. Pure.
"""

from services.trigger.judgement.case import Case
from services.trigger.judgement.findings.advice import Advice, advice
from services.trigger.judgement.findings.cross_sell import SuggestionShown, suggestions
from services.trigger.judgement.findings.downsell import DownsellShown, downsell
from services.trigger.judgement.question import Question
from services.trigger.process.angles import AngleShown, angles


class AdviceShown(Advice):
    """The recommendation, and what else a person may talk about.

    `angles`: true things that speak for the plan. `cross_sell`: add-ons beside a plan that was
    decided on in the last 30 days. `downsell`: the next lower plan, while they think of leaving.
    """

    angles: list[AngleShown]
    cross_sell: list[SuggestionShown]
    downsell: DownsellShown | None


def advised(case: Case, locale: str) -> AdviceShown:
    target, lower = Question.of(case).target, downsell(case)
    return {
        **advice(case, locale),
        "angles": [one.json(locale) for one in angles(case, target)] if target else [],
        "cross_sell": [one.json(locale) for one in suggestions(case)],
        "downsell": None if lower is None else lower.json(),
    }
