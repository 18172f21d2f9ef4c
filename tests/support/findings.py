"""What a test found, beside that it passed: printed at the end of the run, from whichever worker it comes."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

NAME = "found"
Tell = Callable[[str], None]
"""The fixture `tell`: a text for whoever reads the run."""


@dataclass(eq=False)  # pluggy keeps plugins in sets
class Findings:
    """A plugin of pytest, for the process that hands out the tests."""

    texts: list[str] = field(default_factory=list)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call":
            self.texts += [str(text) for name, text in report.user_properties if name == NAME]

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.texts:
            terminalreporter.section("what was found")
            terminalreporter.write_line("\n".join(self.texts))
