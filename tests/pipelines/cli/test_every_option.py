"""Every option and argument of every command, once right and once wrong: one line on standard
error, the exit code of the rule, no traceback. All that click knows is found; one without a right
and a wrong value here fails.
"""

import json
import re
import shlex
from importlib import import_module

import click
import pytest
from click.testing import CliRunner

from pipelines.cli import main, names

ABSENT = "/nowhere/at/all"
FLAGS_TAKE_NO_VALUE = "does not take a value"
# option or argument: (right, wrong, exit code); a wrong value of a flag is any value
VALUES = {
    "--seed": ("3", "-1", 2),
    "--seeds": ("2", "0", 2),
    "--n-train": ("50", "0", 2),
    "--n-test": ("50", "-4", 2),
    "--min-separation": ("5", "-5", 2),
    "--workers": ("1", "many", 2),
    "--threads": ("2", "-1", 2),
    "--rows-per-part": ("100", "0", 2),
    "--alpha": ("0.2", "1.5", 2),
    "--attention": ("hard", "firm", 2),
    "--options": ('{"max_epochs": 2}', "{", 2),
    "--input": ("NGC.csv=pyproject.toml", "NGC.csv", 2),
    "--mirror": ("tests", ABSENT, 2),
    "--results": ("results-of-mine", "pyproject.toml", 2),
    "--calibration": ("pyproject.toml", "tests", 2),
    "--split": ("stratified", "stratifeid", 1),
    "--classifier": ("feedforward", "feedfoward", 1),
    "--baseline": ("random_forest", "random_forrest", 1),
    "--feature": ("pixel_0_1", "pixel_0_99", 1),
    "--format": ("csv", "cvs", 1),
    "--hdu": ("1", "77", 1),
    "--table": ("1", "77", 1),
    "--output": ("-", "pyproject.toml", 1),
    "--id": ("NAME", None, 1),  # names of columns, which a file holds or not: tests of bulk
    "--keep": ("NAME", None, 1),
    "--dask": ("local", None, 1),
    "--device": ("cpu", None, 1),
    "survey": ("digits", "digit", 1),
    "captions": ("digit_strings", "digit_string", 1),
    "systems": ("bishop", "bishp", 1),
    "what": ("", "nothing-of-that-name", 1),
    "shell": ("bash", "cmd.exe", 2),
    "toml": ("pyproject.toml", ABSENT, 2),
    "source": ("pyproject.toml", ABSENT, 2),
    "model": ("tests", ABSENT, 2),
    "inputs": ("pyproject.toml", ABSENT, 2),
    "output": ("out", "pyproject.toml", 2),
}
OWN = {
    ("describe", "--table"): ("pyproject.toml", ABSENT, 2),
    ("open", "survey"): ("digits", "nothing-of-that-name", 1),
    ("early", "survey"): ("simulated_variables", "simulated_variable", 1),
    ("early", "--classifier"): ("gru_early", "gru_erly", 1),
    ("early", "--split"): ("stratified", "stratifeid", 1),
}
BASE = {  # the arguments that a command needs, right
    "check": ["pyproject.toml"],
    "classify": ["tests", "pyproject.toml", "out"],
    "completion": ["bash"],
    "cutouts": ["pyproject.toml"],
    "describe": ["digit_strings"],
    "early": ["simulated_variables"],
    "new-survey": ["table.csv", "--output", "-"],
    "open": ["digits"],
    "report": ["digits"],
}
# that what is asked for is wrong is found by the tasks themselves: their own tests
BY_TASKS = {("classify", "--feature"), ("classify", "--format"), ("classify", "--hdu")}
BY_TASKS |= {("classify", "--table")}


def command(name: str) -> click.Command:
    return import_module(f"pipelines.cli.commands.{name.replace('-', '_')}").command


def parameters():
    return [(name, parameter) for name in names() for parameter in command(name).params]


def key_of(parameter: click.Parameter) -> str:
    named = isinstance(parameter, click.Option)
    return max(parameter.opts, key=len) if named else str(parameter.name)


def values(name: str, parameter: click.Parameter):
    key = key_of(parameter)
    found = OWN.get((name, key)) or VALUES.get(key)
    assert found, f"astronn {name} {key}: no right and wrong value here"
    return found


def words_with(name: str, parameter: click.Parameter, value: str) -> list[str]:
    """The command with that value, all else right."""
    if isinstance(parameter, click.Option):
        return [*BASE.get(name, []), key_of(parameter), value]
    needed = [each for each in command(name).params if isinstance(each, click.Argument)]
    return [value if each is parameter else values(name, each)[0] for each in needed]


def ids(case):
    return f"{case[0]} {key_of(case[1])}"


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path, monkeypatch):
    """A folder with the files that the values name, and no page in a browser."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "table.csv").write_text("name,x,type\na,1.0,E\nb,2.0,S\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ASTRONN_RESULTS", str(tmp_path / "results"))


@pytest.mark.parametrize("case", parameters(), ids=ids)
def test_a_right_value_is_read(case):
    name, parameter = case
    if getattr(parameter, "is_flag", False):
        words = [*BASE.get(name, []), *parameter.opts[:1]]
    else:
        words = words_with(name, parameter, values(name, parameter)[0])
    with command(name).make_context(name, [*words]) as context:
        assert parameter.name in context.params


def refused(name: str, words: list[str], code: int) -> str:
    done = CliRunner().invoke(main, [name, *words])
    said = [
        line
        for line in done.stderr.splitlines()
        if not re.match(r"astronn: .* \.\.\.$", line)  # that it is at work
    ]
    assert done.exit_code == code, (done.output, done.exception)
    assert len(said) == 1 and said[0].startswith("astronn: error: "), said
    assert not done.stdout and "Traceback" not in done.stderr
    return said[0]


@pytest.mark.parametrize("case", parameters(), ids=ids)
def test_a_wrong_value_is_refused_in_one_line(case):
    name, parameter = case
    if getattr(parameter, "is_flag", False):
        words = [*BASE.get(name, []), f"{max(parameter.opts, key=len)}=7"]
        assert FLAGS_TAKE_NO_VALUE in refused(name, words, 2)
        return
    _, wrong, code = values(name, parameter)
    if wrong is None or (name, key_of(parameter)) in BY_TASKS:
        return
    said = refused(name, words_with(name, parameter, wrong), code)
    assert wrong in said or key_of(parameter).removeprefix("--") in said


@pytest.mark.parametrize("name", names())
def test_an_unknown_option_is_refused(name):
    assert "No such option" in refused(name, ["--nonesuch"], 2)


@pytest.mark.parametrize(
    "words, hint",
    [
        (["raport"], "did you mean 'report'?"),
        (["report", "opengnc"], "did you mean 'openngc'?"),
        (["report", "galaxies.fits"], "`astronn new-survey galaxies.fits` drafts a survey.toml"),
        (["report", "openngc", "--split", "eso_regoin"], "did you mean 'eso_region'?"),
        (["report", "openngc", "--classifier", "feedfoward"], "did you mean 'feedforward'?"),
        (["report", "openngc", "--baseline", "random_forrest"], "did you mean 'random_forest'?"),
        (["report", "openngc", "--feature", "b_minus_l"], "did you mean 'b_minus_k'?"),
        (["describe", "digit_string"], "did you mean 'digit_strings'?"),
        (["textbook", "bishp"], "did you mean 'bishop'?"),
    ],
    ids=lambda case: " ".join(case) if isinstance(case, list) else "",
)
def test_the_nearest_name_is_offered(words, hint):
    done = CliRunner().invoke(main, words)
    assert done.exit_code in (1, 2) and hint in done.stderr


@pytest.mark.parametrize("name", ["check", "new-survey"])
@pytest.mark.parametrize("kind", ["missing", "folder", "binary"])
def test_a_path_of_the_wrong_kind_is_one_line(name, kind, tmp_path):
    path = tmp_path / kind
    if kind == "folder":
        path.mkdir()
    elif kind == "binary":
        path.write_bytes(bytes(range(256)) * 9)
    done = CliRunner().invoke(main, [name, str(path)])
    assert done.exit_code in (1, 2) and "Traceback" not in done.output
    assert str(path) in done.output
    assert not done.exception or isinstance(done.exception, SystemExit)


def examples():
    """Every example of every help."""
    return [
        shlex.split(re.split(r"\s{3,}", line.strip())[0])[1:]
        for name in names()
        for line in (command(name).callback.__doc__ or "").splitlines()
        if line.strip().startswith("astronn ")
    ]


@pytest.mark.parametrize("words", examples(), ids=" ".join)
def test_the_examples_of_every_help_are_read_and_name_what_exists(words, tmp_path):
    from astronn import baselines, presets
    from catalogs import captions, surveys

    for path in ("my-model", "survey"):
        (tmp_path / path).mkdir()
    for path in (
        *("galaxies.fits", "survey.toml", "survey.fits", "votes.csv", "predictions.parquet"),
        "survey/*.parquet",
    ):
        (tmp_path / path).write_text("")
    (tmp_path / "big-survey").mkdir()
    name, *rest = words
    cut = min((rest.index(word) for word in ("<", ">") if word in rest), default=len(rest))
    rest = rest[:1] if name == "completion" else rest[:cut]
    with command(name).make_context(name, [*rest]) as context:
        found = context.params
    if name in ("report", "early") and not str(found["survey"] or "digits").endswith(".toml"):
        survey = surveys.load(found["survey"] or "digits")
        split = found.get("split")
        assert not split or split in survey.splits or survey.pooled(split)
    for preset in found.get("classifiers", ()):
        presets.load(preset)
    for scheme in found.get("baselines", ()):
        baselines.describe(scheme)
    if name == "describe" and not found["table"]:
        captions.load(found["captions"])


def test_completion_offers_the_splits_of_the_survey():
    environment = {
        "COMP_WORDS": "astronn report openngc --split e",
        "COMP_CWORD": "4",
        "_ASTRONN_COMPLETE": "bash_complete",
    }
    assert "eso_region" in CliRunner().invoke(main, [], env=environment, prog_name="astronn").output


def test_surveys_say_kind_size_and_network():
    about = json.loads(CliRunner().invoke(main, ["surveys", "--json"]).output)
    assert about["openngc"]["kind"] == "table" and about["openngc"]["fetched_bytes"] > 3e6
    assert about["galaxy_zoo1"]["kind"] == "images" and about["asas"]["kind"] == "light curves"
    assert not about["digits"]["network"] and about["openngc"]["network"]


def test_open_shows_the_newest_page(tmp_path, monkeypatch):
    import webbrowser

    shown = []
    monkeypatch.setattr(webbrowser, "open", lambda address: shown.append(address) or True)
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "index.html").write_text("")
    done = CliRunner().invoke(main, ["open"])
    assert done.exit_code == 0 and shown == [(tmp_path / "results" / "index.html").as_uri()]
