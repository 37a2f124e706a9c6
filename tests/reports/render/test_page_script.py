"""The script of a page, in a browser from disk: tables are sorted, mistakes filtered, and a square
of the confusion table leads to its objects.
"""

import json
import re
import shutil
import subprocess
from dataclasses import replace

import numpy as np
import pytest

from reports.measures import mistakes
from reports.render import render

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
LOOK = """
<script>
const seen = {};
const rows = () => [...document.querySelectorAll("tr[data-reference]")].filter((row) => !row.hidden)
  .map((row) => row.dataset.reference + " given " + row.dataset.given);
const firsts = (table) => [...table.tBodies[0].rows].map((row) => row.cells[3].textContent);
seen.all = rows();
const buttons = [...document.querySelectorAll("button.sort")];
const button = buttons.find((each) => each.textContent === "accuracy");
const table = button.closest("table");
seen.before = firsts(table);
button.click(); seen.down = firsts(table);
seen.sort = button.closest("th").getAttribute("aria-sort");
button.click(); seen.up = firsts(table);
button.click(); seen.again = firsts(table);
const [reference, given] = seen.all[0].split(" given ");
document.querySelector(`[data-of="network"][data-row="${reference}"][data-column="${given}"]`)
  .dispatchEvent(new MouseEvent("click", { bubbles: true }));
seen.chosen = rows(); seen.value = document.querySelector("select").value;
document.title = "seen " + JSON.stringify(seen);
</script></body>
"""


@pytest.fixture(scope="module")
def seen(comparison, made_up_predictions, tmp_path_factory):
    """What the script leaves on the page."""
    if CHROMIUM is None:
        pytest.skip("needs chromium to run the page's script")
    network = made_up_predictions("network")
    nowhere = np.full(len(network.reference), np.nan)
    sheet = mistakes.surest(network, nowhere, nowhere, {})
    folder = tmp_path_factory.mktemp("page")
    page = folder / "page.html"
    text = render(replace(comparison, mistakes=(sheet,)), "html")
    page.write_text(text.replace("</body>", LOOK), encoding="utf-8")
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"]
    done = subprocess.run(
        [*command, f"--user-data-dir={folder / 'profile'}", page.as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
    )
    found = re.search(r"<title>seen (.*?)</title>", done.stdout)
    assert found, done.stdout[-500:]
    return json.loads(found[1].replace("&gt;", ">").replace("&lt;", "<").replace("&amp;", "&"))


def test_a_click_on_a_head_sorts_down_up_and_back(seen):
    numbers = [float(text.split()[0]) for text in seen["before"]]
    assert [float(t.split()[0]) for t in seen["down"]] == sorted(numbers, reverse=True)
    assert [float(t.split()[0]) for t in seen["up"]] == sorted(numbers)
    assert seen["again"] == seen["before"] and seen["sort"] == "descending"


def test_a_square_of_the_confusion_table_leads_to_its_objects(seen):
    assert seen["value"] == seen["all"][0]
    assert set(seen["chosen"]) == {seen["value"]} and len(seen["chosen"]) < len(seen["all"])
