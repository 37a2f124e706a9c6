"""A first survey.toml for a folder of class folders (catalogs.formats.folders): the class is the
folder's name, the identifier the path.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path, PurePosixPath

from catalogs.errors import CatalogueError
from catalogs.formats.folders import files_of
from catalogs.images.decoding import BadImage
from catalogs.images.planes import PICTURES, SUFFIXES, Reading, planes
from catalogs.survey_toml.guesses import FEWEST

TEST = ("test", "testing", "test_set")
VALIDATION = ("val", "valid", "validation", "dev")
TRAIN = ("train", "training", "train_set")
USUAL = 64  # pixels on a side that a network sees
LOOKED = 20  # pictures that are opened, at most, for one that tells its size


def draft_folder(path: Path, name: str) -> str:
    """The text of a survey.toml to be saved beside the folder; `name` is the survey's.
    CatalogueError where files lie beside the class folders.
    """
    files = files_of(path)
    if any("/" not in file for file in files):
        raise CatalogueError(
            f"{path}: files lie beside the class folders; remedy: move them into the folder of"
            " their class, or out"
        )
    counts = Counter(PurePosixPath(file).parent.name for file in files)
    pictures = files[0].lower().endswith(SUFFIXES)
    sections = [
        _head(path, name, counts, pictures),
        f'[table]\nfile = {_text(path.name)}\nformat = "folders"  # a row a file: path, name,'
        " folder, top",
        "[objects]\n"
        + ('id = "path"' if pictures else 'id = "name"  # as the light curves are named'),
        _images(path, files) if pictures else _curves(path),
        _classes(counts),
        _splits(files),
    ]
    return "\n\n".join(sections) + "\n"


def _head(path: Path, name: str, counts: Counter[str], pictures: bool) -> str:
    lines = [
        f"# A draft, guessed from the {sum(counts.values())} files in {_line(path.name)}: correct"
        " it, then run `astronn check` on it."
    ]
    if len([n for n in counts.values() if n >= FEWEST]) < 2:
        lines.append(f"# TO FILL IN: two classes of {FEWEST} objects or more; `check` fails.")
    if not pictures:
        lines.append("# TO FILL IN: [light_curves], how a file is laid out; `check` fails.")
    lines += [
        f"name = {_text(name)}",
        f"title = {_text(path.name)}",
        'citation = ""  # the paper to cite',
        'licence = ""',
        'noun = "objects"  # what they are called in a sentence: "galaxies"',
    ]
    return "\n".join(lines)


def _images(path: Path, files: list[str]) -> str:
    mode, side, note = _seen(path, files)
    return "\n".join(
        [
            "[images]",
            f"file = {_text(path.name)}",
            f'mode = "{mode}"{note}',
            f"size = {min(USUAL, side)}  # pixels on a side that a network sees",
            "# crop = 1.0  # the middle that is kept, a share of the shorter side",
            "# mirrors = false  # where a mirror image shows no object of the survey",
        ]
    )


def _seen(path: Path, files: list[str]) -> tuple[str, int, str]:
    """The mode of the pictures, the shorter side of the first that can be read, and a comment."""
    for file in files[:LOOKED]:
        mode = "RGB" if file.lower().endswith(PICTURES) else "L"
        try:
            found = planes((path / file).read_bytes(), Reading(("a", "b", "c"), mode))
        except BadImage:
            continue
        grey = mode == "L" or bool((found == found[:1]).all())
        note = '  # one band; "RGB" for colours, or name bands' if grey else ""
        return ("L" if grey else "RGB"), max(8, min(found.shape[-2:])), note
    return "L", USUAL, '  # no picture could be read; or "RGB", or name bands'


def _curves(path: Path) -> str:
    return "\n".join(
        [
            "# [light_curves]  # one file an object",
            f"# file = {_text(path.name)}",
            '# layout = "object_files"',
            '# time_standard = "HJD"',
            '# time = "COLUMN"',
            '# magnitude = "COLUMN"',
            '# bands = ["V"]',
        ]
    )


def _classes(counts: Counter[str]) -> str:
    frequent = [name for name, count in counts.items() if count >= FEWEST]
    lines = ["[label]", 'column = "folder"', 'kind = "class"', ""]
    lines.append('[label.mapping]  # folder = class; "" for no class')
    lines += [
        f"{_text(name)} = {_text(name if name in frequent else '')}  # {count}"
        for name, count in counts.items()
    ]
    lines += ["", "[scheme]", 'name = "own"']
    lines.append(f"classes = {json.dumps(frequent, ensure_ascii=False)}")
    lines.append(
        "ordered = false  # true if the classes follow each other along a sequence, as listed"
    )
    return "\n".join(lines)


def _splits(files: list[str]) -> str:
    """The split that the folders name, or a random one."""
    tops = {file.split("/")[0] for file in files}
    by_part = {
        part: sorted(top for top in tops if top.lower() in words)
        for part, words in (("test", TEST), ("validation", VALIDATION), ("train", TRAIN))
    }
    if by_part["test"] and tops == set().union(*by_part.values()):
        lines = ["[splits.given]  # as the folders say", 'kind = "holdout"', 'column = "top"']
        lines.append(f"test = {json.dumps(by_part['test'])}")
        if by_part["validation"]:
            lines.append(f"validation = {json.dumps(by_part['validation'])}")
        return "\n".join(lines)
    return '[splits.main]\nkind = "stratified"\ntest_fraction = 0.3'


def _text(text: str) -> str:
    """A text as TOML writes it."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _line(text: str) -> str:
    """A text in a comment, without control characters."""
    return "".join(character if character.isprintable() else " " for character in text)
