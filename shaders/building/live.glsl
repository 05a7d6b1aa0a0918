// live.glsl - the colour of the live value of an element, and the four looks of its age.
// Needs: pattern.glsl.   Gives: live_colour(element) -> display sRGB and look, NO_LIVE for no value;
// aged_colour(colour, look, face_m, pixel_m).
// CPU twin: metaviewer/render/element_live.py (colours), element_look.py (looks).
// Held together by tests/gl/test_building_glsl.py.
#pragma include "building/pattern.glsl"
#define NO_LIVE -1.0
#define AGEING 1.0
#define STALE 2.0
#define UNKNOWN 3.0
#define UNKNOWN_GROUND vec3(0.70, 0.72, 0.75)
#define UNKNOWN_DOT vec3(0.40, 0.43, 0.47)
uniform samplerBuffer t_binding;  // value point, its scale, alarm point, its scale; below 0 for none
uniform samplerBuffer t_points;   // value, look
uniform samplerBuffer t_scales;   // low, high, first colour, count
uniform samplerBuffer t_colours;  // display sRGB

vec3 scale_colour(int scale, float value) {
    vec4 range = texelFetch(t_scales, scale);
    float place = clamp((value - range.x) / (range.y - range.x), 0.0, 1.0) * (range.w - 1.0);
    float low = floor(place);
    float high = min(low + 1.0, range.w - 1.0);
    vec3 below = texelFetch(t_colours, int(range.z + low)).rgb;
    vec3 above = texelFetch(t_colours, int(range.z + high)).rgb;
    return mix(below, above, place - low);
}

vec4 point_colour(float point, float scale) {
    vec2 value = texelFetch(t_points, int(point)).rg;
    return vec4(scale_colour(int(scale), value.x), value.y);
}

vec4 live_colour(int element) {
    vec4 binding = texelFetch(t_binding, element);
    if (binding.z >= 0.0) {
        vec2 alarm = texelFetch(t_points, int(binding.z)).rg;
        if (binding.x < 0.0 || (alarm.x >= 1.0 && alarm.y < UNKNOWN)) {
            return point_colour(binding.z, binding.w);
        }
    }
    return binding.x < 0.0 ? vec4(vec3(0.0), NO_LIVE) : point_colour(binding.x, binding.y);
}

vec3 hatched(vec3 colour, float off_line_px, float period_px) {
    float grey = dot(colour, vec3(0.2126, 0.7152, 0.0722));
    float trace = mix(grey, 0.55, 0.6);
    float light = smoothstep(-0.7, 0.7, off_line_px - 0.27 * period_px);
    return vec3(trace * mix(0.42, 1.15, light));
}

vec3 aged_colour(vec3 colour, float look, vec2 face_m, float pixel_m) {
    float period_m = pattern_period_m(pixel_m);
    float period_px = period_m / max(pixel_m, PIXEL_MIN_M);
    float off_line_px = off_line(face_m, period_m) * period_px;
    if (look == AGEING) return mix(colour * 0.5, colour, smoothstep(0.5, 1.3, off_line_px));
    if (look == STALE) return hatched(colour, off_line_px, period_px);
    if (look == UNKNOWN) {
        float off_dot_px = length(fract(face_m / period_m) - 0.5) * period_px;
        return mix(UNKNOWN_DOT, UNKNOWN_GROUND, smoothstep(1.0, 2.0, off_dot_px));
    }
    return colour;
}
