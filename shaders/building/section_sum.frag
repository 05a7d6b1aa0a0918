#version 330
// section_sum.frag - what the faces of a building add to the sums of up to four cutting planes.
// Needs: solid.vert; blending adds, no depth; `SectionInputs`.
// What is no closed solid adds nothing: its sums would fill where nothing is cut.
// Gives: location 0 count of solids cut by each plane, location 1 sum of their ids.
// CPU twin: metaviewer/render/section_planes.py, cut_solids.
// Held together by tests/render/test_building_picture.py.
#pragma include "common/view.glsl"
#pragma include "building/state.glsl"
uniform mat4 u_section_planes;  // a plane a row; n.p + d < 0 is cut away and adds nothing
uniform float u_first_id;
in vec3 v_world_m;
flat in vec4 v_paint;
flat in float v_element;
layout(location = 0) out vec4 o_count;
layout(location = 1) out vec4 o_ids;

void main() {
    if (has_flag(v_paint.a, HOLLOW)) discard;
    vec4 kept = step(0.0, u_section_planes * vec4(v_world_m, 1.0));
    o_count = kept * (gl_FrontFacing ? -1.0 : 1.0);
    o_ids = o_count * (u_first_id + v_element);
}
