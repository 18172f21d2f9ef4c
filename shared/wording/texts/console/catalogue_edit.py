"""`/console/catalogue/edit`."""

from shared.wording.sentence import Sentence
from shared.wording.texts.console import plans

SENTENCES = {
    **plans.SENTENCES,
    "title": Sentence(ja="カタログの編集", en="Edit the catalogue"),
    "based_on": Sentence(
        ja="第{n}版をもとにしています。", en="Based on version {n}, which is in force."
    ),
    "based_on.none": Sentence(ja="適用中の版はありません。", en="No version is in force yet."),
    "field.text": Sentence(ja="カタログ(YAML)", en="Catalogue (YAML)"),
    "hint": Sentence(ja="入力が止まると検査します。", en="Checked when you stop typing."),
    "backtest.run": Sentence(ja="バックテストを始める", en="Run the backtest"),
    "checked": Sentence(ja="検査の結果", en="What the check found"),
    "not_checked": Sentence(ja="まだ検査していません。", en="Not checked yet."),
    "valid": Sentence(ja="誤りはありません", en="No faults"),
    "faults": Sentence(ja="誤り {n:number}件", en="Faults: {n:number}"),
    "warnings": Sentence(ja="注意 {n:number}件", en="Warnings: {n:number}"),
    "mark.fault": Sentence(ja="誤り", en="Fault"),
    "mark.warning": Sentence(ja="注意", en="Warning"),
    "at": Sentence(ja="{line}行 {column}桁", en="Line {line}, column {column}"),
    "too_large": Sentence(
        ja="カタログが大きいため、プレビューは表示しません。",
        en="The catalogue is too large for a preview.",
    ),
    "preview": Sentence(ja="プランのプレビュー", en="Preview of the plans"),
    "question": Sentence(ja="適用しますか", en="Apply this?"),
    "stale": Sentence(ja="第{n}版が先に適用されました", en="Version {n} was applied meanwhile"),
    "stale.merged": Sentence(
        ja=(
            "片方だけが変えた行は取り込みました。両方が変えた行はあなたの内容のままです。"
            "確認して、もう一度適用してください。"
        ),
        en=(
            "Lines that only one of you changed are merged. Where both changed the same "
            "lines, yours stand. Look at them and apply again."
        ),
    ),
    "stale.changed": Sentence(ja="先に適用された変更", en="What was applied meanwhile"),
    "yours": Sentence(ja="あなたの内容", en="Yours"),
    "theirs": Sentence(ja="先に適用された内容", en="Theirs"),
    "fault.not_valid": Sentence(
        ja="カタログに誤りがあります。下の検査結果を見てください。",
        en="The catalogue has faults: see what the check found.",
    ),
}
