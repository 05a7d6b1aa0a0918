#version 330
// occlusion.frag - ambient occlusion of the opaque pass, at half size: corners and what stands on a
// floor grow darker, so that a plan reads as space.
// Needs: common/fullscreen.vert, sight.glsl, ink.glsl.
// Gives: r light that reaches the point (1 open), g its eye distance in mm.
// CPU twin: metaviewer/render/edges_ink.py.   Held together by tests/render/test_building_picture.py.
#pragma include "building/sight.glsl"
#pragma include "building/ink.glsl"
#define TAPS 14
#define GOLDEN_ANGLE 2.399963
#define QUARTER_TURN 1.570796
#define STRENGTH 1.55
#define RADIUS_MAX_PX 90.0
in vec2 v_uv;
layout(location = 0) out vec4 o_colour;

// Sixteen turns of the spiral over 4 x 4 pixels; the blur that follows takes exactly one of each.
float turn_of(ivec2 pixel) {
    int cell = (pixel.x & 3) * 4 + ((pixel.y * 5 + (pixel.x & 1) * 2) & 3);
    return float(cell) / 16.0 * QUARTER_TURN * 4.0;
}

float openness(ivec2 pixel, vec3 point_m, vec3 n, float mm) {
    float pixel_m = pixel_size_m(mm);
    float radius_m = occlusion_radius_m(pixel_m);
    float radius_px = min(radius_m / pixel_m, RADIUS_MAX_PX);
    float turn = turn_of(ivec2(gl_FragCoord.xy));
    float taken = 0.0;
    for (int n_tap = 0; n_tap < TAPS; ++n_tap) {
        float share = (float(n_tap) + 0.5) / float(TAPS);
        float angle = turn + float(n_tap) * GOLDEN_ANGLE;
        ivec2 at = in_region(pixel + ivec2(vec2(cos(angle), sin(angle)) * share * radius_px));
        float at_mm = seen_mm(at);
        if (at_mm < NOTHING_MM) taken += occluded(n, seen_point_m(at, at_mm) - point_m, radius_m);
    }
    return clamp(1.0 - STRENGTH * taken / float(TAPS), 0.0, 1.0);
}

void main() {
    // At half size a middle falls between two pixels: half a pixel less, and rounding decides nothing.
    ivec2 pixel = in_region(ivec2(u_region_px.xy + v_uv * u_region_px.zw - 0.5));
    vec4 place = texelFetch(t_place, pixel, 0);
    float light = 1.0;
    if (place.x < NOTHING_MM) {
        light = openness(pixel, seen_point_m(pixel, place.x), unpacked_normal(place.z), place.x);
    }
    o_colour = vec4(light, place.x, 0.0, 1.0);
}
