"""Joins the rooms: library, loading, effects, the loop, the Python API."""
