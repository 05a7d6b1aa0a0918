// opaque_out.glsl - what every opaque shader writes. The layout is read by edges, ambient occlusion,
// volumes (they stop at the distance) and the picker:
//   location 0  linear-light RGB (display sRGB in the diagnostic look), alpha 1
//   location 1  x eye distance in mm (NOTHING_MM where nothing is), y element row + 1 (0: none),
//               z packed world normal (place.glsl), w item number, from 1 (0: none)
// Ids are whole numbers in float32, exact to 2^24.
// Needs: place.glsl, view.glsl.   Gives: write_opaque(rgb, p_world_m, n_world, element, item).
// CPU twin: metaviewer/render/place.py reads it back.   Held together by tests/gl/test_common.py.
#pragma include "common/place.glsl"
#pragma include "common/view.glsl"
layout(location = 0) out vec4 o_colour;
layout(location = 1) out vec4 o_place;

void write_opaque(vec3 rgb, vec3 p_world_m, vec3 n_world, float element, float item) {
    o_colour = vec4(rgb, 1.0);
    o_place = vec4(eye_distance_mm(p_world_m), element, packed_normal(n_world), item);
}
