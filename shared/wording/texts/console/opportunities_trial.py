"""`/console/opportunities/{id}/trial`."""

from shared.wording.sentence import Sentence
from shared.wording.texts.console.opportunities_one import SENTENCES as DEAL

SENTENCES = {
    **DEAL,
    "title": Sentence(ja="トライアル", en="Trial"),
    "trials": Sentence(ja="トライアル", en="Trials"),
    "empty.trials": Sentence(
        ja="まだありません。試したい機能と、成功の条件を決めて始めます。",
        en="None yet: agree on what they try, and on what shall come of it.",
    ),
    "trial.offered": Sentence(ja="開始前", en="not begun"),
    "trial.active": Sentence(ja="実施中", en="running"),
    "trial.ended_met": Sentence(ja="終了(条件を達成)", en="ended, criteria met"),
    "trial.ended_not_met": Sentence(ja="終了(条件は未達成)", en="ended, criteria not met"),
    "ends_at": Sentence(ja="終了:", en="Ends"),
    "unlimited": Sentence(ja="無制限", en="unlimited"),
    "criteria.caption": Sentence(ja="成功の条件", en="What shall come of it"),
    "criterion": Sentence(ja="条件", en="Criterion"),
    "criterion_n": Sentence(ja="条件{n}", en="Criterion {n}"),
    "so_far": Sentence(ja="これまで", en="So far"),
    "of": Sentence(ja="{count}/{uses}回", en="{count} of {uses} uses"),
    "met": Sentence(ja="達成", en="met"),
    "not_met": Sentence(ja="未達成", en="not met"),
    "judge_met": Sentence(ja="達成とする", en="Judge as met"),
    "judge_not_met": Sentence(ja="未達成とする", en="Judge as not met"),
    "end_trial": Sentence(ja="トライアルを終える", en="End the trial now"),
    "offer_trial": Sentence(ja="トライアルを始める", en="Offer a trial"),
    "field.features": Sentence(ja="試す機能", en="Features to try"),
    "field.limits": Sentence(ja="試す上限", en="Limits to try"),
    "hint.limits": Sentence(
        ja="変えるものだけ。数量(100、12 GBなど)または unlimited(無制限)",
        en="Only those that change: an amount such as 100 or 12 GB, or unlimited",
    ),
    "field.days": Sentence(ja="日数", en="Days"),
    "hint.days": Sentence(ja="1〜90。空欄は既定の日数", en="1 to 90; empty: the usual number"),
    "field.starts_at": Sentence(ja="開始日", en="Begins on"),
    "hint.starts_at": Sentence(ja="空欄は今すぐ", en="Empty: now"),
    "field.criteria": Sentence(ja="成功の条件", en="What shall come of it"),
    "field.feature": Sentence(ja="使う機能", en="Feature that is used"),
    "field.uses": Sentence(ja="使う回数", en="Number of uses"),
    "field.criterion_text": Sentence(ja="または、判断する条件", en="Or what a person judges"),
    "hint.criterion_text": Sentence(
        ja="機能と回数の代わりに書きます", en="In place of a feature and a number"
    ),
}
