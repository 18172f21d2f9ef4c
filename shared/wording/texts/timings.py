"""At renewal, after a high NPS, and before a purchase (R-041..R-046); the questions before any
assisted proposal (R-138).
"""

from shared.wording.sentence import Sentence

SENTENCES = {
    "renewal.one_month": Sentence(
        ja="現在のご利用状況を確認したところ、{plan:plan}がよりコストパフォーマンスが高いと思われます",
        en=(
            "Looking at how you use the product today, "
            "we believe the {plan:plan} plan would give you better value for money."
        ),
    ),
    "renewal.review": Sentence(
        ja="契約更新日は{date:when}です。更新の前に、現在のご利用状況を一緒に確認しませんか?",
        en=(
            "Your contract renews on {date:when}. "
            "Shall we look at how you use the product together before then?"
        ),
    ),
    "nps.promoter": Sentence(
        ja="さらに活用いただける機能があります",
        en="There are features that would let you get even more out of it.",
    ),
    "nps.features": Sentence(
        ja="{plan:plan}では、{features:list}をご利用いただけます。",
        en="The {plan:plan} plan includes {features:list}.",
    ),
    "satisfaction.ask": Sentence(
        ja="{plan:plan}に移られて1か月になります。お困りだったことは解決しましたか?満足度を1〜5でお聞かせください。",
        en=(
            "You have been on the {plan:plan} plan for a month. "
            "Has it solved what held you back? How satisfied are you, from 1 to 5?"
        ),
    ),
    "pre_purchase.general": Sentence(
        ja="もう少し投資すれば、より高い価値が得られます",
        en="A slightly larger investment would bring you considerably more value.",
    ),
    "pre_purchase.quote": Sentence(
        ja="{plan:plan}に{diff:signed}で{next:name}機能が利用可能です",
        en="{diff:signed} on top of the {plan:plan} plan gives you the {next:name} features.",
    ),
    "discovery.1": Sentence(ja="現在の課題は何ですか?", en="What are your current challenges?"),
    "discovery.2": Sentence(
        ja="どの機能を最も使っていますか?", en="Which features do you use most?"
    ),
    "discovery.3": Sentence(
        ja="今後やりたいことはありますか?", en="What would you like to do next?"
    ),
    "discovery.budget": Sentence(
        ja="予算サイクル、承認プロセス、支出権限について教えてください。",
        en="How do your budget cycle, your approval process and your spending authority work?",
    ),
    "qualification.budget_cycle": Sentence(
        ja="予算サイクルはどうなっていますか?", en="What is your budget cycle?"
    ),
    "qualification.approval_process": Sentence(
        ja="承認プロセスはどうなっていますか?", en="What is your approval process?"
    ),
    "qualification.spending_authority": Sentence(
        ja="支出権限はどなたにありますか?", en="Who has the spending authority?"
    ),
}
