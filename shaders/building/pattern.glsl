// pattern.glsl - lines and dots fixed to the model: the same for both eyes, and they do not swim.
// Needs: nothing.   Gives: face_of(p_m, n): the two model axes of a face; pattern_period_m(pixel_m):
// a power of two in metres, 9 to 18 pixels on the screen; off_line(face_m, period_m): distance from
// a diagonal line in periods, 0..0.5.
// CPU twin: metaviewer/render/element_look.py.   Held together by tests/gl/test_building_glsl.py.
#define SMALLEST_PERIOD_PX 9.0
#define PIXEL_MIN_M 1.0e-6

vec2 face_of(vec3 p_m, vec3 n) {
    vec3 side = abs(n);
    return side.z > 0.5 ? p_m.xy : side.x > side.y ? p_m.yz : p_m.xz;
}

float pattern_period_m(float pixel_m) {
    return exp2(ceil(log2(SMALLEST_PERIOD_PX * max(pixel_m, PIXEL_MIN_M))));
}

float off_line(vec2 face_m, float period_m) {
    return abs(fract((face_m.x + face_m.y) / period_m) - 0.5);
}
