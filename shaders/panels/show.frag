#version 330
// show.frag - a finished picture, or a part of one, on the window.
// Needs: t_picture, u_part (left, bottom, width, height; 0..1).   Gives: what it holds.
// CPU twin: none, it has no function.
uniform sampler2D t_picture;
uniform vec4 u_part;
in vec2 v_uv;
layout(location = 0) out vec4 o_colour;

void main() {
    o_colour = texture(t_picture, u_part.xy + v_uv * u_part.zw);
}
