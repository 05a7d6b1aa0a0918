// march.glsl - where a ray meets a volume, and how far it may leap.
// Needs: nothing.
// Gives: box_span(origin, toward, low, high) -> (enter, leave); empty where enter > leave;
//        clip_span(span, origin, toward, plane) -> the span on the kept side of a plane;
//        inverse_step(block_step) -> steps a block takes along each axis, finite;
//        leap_steps(block_place, steps_per_block, distance) -> whole steps to leave the empty cube.
// CPU twin: metaviewer/render/march.py.   Held together by tests/gl/test_march.py.

vec2 box_span(vec3 origin, vec3 toward, vec3 low, vec3 high) {
    vec3 inverse_toward = 1.0 / mix(toward, vec3(1.0e-9), lessThan(abs(toward), vec3(1.0e-9)));
    vec3 a = (low - origin) * inverse_toward, b = (high - origin) * inverse_toward;
    vec3 first = min(a, b), last = max(a, b);
    return vec2(max(first.x, max(first.y, first.z)), min(last.x, min(last.y, last.z)));
}

vec2 clip_span(vec2 span, vec3 origin, vec3 toward, vec4 plane) {
    float approach = dot(plane.xyz, toward), height = dot(plane.xyz, origin) + plane.w;
    if (abs(approach) < 1.0e-9) return height < 0.0 ? vec2(1.0, 0.0) : span;
    float meet = -height / approach;
    return approach > 0.0 ? vec2(max(span.x, meet), span.y) : vec2(span.x, min(span.y, meet));
}

vec3 inverse_step(vec3 block_step) {
    return 1.0 / mix(block_step, vec3(1.0e-9), lessThan(abs(block_step), vec3(1.0e-9)));
}

float leap_steps(vec3 block_place, vec3 steps_per_block, float distance) {
    vec3 cell = floor(block_place);
    vec3 wall = mix(cell - distance + 1.0, cell + distance, step(0.0, steps_per_block));
    vec3 steps = (wall - block_place) * steps_per_block;
    return max(1.0, ceil(min(steps.x, min(steps.y, steps.z)) + 1.0e-4));
}
