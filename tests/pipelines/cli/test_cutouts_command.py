"""``astronn cutouts`` without a service says what is missing."""

from click.testing import CliRunner

from pipelines.cli import main

TOML = """
name = "none"
scheme = { name = "two", classes = ["even", "odd"], ordered = false }
[table]
file = "table.csv"
[objects]
id = "name"
[features.a]
column = "a"
[label]
column = "kind"
[splits.main]
kind = "stratified"
test_fraction = 0.4
"""


def test_a_survey_without_a_service_is_told_so(tmp_path):
    (tmp_path / "table.csv").write_text("name,kind,a\nx,even,1\ny,odd,2\n")
    (tmp_path / "survey.toml").write_text(TOML)
    done = CliRunner().invoke(main, ["cutouts", str(tmp_path / "survey.toml")])
    assert done.exit_code != 0 and "images.from: missing; remedy: name a service" in done.output


IMAGES = """
[images]
from = "hips"
file = "pictures"
mode = "RGB"
size = 16
measured_size = 16
"""


def test_a_survey_without_positions_is_told_so_once(tmp_path):
    rows = "".join(f"g{k},{'even' if k % 2 else 'odd'},{k}\n" for k in range(40))
    (tmp_path / "table.csv").write_text("name,kind,a\n" + rows)
    (tmp_path / "survey.toml").write_text(TOML + IMAGES)
    done = CliRunner().invoke(main, ["cutouts", str(tmp_path / "survey.toml")])
    assert done.exit_code == 1 and not done.stdout
    assert done.stderr.splitlines()[-1].endswith("remedy: name the columns of both")


def test_absent_objects_are_counted_by_reason_and_some_are_named(tmp_path, monkeypatch):
    from catalogs.images.remote import Account
    from catalogs.survey_toml import cutouts

    (tmp_path / "survey.toml").write_text(TOML)
    absent = {f"g{k}": "not in its footprint" for k in range(500)} | {"h": "it has no position"}
    monkeypatch.setattr(cutouts, "fetch", lambda toml, **how: Account(7, 2, absent))
    done = CliRunner().invoke(main, ["cutouts", str(tmp_path / "survey.toml")])
    lines = done.stdout.splitlines()
    assert done.exit_code == 1 and len(lines) == 3
    assert lines[0].startswith("500 absent, not in its footprint: g0, g1, ")
    assert lines[0].endswith("and 490 more") and lines[1] == "1 absent, it has no position: h"
