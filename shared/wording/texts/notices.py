"""The usage notice (BP-12, R-033, R-036): facts, consequence, options. No plan, no price, no upgrade is named here, ever."""

from shared.wording.sentence import Sentence

SENTENCES = {
    "notice.title.amount": Sentence(ja="{name:name}: {amount:amount}に達しました", en="{name:name}: {amount:amount} reached"),
    "notice.title.again": Sentence(
        ja="{name:name}: 新しい上限の{threshold:threshold}に再び達しました",
        en="{name:name}: again at {threshold:threshold} of the new limit",
    ),
    "notice.title.full": Sentence(ja="{name:name}: 上限(100%)に達しました", en="{name:name}: limit reached (100%)"),
    "notice.title.over": Sentence(ja="{name:name}: 上限を超えました({percent}%)", en="{name:name}: over the limit ({percent}%)"),
    "notice.title.percent": Sentence(
        ja="{name:name}: 上限の{threshold:threshold}に達しました",
        en="{name:name}: {threshold:threshold} of the limit reached",
    ),
    "notice.title.gated": Sentence(ja="{name:name}: ご契約に含まれていません", en="{name:name}: not included in your contract"),
    "notice.title.resolved": Sentence(
        ja="{name:name}: 上限までの余裕が戻りました",
        en="{name:name}: back below the warning level",
    ),
    "notice.amounts": Sentence(ja="{name:name}: {used:share}", en="{name:name}: {used:share}"),
    "notice.amounts.gated": Sentence(ja="{name:name}: {used:amount}", en="{name:name}: {used:amount}"),
    "notice.period": Sentence(
        ja="期間: {start:when}〜{end:when}。終わると使用量は0に戻ります。",
        en="Period: {start:when} to {end:when}. Usage then starts again from zero.",
    ),
    "notice.soft": Sentence(
        ja="上限に達した後の使用は、上限を超えた使用として記録されます。",
        en="Usage after the limit is recorded as above your limit.",
    ),
    "notice.soft.reached": Sentence(
        ja="これ以降の使用は、上限を超えた使用として記録されます。",
        en="Further usage is recorded as above your limit.",
    ),
    "notice.hard": Sentence(
        ja="上限に達すると、使用量を減らすまで新たに利用できません。",
        en="At the limit, nothing more can be used until you use less.",
    ),
    "notice.hard.reached": Sentence(
        ja="上限に達したため、使用量を減らすまで新たに利用できません。",
        en="The limit is reached: nothing more can be used until you use less.",
    ),
    "notice.hard.period": Sentence(
        ja="上限に達すると、{end:when}まで新たに利用できません。",
        en="At the limit, nothing more can be used until {end:when}.",
    ),
    "notice.hard.period.reached": Sentence(
        ja="上限に達したため、{end:when}まで新たに利用できません。",
        en="The limit is reached: nothing more can be used until {end:when}.",
    ),
    "notice.unlimited": Sentence(ja="上限はないため、利用は止まりません。", en="There is no limit, so nothing stops."),
    "notice.gated": Sentence(
        ja="この使用は、ご契約の範囲外として記録されます。",
        en="This usage is recorded as outside your contract.",
    ),
    "option.less": Sentence(ja="不要な分を減らして使用量を下げる", en="Use less: remove what you no longer need"),
    "option.less.period": Sentence(ja="{end:when}まで使用を控える", en="Use less until {end:when}"),
    "option.less.gated": Sentence(ja="使用をやめる", en="Stop using it"),
    "option.add_on": Sentence(ja="{item:name}を追加する", en="Add {item:name}"),
    "option.ask": Sentence(ja="担当の{person:person}に相談する", en="Ask {person:person}"),
    "option.ask.nobody": Sentence(ja="ご契約の担当窓口に相談する", en="Ask your contact person for this contract"),
    "option.ask.admin": Sentence(ja="管理者の{person:person}に相談する", en="Ask {person:person}, who administers your account"),
    "option.ask.admin.nobody": Sentence(ja="アカウントの管理者に相談する", en="Ask whoever administers your account"),
}
