// view.glsl - what every shader of world geometry knows about the eye and the cut.
// Needs: nothing.   Gives: the uniforms of `ViewInputs`, eye_distance_mm(p), is_clipped(p),
// toward_eye(p) (length 1).   CPU twin: metaviewer/render/view_inputs.py.
// Held together by tests/gl/test_common.py.
uniform vec4 u_eye_world_m;      // xyz; w is 1 for a perspective eye, 0 for a parallel one
uniform vec3 u_forward_world;    // length 1
uniform vec3 u_light_world;      // towards the key light, length 1
uniform vec4 u_clip_planes[6];   // a point p with n.p + d < 0 is cut away
uniform float u_scene_scale;     // pixels of the opaque pass for each pixel of the picture, 0..1
uniform float u_display_space;   // 1 in the diagnostic look: colours stay display sRGB, unlit

float eye_distance_mm(vec3 p_world_m) {
    vec3 away = p_world_m - u_eye_world_m.xyz;
    return 1000.0 * mix(dot(away, u_forward_world), length(away), u_eye_world_m.w);
}

vec3 toward_eye(vec3 p_world_m) {
    return normalize(mix(-u_forward_world, u_eye_world_m.xyz - p_world_m, u_eye_world_m.w));
}

bool is_clipped(vec3 p_world_m) {
    for (int n = 0; n < 6; ++n) {
        if (dot(u_clip_planes[n].xyz, p_world_m) + u_clip_planes[n].w < 0.0) return true;
    }
    return false;
}
