"""What a survey is: its files, its class scheme, its splits, and how its files become a
catalogue.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalogs import schemes
from catalogs.errors import CatalogueError, Faults, did_you_mean
from catalogs.files.fetch import RemoteFile
from catalogs.names import check_names
from catalogs.schema import Column
from catalogs.splits.draw import draw
from catalogs.splits.plan import SplitPlan

if TYPE_CHECKING:
    from catalogs.catalogue import Catalogue
    from catalogs.images.plan import ImagePlan
    from catalogs.lightcurves.plan import LightCurvePlan
    from catalogs.schemes import ClassScheme
    from catalogs.splits.split import Split


@dataclass(frozen=True)
class Survey:
    """One survey. `ingest` turns {file name: path} into a Catalogue (the paths may be a user's own
    files in place of `files`); `columns` describes the inputs that it makes; `automatic_features`
    are the few of them that the automatic schemes see; `forbidden` says why a column of the files
    may not be an input; `scheme` names the class scheme, `noun` what its objects are called in a
    sentence. A survey of pictures has `images`: where these are measured, its `ingest` reads the
    table alone, without inputs, and `images.measured` adds the `columns`; one of light curves has
    `light_curves` in the same way. `classifier` names the preset of the network that suits the
    survey.

    `baseline` is what the survey calls its own automatic classes, '' if it has none
    (Catalogue.baseline holds them), of the `baseline_kind` 'automatic', or 'human' where other
    people gave them; `baseline_note` says what they are. A survey of a user's own has `toml_scheme`
    if its class scheme is none of the shipped ones, and `toml_files` (file name to path, the TOML
    file among them) in place of `files`: they lie there already and carry no
    pinned checksum. Its `recipe` gives, of the catalogue, how the inputs are made of the files, as
    JSON that a model keeps."""

    name: str
    title: str
    citation: str
    licence: str
    scheme: str
    columns: tuple[Column, ...]
    automatic_features: tuple[str, ...]
    splits: Mapping[str, SplitPlan]
    ingest: Callable[[Mapping[str, Path]], Catalogue]
    files: tuple[RemoteFile, ...] = ()
    simulated: bool = False
    forbidden: Mapping[str, str] = field(default_factory=dict)
    noun: str = "objects"
    images: ImagePlan | None = None
    light_curves: LightCurvePlan | None = None
    classifier: str = "feedforward"
    baseline: str = ""
    baseline_kind: str = "automatic"
    baseline_note: str = (
        "The survey's own automatic class, as its catalogue gives it; what it was made from is not"
        " known here."
    )
    toml_scheme: ClassScheme | None = None
    toml_files: Mapping[str, Path] = field(default_factory=dict)
    recipe: Callable[[Catalogue], str] | None = None

    def __post_init__(self) -> None:
        check_names("survey", self.name)
        check_names(f"file of survey {self.name!r}", *self.toml_files)
        for what in ("title", "noun", "baseline"):
            check_names(f"{what} of survey {self.name!r}", getattr(self, what) or "")
        for what in ("citation", "licence", "baseline_note"):  # prose, of any length and lines
            for line in (getattr(self, what) or "").splitlines():
                check_names(f"{what} of survey {self.name!r}", *line.split())

    def class_scheme(self) -> ClassScheme:
        """The class scheme: the survey's own, or the shipped one of the name `scheme`."""
        return self.toml_scheme or schemes.load(self.scheme)

    @property
    def measures_images(self) -> bool:
        """Whether the inputs are measured on pictures, after the table is read."""
        return self.images is not None and self.images.measure is not None

    def inputs(self, names: Iterable[str] | None = None) -> tuple[str, ...]:
        """The names of the inputs to use, in the order asked for; all of them for None.

        A forbidden column is refused with the reason, an unknown name with the choices; all faults
        at once."""
        known = tuple(column.name for column in self.columns)
        if names is None:
            return known
        names = tuple(names)
        faults = Faults(f"survey {self.name!r}")
        reasons = {plain_name(name): (name, reason) for name, reason in self.forbidden.items()}
        for name in names:
            if plain_name(name) in reasons:
                column, reason = reasons[plain_name(name)]
                faults.add(f"input {name!r} refused because {reason}", f"leave {column!r} out")
            elif name not in known:
                hint = did_you_mean(name, known)
                faults.add(f"unknown input {name!r}", f"choose among: {', '.join(known)}{hint}")
        if not names or len(set(names)) < len(names):
            faults.add(f"inputs {list(names)} must be at least one, each once", "drop the doubles")
        faults.raise_if_any()
        return names

    def pooled(self, name: str) -> tuple[str, ...]:
        """The splits NAME_1, NAME_2, ... that together test every object once; none where there are
        no such folds.
        """
        first = self.splits.get(f"{name}_1")
        if first is None or first.fold_of is None:
            return ()
        n = first.fold_of[1]
        found = tuple(f"{name}_{i + 1}" for i in range(n))
        folds = [self.splits[each].fold_of if each in self.splits else None for each in found]
        return found if folds == [(i, n) for i in range(n)] else ()

    def split(
        self,
        catalogue: Catalogue,
        name: str,
        seed: int,
        *,
        n_train: int | None = None,
        n_test: int | None = None,
        min_separation_arcsec: float = 0.0,
    ) -> Split:
        """The split of that name, drawn from the catalogue with that seed; n_train and n_test
        replace the plan's, and so does min_separation_arcsec if it is larger.

        Raises
        ------
        CatalogueError
            If there is no such split, it has fixed parts and a size is asked for, or it cannot be
            drawn.
        """
        if name not in self.splits:
            raise CatalogueError(
                f"unknown split {name!r} of {self.name!r}; choose one of: {', '.join(self.splits)}"
                f"{did_you_mean(name, self.splits)}"
            )
        plan = self.splits[name]
        sizes = {
            key: size
            for key, size in (("n_train", n_train), ("n_test", n_test))
            if size is not None
        }
        if sizes and not plan.has_sizes:
            raise CatalogueError(
                f"split {name!r} of {self.name!r} has fixed parts; remedy: leave out"
                f" {', '.join(sizes)}"
            )
        apart = max(plan.min_separation_arcsec, min_separation_arcsec)
        changed: dict[str, Any] = {**sizes, "min_separation_arcsec": apart}
        return draw(catalogue, replace(plan, **changed), name, seed)


def plain_name(name: str) -> str:
    """A column name without case, blanks and signs: 'SurfBr', 'surf_br' and 'SURF-BR' are one."""
    return "".join(character for character in name.casefold() if character.isalnum())


def given_files(survey: str, files: Mapping[str, Path], expected: tuple[str, ...]) -> list[Path]:
    """The paths of the expected files, in their order; CatalogueError names what is missing and
    what is not expected.
    """
    missing = [name for name in expected if name not in files]
    extra = sorted(set(files).difference(expected))
    if missing or extra:
        wants = f"the files {', '.join(expected)}" if expected else "no files"
        raise CatalogueError(
            f"survey {survey!r} is made from {wants}; missing: {', '.join(missing) or 'none'}, "
            f"not expected: {', '.join(extra) or 'none'}; remedy: give exactly these"
        )
    return [Path(files[name]) for name in expected]
