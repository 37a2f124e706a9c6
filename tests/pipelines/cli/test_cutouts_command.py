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
