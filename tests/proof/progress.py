"""How far a run has come, in a file: after an interruption it goes on behind the last round."""

from pathlib import Path

import msgspec

from tests.proof.verdict import Row


class Progress(msgspec.Struct):
    """`rounds`: the judged ones by their number. Another profile, seed or commit is another run."""

    profile: str
    seed: int
    commit: str
    seconds: float = 0.0
    rounds: dict[int, Row] = {}

    def is_of(self, profile: str, seed: int, commit: str) -> bool:
        return (self.profile, self.seed, self.commit) == (profile, seed, commit)


def load(file: Path, profile: str, seed: int, commit: str) -> Progress:
    """That of the file, if it is of the same run; a new one otherwise."""
    fresh = Progress(profile, seed, commit)
    if not file.exists():
        return fresh
    found = msgspec.json.decode(file.read_bytes(), type=Progress)
    return found if found.is_of(profile, seed, commit) else fresh


def save(file: Path, progress: Progress) -> None:
    """Complete or not at all."""
    file.parent.mkdir(exist_ok=True)
    scratch = file.with_suffix(".new")
    scratch.write_bytes(msgspec.json.format(msgspec.json.encode(progress)))
    scratch.replace(file)
