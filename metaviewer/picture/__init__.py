"""The seats without a person: still pictures and films."""

from metaviewer.picture.film import write_film
from metaviewer.picture.png import check_png_place, write_png
from metaviewer.picture.still import still

__all__ = ["check_png_place", "still", "write_film", "write_png"]
