"""What an upgrade is worth, in the customer's own numbers (R-110..R-117). `value.bad` is here to be
refused: a price and nothing else.
"""

from shared.wording.sentence import Sentence

IN_APP = "value.good"
IN_MAIL = "roi.net"

_ACTIVITY = {"ja": "業務", "en": "work"}

SENTENCES = {
    IN_APP: Sentence(
        ja="{plan:plan}に移行すると、{activity:name}時間が月{hours:hours}削減でき、人件費換算で月{benefit:money}の効果が期待できます",
        en=(
            "Moving to the {plan:plan} plan can save {hours:hours} of {activity:name} a month, "
            "an expected benefit of {benefit:money} a month in labour cost."
        ),
        defaults={"activity": _ACTIVITY},
    ),
    "value.bad": Sentence(
        ja="{plan:plan}は{price:monthly}です",
        en="The {plan:plan} plan is {price:monthly}.",
    ),
    IN_MAIL: Sentence(
        ja=(
            "{plan:plan}に移行すると、{activity:name}時間が月{hours:hours}削減できます。"
            "人件費(時給{rate:exact}換算)で月{benefit:money}の効果が見込めます。"
            "プラン差額は月{diff:money}のため、実質月{net:money}のプラスです"
        ),
        en=(
            "Moving to the {plan:plan} plan can save {hours:hours} of {activity:name} a month. "
            "At {rate:exact} an hour that is worth {benefit:money} a month. "
            "The plan costs {diff:money} a month more, so you are {net:money} a month ahead."
        ),
        defaults={"activity": _ACTIVITY},
    ),
    "roi.usd": Sentence(
        ja=(
            "チームが{activity:name}に週約{hours:hours}費やしていると言及されました。"
            "{plan:name}{capability:name}はそのほとんどを自動化します。"
            "{members:number}人のチームメンバーで週{hours:hours}、平均時給{rate:exact}で週{week:money}、年間{year:money}です。"
            "{plan:name}アップグレードは年間{cost:money}の追加です。{multiple:number}倍のリターンです。"
        ),
        en=(
            "You mentioned that your team spends about {hours:hours} a week on {activity:name}. "
            "{plan:name} {capability:name} automates most of it. "
            "{hours:hours} a week for a team of {members:number}, "
            "at {rate:exact} an hour on average, is {week:money} a week and {year:money} a year. "
            "The {plan:name} upgrade adds {cost:money} a year. "
            "That is a return of {multiple:number}x."
        ),
        defaults={
            "activity": {"ja": "手動の作業", "en": "manual work"},
            "capability": {"ja": "分析", "en": "analytics"},
        },
    ),
    "roi.together": Sentence(
        ja="これがチームにとって何を意味するか見てみましょう...",
        en="Let's look at what this means for your team...",
    ),
    "value.version": Sentence(
        ja="第{version:number}版({day:day}、{who:name}): 年間の効果{year:exact}",
        en="Version {version:number} ({day:day}, {who:name}): a benefit of {year:exact} a year",
    ),
    "value.basis": Sentence(
        ja="試算の前提: {inputs:list}", en="Assumed in this estimate: {inputs:list}"
    ),
    "value.step.hours": Sentence(
        ja=(
            "時間: {hours:hours}/{period:period}({basis:basis}、"
            "{members:number}人、自動化率{automation:number}%)"
        ),
        en=(
            "Hours: {hours:hours} a {period:period} ({basis:basis}, "
            "{members:number} members, {automation:number}% automated)"
        ),
    ),
    "value.step.hours_total": Sentence(
        ja="時間: {hours:hours}/{period:period}({basis:basis}、自動化率{automation:number}%)",
        en="Hours: {hours:hours} a {period:period} ({basis:basis}, {automation:number}% automated)",
    ),
    "value.step.week": Sentence(
        ja="週の効果: {saved:hours} × 時給{rate:exact} = {amount:exact}",
        en="Benefit a week: {saved:hours} × {rate:exact} = {amount:exact}",
    ),
    "value.step.month": Sentence(
        ja="月の効果: {saved:hours} × 時給{rate:exact} = {amount:exact}",
        en="Benefit a month: {saved:hours} × {rate:exact} = {amount:exact}",
    ),
    "value.step.year": Sentence(
        ja="年の効果: {amount:exact} × {periods:number} = {year:exact}",
        en="Benefit a year: {amount:exact} × {periods:number} = {year:exact}",
    ),
    "value.step.cost": Sentence(
        ja="プラン差額(年): {next:exact} − {current:exact} = {cost:exact}",
        en="Added cost a year: {next:exact} − {current:exact} = {cost:exact}",
    ),
    "value.step.multiple": Sentence(
        ja="倍率: {year:exact} ÷ {cost:exact} = {multiple:number}倍(差引 年{net:exact}のプラス)",
        en="Multiple: {year:exact} ÷ {cost:exact} = {multiple:number}x (net {net:exact} a year)",
    ),
    "value.step.free": Sentence(
        ja="追加費用はありません(差引 年{net:exact}のプラス)",
        en="The step costs nothing more (net {net:exact} a year)",
    ),
}
