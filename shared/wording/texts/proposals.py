"""What stands around the sentences of a proposal: what the next plan allows and costs, where to
buy, what is assumed.
"""

from shared.wording.sentence import Sentence

SENTENCES = {
    "proposal.title": Sentence(ja="{plan:plan}のご案内", en="About the {plan:plan} plan"),
    "proposal.hidden": Sentence(
        ja="このお知らせは管理者の方に宛てたものです",
        en="This message is for those who administer the account",
    ),
    "proposal.limit": Sentence(
        ja="{plan:plan}では、{meter:name}の上限が{limit:amount}から{to:amount}になります",
        en=(
            "The {plan:plan} plan raises the limit "
            "for {meter:name} from {limit:amount} to {to:amount}"
        ),
    ),
    "proposal.unlimited": Sentence(
        ja="{plan:plan}では、{meter:name}の上限がなくなります",
        en="The {plan:plan} plan has no limit for {meter:name}",
    ),
    "proposal.title.add_on": Sentence(ja="{item:item}のご案内", en="About {item:item}"),
    "proposal.action.add_on": Sentence(ja="{item:item}を追加", en="Add {item:item}"),
    "add_on.gives": Sentence(
        ja="{item:item}を追加すると、{meter:name}の上限が{limit:amount}から{to:amount}になります",
        en=(
            "Adding {item:item} raises the limit "
            "for {meter:name} from {limit:amount} to {to:amount}"
        ),
    ),
    "add_on.gives.for": Sentence(
        ja="{item:item}を追加すると、{meter:name}の上限が{limit:amount}から{to:amount}になります({price:name})",
        en=(
            "Adding {item:item} raises the limit "
            "for {meter:name} from {limit:amount} to {to:amount} ({price:name})"
        ),
    ),
    "proposal.price.month": Sentence(ja="{price:monthly}", en="{price:monthly}"),
    "proposal.price.year": Sentence(ja="年額{price:money}", en="{price:money} a year"),
    "proposal.price.more": Sentence(ja="差額 +{diff:money}", en="{diff:money} more"),
    "proposal.price.less": Sentence(ja="差額 -{diff:money}", en="{diff:money} less"),
    "proposal.price.same": Sentence(ja="差額なし", en="the same as now"),
    "proposal.costs": Sentence(
        ja="{plan:plan}の料金は{cost:name}です。", en="The {plan:plan} plan costs {cost:name}."
    ),
    "proposal.action": Sentence(ja="{plan:plan}にアップグレード", en="Upgrade to {plan:plan}"),
    "proposal.person": Sentence(
        ja="ご希望の場合は、{person:person}までご連絡ください。",
        en="If you are interested, please get in touch with {person:person}.",
    ),
}

INPUTS = {
    "members": Sentence(ja="人数", en="number of people"),
    "hours": Sentence(ja="時間", en="hours"),
    "hourly_rate": Sentence(ja="時給", en="hourly rate"),
    "automation_rate": Sentence(ja="自動化率", en="share that is automated"),
    "activity": Sentence(ja="作業内容", en="activity"),
}
"""Inputs of the value case, as they are named where they are assumed (R-114)."""
