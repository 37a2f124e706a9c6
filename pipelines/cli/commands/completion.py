"""``astronn completion``: names of commands, options, surveys and networks at the TAB key."""

from __future__ import annotations

import click

from pipelines.cli import main

SHELLS = ("bash", "fish", "zsh")


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
def command(shell: str) -> None:
    """Print the script that makes SHELL complete what is typed after `astronn`.

    \b
    eval "$(astronn completion bash)"                       in ~/.bashrc
    eval "$(astronn completion zsh)"                        in ~/.zshrc
    astronn completion fish > ~/.config/fish/completions/astronn.fish
    """
    from click.shell_completion import get_completion_class

    of_shell = get_completion_class(shell)
    assert of_shell is not None  # click's choice has seen to it
    click.echo(of_shell(main, {}, "astronn", "_ASTRONN_COMPLETE").source())
