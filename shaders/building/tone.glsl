// tone.glsl - what a surface must send so that the picture shows the colour that was asked for.
// Needs: common/colour.glsl.   Gives: scene_from_display(c): linear light that the composite's curve
// turns back into display sRGB `c`; building_light(n, toward_eye): light on a surface, 1 in full light.
// CPU twin: metaviewer/render/building_tone.py.   Held together by tests/gl/test_building_glsl.py.
#pragma include "common/colour.glsl"
#define EXPOSURE 0.72
#define DISPLAY_MAX 0.97
#define KEY_LIGHT vec3(-0.4533, -0.6044, 0.6548)  // fixed to the building: its sides keep their tones
#define LIGHT_ALL 0.69
#define LIGHT_UP 0.11
#define LIGHT_KEY 0.25
#define LIGHT_EYE 0.08

// The filmic curve y = (c (2.51 c + 0.03)) / (c (2.43 c + 0.59) + 0.14), solved for c >= 0.
vec3 filmic_inverse(vec3 y) {
    vec3 a = 2.51 - 2.43 * y;
    vec3 b = 0.03 - 0.59 * y;
    return (-b + sqrt(b * b + 0.56 * a * y)) / (2.0 * a) / EXPOSURE;
}

vec3 scene_from_display(vec3 c) {
    return filmic_inverse(linear_from_srgb(min(c, vec3(DISPLAY_MAX))));
}

float building_light(vec3 n, vec3 toward_eye) {
    float key = max(dot(n, KEY_LIGHT), 0.0);
    return LIGHT_ALL + LIGHT_UP * n.z + LIGHT_KEY * key + LIGHT_EYE * abs(dot(n, toward_eye));
}
