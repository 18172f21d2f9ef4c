"""What the customer success manager reads about the plan below, before the call (R-222, R-223)."""

from services.trigger.judgement.case import Case
from services.trigger.judgement.findings.downsell import Downsell, TooMuch, downsell
from services.trigger.judgement.words.proposal import limited, meter_name, named, say
from shared.messages.facts import MoneyFacts, SaidFacts
from shared.values.quantities import plain


def lower_plan(case: Case) -> list[SaidFacts]:
    """The figures of the step down if usage fits, otherwise what would have to shrink."""
    found = downsell(case)
    if found is None:
        return []
    if not found.fits:
        shrink = [_reduce(case, one) for one in found.reduce]
        return [say("downsell.too_much", plan=named(found.plan.name)), *shrink]
    return [_figures(found)]


def _figures(found: Downsell) -> SaidFacts:
    name, contraction, retained = named(found.plan.name), found.contraction, found.retained
    if contraction is None or retained is None:
        return say("downsell.fits.unpriced", plan=name)
    amounts = {
        "contraction": found.month(contraction),
        "retained": found.month(retained),
        "year": retained,
    }
    currency = found.plan.currency
    money = {key: MoneyFacts(plain(one), currency) for key, one in amounts.items()}
    return say("downsell.fits", plan=name, **money)


def _reduce(case: Case, one: TooMuch) -> SaidFacts:
    meter = meter_name(case.catalog.meters[one.meter])
    return limited(
        say("downsell.reduce", meter=meter, used=plain(one.used), percent=None), one.limit
    )
