"""`/console/pipeline`."""

from shared.wording.sentence import Sentence

SENTENCES = {
    "title": Sentence(ja="パイプライン", en="Pipeline"),
    "mine": Sentence(ja="自分の担当", en="Mine"),
    "plan": Sentence(ja="プラン", en="Plan"),
    "flag": Sentence(ja="注意", en="Flags"),
    "view": Sentence(ja="表示形式", en="View"),
    "board": Sentence(ja="ボード", en="Board"),
    "table": Sentence(ja="表", en="Table"),
    "all_open": Sentence(ja="進行中すべて", en="All open"),
    "stage": Sentence(ja="ステージ", en="Stage"),
    "offer": Sentence(ja="提案するもの", en="Offer"),
    "days": Sentence(ja="日数", en="Days in stage"),
    "days_in": Sentence(ja="{n:number}日", en="{n:number} d"),
    "value": Sentence(ja="年額", en="Per year"),
    "count": Sentence(ja="{n:number}件", en="Opportunities: {n:number}"),
    "all_of": Sentence(ja="{n:number}件すべて", en="All {n:number}"),
    "move_to": Sentence(ja="移動 …", en="Move to …"),
    "move_of": Sentence(ja="移動 …: {name}", en="Move to …: {name}"),
    "empty.none": Sentence(
        ja="進行中の商談はありません。上限に近づいたり、ニーズが記録されたりすると自動で現れます。",
        en=(
            "No opportunity is open. They appear by themselves when somebody comes near a limit "
            "or a need is recorded."
        ),
    ),
    "empty.filtered": Sentence(
        ja="条件に合う商談はありません。", en="No opportunity matches these filters."
    ),
}
