"""Names in a catalogue: in the languages that a company has, one at least. Where one is missing, the other stands for it."""

from collections.abc import Collection, Iterable, Mapping

from shared.catalog.place import Place
from shared.catalog.types import LANGUAGES, Language, Text


def read_name(place: Place) -> Text:
    """`{en, ja}`, one of them at least, or one text that is the same in every language (a product's name)."""
    if isinstance(place.value, str):
        same = place.text()
        return Text(same, same)
    fields = place.fields(required=(), optional=LANGUAGES)
    if isinstance(place.value, dict) and not place.value:
        place.fault(f"must be given in one of {', '.join(LANGUAGES)} at least")
    given = {language: fields[language].text() for language in LANGUAGES if language in fields}
    fallback = next((name for name in given.values() if name), "")
    return Text(*(given.get(language, fallback) for language in LANGUAGES))


def check_names(fields: Mapping[str, Place], declared: Collection[Language]) -> None:
    """Every name stands in each of the catalogue's languages: those declared, else those in which any of its names is given.

    So a translation that somebody forgot is found, and nobody has to write a language that nobody reads.
    """
    names = [place for place in _names(fields) if isinstance(place.value, dict)]
    used = {language for place in names for language in LANGUAGES if language in place.entries()}
    wanted = [language for language in LANGUAGES if language in (declared or used)]
    for place in names:
        for language in wanted if place.value else ():
            if language not in place.entries():
                place.at(language, None).fault("is required")


def _names(fields: Mapping[str, Place]) -> Iterable[Place]:
    for part in ("meters", "features", "plans", "add_ons"):
        for item in _items(fields.get(part)):
            if isinstance(item.value, dict) and "name" in item.value:
                yield item.at("name", item.value["name"])
    brand = fields.get("brand")
    if brand is not None and isinstance(brand.value, dict) and "name" in brand.value:
        yield brand.at("name", brand.value["name"])


def _items(place: Place | None) -> Iterable[Place]:
    """The members of a mapping or a list; whoever reads them says what is wrong with anything else."""
    if place is None:
        return []
    if isinstance(place.value, dict):
        return place.entries().values()
    return place.items() if isinstance(place.value, list) else []
