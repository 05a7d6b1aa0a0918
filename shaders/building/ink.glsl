// ink.glsl - the arithmetic of ambient occlusion and edges, on points in world metres.
// Needs: nothing.   Gives: occluded(n, toward_m, radius_m): share of light one neighbour takes;
// occlusion_radius_m(pixel_m); plane_ink, turn_ink, id_ink: ink of one neighbour, 0 none.
// dither(pixel): -0.5..0.5, noise that hides the steps of 8 bit on a plain wall.
// CPU twin: metaviewer/render/edges_ink.py.   Held together by tests/gl/test_building_glsl.py.
#define HORIZON 0.12          // what lies flatter is the surface itself, seen coarsely
#define TALL 3.0              // a wall three times the radius high still darkens its foot in a plan
#define RADIUS_MIN_M 0.9
#define RADIUS_MAX_M 3.5
#define RADIUS_PX 14.0
#define PLANE_INK 0.60
#define TURN_INK 0.34
#define ID_INK 0.24
#define FINE_PIXEL_M 0.02     // beyond this size of a pixel, lines inside a shape fade ...
#define COARSE_PIXEL_M 0.12   // ... to this
#define COARSE_SHARE 0.35
#define OUTER_SHARE 0.55      // ... and outlines to this

float occlusion_radius_m(float pixel_m) {
    return clamp(RADIUS_PX * pixel_m, RADIUS_MIN_M, RADIUS_MAX_M);
}

float occluded(vec3 n, vec3 toward_m, float radius_m) {
    float away_m = length(toward_m) + 1.0e-4;
    float height_m = dot(n, toward_m);
    float rise = max(height_m / away_m - HORIZON, 0.0);
    float aside_m = length(toward_m - height_m * n);
    float reach_m = max(aside_m, away_m / TALL);
    return rise * (1.0 - smoothstep(0.6 * radius_m, 1.6 * radius_m, reach_m));
}

float inner_share(float pixel_m) {
    return mix(1.0, COARSE_SHARE, smoothstep(FINE_PIXEL_M, COARSE_PIXEL_M, pixel_m));
}

// A neighbour off the plane of this point: a silhouette or a step. Seen flat, a plane runs away fast,
// so the step that counts grows with the size of a pixel and with the slant.
float plane_ink(vec3 n, vec3 toward_m, float pixel_m, float facing) {
    float step_m = max(2.5 * pixel_m, 0.02) * mix(3.0, 1.0, facing);
    float outer = mix(1.0, OUTER_SHARE, smoothstep(FINE_PIXEL_M, COARSE_PIXEL_M, pixel_m));
    return PLANE_INK * outer * smoothstep(0.6, 2.0, abs(dot(n, toward_m)) / step_m);
}

float turn_ink(vec3 n, vec3 other_n, float pixel_m) {
    return TURN_INK * inner_share(pixel_m) * smoothstep(0.25, 0.6, 1.0 - dot(n, other_n));
}

float id_ink(float element, float other, float pixel_m) {
    return element > 0.5 && other > 0.5 && abs(element - other) > 0.5
        ? ID_INK * inner_share(pixel_m) : 0.0;
}

// Interleaved gradient noise (J. Jimenez, SIGGRAPH 2014 course "Next generation post processing").
float dither(vec2 pixel) {
    return fract(52.9829189 * fract(dot(pixel, vec2(0.06711056, 0.00583715)))) - 0.5;
}
