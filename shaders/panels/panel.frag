#version 330
// panel.frag - glyphs and shapes of a panel, premultiplied.
// Needs: p3d_Texture0, the atlas (Panda3D's name for a node's own texture).
// Gives: display sRGB, premultiplied.   CPU twin: none, it has no function.
uniform sampler2D p3d_Texture0;
in vec2 v_uv;
in vec4 v_colour;
layout(location = 0) out vec4 o_colour;

void main() {
    vec4 colour = v_colour * texture(p3d_Texture0, v_uv);
    o_colour = vec4(colour.rgb * colour.a, colour.a);
}
