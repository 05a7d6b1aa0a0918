// ray.glsl - the ray through a point of the picture.
// Needs: nothing.   Gives: the uniforms of `RayInputs`, ray_origin_world_m(uv), ray_toward(uv)
// (length 1), uv 0..1 over the view.
// CPU twin: metaviewer/render/eye.py, ray_through.   Held together by tests/gl/test_common.py.
uniform vec3 u_ray_origin_world_m, u_ray_origin_dx, u_ray_origin_dy;
uniform vec3 u_ray_toward, u_ray_toward_dx, u_ray_toward_dy;

vec3 ray_origin_world_m(vec2 uv) {
    vec2 p = uv * 2.0 - 1.0;
    return u_ray_origin_world_m + p.x * u_ray_origin_dx + p.y * u_ray_origin_dy;
}

vec3 ray_toward(vec2 uv) {
    vec2 p = uv * 2.0 - 1.0;
    return normalize(u_ray_toward + p.x * u_ray_toward_dx + p.y * u_ray_toward_dy);
}
