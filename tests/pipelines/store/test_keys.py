"""Keys: equal content gives equal keys in any process; any change gives another."""

import subprocess
import sys

import pytest

from pipelines.store.keys import canonical, digest, file_digest


def test_whole_floats_and_integers_are_the_same_parameter():
    assert digest({"weight_decay": 1}) == digest({"weight_decay": 1.0})


def test_order_of_names_does_not_matter_but_order_of_items_does():
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    assert digest([1, 2]) != digest([2, 1])


def test_true_is_not_one():
    assert digest(True) != digest(1)


def test_text_of_a_number_is_not_the_number():
    assert digest("1") != digest(1)


def test_key_is_the_same_in_another_process():
    """Python's own hash() of text differs from process to process; the digest must not."""
    content = "{'survey': 'openngc', 'rate': 0.1, 'layers': [13], 'é': None}"
    code = f"from pipelines.store.keys import digest; print(digest({content}))"
    found = {
        subprocess.check_output([sys.executable, "-c", code], text=True).strip() for _ in range(2)
    }
    assert found == {digest(eval(content))}


def test_what_json_cannot_carry_is_refused():
    with pytest.raises(TypeError, match="a parameter of type object cannot be part of a key"):
        canonical(object())


def test_file_digest_follows_the_bytes(tmp_path):
    """SHA-256 of the empty file, FIPS 180-4."""
    path = tmp_path / "a"
    path.write_bytes(b"")
    assert file_digest(path) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    path.write_bytes(b"x")
    assert file_digest(path).startswith("2d711642b726b044")
