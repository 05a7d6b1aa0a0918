// sight.glsl - what the opaque pass says of a pixel: point, normal, element.
// Needs: common/ray.glsl, common/place.glsl; `SightInputs`.
// Gives: seen_mm(pixel), seen_point_m(pixel, mm), seen_normal(pixel), seen_ids(pixel), pixel_size_m(mm).
// CPU twin: metaviewer/render/eye.py, metaviewer/render/place.py.
// Held together by tests/render/test_building_picture.py.
#pragma include "common/ray.glsl"
#pragma include "common/place.glsl"
uniform sampler2D t_place;
uniform vec4 u_region_px;  // left, bottom, width, height of the view in t_place

float seen_mm(ivec2 pixel) {
    return texelFetch(t_place, pixel, 0).x;
}

vec3 seen_point_m(ivec2 pixel, float mm) {
    vec2 uv = (vec2(pixel) + 0.5 - u_region_px.xy) / u_region_px.zw;
    return ray_origin_world_m(uv) + ray_toward(uv) * mm * 0.001;
}

float pixel_size_m(float mm) {
    float slope = length(u_ray_toward_dy) * mm * 0.001 + length(u_ray_origin_dy);
    return slope * 2.0 / u_region_px.w;
}

ivec2 in_region(ivec2 pixel) {
    ivec2 low = ivec2(u_region_px.xy);
    return clamp(pixel, low, low + ivec2(u_region_px.zw) - 1);
}
