"""What a person reads at the end of a run, made for the width of a terminal, and what a script
reads.
"""

from reports.terminal.account import account
from reports.terminal.for_scripts import for_scripts

__all__ = ["account", "for_scripts"]
