"""Prometheus's own tool reads the configuration and the alert rules, and plays what each rule is to
be quiet about and to fire at.
"""

import shutil
import subprocess

import pytest
import yaml

from tests.support.pages import ROOT

PROMETHEUS = ROOT / "deploy" / "prometheus"
RULES = [
    rule["alert"]
    for group in yaml.safe_load((PROMETHEUS / "alerts.yml").read_text())["groups"]
    for rule in group["rules"]
]
PLAYED = yaml.safe_load((PROMETHEUS / "alerts.test.yml").read_text())["tests"]
needs_promtool = pytest.mark.skipif(
    not shutil.which("promtool"), reason="no promtool on this machine (Debian: package prometheus)"
)


@needs_promtool
@pytest.mark.parametrize(
    "words", ["check config prometheus.yml", "check rules alerts.yml", "test rules alerts.test.yml"]
)
def test_promtool_finds_no_fault(words: str) -> None:
    done = subprocess.run(
        ["promtool", *words.split()],
        cwd=PROMETHEUS,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_is_played_quiet_and_firing(rule: str) -> None:
    expected = [
        bool(case["exp_alerts"])
        for test in PLAYED
        for case in test["alert_rule_test"]
        if case["alertname"] == rule
    ]
    assert {True, False} <= set(expected)
