#version 330
// overlay.frag - one letter of the atlas, or a line with smooth edges, in display sRGB.
// Needs: overlay.vert, `OverlayInputs`.   Gives: colour for alpha blending.
uniform sampler2D t_atlas;
in vec2 v_uv;                // letters: place in the atlas; lines: minus half the width, pixels off
in vec4 v_colour;            // its middle
layout(location = 0) out vec4 o_colour;

void main() {
    float line_cover = clamp(0.5 - v_uv.x - abs(v_uv.y), 0.0, 1.0);
    float cover = v_uv.x < 0.0 ? line_cover : texture(t_atlas, v_uv).a;
    o_colour = vec4(v_colour.rgb, v_colour.a * cover);
}
