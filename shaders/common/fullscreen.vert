#version 330
// fullscreen.vert - one triangle over the whole region.
// Needs: nothing.   Gives: v_uv, 0..1 over the region.   CPU twin: none, it has no function.
in vec4 p3d_Vertex;
out vec2 v_uv;

void main() {
    v_uv = p3d_Vertex.xy * 0.5 + 0.5;
    gl_Position = vec4(p3d_Vertex.xy, 0.0, 1.0);
}
