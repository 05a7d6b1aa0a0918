// shading.glsl - light on a sample.
// Needs: nothing.
// Gives: surface_share(strength, range) -> 0 noise .. 1 surface;
//        lit_colour(rgb, normal, strength_share, toward, light, open, reach): the lit look, linear;
//        head_lit_colour(rgb, normal, toward): one lamp at the eye, for comparisons with VTK.
// `toward` runs from the eye, `normal` may point either way.
// CPU twin: metaviewer/render/shading.py.   Held together by tests/gl/test_shading.py.
const vec3 AMBIENT_RGB = vec3(0.34, 0.36, 0.42);    // cool fill
const vec3 KEY_RGB = vec3(1.35, 1.28, 1.18);        // warm key
const float EVEN_KEY = 0.55, EVEN_HEAD = 0.60;      // what noise gets in the place of its normal
const float HEAD_SHARE = 0.45;
const float GLOSS = 0.22, GLOSS_POWER = 24.0;
const float HEAD_AMBIENT = 0.3, HEAD_DIFFUSE = 0.7;

float surface_share(float strength, vec2 range) {
    return smoothstep(range.x, range.y, strength);
}

vec3 lit_colour(vec3 rgb, vec3 normal, float share, vec3 toward, vec3 light, vec2 open_reach) {
    vec3 n = dot(normal, toward) > 0.0 ? -normal : normal;
    float key = mix(EVEN_KEY, max(dot(n, light), 0.0), share);
    float head = mix(EVEN_HEAD, abs(dot(n, toward)), share);
    float gloss = share * pow(max(dot(reflect(toward, n), light), 0.0), GLOSS_POWER);
    vec3 ambient = AMBIENT_RGB * open_reach.x * (1.0 - HEAD_SHARE + HEAD_SHARE * head);
    return rgb * (ambient + KEY_RGB * key * open_reach.y) + GLOSS * gloss * open_reach.y;
}

vec3 head_lit_colour(vec3 rgb, vec3 normal, vec3 toward) {
    return rgb * (HEAD_AMBIENT + HEAD_DIFFUSE * abs(dot(normal, toward)));
}
