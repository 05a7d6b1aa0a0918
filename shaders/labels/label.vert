#version 330
// label.vert - labels of one view: quads at pixels around a projected point.
// Needs: the vertices of labels_layout.py; `LabelInputs`.   Gives: v_uv, v_half_px, v_colour.
// What another view's camera would draw is thrown out: its eye stands elsewhere.
// CPU twin: metaviewer/render/labels_layout.py, projected_px.
// Held together by tests/render/test_labels.py.
#pragma include "common/view.glsl"
#pragma include "labels/sight.glsl"
#define COLOUR_STEPS 255.0
#define EYE_TOLERANCE_M 1.0e-4
uniform mat4 p3d_ModelViewProjectionMatrix;
uniform samplerBuffer t_shown;  // alpha 1: there is room for this label
uniform vec4 u_label_eye_world_m;
uniform vec3 u_label_forward;
in vec3 p3d_Vertex;
in vec2 offset_px;
in vec2 uv;
in vec2 half_px;
in vec4 colour_steps;
in uint label;
out vec2 v_uv;
flat out vec2 v_half_px;
flat out vec4 v_colour;

void main() {
    float away_m = distance(u_eye_world_m, u_label_eye_world_m)
                 + distance(u_forward_world, u_label_forward);
    bool is_shown = texelFetch(t_shown, int(label)).a > 0.5 && away_m < EYE_TOLERANCE_M
                 && is_in_sight(int(label), p3d_ModelViewProjectionMatrix);
    vec4 anchor = p3d_ModelViewProjectionMatrix * vec4(p3d_Vertex, 1.0);
    vec2 pixel = floor((anchor.xy / anchor.w * 0.5 + 0.5) * u_view_rect_px.zw + 0.5) + offset_px;
    gl_Position = is_shown ? vec4(pixel / u_view_rect_px.zw * 2.0 - 1.0, 0.0, 1.0) : vec4(2.0, 2.0, 2.0, 1.0);
    v_uv = uv;
    v_half_px = half_px;
    v_colour = colour_steps / COLOUR_STEPS;
}
