"""What was typed into a form that was refused: it stays. Pure."""

from collections.abc import Mapping, Sequence


class Typed(dict[str, str]):
    """Fields that were not sent are empty."""

    @classmethod
    def of(cls, values: Mapping[str, Sequence[str]] | None) -> "Typed":
        return cls({name: told[0] for name, told in (values or {}).items() if told})

    def __missing__(self, _name: str) -> str:
        return ""
