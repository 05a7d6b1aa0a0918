// sight.glsl - whether what a label speaks of is seen past what is opaque.
// Needs: common/view.glsl; the labels' `LabelInputs`, and `GlassInputs`, given to the cameras.
// Gives: is_in_sight(label): at least SEEN_LEAST of its points have nothing before them, or it is
// shown through anything.
// CPU twin: metaviewer/render/labels_sight.py, in_sight.
// Held together by tests/render/test_labels_sight.py.
#define SIGHTS_A_LABEL 9
#define SEEN_LEAST 2
#define GRAZING_SHARE 0.01
uniform samplerBuffer t_sights;      // xyz world metres, w metres that may stand before it; < 0 any
uniform sampler2D t_opaque_before;   // x: eye distance in mm
uniform vec4 u_view_rect_px;         // left, bottom, width, height in the window

bool is_point_seen(vec4 sight, mat4 clip_from_world) {
    vec4 clip = clip_from_world * vec4(sight.xyz, 1.0);
    vec2 share = clip.xy / clip.w * 0.5 + 0.5;
    if (clip.w <= 0.0 || clamp(share, 0.0, 1.0) != share) return false;
    ivec2 pixel = ivec2(u_view_rect_px.xy + share * u_view_rect_px.zw * u_scene_scale);
    pixel = min(pixel, textureSize(t_opaque_before, 0) - 1);
    float eye_mm = eye_distance_mm(sight.xyz);
    float before_mm = eye_mm - texelFetch(t_opaque_before, pixel, 0).x;
    return before_mm < 1000.0 * sight.w + GRAZING_SHARE * eye_mm;
}

bool is_in_sight(int label, mat4 clip_from_world) {
    int seen = 0;
    for (int n = 0; n < SIGHTS_A_LABEL; ++n) {
        vec4 sight = texelFetch(t_sights, SIGHTS_A_LABEL * label + n);
        if (sight.w < 0.0) return true;
        seen += is_point_seen(sight, clip_from_world) ? 1 : 0;
    }
    return seen >= SEEN_LEAST;
}
