"""Whether the account is held out to measure the effect of proposals: by a share of all accounts
(BP-20), or by an experiment, until usage reaches its arm's percentage (BP-22).

Notices still go out.
"""

from collections.abc import Mapping
from hashlib import sha256

from services.trigger.judgement.case import Case
from services.trigger.judgement.decision import Answer, blocked, passed
from services.trigger.judgement.gates.gate import Gate
from shared.catalog import Policy
from shared.catalog.process import Experiment

EXPERIMENT = "experiment"


def arm(salt: str, account: str) -> int:
    """0..99, constant per account: the first 8 bytes of sha256("salt|account"), modulo 100."""
    return _number(salt, account) % 100


def arm_of(experiment: Experiment, account: str) -> str:
    """One of the two arms, in the order of their keys: the same number, modulo 2."""
    return sorted(experiment.arms)[_number(experiment.salt, account) % 2]


def _number(salt: str, account: str) -> int:
    return int.from_bytes(sha256(f"{salt}|{account}".encode()).digest()[:8])


def held_out(policy: Policy, account: str) -> bool:
    return policy.holdout.percent > 0 and arm(policy.holdout.salt, account) < policy.holdout.percent


def gate(case: Case) -> Answer:
    if held_out(case.policy, case.facts.account.id):
        return blocked(
            "in the holdout: notices, no proposals",
            {"percent": case.policy.holdout.percent},
            clears_when="the policy's holdout no longer contains the account",
        )
    reached, experiment = _reached(case), case.policy.experiment
    if experiment is None or reached is None:
        return passed("not in the holdout")
    return _tried(experiment, case.facts.account.id, reached)


def _tried(experiment: Experiment, account: str, reached: int) -> Answer:
    """A decision keeps the arm, so that a past experiment can still be evaluated."""
    assigned = arm_of(experiment, account)
    first = experiment.arms[assigned]
    evidence: Mapping[str, object] = {EXPERIMENT: experiment.id, "arm": assigned, "first": first}
    if reached >= first:
        return passed(f"experiment: offers from {first}", evidence)
    return blocked(
        f"first offer at {first}",
        evidence,
        code=EXPERIMENT,
        clears_when=f"usage reaches {first} %",
    )


def _reached(case: Case) -> int | None:
    """How full the meter is that crossed, now or before; None if the reason is another one."""
    if case.crossing is not None:
        return case.crossing.percent
    if not case.signals or any(signal.type != "usage_limit" for signal in case.signals):
        return None
    usages = (case.facts.usage.get(signal.key) for signal in case.signals)
    return max((one.percent for one in usages if one and one.percent is not None), default=None)


HOLDOUT = Gate("holdout", gate, withholds=True)
