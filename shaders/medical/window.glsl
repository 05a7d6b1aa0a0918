// window.glsl - VOI LUT of one modality value, DICOM PS3.3 C.11.2.1.2.1 "LINEAR".
// Needs: nothing.   Gives: voi_window_linear(value, center, width) -> 0..1, width >= 1.
// CPU twin: metaviewer/medical/window.py.   Held together by tests/gl/test_window.py.

float voi_window_linear(float value, float center, float width) {
    if (value <= center - 0.5 - (width - 1.0) / 2.0) return 0.0;
    if (value > center - 0.5 + (width - 1.0) / 2.0) return 1.0;
    return clamp((value - (center - 0.5)) / (width - 1.0) + 0.5, 0.0, 1.0);
}
