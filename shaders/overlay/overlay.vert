#version 330
// overlay.vert - letters, bars and lines at pixels of a view.
// Needs: `OverlayInputs`.   Gives: v_uv (letter in the atlas; x < 0: see overlay.frag), v_colour.
// CPU twin: metaviewer/render/overlay_quads.py.   It has no function but main.
uniform vec2 u_view_px;
in vec4 p3d_Vertex;          // pixels, (0, 0) lower left
in vec2 p3d_MultiTexCoord0;
in vec4 p3d_Color;
out vec2 v_uv;
out vec4 v_colour;

void main() {
    v_uv = p3d_MultiTexCoord0;
    v_colour = p3d_Color;
    gl_Position = vec4(p3d_Vertex.xy / u_view_px * 2.0 - 1.0, 0.0, 1.0);
}
