#version 330
// overlay.frag - one letter of the atlas, or a solid bar, in display sRGB.
// Needs: overlay.vert, `OverlayInputs`.   Gives: colour for alpha blending.
uniform sampler2D t_atlas;
in vec2 v_uv;
in vec4 v_colour;
layout(location = 0) out vec4 o_colour;

void main() {
    float cover = v_uv.x < 0.0 ? 1.0 : texture(t_atlas, v_uv).a;
    o_colour = vec4(v_colour.rgb, v_colour.a * cover);
}
