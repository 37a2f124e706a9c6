"""Where downloads and what is known of files are kept between runs."""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "ASTRONN_CACHE"


def cache_folder() -> Path:
    """The folder that the environment variable ASTRONN_CACHE names, or else the user's cache
    folder.
    """
    import platformdirs

    return Path(os.environ.get(VARIABLE) or platformdirs.user_cache_dir("astronn"))
