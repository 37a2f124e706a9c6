"""The YAML in the heads of ECSV and of astropy's Parquet files, as plain data only: a tag that
would build an object is refused before anything is built.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from catalogs.errors import CatalogueError

LONGEST = 1 << 24  # characters of a head
# Tags of astropy that describe columns; their content is taken as plain data and never built.
DESCRIBED = ("!astropy.", "!numpy.bool", "!numpy.int", "!numpy.float")
PLAIN = ("tag:yaml.org,2002:python/tuple", "tag:yaml.org,2002:python/unicode")


def load(path: Path, text: str) -> dict[str, Any]:
    """The mapping that a text is, {} for an empty one; CatalogueError if it is no plain YAML."""
    import yaml  # type: ignore[import-untyped]

    if len(text) > LONGEST:
        raise CatalogueError(f"{path}: its head is longer than {LONGEST} characters")
    try:
        found = _loader()(text).get_single_data()
    except CatalogueError as error:
        raise CatalogueError(f"{path}: {error}") from None
    except (yaml.YAMLError, RecursionError, ValueError, TypeError) as error:
        raise CatalogueError(
            f"{path}: its head is no plain YAML ({error!s:.200}); remedy: write it again"
        ) from error
    if found is None:
        return {}
    if not isinstance(found, Mapping):
        raise CatalogueError(f"{path}: its head is no table of names; remedy: write it again")
    return dict(found)


def _loader() -> type:
    import yaml

    class Loader(yaml.SafeLoader):
        """PyYAML's safe loader, with astropy's tags as plain data and ordered maps as dicts."""

    def plain(loader: Any, suffix: str, node: Any) -> Any:
        if not (node.tag.startswith(DESCRIBED) or node.tag in PLAIN):
            raise CatalogueError(
                f"its head holds an object ({node.tag[:60]!r}), which is never built; remedy: write"
                " it again with plain meta data"
            )
        if isinstance(node, yaml.MappingNode):
            return loader.construct_mapping(node, deep=True)
        if isinstance(node, yaml.SequenceNode):
            return loader.construct_sequence(node, deep=True)
        return loader.construct_scalar(node)

    def ordered(loader: Any, node: Any) -> dict:
        if not isinstance(node, yaml.SequenceNode):
            return loader.construct_mapping(node, deep=True)
        found: dict = {}
        for item in node.value:
            found |= loader.construct_mapping(item, deep=True)
        return found

    Loader.add_multi_constructor("!", plain)
    Loader.add_multi_constructor("tag:yaml.org,2002:python/", plain)
    Loader.add_constructor("tag:yaml.org,2002:omap", ordered)
    return Loader


def masks(head: Mapping[str, Any]) -> dict[str, str]:
    """The columns whose mask is a column of its own, {data: mask}, of a head that astropy wrote."""
    meta = head.get("meta")
    about = meta.get("__serialized_columns__") if isinstance(meta, Mapping) else None
    found = {}
    for name, column in (about if isinstance(about, Mapping) else {}).items():
        if not isinstance(column, Mapping):
            continue
        mask = column.get("mask")
        data = column.get("data", column.get("unmasked"))
        if isinstance(mask, Mapping) and "name" in mask:
            data = data.get("name", name) if isinstance(data, Mapping) else name
            found[str(data)] = str(mask["name"])
    return found


def columns(path: Path, head: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The descriptions of the columns: name, datatype, subtype, unit, description; CatalogueError
    where the head has none.
    """
    found = head.get("datatype")
    if not isinstance(found, list) or not all(
        isinstance(c, Mapping) and "name" in c for c in found
    ):
        raise CatalogueError(f"{path}: its head describes no columns; remedy: write it again")
    return [dict(column) for column in found]
