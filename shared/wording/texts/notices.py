"""The usage notice (BP-12, R-033, R-036): facts, consequence, options. No plan, no price, no
upgrade is named here, ever.

The title says how much is used; the sentence behind it which threshold that was.
"""

from shared.wording.sentence import Sentence

SENTENCES = {
    "notice.title.percent": Sentence(
        ja="{name:name}: 上限の{percent}%を使用しています", en="{name:name}: {percent}% used"
    ),
    "notice.title.again": Sentence(
        ja="{name:name}: 再び新しい上限の{percent}%に達しました",
        en="{name:name}: again at {percent}% of the new limit",
    ),
    "notice.title.full": Sentence(
        ja="{name:name}: 上限(100%)に達しました", en="{name:name}: limit reached (100%)"
    ),
    "notice.title.over": Sentence(
        ja="{name:name}: 上限を超えました({percent}%)",
        en="{name:name}: over the limit ({percent}%)",
    ),
    "notice.title.amount": Sentence(
        ja="{name:name}: 上限{shown_limit:name}のうち{shown_used:name}を使用しています",
        en="{name:name}: {shown_used:name} of {shown_limit:name} used",
    ),
    "notice.title.unlimited": Sentence(
        ja="{name:name}: {used:amount}を使用しています", en="{name:name}: {used:amount} used"
    ),
    "notice.title.rate": Sentence(
        ja="{name:name}: 1時間で{used:amount}を使用しています",
        en="{name:name}: {used:amount} used within an hour",
    ),
    "notice.title.gated": Sentence(
        ja="{name:name}: ご契約に含まれていません", en="{name:name}: not included in your contract"
    ),
    "notice.title.resolved": Sentence(
        ja="{name:name}: 上限までの余裕が戻りました",
        en="{name:name}: back below the warning level",
    ),
    "notice.amounts": Sentence(ja="{name:name}: {used:share}", en="{name:name}: {used:share}"),
    "notice.amounts.gated": Sentence(
        ja="{name:name}: {used:amount}", en="{name:name}: {used:amount}"
    ),
    "notice.share": Sentence(ja="{used:share}", en="{used:share}"),
    "notice.reached": Sentence(
        ja="上限{shown_limit:name}の{threshold:threshold}に達しました。",
        en="You have reached {threshold:threshold} of your limit of {shown_limit:name}.",
    ),
    "notice.passed": Sentence(
        ja="上限{shown_limit:name}の{threshold:threshold}を超えました。",
        en="You have passed {threshold:threshold} of your limit of {shown_limit:name}.",
    ),
    "notice.again.reached": Sentence(
        ja="上限は{shown_limit:name}に引き上げられ、その{threshold:threshold}に達しました。",
        en=(
            "Your limit was raised to {shown_limit:name}, "
            "and you have reached {threshold:threshold} of it."
        ),
    ),
    "notice.again.passed": Sentence(
        ja="上限は{shown_limit:name}に引き上げられ、その{threshold:threshold}を超えました。",
        en=(
            "Your limit was raised to {shown_limit:name}, "
            "and you have passed {threshold:threshold} of it."
        ),
    ),
    "notice.amount.passed": Sentence(
        ja="{threshold:threshold}を超えました。", en="You have passed {threshold:threshold}."
    ),
    "notice.rate.reached": Sentence(
        ja="1時間あたり{rate:amount}に達しました。",
        en="You have reached {rate:amount} an hour.",
    ),
    "notice.rate.passed": Sentence(
        ja="1時間あたり{rate:amount}を超えました。",
        en="You have passed {rate:amount} an hour.",
    ),
    "notice.rate.share": Sentence(ja="1時間で{used:amount}", en="{used:amount} within an hour"),
    "notice.rate": Sentence(
        ja="お知らせのみです。このままご利用いただけます。",
        en="This is for your information: you can keep working.",
    ),
    "notice.period": Sentence(
        ja="次の期間は{end:when}に始まり、使用量は0に戻ります。",
        en="The next period starts on {end:when}, with usage back at zero.",
    ),
    "notice.soft": Sentence(
        ja="上限に達した後もご利用いただけます。上限を超えた使用量は記録されます。",
        en="You can keep working; usage above the limit is recorded.",
    ),
    "notice.soft.reached": Sentence(
        ja="このままご利用いただけます。上限を超えた使用量は記録されます。",
        en="You can keep working; usage above the limit is recorded.",
    ),
    "notice.hard": Sentence(
        ja="上限を超えてご利用いただくことはできません。",
        en="Nothing can be used beyond the limit.",
    ),
    "notice.hard.reached": Sentence(
        ja="これ以上はご利用いただけません。",
        en="Nothing more can be used.",
    ),
    "notice.hard.period": Sentence(
        ja="上限に達すると、次の期間が始まるまでご利用いただけません。",
        en="At the limit, nothing more can be used until the next period starts.",
    ),
    "notice.hard.period.reached": Sentence(
        ja="次の期間が始まるまで、ご利用いただけません。",
        en="Nothing more can be used until the next period starts.",
    ),
    "notice.unlimited": Sentence(
        ja="上限はありません。このままご利用いただけます。",
        en="There is no limit: you can keep working.",
    ),
    "notice.gated": Sentence(
        ja="この使用は、ご契約の範囲外として記録されます。",
        en="This usage is recorded as outside your contract.",
    ),
    "option.less": Sentence(
        ja="不要な分を減らして使用量を下げる", en="Use less: remove what you no longer need"
    ),
    "option.less.period": Sentence(
        ja="次の期間が始まるまで使用を控える", en="Use less until the next period starts"
    ),
    "option.less.rate": Sentence(
        ja="1時間あたりの使用量を下げる", en="Use less at a time: spread it over more hours"
    ),
    "option.less.gated": Sentence(ja="使用をやめる", en="Stop using it"),
    "option.add_on": Sentence(ja="{item:name}を追加する", en="Add {item:name}"),
    "option.ask": Sentence(ja="担当の{person:person}に相談する", en="Ask {person:person}"),
    "option.ask.nobody": Sentence(
        ja="ご契約の担当窓口に相談する", en="Ask your contact person for this contract"
    ),
    "option.ask.admin": Sentence(
        ja="管理者の{person:person}に相談する",
        en="Ask {person:person}, who administers your account",
    ),
    "option.ask.admin.nobody": Sentence(
        ja="アカウントの管理者に相談する", en="Ask whoever administers your account"
    ),
}
