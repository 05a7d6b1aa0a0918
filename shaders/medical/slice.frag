#version 330
// slice.frag - one slice through the grey window: what a radiologist reads, so no light, no curve.
// Needs: window.glsl; `SliceInputs`.   Gives: display grey.
// Judged by: tests/render/test_slice_picture.py.
#pragma include "medical/window.glsl"
uniform sampler2D t_slice;          // modality values, first row on top
uniform vec4 u_pixel_from_uv;       // texture place = xy + zw * v_uv, v_uv.y counted from the top
uniform float u_center, u_width;
in vec2 v_uv;
layout(location = 0) out vec4 o_colour;

void main() {
    vec2 place = u_pixel_from_uv.xy + u_pixel_from_uv.zw * vec2(v_uv.x, 1.0 - v_uv.y);
    bool is_outside = any(lessThan(place, vec2(0.0))) || any(greaterThan(place, vec2(1.0)));
    float grey = voi_window_linear(texture(t_slice, place).r, u_center, u_width);
    o_colour = vec4(vec3(is_outside ? 0.0 : grey), 1.0);
}
