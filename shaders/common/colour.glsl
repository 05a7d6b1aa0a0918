// colour.glsl - between display sRGB and linear light, and the filmic curve of the lit look.
// Needs: nothing.
// Gives: linear_from_srgb(c), srgb_from_linear(c) (IEC 61966-2-1), filmic(c) (linear to linear).
// CPU twin: metaviewer/render/colour.py.   Held together by tests/gl/test_common.py.

vec3 linear_from_srgb(vec3 c) {
    return mix(pow((c + 0.055) / 1.055, vec3(2.4)), c / 12.92, lessThanEqual(c, vec3(0.04045)));
}

vec3 srgb_from_linear(vec3 c) {
    c = clamp(c, 0.0, 1.0);
    return mix(1.055 * pow(c, vec3(1.0 / 2.4)) - 0.055, c * 12.92, lessThanEqual(c, vec3(0.0031308)));
}

// Narkowicz 2015, a fit of the ACES curve; the factor keeps 18 % grey where it was.
vec3 filmic(vec3 c) {
    c *= 0.72;
    return clamp((c * (2.51 * c + 0.03)) / (c * (2.43 * c + 0.59) + 0.14), 0.0, 1.0);
}
