"""Tests of tasks: each starts without the tasks, and the keys they hold, of those before it."""

import luigi.task_register
import pytest


@pytest.fixture(autouse=True)
def _no_tasks_of_other_tests():
    luigi.task_register.Register.clear_instance_cache()
