#version 330
// cap.frag - the filled face of a cut: dark, finely hatched, at its true depth.
// Needs: cap.vert, the sums of section_sum.frag; `CapInputs`.   Gives: common/opaque_out.glsl.
// CPU twin: metaviewer/render/section_planes.py.   Held together by tests/render/test_building_picture.py.
#pragma include "common/opaque_out.glsl"
#pragma include "building/tone.glsl"
#pragma include "building/pattern.glsl"
#define ON_PLANE_M 0.001
#define CAP_DARK vec3(0.20, 0.225, 0.26)
#define CAP_LIGHT vec3(0.29, 0.315, 0.35)
#define CAP_ITEM 4095.0
uniform sampler2D t_section_count, t_section_ids;
uniform vec4 u_cap_plane;
uniform mat4 u_other_planes;  // a plane a row
uniform vec4 u_slot;  // 1 at the plane's place in the sums
uniform vec3 u_selection_rgb;
uniform float u_selected_id;  // below 0 for none
in vec3 v_world_m;

bool is_cut_by_others(vec3 p_world_m) {
    vec3 inside = p_world_m + u_cap_plane.xyz * ON_PLANE_M;
    bool is_cut = any(lessThan(u_other_planes * vec4(inside, 1.0), vec4(0.0)));
    return is_cut || is_clipped(inside);
}

vec3 cap_colour(vec3 p_m, vec3 n) {
    vec2 face_m = face_of(p_m, n);
    float pixel_m = max(fwidth(face_m.x + face_m.y), PIXEL_MIN_M);
    float period_m = pattern_period_m(pixel_m);
    float off_line_px = off_line(face_m, period_m) * period_m / pixel_m;
    return mix(CAP_LIGHT, CAP_DARK, smoothstep(0.6, 1.6, off_line_px));
}

void main() {
    ivec2 pixel = ivec2(gl_FragCoord.xy);
    float solids = dot(texelFetch(t_section_count, pixel, 0), u_slot);
    bool is_seen = dot(toward_eye(v_world_m), u_cap_plane.xyz) < 0.0;
    if (solids < 0.5 || !is_seen || is_cut_by_others(v_world_m)) discard;
    float id = solids < 1.5 ? dot(texelFetch(t_section_ids, pixel, 0), u_slot) : 0.0;
    bool is_selected = u_selected_id >= 0.0 && abs(id - u_selected_id) < 0.5;
    vec3 shown = is_selected ? u_selection_rgb : cap_colour(v_world_m, u_cap_plane.xyz);
    vec3 rgb = mix(scene_from_display(shown), shown, u_display_space);
    write_opaque(rgb, v_world_m, -u_cap_plane.xyz, id + 1.0, CAP_ITEM);
}
