// place.glsl - a world normal in one float, exact: two steps of 12 bits over the octahedron.
// Needs: nothing.   Gives: packed_normal(n) -> 0..2^24-1, unpacked_normal(p) -> length 1.
// CPU twin: metaviewer/render/place.py.   Held together by tests/gl/test_common.py.
#define NOTHING_MM 1.0e6
#define NORMAL_STEPS 4095.0

vec2 octahedral(vec3 n) {
    n /= abs(n.x) + abs(n.y) + abs(n.z);
    vec2 folded = (1.0 - abs(n.yx)) * vec2(n.x < 0.0 ? -1.0 : 1.0, n.y < 0.0 ? -1.0 : 1.0);
    return n.z < 0.0 ? folded : n.xy;
}

float packed_normal(vec3 n) {
    vec2 steps = floor((octahedral(n) * 0.5 + 0.5) * NORMAL_STEPS + 0.5);
    return steps.x * (NORMAL_STEPS + 1.0) + steps.y;
}

vec3 unpacked_normal(float p) {
    float x = floor(p / (NORMAL_STEPS + 1.0));
    vec2 o = vec2(x, p - x * (NORMAL_STEPS + 1.0)) / NORMAL_STEPS * 2.0 - 1.0;
    vec3 n = vec3(o, 1.0 - abs(o.x) - abs(o.y));
    float fold = max(-n.z, 0.0);
    n.xy += vec2(n.x < 0.0 ? fold : -fold, n.y < 0.0 ? fold : -fold);
    return normalize(n);
}
