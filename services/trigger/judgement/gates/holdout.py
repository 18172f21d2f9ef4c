"""Whether the account is held out to measure the effect of proposals.

Notices still go out (BP-20).
"""

from hashlib import sha256

from services.trigger.judgement.case import Case
from services.trigger.judgement.decision import Answer, blocked, passed
from services.trigger.judgement.gates.gate import Gate
from shared.catalog import Policy


def arm(salt: str, account: str) -> int:
    """0..99, constant per account: the first 8 bytes of sha256("salt|account"), modulo 100."""
    return int.from_bytes(sha256(f"{salt}|{account}".encode()).digest()[:8]) % 100


def held_out(policy: Policy, account: str) -> bool:
    return policy.holdout.percent > 0 and arm(policy.holdout.salt, account) < policy.holdout.percent


def gate(case: Case) -> Answer:
    if not held_out(case.policy, case.facts.account.id):
        return passed("not in the holdout")
    evidence = {"percent": case.policy.holdout.percent}
    return blocked(
        "in the holdout: notices, no proposals",
        evidence,
        clears_when="the policy's holdout no longer contains the account",
    )


HOLDOUT = Gate("holdout", gate, withholds=True)
