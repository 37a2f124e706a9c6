"""The command line as a whole: every command found by its file, with an example in its help, and
JSON where scripts want it.
"""

import json
import re
import shlex
from importlib import import_module

import click
import pytest
from click.testing import CliRunner

from pipelines.cli import main, names


def command(name: str) -> click.Command:
    return import_module(f"pipelines.cli.commands.{name.replace('-', '_')}").command


def run(*words: str):
    return CliRunner().invoke(main, words)


def test_the_commands_are_there():
    assert {"baselines", "check", "completion", "models", "new-survey", "report", "surveys"} <= set(
        names()
    )


def test_help_lists_every_command():
    listed = run("--help").output
    assert all(re.search(rf"^  {name} ", listed, re.MULTILINE) for name in names())


@pytest.mark.parametrize("name", names())
def test_help_has_an_example_and_says_what_each_option_does(name):
    done = run(name, "--help")
    assert done.exit_code == 0
    assert f"astronn {name}" in done.output, "no example of the command itself"
    options = [
        parameter for parameter in command(name).params if isinstance(parameter, click.Option)
    ]
    assert all(option.help for option in options), "an option without help"


@pytest.mark.parametrize("name", names())
def test_examples_name_commands_and_options_that_exist(name):
    docstring = command(name).callback.__doc__
    examples = [
        line.strip() for line in docstring.splitlines() if line.strip().startswith("astronn ")
    ]
    assert examples
    for example in examples:
        _, called, *words = shlex.split(example)
        known = {text for parameter in command(called).params for text in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= known, example


@pytest.mark.parametrize("name", ["surveys", "models", "baselines"])
def test_lists_are_json_on_demand(name):
    done = run(name, "--json")
    assert done.exit_code == 0 and set(json.loads(done.output)) == {
        line.split()[0] for line in run(name).output.splitlines() if not line.startswith(" ")
    }


def test_an_unknown_command_is_refused_with_a_hint():
    done = run("raport")
    assert done.exit_code == 2 and "No such command 'raport'" in done.output


@pytest.mark.parametrize(
    "words", [("report", "digits", "--options", "{"), ("report", "digits", "--options", "[1]")]
)
def test_options_that_are_no_json_object_are_refused(words):
    done = run(*words)
    assert (
        done.exit_code == 2 and 'write it like {"hidden_layers": [20]}' in done.output
    ) or "JSON object like" in done.output


def test_input_without_a_path_is_refused():
    done = run("report", "digits", "--input", "NGC.csv")
    assert done.exit_code == 2 and "write FILE=PATH" in done.output


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_script_calls_back_to_astronn(shell):
    done = run("completion", shell)
    assert done.exit_code == 0 and "_ASTRONN_COMPLETE" in done.output


def test_completion_knows_surveys_and_networks():
    environment = {
        "COMP_WORDS": "astronn report op",
        "COMP_CWORD": "2",
        "_ASTRONN_COMPLETE": "bash_complete",
    }
    assert "openngc" in CliRunner().invoke(main, [], env=environment, prog_name="astronn").output
    environment |= {"COMP_WORDS": "astronn report --classifier feed", "COMP_CWORD": "3"}
    assert (
        "feedforward" in CliRunner().invoke(main, [], env=environment, prog_name="astronn").output
    )
