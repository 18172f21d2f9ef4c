"""A text that is only a price is told from one that says first what it is good for."""

import pytest

from tests.support.prices import price_only


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("プレミアムプランは月額5万円です", True),
        ("The Premium plan costs ¥50,000 a month.", True),
        ("プレミアムプランは月額5万円です。データ分析時間が月20時間削減できます", True),
        (
            "プレミアムプランに移行すると、データ分析時間が月20時間削減でき、人件費換算で月10万円の効果が期待できます",
            False,
        ),
        ("The Premium plan saves 20 hours a month. It costs ¥50,000 a month.", False),
        ("さらに活用いただける機能があります", False),
    ],
)
def test_a_benefit_counts_only_before_the_price(text: str, refused: bool) -> None:
    assert price_only(text) is refused
