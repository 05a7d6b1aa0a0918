// surface.glsl - colour and side of a point of a building.
// Needs: live.glsl, state.glsl, tone.glsl, common/view.glsl, the outputs of solid.vert.
// Gives: toward_viewer(n, p): the normal on the side that is seen; surface_colour(n): display sRGB;
// is_cut_away(p).   CPU twin: metaviewer/render/building_tone.py.
// Held together by tests/render/test_building_picture.py.
#pragma include "common/view.glsl"
#pragma include "building/tone.glsl"
#pragma include "building/state.glsl"
#pragma include "building/live.glsl"
#define SELECTED_SHARE 0.62
uniform vec4 u_cut_plane;       // the storey's own cut: n.p + d < 0 is cut away
uniform vec3 u_selection_rgb;   // display sRGB
in vec3 v_world_m;
in vec3 v_normal_world;
flat in vec4 v_colour;
flat in vec4 v_paint;
flat in vec4 v_live;
flat in float v_element;

bool is_cut_away(vec3 p_world_m) {
    return dot(u_cut_plane.xyz, p_world_m) + u_cut_plane.w < 0.0 || is_clipped(p_world_m);
}

// Files hold faces of either side, so the side that is seen is the front; the true plane of the
// triangle decides, because a smooth normal leans over the edge of what is round.
vec3 toward_viewer(vec3 n, vec3 p_world_m) {
    vec3 plane = cross(dFdx(p_world_m), dFdy(p_world_m));
    plane *= dot(plane, toward_eye(p_world_m)) < 0.0 ? -1.0 : 1.0;
    return dot(n, plane) < 0.0 ? -n : n;
}

vec3 surface_colour(vec3 n) {
    vec3 colour = v_colour.rgb;
    if (v_live.a >= 0.0) {
        vec2 face_m = face_of(v_world_m, n);
        colour = aged_colour(v_live.rgb, v_live.a, face_m, fwidth(face_m.x + face_m.y));
    }
    if (has_flag(v_paint.a, PAINTED)) colour = v_paint.rgb;
    return has_flag(v_paint.a, SELECTED) ? mix(colour, u_selection_rgb, SELECTED_SHARE) : colour;
}
