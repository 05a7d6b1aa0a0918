"""The seats without a person: still pictures and films."""

from metaviewer.picture.film import write_film
from metaviewer.picture.png import write_png

__all__ = ["write_film", "write_png"]
