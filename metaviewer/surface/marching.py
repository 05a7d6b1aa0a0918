"""VTK's surface filters on our own arrays; imported when they are used, and no more than those.

All of `vtk` takes 0.6 s to import, these modules of it a tenth of that.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from metaviewer.frames import Float64Array

PADDING: Final = 1
"""Empty voxels around the mask, so that a region cut by the picture's edge is closed."""
SMOOTHING_ITERATIONS: Final = 20

Surface = tuple[Float64Array, NDArray[np.int32]]
"""Points (n, 3) in ijk, triangles (m, 3), counter-clockwise seen from outside."""


def mask_surface(mask_kji: NDArray[np.bool_]) -> Surface:
    """The surface half way between voxel centres inside and outside (discrete flying edges)."""
    from vtkmodules.util.numpy_support import numpy_to_vtk
    from vtkmodules.vtkCommonCore import VTK_UNSIGNED_CHAR
    from vtkmodules.vtkCommonDataModel import vtkImageData
    from vtkmodules.vtkFiltersGeneral import vtkDiscreteFlyingEdges3D

    filled = [np.flatnonzero(mask_kji.any(axis=axes)) for axes in ((1, 2), (0, 2), (0, 1))]
    lows = [int(found[0]) for found in filled]
    box = tuple(slice(low, int(found[-1]) + 1) for low, found in zip(lows, filled, strict=True))
    padded = np.pad(mask_kji[box].view(np.uint8), PADDING)
    image = vtkImageData()
    image.SetDimensions(*padded.shape[::-1])
    flat = numpy_to_vtk(padded.ravel(), deep=0, array_type=VTK_UNSIGNED_CHAR)
    image.GetPointData().SetScalars(flat)
    edges = vtkDiscreteFlyingEdges3D()
    edges.SetInputData(image)
    edges.SetValue(0, 1)
    edges.ComputeNormalsOff()
    edges.ComputeGradientsOff()
    edges.ComputeScalarsOff()
    edges.Update()
    points, triangles = _arrays(edges.GetOutput())
    return points + (np.array(lows[::-1], dtype=np.float64) - PADDING), triangles


def level_surface(field_kji: NDArray[np.float32], level: float) -> Surface:
    """The surface at `level` of a field that is higher inside and below it at its border."""
    from vtkmodules.util.numpy_support import numpy_to_vtk
    from vtkmodules.vtkCommonDataModel import vtkImageData
    from vtkmodules.vtkFiltersCore import vtkFlyingEdges3D

    image = vtkImageData()
    image.SetDimensions(*field_kji.shape[::-1])
    owned = np.ascontiguousarray(field_kji)
    image.GetPointData().SetScalars(numpy_to_vtk(owned.ravel(), deep=0))
    edges = vtkFlyingEdges3D()
    edges.SetInputData(image)
    edges.SetValue(0, level)
    edges.ComputeNormalsOff()
    edges.ComputeGradientsOff()
    edges.ComputeScalarsOff()
    edges.Update()
    return _arrays(edges.GetOutput())


def windowed_sinc(
    points_n3: Float64Array, triangles_n3: NDArray[np.int32], *, pass_band: float
) -> Float64Array:
    """Points smoothed by a low-pass filter that keeps the volume better than averaging does."""
    from vtkmodules.util.numpy_support import (
        numpy_to_vtk,
        numpy_to_vtkIdTypeArray,
        vtk_to_numpy,
    )
    from vtkmodules.vtkCommonCore import vtkPoints
    from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
    from vtkmodules.vtkFiltersCore import vtkWindowedSincPolyDataFilter

    places = vtkPoints()
    places.SetData(numpy_to_vtk(np.ascontiguousarray(points_n3), deep=0))
    cells = vtkCellArray()
    cells.SetData(3, numpy_to_vtkIdTypeArray(triangles_n3.astype(np.int64).ravel(), deep=1))
    surface = vtkPolyData()
    surface.SetPoints(places)
    surface.SetPolys(cells)
    smooth = vtkWindowedSincPolyDataFilter()
    smooth.SetInputData(surface)
    smooth.SetNumberOfIterations(SMOOTHING_ITERATIONS)
    smooth.SetPassBand(pass_band)
    smooth.NonManifoldSmoothingOn()
    smooth.NormalizeCoordinatesOn()
    smooth.BoundarySmoothingOff()
    smooth.FeatureEdgeSmoothingOff()
    smooth.Update()
    smoothed: Float64Array = vtk_to_numpy(smooth.GetOutput().GetPoints().GetData())
    return smoothed.astype(np.float64)


def _arrays(surface: object) -> Surface:
    """Points and triangles of a vtkPolyData, copied out of VTK's memory."""
    from vtkmodules.util.numpy_support import vtk_to_numpy

    places = surface.GetPoints()  # type: ignore[attr-defined]  # vtk ships no types
    cells = surface.GetPolys()  # type: ignore[attr-defined]  # vtk ships no types
    if places is None or not cells.GetNumberOfCells():
        return np.zeros((0, 3)), np.zeros((0, 3), np.int32)
    points: Float64Array = vtk_to_numpy(places.GetData()).astype(np.float64)
    corners: NDArray[np.int32] = vtk_to_numpy(cells.GetConnectivityArray()).astype(np.int32)
    return points, corners.reshape(-1, 3)
