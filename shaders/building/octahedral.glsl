// octahedral.glsl - a unit direction of two signed bytes.
// Needs: nothing.   Gives: direction_of(steps) -> length 1, steps -127..127.
// CPU twin: metaviewer/render/building_vertices.py, direction_of.
// Held together by tests/gl/test_building_glsl.py.
#define DIRECTION_STEPS 127.0

vec3 direction_of(vec2 steps) {
    vec2 o = steps / DIRECTION_STEPS;
    vec3 n = vec3(o, 1.0 - abs(o.x) - abs(o.y));
    float fold = max(-n.z, 0.0);
    n.x += n.x < 0.0 ? fold : -fold;
    n.y += n.y < 0.0 ? fold : -fold;
    return normalize(n);
}
