"""The gates of a decision in words: what each asks, and why one blocks or passes.

In English a decision's own `reason` is the text; here is the Japanese for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.wording.sentence import Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What is said of an answer, in Japanese: why it blocks, what ends the block (if no date does),
    why it passes.

    `blocked` as a mapping: one part for each evidence, joined by commas as far as it is given.
    """

    blocked: str | Mapping[str, str] | None = None
    clears: str | None = None
    passed: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GateWords(Said):
    """All words of one gate.

    `title`: its question. `variants`: what is said instead if this evidence is given; the first
    that has something to say counts.
    """

    title: Sentence
    variants: Mapping[str, Said] = field(default_factory=dict)


RESULTS: Mapping[str, Sentence] = {
    "pass": Sentence(ja="通過", en="pass"),
    "block": Sentence(ja="見送り", en="block"),
    "skip": Sentence(ja="対象外", en="not asked"),
}

DISSATISFIED: Mapping[str, str] = {
    "nps": "NPS {nps:number}点({nps_at:day})",
    "csat": "CSAT {csat:number}点({csat_at:day})",
    "open_bugs": "重大な不具合{open_bugs:number}件が未解決",
    "tickets": "否定的な問い合わせ{tickets:number}件",
}

TICKET_CLASSES: Mapping[str, Sentence] = {
    "bug": Sentence(ja="不具合", en="bug"),
    "complaint": Sentence(ja="苦情", en="complaint"),
    "cancel": Sentence(ja="解約の申し出", en="cancellation"),
}
SEVERITIES: Mapping[str, Sentence] = {
    "urgent": Sentence(ja="至急", en="urgent"),
    "high": Sentence(ja="重大", en="high"),
    "normal": Sentence(ja="通常", en="normal"),
    "low": Sentence(ja="軽微", en="low"),
}
OWNERS: Mapping[str, Sentence] = {
    "self_serve": Sentence(ja="お客様ご自身で購入できます", en="they can buy it themselves"),
    "cs": Sentence(ja="カスタマーサクセスが担当します", en="customer success takes it on"),
    "sales": Sentence(ja="営業が担当します", en="Sales takes it on"),
    "hybrid": Sentence(
        ja="カスタマーサクセスと営業が一緒に担当します",
        en="customer success and Sales take it on together",
    ),
}
VERDICTS: Mapping[str, Sentence] = {
    "qualified": Sentence(ja="条件は揃っています", en="everything that is needed is known"),
    "needs_discovery": Sentence(
        ja="まだ伺うことがあります", en="some things are still to be asked"
    ),
    "nurture": Sentence(
        ja="まず価値を実感していただく段階です", en="they have to see the value first"
    ),
}
RULE = Sentence(ja="(ルール{rule:name})", en=" (rule {rule:name})")
NO_BUYER = Sentence(
    ja="。ただし、購入できるご担当者が登録されていないため、担当CSMに知らせます",
    en="; but nobody there may buy, so the CSM is told instead",
)

MORE_TICKETS = Sentence(ja="ほか{count:number}件", en="{count:number} more")

AGAINST: Mapping[str, str] = {
    "consistent_use": "直近4週間のうち利用は{weeks:number}週",
    "adoption": "機能{offered:number}個のうち利用は{used:number}個",
    "goals": "目標が未達",
    "scores.nps": "NPS {nps:number}点({nps_at:day})",
    "scores.csat": "CSAT 平均{csat:number}点",
    "stated": "満足していないとの記録",
}
"""What speaks against satisfaction (the gate `qualification`), by check."""

RETRY = "{retry_at:day}に再判断します"

NOTHING_FOUND = "妨げるものはありません"
NOT_ASKED = "この判断では問う必要がありません"

GATES: dict[str, GateWords] = {
    "duplicate": GateWords(
        title=Sentence(ja="初めて届いた知らせか", en="Is it new?"),
    ),
    "crossing": GateWords(
        title=Sentence(ja="しきい値に達したか", en="Was a threshold reached?"),
        passed="{name:name}が{threshold:name}に達しました",
    ),
    "notice": GateWords(
        title=Sentence(ja="お知らせを送るか", en="Does a notice go out?"),
        passed="お知らせを送ります",
    ),
    "holdout": GateWords(
        title=Sentence(ja="測定の対照群か", en="Is the account held out for measurement?"),
        blocked="測定のため提案を控える対照群です(お知らせは送ります)",
        clears="対照群の期間が終わるまで提案しません",
        variants={
            "experiment": Said(
                blocked="実験のため、最初の提案は使用率{first:number}%からです(お知らせは送ります)",
                clears="使用率がその値に達したら、再判断します",
                passed="実験の対象です。使用率{first:number}%から提案します",
            )
        },
    ),
    "opted_out": GateWords(
        title=Sentence(ja="提案を断られているか", en="Have they refused proposals?"),
        blocked="購入できる連絡先の全員が提案の受け取りを断っています",
        clears="購入できる方で断っていない方が加わったら、再判断します",
    ),
    "cancel_intent": GateWords(
        title=Sentence(ja="解約の意向があるか", en="Do they mean to cancel?"),
        blocked="{at:day}に解約の意向が示されました",
    ),
    "dissatisfied": GateWords(
        title=Sentence(ja="不満を持っているか", en="Are they dissatisfied?"),
        blocked=DISSATISFIED,
        clears="より良い回答をいただくか、不具合や問い合わせが解決したら、再判断します",
    ),
    "new_contract": GateWords(
        title=Sentence(ja="契約して間もないか", en="Is the contract new?"),
        blocked="{since:day}に契約が始まったばかりです",
    ),
    "low_loyalty": GateWords(
        title=Sentence(ja="利用が少ないか", en="Do they use it little?"),
        blocked="すべての使用量が少なく、減り続けています",
        clears="利用が増えたら、再判断します",
        variants={
            "active_days": Said(
                blocked="直近30日の利用日数は{active_days:number}日です",
                passed="直近30日の利用日数は{active_days:number}日です",
            ),
        },
    ),
    "not_adopted": GateWords(
        title=Sentence(ja="今の機能を使いこなせているか", en="Have they adopted what they have?"),
        blocked="今のプランの機能{offered:number}個のうち、直近30日に使われたのは{used:number}個です",
        clears="今のプランの機能の利用が増えたら、再判断します",
        passed="今のプランの機能{offered:number}個のうち{used:number}個が使われています",
    ),
    "recent_downsell": GateWords(
        title=Sentence(ja="最近プランを下げたか", en="Did they move to a lower plan recently?"),
        blocked="{at:day}に下位のプランへ移りました",
    ),
    "recently_declined": GateWords(
        title=Sentence(ja="最近断られたか", en="Did they decline recently?"),
        blocked="{at:day}に提案が断られました",
    ),
    "frequency_cap": GateWords(
        title=Sentence(ja="提案が続きすぎていないか", en="Were there too many proposals?"),
        blocked="最近の提案がすでに上限の回数に達しています",
        clears="この種の提案が再開されたら、再判断します",
        variants={
            "plays": Said(
                blocked="この種の提案は一時停止中です",
            ),
            "off": Said(
                blocked="提案を行わない設定です",
                clears="提案を行う設定に変わったら、再判断します",
            ),
        },
    ),
    "top_plan": GateWords(
        title=Sentence(ja="上のプランがあるか", en="Is there a higher plan?"),
        blocked="すでに最上位のプランです",
        clears="上のプランができたら、再判断します",
        variants={
            "add_on": Said(
                passed="最上位のプランですが、追加できるものがあります",
            ),
        },
    ),
    "recommendation": GateWords(
        title=Sentence(ja="どのプランを勧めるか", en="Which plan is recommended?"),
        blocked="{upgraded_at:day}に上位プランへ移ったばかりです",
        passed="1段上のプラン({plan:name})を勧めます",
        variants={
            "begins_at": Said(
                blocked="次の契約が{begins_at:day}に始まることが決まっています",
            ),
            "add_on": Said(
                passed="上のプランの代わりに、{name:name}の追加を勧めます",
            ),
        },
    ),
    "fit": GateWords(
        title=Sentence(ja="課題の解決になるか", en="Does it answer a need?"),
        blocked="次のプランで解決する課題が確認されていません",
        clears="次のプランで解決する課題が確認されたら、再判断します",
        passed="次のプランが{answers:list}に応えます",
        variants={
            "add_on": Said(
                passed="{add_on:name}で{answers:list}が足ります",
            ),
            "needs": Said(
                blocked="ご要望({needs:list})に応えるプランがありません",
            ),
        },
    ),
    "value": GateWords(
        title=Sentence(ja="費用に見合うか", en="Is it worth its cost?"),
        blocked="追加の費用に見合う効果が確認されていません",
        clears="効果の数字が変わったら、再判断します",
        variants={
            "add_on": Said(
                passed="追加の費用は年{year:name}で、上のプランより少なく済みます",
            ),
        },
    ),
    "route": GateWords(
        title=Sentence(ja="誰が担当するか", en="Who acts?"),
    ),
    "qualification": GateWords(
        title=Sentence(ja="商談の条件が揃っているか", en="Is it qualified?"),
        blocked="今のプランに満足していただくのが先です",
        clears="今のプランに満足していただけたら、再判断します",
        variants={
            "disqualified": Said(
                blocked="担当者がこの商談を対象外としました",
                clears="要望、予算、効果のいずれかが確認されたら、再判断します",
            ),
        },
    ),
    "merge": GateWords(
        title=Sentence(ja="どの商談に加わるか", en="Which opportunity takes it?"),
    ),
}
