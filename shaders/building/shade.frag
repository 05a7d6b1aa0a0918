#version 330
// shade.frag - thin dark edges, and the occlusion smoothed up to full size.
// Needs: common/fullscreen.vert, sight.glsl, ink.glsl, occlusion.frag's texture.
// Gives: r light that reaches the point (1 open), g edge ink (0 none); read by composite.frag.
// CPU twin: metaviewer/render/edges_ink.py.   Held together by tests/render/test_building_picture.py.
#pragma include "building/sight.glsl"
#pragma include "building/ink.glsl"
#define DEPTH_SHARE 0.02
#define DARKEST 0.30
#define DITHER_SHARE 0.009  // of the light: a step of 8 bit in the middle greys
uniform sampler2D t_occlusion;
uniform vec4 u_occlusion_px;  // left, bottom, width, height of the view in t_occlusion
in vec2 v_uv;
layout(location = 0) out vec4 o_colour;

float smoothed_light(float mm) {
    ivec2 low = ivec2(u_occlusion_px.xy);
    ivec2 high = low + ivec2(u_occlusion_px.zw) - 1;
    ivec2 corner = ivec2(floor(u_occlusion_px.xy + v_uv * u_occlusion_px.zw - 0.5)) - 1;
    float sum = 0.0, weights = 1.0e-4;
    for (int y = 0; y < 4; ++y) {
        for (int x = 0; x < 4; ++x) {
            vec2 light = texelFetch(t_occlusion, clamp(corner + ivec2(x, y), low, high), 0).rg;
            float weight = max(1.0 - abs(light.g - mm) / (DEPTH_SHARE * mm + 1.0), 0.0) + 1.0e-4;
            sum += light.r * weight;
            weights += weight;
        }
    }
    float light = mix(DARKEST, 1.0, min(sum / weights, 1.0));
    return light * (1.0 + DITHER_SHARE * dither(gl_FragCoord.xy - u_region_px.xy));
}

float neighbour_ink(ivec2 pixel, vec4 place, vec3 point_m, vec3 n, float facing) {
    vec4 other = texelFetch(t_place, in_region(pixel), 0);
    if (other.x >= NOTHING_MM) return PLANE_INK;
    float pixel_m = pixel_size_m(place.x);
    vec3 toward_m = seen_point_m(pixel, other.x) - point_m;
    float ink = plane_ink(n, toward_m, pixel_m, facing);
    ink = max(ink, turn_ink(n, unpacked_normal(other.z), pixel_m));
    return max(ink, id_ink(place.y, other.y, pixel_m));
}

float edge_ink(ivec2 pixel, vec4 place) {
    vec3 n = unpacked_normal(place.z);
    vec3 point_m = seen_point_m(pixel, place.x);
    float facing = abs(dot(n, ray_toward(v_uv)));
    float ink = neighbour_ink(pixel + ivec2(1, 0), place, point_m, n, facing);
    ink = max(ink, neighbour_ink(pixel - ivec2(1, 0), place, point_m, n, facing));
    ink = max(ink, neighbour_ink(pixel + ivec2(0, 1), place, point_m, n, facing));
    return max(ink, neighbour_ink(pixel - ivec2(0, 1), place, point_m, n, facing));
}

void main() {
    ivec2 pixel = ivec2(gl_FragCoord.xy);
    vec4 place = texelFetch(t_place, pixel, 0);
    bool is_nothing = place.x >= NOTHING_MM;
    o_colour = is_nothing ? vec4(1.0, 0.0, 0.0, 1.0)
                          : vec4(smoothed_light(place.x), edge_ink(pixel, place), 0.0, 1.0);
}
