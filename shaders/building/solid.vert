#version 330
// solid.vert - vertices of a building: batches in one piece, or one shape at many places (INSTANCED).
// Needs: the 16 byte vertices of building_vertices.py; `ModelInputs`, `PlacementInputs`.
// Gives: place, normal, colour, live value and flags of the element; what is not for this pass is
// thrown out of the view: hidden elements always, ghosts from the opaque pass (GLASS 0), all but
// ghosts where an opaque batch is drawn as glass (GHOSTS 1).
// CPU twin: none of its own.   Held together by tests/render/test_building_picture.py.
#pragma include "building/octahedral.glsl"
#pragma include "building/state.glsl"
#pragma include "building/live.glsl"
#define COLOUR_STEPS 255.0
#define PLACE_STEPS 32767.0
#define TEXELS_A_PLACE 4
uniform mat4 p3d_ModelMatrix, p3d_ViewProjectionMatrix;
uniform samplerBuffer t_placements;  // three rows of a matrix, then the element
in vec4 p3d_Vertex;
in vec2 normal_steps;
in vec4 colour_steps;
in uint element;
out vec3 v_world_m;
out vec3 v_normal_world;
flat out vec4 v_colour;  // display sRGB, opacity
flat out vec4 v_paint;   // display sRGB, flags
flat out vec4 v_live;    // display sRGB, look
flat out float v_element;

#if INSTANCED
mat4 node_from_place(out int element_row) {
    int first = gl_InstanceID * TEXELS_A_PLACE;
    element_row = int(texelFetch(t_placements, first + 3).x);
    mat4 rows = mat4(texelFetch(t_placements, first), texelFetch(t_placements, first + 1),
                     texelFetch(t_placements, first + 2), vec4(0.0, 0.0, 0.0, 1.0));
    return transpose(rows);
}
#else
mat4 node_from_place(out int element_row) {
    element_row = int(element);
    return mat4(1.0);
}
#endif

bool is_for_this_pass(float flags) {
    bool is_ghost = has_flag(flags, GHOST);
#if GHOSTS
    return has_flag(flags, VISIBLE) && is_ghost;
#elif GLASS
    return has_flag(flags, VISIBLE);
#else
    return has_flag(flags, VISIBLE) && !is_ghost;
#endif
}

void main() {
    int row;
    mat4 world_from_place = p3d_ModelMatrix * node_from_place(row);
    v_paint = element_state(row);
    if (!is_for_this_pass(v_paint.a)) {
        gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
        return;
    }
    vec4 world = world_from_place * vec4(p3d_Vertex.xyz / PLACE_STEPS, 1.0);
    v_world_m = world.xyz;
    v_normal_world = mat3(world_from_place) * direction_of(normal_steps);
    v_colour = colour_steps / COLOUR_STEPS;
    v_live = has_flag(v_paint.a, LIVE) ? live_colour(row) : vec4(0.0, 0.0, 0.0, NO_LIVE);
    v_element = float(row);
    gl_Position = p3d_ViewProjectionMatrix * world;
}
