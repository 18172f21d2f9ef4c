"""`/console/catalogue/compare`."""

from shared.wording.sentence import Sentence
from shared.wording.texts.console import plans

SENTENCES = {
    **plans.SENTENCES,
    "title": Sentence(ja="版の比較", en="Compare versions"),
    "from_version": Sentence(ja="比較元", en="From"),
    "to_version": Sentence(ja="比較先", en="To"),
    "between": Sentence(ja="第{a}版から第{b}版", en="From version {a} to version {b}"),
    "no_versions": Sentence(
        ja="カタログはまだ適用されていません。", en="No catalogue has been applied yet."
    ),
    "to_catalogue": Sentence(ja="カタログへ", en="To the catalogue"),
}
