"""The data behind a State: id to immutable data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from metaviewer.building import Building
from metaviewer.medical import Volume
from metaviewer.scene.state import DataId
from metaviewer.surface import Mesh

Datum = Volume | Mesh | Building


@dataclass(frozen=True, slots=True, eq=False)
class Library(Mapping[DataId, Datum]):
    """An immutable mapping; `with_datum` and `without` answer a new one."""

    contents: Mapping[DataId, Datum] = field(default_factory=lambda: MappingProxyType({}))

    def __getitem__(self, data_id: DataId) -> Datum:
        """The datum of that id; KeyError where there is none."""
        return self.contents[data_id]

    def __iter__(self) -> Iterator[DataId]:
        """Ids, in the order they came."""
        return iter(self.contents)

    def __len__(self) -> int:
        """Count of data."""
        return len(self.contents)

    def with_datum(self, data_id: DataId, datum: Datum) -> Library:
        """Return this library with one datum more (or another under the same id)."""
        return Library(MappingProxyType({**self.contents, data_id: datum}))

    def without(self, data_id: DataId) -> Library:
        """Return this library with one datum less."""
        return Library(
            MappingProxyType({key: datum for key, datum in self.contents.items() if key != data_id})
        )
