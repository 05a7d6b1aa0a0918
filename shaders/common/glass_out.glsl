// glass_out.glsl - what glass writes: weighted blending without order (McGuire and Bavoil 2013).
// The glass target adds colour and multiplies alpha by 1 - opacity; one blend state serves both
// locations, so the second holds sums only: x weight, y weight times eye distance in mm.
// Needs: view.glsl; `GlassInputs`, given to the cameras.   Gives: write_glass(rgb, opacity, p_world_m),
// which drops what lies behind the opaque pass.
// CPU twin: metaviewer/render/place.py.   Held together by tests/gl/test_common.py.
#pragma include "common/view.glsl"
uniform sampler2D t_opaque_before;
layout(location = 0) out vec4 o_colour;
layout(location = 1) out vec4 o_place;

float glass_weight(float opacity, float eye_mm) {
    return opacity * clamp(pow(10000.0 / max(eye_mm, 1.0), 3.0), 0.01, 3000.0);
}

void write_glass(vec3 rgb, float opacity, vec3 p_world_m) {
    float eye_mm = eye_distance_mm(p_world_m);
    if (eye_mm > texelFetch(t_opaque_before, ivec2(gl_FragCoord.xy), 0).x) discard;
    float weight = glass_weight(opacity, eye_mm);
    o_colour = vec4(rgb * weight, opacity);
    o_place = vec4(weight, weight * eye_mm, 0.0, 0.0);
}
