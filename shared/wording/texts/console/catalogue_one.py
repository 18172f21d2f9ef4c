"""`/console/catalogue/{version}`."""

from shared.wording.sentence import Sentence
from shared.wording.texts.console import plans

SENTENCES = {
    **plans.SENTENCES,
    "title": Sentence(ja="カタログの版", en="A version of the catalogue"),
    "with_in_force": Sentence(ja="適用中の版と比べる", en="Compare with the one in force"),
    "backtest.hint": Sentence(
        ja="この版なら何を送っていたかを、記録された利用量と事実から調べます。何も送られません。",
        en="What this version would have sent, from recorded usage and facts. Nothing is sent.",
    ),
}
