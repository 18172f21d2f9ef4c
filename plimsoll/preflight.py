"""Checks that `plimsoll up` and `plimsoll demo` make before anything slow."""

import argparse
from pathlib import Path

from shared.embedded.lock import is_held
from shared.runtime.addresses import check_free
from shared.runtime.settings import Settings, load_settings


def settings_to_run(args: argparse.Namespace, data_dir: Path) -> Settings:
    """Raises SettingsError, and AddressTaken if another process listens there."""
    settings = load_settings(port=args.port, data_dir=data_dir)
    # If a Plimsoll uses the directory, it is most likely the one that listens: the embedded servers
    # then report that right away.
    if not is_held(data_dir):
        check_free(settings)
    return settings
