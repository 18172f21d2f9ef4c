"""What a report's flags say, and that a comparison shows nothing."""

from collections.abc import Mapping

from shared.wording.sentence import Sentence

FLAGS: Mapping[str, Sentence] = {
    "upselling_poor_fit": Sentence(
        ja="上位プランに移行したお客様の継続率（{upgraded:number}%）が、同じ時期のほかのお客様"
        "（{others:number}%）を下回っています。合わないお客様に提案している可能性があります。",
        en="Customers who moved up stay less often ({upgraded:number}%) than others of the same "
        "age ({others:number}%): some of them may have been sold a plan that does not fit.",
    ),
    "single_digit_upgrade_rate": Sentence(
        ja="初年度に上位プランへ移行したのは{accounts:number}社のうち{percent:number}%だけです。",
        en="Only {percent:number}% of {accounts:number} customers moved up in their first year.",
    ),
    "costs_unknown": Sentence(
        ja="カタログの policy.costs に費用が設定されていません。",
        en="The catalogue's policy.costs does not say what anything costs.",
    ),
    "handoff_over_objections": Sentence(
        ja="引き継ぎによる失注（{handoff:number}件）が、異議による失注（{objection:number}件）を"
        "上回っています。",
        en="More deals were lost by hand-offs ({handoff:number}) than by objections "
        "({objection:number}).",
    ),
    "revenue_over_satisfaction": Sentence(
        ja="売上は増えましたが、提案後のNPSが{delta:number}変化しています（{n:number}件、"
        "提案理由: {play:name}）。",
        en="Revenue rose, and the NPS moved by {delta:number} after a proposal ({n:number} "
        "answers, play: {play:name}).",
    ),
    "pruned": Sentence(
        ja="{what:name}は{day:name}より前のものが残っていません。",
        en="{what:name} from before {day:name} are no longer kept",
    ),
}

COUNTED: Mapping[str, Sentence] = {
    "decisions": Sentence(ja="判断", en="decisions"),
    "proposals": Sentence(ja="提案", en="proposals"),
    "facts": Sentence(ja="事実", en="facts"),
    "alerts": Sentence(ja="アラート", en="alerts"),
}

ALL_PLAYS = Sentence(ja="全体", en="all")

NOT_CONCLUSIVE = Sentence(ja="結論は出せません", en="not conclusive")
