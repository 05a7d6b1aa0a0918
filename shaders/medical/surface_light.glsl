// surface_light.glsl - light on an organ's surface, in step with the lit volumes.
// Needs: nothing.
// Gives: surface_light(rgb, normal, eye, light): linear; rim_opacity(opacity, facing): a thin shell
// seen from the side is more matter, so outlines stay readable.
// CPU twin: metaviewer/render/shading.py.   Held together by tests/gl/test_shading.py.
const vec3 SURFACE_AMBIENT_RGB = vec3(0.34, 0.36, 0.42);
const vec3 SURFACE_KEY_RGB = vec3(1.10, 1.05, 0.98);
const float SURFACE_GLOSS = 0.25, SURFACE_GLOSS_POWER = 32.0;

vec3 surface_light(vec3 rgb, vec3 normal, vec3 eye, vec3 light) {
    float key = 0.5 + 0.5 * dot(normal, light);
    float head = max(dot(normal, eye), 0.0);
    float gloss = pow(max(dot(normal, normalize(light + eye)), 0.0), SURFACE_GLOSS_POWER);
    return rgb * (SURFACE_AMBIENT_RGB * (0.5 + 0.5 * head) + SURFACE_KEY_RGB * key * key)
        + SURFACE_GLOSS * gloss;
}

float rim_opacity(float opacity, float facing) {
    return 1.0 - pow(1.0 - min(opacity, 0.999), min(1.0 / max(facing, 0.05), 4.0));
}
