#version 330
// label.frag - a letter of the atlas, or a box with round corners.
// Needs: label.vert; `LabelInputs`.   Gives: display sRGB, for alpha blending.
// CPU twin: metaviewer/render/labels_layout.py, box_cover.
// Held together by tests/render/test_labels.py.
#define CORNER_PX 5.0
uniform sampler2D t_atlas;
in vec2 v_uv;
flat in vec2 v_half_px;
flat in vec4 v_colour;
layout(location = 0) out vec4 o_colour;

// Share of the pixel at `p_px` from the middle that a box of half size `half_px` covers.
float box_cover(vec2 p_px, vec2 half_px) {
    float corner_px = min(CORNER_PX, min(half_px.x, half_px.y));
    vec2 over = abs(p_px) - (half_px - corner_px);
    float outside_px = length(max(over, 0.0)) + min(max(over.x, over.y), 0.0) - corner_px;
    return clamp(0.5 - outside_px, 0.0, 1.0);
}

void main() {
    float cover = v_half_px.x > 0.0 ? box_cover(v_uv, v_half_px) : texture(t_atlas, v_uv).a;
    o_colour = vec4(v_colour.rgb, v_colour.a * cover);
}
