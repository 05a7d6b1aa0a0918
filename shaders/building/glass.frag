#version 330
// glass.frag - what one sees through: glazing, and ghosts (elements drawn as a veil).
// Needs: solid.vert, `ModelInputs`.   Gives: common/glass_out.glsl.
// CPU twin: metaviewer/render/building_tone.py.   Held together by tests/render/test_building_picture.py.
#pragma include "common/glass_out.glsl"
#pragma include "building/surface.glsl"
#define GHOST_OPACITY 0.10
#define GHOST_RIM 0.30
#define GHOST_TINT vec3(0.60, 0.69, 0.80)
#define GHOST_TINT_SHARE 0.6
#define GLASS_OPACITY_MIN 0.14
#define GLASS_RIM 0.30

float rim(vec3 n, vec3 p_world_m) {
    float away = 1.0 - abs(dot(n, toward_eye(p_world_m)));
    return away * away;
}

void main() {
    if (is_cut_away(v_world_m)) discard;
    vec3 n = toward_viewer(normalize(v_normal_world), v_world_m);
    bool is_ghost = has_flag(v_paint.a, GHOST);
    float least = is_ghost ? GHOST_OPACITY : max(v_colour.a, GLASS_OPACITY_MIN);
    float opacity = min(least + (is_ghost ? GHOST_RIM : GLASS_RIM) * rim(n, v_world_m), 1.0);
    vec3 shown = surface_colour(n);
    if (is_ghost) shown = mix(shown, GHOST_TINT, GHOST_TINT_SHARE);
    vec3 lit = scene_from_display(shown) * building_light(n, toward_eye(v_world_m));
    write_glass(mix(lit, shown, u_display_space), opacity, v_world_m);
}
