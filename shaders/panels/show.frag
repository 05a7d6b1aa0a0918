#version 330
// show.frag - a finished picture on the window, texel for pixel.
// Needs: t_picture.   Gives: what it holds.   CPU twin: none, it has no function.
uniform sampler2D t_picture;
in vec2 v_uv;
layout(location = 0) out vec4 o_colour;

void main() {
    o_colour = texture(t_picture, v_uv);
}
