"""``python -m pipelines.cli`` is the ``astronn`` command."""

from pipelines.cli import main

if __name__ == "__main__":
    main(prog_name="astronn")
