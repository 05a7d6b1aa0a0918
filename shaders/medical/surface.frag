#version 330
// surface.frag - an organ's surface, solid or as one peeled layer (LAYER 0|1).
// Needs: opaque_out.glsl, surface_light.glsl.   Gives: location 0 and 1 of opaque_out.glsl; a layer
// is premultiplied by its opacity and drops what the layer before it drew.
// Judged by pictures: tests/render/test_surface_picture.py.
#pragma include "common/opaque_out.glsl"
#pragma include "common/colour.glsl"
#pragma include "medical/surface_light.glsl"
#define SAME_LAYER_MM 0.01
uniform vec4 u_colour;         // display sRGB and opacity
uniform float u_item;          // item number, from 1
#if LAYER == 1
uniform sampler2D t_layer_before;
uniform int u_layer;
#endif
in vec3 v_world_m;
in vec3 v_normal_world;

void main() {
    if (is_clipped(v_world_m)) discard;
#if LAYER == 1
    float before_mm = texelFetch(t_layer_before, ivec2(gl_FragCoord.xy), 0).x;
    if (u_layer > 0 && eye_distance_mm(v_world_m) <= before_mm + SAME_LAYER_MM) discard;
#endif
    vec3 normal = normalize(v_normal_world);
    vec3 eye = toward_eye(v_world_m);
    if (dot(normal, eye) < 0.0) normal = -normal;
    vec3 linear_rgb = linear_from_srgb(u_colour.rgb);
    vec3 lit = surface_light(linear_rgb, normal, eye, u_light_world);
    vec3 rgb = u_display_space > 0.5 ? u_colour.rgb : lit;
#if LAYER == 1
    float opacity = rim_opacity(u_colour.a, dot(normal, eye));
    write_opaque(rgb, v_world_m, normal, 0.0, u_item);
    o_colour = vec4(rgb * opacity, opacity);
#else
    write_opaque(rgb, v_world_m, normal, 0.0, u_item);
#endif
}
