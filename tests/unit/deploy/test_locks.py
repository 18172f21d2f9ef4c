"""What is pinned names versions and hashes, and no place to fetch them from."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
LOCKS = [
    path
    for pattern in (
        "requirements.lock",
        "deploy/*.lock",
        "tests/**/*.lock",
        "tests/**/package-lock.json",
    )
    for path in sorted(ROOT.glob(pattern))
    if "node_modules" not in path.parts
]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_lock_names_no_address(lock: Path) -> None:
    lines = enumerate(lock.read_text(encoding="utf-8").splitlines(), 1)
    assert [(number, line) for number, line in lines if "://" in line] == []
