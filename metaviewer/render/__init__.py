"""Panda3D and GLSL: arrays and State to pixels."""
