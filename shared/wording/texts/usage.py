"""A limit is near and the next plan is offered (R-030..R-032), or what is sold beside the own one.

The threshold decides which sentence: from 95 to below 100 there is still a wall to come.
"""

from shared.wording.sentence import Sentence

REACHED = "usage.storage.90"
NEAR = "usage.users.95"

REACHED_BESIDE = "usage.add_on"

SENTENCES = {
    REACHED_BESIDE: Sentence(
        ja="{meter:name}が{threshold:threshold}に達しました。{item:item}の追加をご検討ください",
        en="You have reached {threshold:level}. Please consider adding {item:item}.",
    ),
    REACHED: Sentence(
        ja="{meter:name}が{threshold:threshold}に達しました。{plan:plan}へのアップグレードをご検討ください",
        en="You have reached {threshold:level}. Please consider upgrading to the {plan:plan} plan.",
    ),
    NEAR: Sentence(
        ja="{meter:name}制限の{threshold:threshold}に達しています。壁にぶつかる前に、{limit:limit}の{plan:bare}について話しませんか?",
        en=(
            "You have reached {threshold:level}. "
            "Shall we talk about {plan:bare}, with {limit:limit}, before you hit the wall?"
        ),
    ),
}
