"""Whether a text for a customer is only a price: tests hold that none is (R-110)."""

import re

_AMOUNT = r"(?:[¥$€£]\s?[\d,.]+|[\d,.]+\s?(?:万|億)?円)"
_PRICE = re.compile(
    rf"(?:月額|年額|料金は|差額は|costs?\s){_AMOUNT}|{_AMOUNT}\s(?:a|per)\s(?:month|year)",
    re.IGNORECASE,
)
_BENEFIT = re.compile(
    r"[\d,.]+\s?(?:時間|hours?)"
    rf"|(?:効果|プラス|リターン|saves?|worth|benefit of)[^。.]*{_AMOUNT}"
    rf"|{_AMOUNT}[^。.]*(?:効果|プラス)"
    r"|から[^。]*[\d,.]+[^。]*になります|上限がなくなります"
    r"|from [^.]*\d[^.]* to [^.]*\d|no limit|無制限|unlimited",
    re.IGNORECASE,
)


def price_only(text: str) -> bool:
    """True for `プレミアムプランは月額5万円です`; False if a quantified benefit precedes the price,
    or there is no price.
    """
    price = _PRICE.search(text)
    if price is None:
        return False
    return _BENEFIT.search(text[: price.start()]) is None
