"""What every layout of light-curve files must be, for all that are found."""

import json
from dataclasses import FrozenInstanceError, fields

import numpy as np
import pytest

from catalogs.errors import CatalogueError, Faults
from catalogs.lightcurves import layouts
from catalogs.lightcurves.fluxes import Fluxes
from catalogs.lightcurves.layout import files_of
from catalogs.survey_toml.light_curves import build_light_curves, read_light_curves
from catalogs.survey_toml.sections import Section

NAMES = layouts.names()


def read(folder, content):
    faults = Faults("survey.toml", limit=100)
    section = {"file": ".", "bands": ["V", "I"], "time_standard": "HJD", **content}
    return read_light_curves(Section("", {"light_curves": section}, faults), folder), faults


def filled(layout):
    """The smallest section of a layout."""
    needed = [each for each in fields(layout) if each.metadata.get("needed")]
    return {each.name: "a text" for each in needed}


def test_the_layouts_are_found_by_their_files():
    assert {"long_table", "star_files", "fits", "plasticc", "ztf"} <= set(NAMES)


def test_an_unknown_layout_is_answered_with_the_choices():
    with pytest.raises(
        CatalogueError, match="unknown layout 'xml'; choose one of: aavso, asas_sn, a"
    ):
        layouts.load("xml")


@pytest.mark.parametrize("name", NAMES)
def test_a_layout_is_called_as_its_file_and_keeps_what_it_was_given(name):
    layout = layouts.load(name)()
    assert layout.kind == name and layout.given() == {} and layout.__doc__
    with pytest.raises(FrozenInstanceError, match="kind"):
        layout.kind = "other"


@pytest.mark.parametrize("name", NAMES)
def test_the_smallest_section_makes_a_plan(name, tmp_path):
    layout = layouts.load(name)
    keys = {"layout": name, **filled(layout)}
    found, faults = read(tmp_path, keys)
    fixed = set()
    if layout.fixed_bands:
        fixed.add("light_curves.bands: unknown key")
    if layout.fixed_time_scale:
        fixed.add("light_curves.time_standard: unknown key")
    assert {message.split(";")[0] for message in faults.messages} == fixed
    assert found.bands == (layout.fixed_bands or ("V", "I"))
    assert json.loads(json.dumps(found.describe()))["keys"] == filled(layout)
    assert callable(found.layout.source([tmp_path], found.bands))
    assert found.layout.fluxes() is None or isinstance(found.layout.fluxes(), Fluxes)


@pytest.mark.parametrize("name", NAMES)
def test_a_key_of_the_wrong_kind_is_a_fault(name, tmp_path):
    layout = layouts.load(name)
    for key in (each.name for each in fields(layout) if "kind" in each.metadata):
        _, faults = read(tmp_path, {"layout": name, **filled(layout), key: False})
        assert any(m.startswith(f"light_curves.{key}: False is not") for m in faults.messages), key


def test_needed_keys_are_asked_for(tmp_path):
    _, faults = read(tmp_path, {"layout": "long_table"})
    missing = [m.split(";")[0] for m in faults.messages]
    assert missing == [f"light_curves.{key}: missing" for key in ("time", "object_id", "magnitude")]


def test_folders_and_files_are_read_in_the_order_given(tmp_path):
    for name in ("b/2", "b/1", "a"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    names = [file.relative_to(tmp_path).as_posix() for file in files_of([tmp_path / "b"])]
    assert names == ["b/1", "b/2"]
    assert files_of([tmp_path / "b", tmp_path / "a"])[-1] == tmp_path / "a"


def test_files_of_one_name_in_two_bands_are_told_apart(tmp_path):
    """A change of either is seen: the light curves are made anew."""
    for band, level in (("I", 15.0), ("V", 16.0)):
        (tmp_path / "phot" / band).mkdir(parents=True)
        write(tmp_path / "phot" / band / "star.dat", level)
    found, faults = read(tmp_path, {"layout": "star_files", "file": "phot"})
    assert not faults.messages
    before = build_light_curves(found, "mine", {}, tmp_path / "lc")
    assert list(before.provenance["files"]) == ["phot/I/star.dat", "phot/V/star.dat"]
    for band in ("I", "V"):
        write(tmp_path / "phot" / band / "star.dat", 12.0)
        after = build_light_curves(found, "mine", {}, tmp_path / "lc")
        assert (after.magnitude[after.band == found.bands.index(band)] == 12.0).all()


def write(path, level):
    times = 2450000.0 + np.arange(10.0)
    columns = np.column_stack([times, np.full(10, level), np.full(10, 0.02)])
    np.savetxt(path, columns, fmt="%.5f")
