"""Reports load fast: what is slow to import waits until it is used."""

import subprocess
import sys

SLOW = ("torch", "sklearn", "scipy", "pandas", "astropy", "jinja2", "matplotlib")


def test_importing_reports_loads_nothing_slow():
    load = "import sys, reports.comparison, reports.published, reports.render"
    script = f"{load}; print([m for m in {SLOW} if m in sys.modules])"
    found = subprocess.check_output([sys.executable, "-c", script], text=True)
    assert found.strip() == "[]"
