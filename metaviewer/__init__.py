"""A hospital with its live state and a patient's scan in one 3D space."""
