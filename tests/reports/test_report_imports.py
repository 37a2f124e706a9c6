"""Reports load fast: what is slow to import waits until it is used."""

import subprocess
import sys
import time

SLOW = ("torch", "sklearn", "scipy", "pandas", "astropy", "jinja2", "matplotlib")


def test_importing_reports_loads_nothing_slow():
    load = "import sys, reports.comparison, reports.published, reports.render"
    script = f"{load}; print([m for m in {SLOW} if m in sys.modules])"
    start = time.perf_counter()
    found = subprocess.check_output([sys.executable, "-c", script], text=True)
    assert found.strip() == "[]"
    assert time.perf_counter() - start < 3  # 0.3 s on an idle core
