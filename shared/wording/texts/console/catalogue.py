"""`/console/catalogue`."""

from shared.wording.sentence import Sentence
from shared.wording.texts.console import plans

SENTENCES = {
    **plans.SENTENCES,
    "title": Sentence(ja="カタログ", en="Catalogue"),
    "policy": Sentence(ja="ポリシー", en="Policy"),
    "versions": Sentence(ja="版", en="Versions"),
    "versions.caption": Sentence(ja="新しく適用した順", en="Last applied first"),
    "applied_at": Sentence(ja="適用日時", en="Applied"),
    "accounts": Sentence(ja="この版で契約中の顧客", en="Accounts sold with it"),
    "compare": Sentence(ja="比較", en="Compare"),
    "with_before": Sentence(ja="一つ前と比べる", en="With the one before"),
    "empty": Sentence(
        ja=(
            "カタログはまだ適用されていません。プランと計測項目を書いて適用すると、ここに"
            "版が並びます。デモのカタログから始められます。"
        ),
        en=(
            "No catalogue has been applied yet. Versions appear here once plans and "
            "meters are written and applied. The demo catalogue is one to begin with."
        ),
    ),
    "begin": Sentence(ja="デモのカタログから始める", en="Begin with the demo catalogue"),
    "backtests": Sentence(ja="バックテスト", en="Backtests"),
    "backtests.caption": Sentence(ja="新しい順", en="Newest first"),
    "no_backtests": Sentence(
        ja="バックテストはまだありません。版の画面か編集画面から始められます。",
        en="There are no backtests yet. Begin one from a version, or while editing.",
    ),
    "asked_at": Sentence(ja="開始", en="Asked"),
    "state": Sentence(ja="状態", en="State"),
}
