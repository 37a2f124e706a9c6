"""Luigi's configuration: what the processes of tasks take over from their caller, and what the
``astronn`` command must not read.

Luigi reads luigi.cfg, client.cfg and luigi.toml of the working directory, which may be a
stranger's: its logging and its workers run code that such a file names."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import Any


def read_no_files() -> None:
    """Have Luigi as if there were no configuration files on this machine. To be called before
    anything imports luigi.
    """
    if "luigi" in sys.modules:
        return  # the caller's own Python has it already, as the caller wants it
    for name in ("LUIGI_CONFIG_PATH", "LUIGI_CONFIG_PARSER"):
        os.environ.pop(name, None)
    here = os.open(".", os.O_RDONLY)
    os.chdir("/")
    try:
        import luigi.configuration
    finally:
        os.chdir(here)
        os.close(here)
    for parser in (luigi.configuration.LuigiConfigParser, luigi.configuration.LuigiTomlParser):
        parser._config_paths = []
    luigi.configuration.get_config().clear()


def held() -> Any:
    """What Luigi's configuration holds, to be handed to another process."""
    import luigi.configuration

    config = luigi.configuration.get_config()
    if isinstance(config, luigi.configuration.LuigiConfigParser):
        return {name: dict(config.items(name, raw=True)) for name in config.sections()}
    return config.data


def take(content: Any) -> None:
    """Have Luigi's configuration hold ``content``, of ``held``, and nothing else."""
    import luigi.configuration

    for parser in (luigi.configuration.LuigiConfigParser, luigi.configuration.LuigiTomlParser):
        parser._config_paths = []
    config = luigi.configuration.get_config()
    if isinstance(config, luigi.configuration.LuigiConfigParser):
        config.clear()
        with contextlib.suppress(ValueError):
            config.read_dict(content)
    else:
        config.data = content
