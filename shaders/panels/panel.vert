#version 330
// panel.vert - panels in pixels, y down, to clip space.
// Needs: u_size_px.   Gives: v_uv, v_colour.   CPU twin: none, it has no function.
uniform vec2 u_size_px;
in vec2 vertex;
in vec2 texcoord;
in vec4 color;
out vec2 v_uv;
out vec4 v_colour;

void main() {
    v_uv = texcoord;
    v_colour = color;
    gl_Position = vec4(vertex / u_size_px * vec2(2.0, -2.0) + vec2(-1.0, 1.0), 0.0, 1.0);
}
