"""`/console/accounts`."""

from shared.wording.sentence import Sentence

SENTENCES = {
    "title": Sentence(ja="顧客", en="Accounts"),
    "mine": Sentence(ja="自分の担当", en="Mine"),
    "plan": Sentence(ja="プラン", en="Plan"),
    "segment": Sentence(ja="セグメント", en="Segment"),
    "near": Sentence(ja="上限までの近さ", en="Fullest meter"),
    "from": Sentence(ja="{n}%以上", en="{n} % or more"),
    "total": Sentence(ja="{n:number}件", en="{n:number} account{n:s}"),
    "more_than": Sentence(ja="10,000件以上", en="10,000+ accounts"),
    "targets": Sentence(ja="提案の対象", en="Targets"),
    "views": Sentence(ja="保存した一覧", en="Saved views"),
    "save_view": Sentence(ja="一覧を保存", en="Save view"),
    "remove_view": Sentence(ja="「{name}」を削除", en="Remove {name}"),
    "field.name": Sentence(ja="一覧の名前", en="Name of the view"),
    "fault.too_long": Sentence(
        ja="80文字以内で入力してください。", en="A name has at most 80 characters."
    ),
    "fault.unreadable": Sentence(
        ja="使えない文字が含まれています。", en="It holds characters that cannot be used."
    ),
    "fault.too_many_views": Sentence(
        ja="保存できる一覧は50件までです。どれかを削除してください。",
        en="There are fifty already: remove one first.",
    ),
    "said.view_saved": Sentence(ja="一覧を保存しました。", en="The view is saved."),
    "said.view_removed": Sentence(ja="一覧を削除しました。", en="The view is removed."),
    "suppressed": Sentence(ja="提案停止中", en="no offers now"),
    "column.name": Sentence(ja="名前", en="Name"),
    "column.plan": Sentence(ja="プラン", en="Plan"),
    "column.near_percent": Sentence(ja="最も近い上限", en="Fullest meter"),
    "column.score": Sentence(ja="ヘルススコア", en="Health"),
    "column.loyalty": Sentence(ja="ロイヤリティ", en="Loyalty"),
    "column.renewal_date": Sentence(ja="更新日", en="Renewal"),
    "column.csm": Sentence(ja="CSM", en="CSM"),
    "column.arr": Sentence(ja="年額", en="Per year"),
    "column.open_tasks": Sentence(ja="タスク", en="Tasks"),
    "empty.filtered": Sentence(
        ja="次の条件に合う顧客はありません。", en="No account matches these filters:"
    ),
    "filter.q": Sentence(ja="検索", en="Search"),
    "filter.csm": Sentence(ja="CSM", en="CSM"),
    "filter.plan": Sentence(ja="プラン", en="Plan"),
    "filter.segment": Sentence(ja="セグメント", en="Segment"),
    "filter.band": Sentence(ja="ヘルススコア", en="Health"),
    "filter.near": Sentence(ja="上限までの近さ", en="Fullest meter"),
    "filter.target": Sentence(ja="提案の対象", en="Targets"),
    "empty.none": Sentence(
        ja="顧客がまだありません。次のコマンドで最初の1件を作成できます。",
        en="There are no accounts yet. This makes the first one:",
    ),
    "empty.curl": Sentence(
        ja=(
            'curl -X PUT "$PLIMSOLL/v1/accounts/acct-1" -H "Authorization: Bearer $KEY" '
            "-H 'Content-Type: application/json' -d '{{\"name\": \"青空\"}}'"
        ),
        en=(
            'curl -X PUT "$PLIMSOLL/v1/accounts/acct-1" -H "Authorization: Bearer $KEY" '
            "-H 'Content-Type: application/json' -d '{{\"name\": \"Aozora\"}}'"
        ),
    ),
}
