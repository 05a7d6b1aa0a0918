#version 330
// solid.frag - opaque parts of a building.
// Needs: solid.vert, `ModelInputs`.   Gives: common/opaque_out.glsl.
// CPU twin: metaviewer/render/building_tone.py.   Held together by tests/render/test_building_picture.py.
#pragma include "common/opaque_out.glsl"
#pragma include "building/surface.glsl"
uniform float u_item;

void main() {
    if (is_cut_away(v_world_m)) discard;
    vec3 n = toward_viewer(normalize(v_normal_world), v_world_m);
    vec3 shown = surface_colour(n);
    vec3 lit = scene_from_display(shown) * building_light(n, toward_eye(v_world_m));
    write_opaque(mix(lit, shown, u_display_space), v_world_m, n, v_element + 1.0, u_item);
}
