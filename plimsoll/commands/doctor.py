"""`plimsoll doctor`: finds everything that is wrong, in one run, and says what to do about it."""

import argparse
import asyncio

from plimsoll.checks import Finding, examine
from plimsoll.failures import CommandError
from plimsoll.options import data_argument


def arguments(parser: argparse.ArgumentParser) -> None:
    data_argument(parser)


def run(args: argparse.Namespace) -> int:
    findings = asyncio.run(examine(args.data))
    for finding in findings:
        print(_line(finding))
    if faults := [finding for finding in findings if finding.is_fault]:
        names = ", ".join(dict.fromkeys(finding.subject for finding in faults))
        raise CommandError(f"{len(faults)} {'fault' if len(faults) == 1 else 'faults'}: {names}")
    return 0


def _line(finding: Finding) -> str:
    if finding.remedy is None:
        return f"ok     {finding.subject}: {finding.what}"
    return (
        f"{'warn ' if finding.warning else 'FAULT'}  {finding.subject}: {finding.what}\n"
        f"       -> {finding.remedy}"
    )
