"""What `doctor` says of the headset: all of it, or why there is none; nothing stays behind."""

from __future__ import annotations

import pytest

from metaviewer.app import machine
from tests.xr.scripted import Runtime


def test_doctor_names_runtime_system_eyes_and_extensions(runtime: Runtime):
    facts = machine._headset()
    assert "missing" not in facts
    assert facts["runtime"].startswith("scripted runtime ")
    assert facts["system"] == "scripted headset"
    assert facts["eye_px"] == [runtime.script.eye_width, runtime.script.eye_height]
    assert facts["blend_modes"] == ["opaque"]
    assert "XR_KHR_opengl_enable" in facts["extensions"]


def test_doctor_says_that_a_runtime_has_no_headset(runtime: Runtime):
    runtime.script.has_headset = 0
    facts = machine._headset()
    assert facts["runtime"].startswith("scripted runtime ")
    assert facts["missing"] == "no headset is connected: plug it in and switch it on"


def test_doctor_outlives_a_runtime_that_fails(runtime: Runtime):
    runtime.fail("xrEnumerateEnvironmentBlendModes", -2, count=9)
    assert "xrEnumerateEnvironmentBlendModes" in machine._headset()["missing"]


def test_doctor_without_a_runtime_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path):
    monkeypatch.setenv("XR_RUNTIME_JSON", str(tmp_path / "none.json"))
    assert "headset" in machine._headset()["missing"]
