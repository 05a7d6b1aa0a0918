#version 330
// volume.frag - light through one or two volumes along each ray, in world metres.
// The samples stand on one lattice per ray, and leaps keep to it: skipping changes no pixel. Clip
// planes and opaque surfaces only shorten the ray; peeled surfaces are inserted at their distance.
// Needs: ray.glsl (the ray), view.glsl (light, cut); VOLUME_COUNT 0..2, MAXIMUM 0|1 (one volume),
// LIGHT 0 none | 1 lamp at the eye | 2 lit, GRADIENT 0 exact | 1 half-resolution normals,
// SEGMENTS 0|1 (one gradient for a group of samples), LAYERS 0|1 (translucent surfaces), SKIP 0|1.
// Software GL runs both sides of every `if`, but ends a loop as soon as no ray of eight is in it: a
// ray leaps in a loop of its own, until all eight stand before matter, and only then are samples
// taken, a few for each test of a block (measured; one loop for both takes 1.1 to 1.3 times that).
// Gives: location 0 premultiplied colour, location 1 x distance in mm where it becomes notable.
// Judged by pictures: tests/render/test_volume_picture.py.
#pragma include "common/ray.glsl"
#pragma include "common/view.glsl"
#pragma include "medical/march.glsl"
#pragma include "medical/shading.glsl"
#define BLOCK_EDGE 8.0
#define SHARED_NORMAL (VOLUME_COUNT == 1 && LIGHT > 0 && MAXIMUM == 0 && (SEGMENTS == 1 || GRADIENT == 1))
#if VOLUME_COUNT > 1
#define GROUP 1     // samples for one test of a block, the quickest count that was measured
#elif MAXIMUM == 1 || LIGHT == 0
#define GROUP 4
#elif SHARED_NORMAL
#define GROUP 3     // 4 are 5 to 9 % quicker and 1 dB farther from exact shading
#else
#define GROUP 2
#endif
#define FACE_STEPS 3.0
#define FAR_M 1.0e9
#define NOTABLE_OPACITY 0.08
uniform sampler2D t_opaque_place, t_layer_0, t_layer_0_place, t_layer_1, t_layer_1_place;
uniform sampler2D t_noise;                  // blue noise, 64 x 64
uniform sampler3D t_values_0, t_leap_0, t_normals_0, t_light_0;
uniform sampler3D t_values_1, t_leap_1, t_normals_1, t_light_1;
uniform sampler1D t_table_0, t_table_1;     // premultiplied, corrected for the step
uniform mat4 u_tex_from_world[2];
uniform mat4 u_gradient_world_from_tex[2];  // to modality values per mm
uniform mat4 u_world_from_lps_normal[2];    // rotation only
uniform vec4 u_dims[2];                     // voxels along i, j, k
uniform vec4 u_normals_scale[2];            // texture place of the half-resolution grid; w gradient_full
uniform vec4 u_light_scale[2];              // texture place of the light grid
uniform vec4 u_table_map[2];                // x scale, y offset to the table; zw gradient range
uniform vec2 u_region_origin_px, u_pixels_per_texel;
uniform float u_step_m, u_jitter, u_jitter_shift, u_stop_opacity;
in vec2 v_uv;
layout(location = 0) out vec4 o_colour;
layout(location = 1) out vec4 o_place;

struct March { vec3 tex, tex_step, block, block_step, steps_per_block; float first, last; };

vec3 normal_and_strength(sampler3D values, sampler3D normals, int n, vec3 tex, out float strength) {
#if GRADIENT == 1
    vec4 stored = textureLod(normals, tex * u_normals_scale[n].xyz, 0.0);
    vec3 g = mat3(u_world_from_lps_normal[n]) * (stored.xyz * 2.0 - 1.0);
    strength = stored.w * u_normals_scale[n].w * min(length(g), 1.0);
    return g / max(length(g), 1.0e-6);
#else
    vec3 h = 1.0 / u_dims[n].xyz;
    vec3 slope = vec3(
        textureLod(values, tex + vec3(h.x, 0.0, 0.0), 0.0).r - textureLod(values, tex - vec3(h.x, 0.0, 0.0), 0.0).r,
        textureLod(values, tex + vec3(0.0, h.y, 0.0), 0.0).r - textureLod(values, tex - vec3(0.0, h.y, 0.0), 0.0).r,
        textureLod(values, tex + vec3(0.0, 0.0, h.z), 0.0).r - textureLod(values, tex - vec3(0.0, 0.0, h.z), 0.0).r);
    vec3 g = mat3(u_gradient_world_from_tex[n]) * (slope * 0.5 * u_dims[n].xyz);
    strength = length(g);
    return g / max(strength, 1.0e-6);
#endif
}

vec3 shaded(sampler3D values, sampler3D normals, sampler3D light, int n, vec3 rgb, vec3 tex, vec3 toward, float relief) {
#if LIGHT == 0
    return rgb;
#else
    float strength;
    vec3 normal = normal_and_strength(values, normals, n, tex, strength);
#if LIGHT == 1
    return strength < 1.0e-6 ? rgb * HEAD_AMBIENT : head_lit_colour(rgb, normal, toward);
#else
    vec2 open_reach = mix(vec2(1.0), textureLod(light, tex * u_light_scale[n].xyz, 0.0).rg, relief);
    float share = relief * surface_share(strength, u_table_map[n].zw);
    return lit_colour(rgb, normal, share, toward, u_light_world, open_reach);
#endif
#endif
}

vec4 table_colour(sampler3D values, sampler1D table, int n, vec3 tex) {
    return textureLod(table, textureLod(values, tex, 0.0).r * u_table_map[n].x + u_table_map[n].y, 0.0);
}

// The part of the ray inside a volume's box of voxel centres, as lengths from the ray's origin.
vec2 volume_span(int n, vec3 origin, vec3 toward) {
    vec3 tex_origin = (u_tex_from_world[n] * vec4(origin, 1.0)).xyz;
    vec3 tex_toward = mat3(u_tex_from_world[n]) * toward;
    vec3 half_voxel = 0.5 / u_dims[n].xyz;
    vec2 span = box_span(tex_origin, tex_toward, min(half_voxel, 0.4999), max(1.0 - half_voxel, 0.5001));
    return vec2(max(span.x, 0.0), span.y);
}

March march_of(int n, vec3 origin, vec3 toward, float start, vec2 span) {
    March m;
    m.tex = (u_tex_from_world[n] * vec4(origin + toward * start, 1.0)).xyz;
    m.tex_step = mat3(u_tex_from_world[n]) * toward * u_step_m;
    m.block = m.tex * u_dims[n].xyz / BLOCK_EDGE;
    m.block_step = m.tex_step * u_dims[n].xyz / BLOCK_EDGE;
    m.steps_per_block = inverse_step(m.block_step);
    m.first = max(0.0, ceil((span.x - start) / u_step_m));
    m.last = floor((span.y - start) / u_step_m);
    return m;
}

float empty_steps(March m, sampler3D leap, float i) {
#if SKIP == 1
    vec3 place = m.block + m.block_step * i;
    float distance = texelFetch(leap, ivec3(place), 0).r * 255.0;
    return distance > 0.5 ? leap_steps(place, m.steps_per_block, distance) : 0.0;
#else
    return 0.0;
#endif
}

float steps_to_matter(March m, sampler3D leap, float i) {
    float empty = empty_steps(m, leap, i);
    return i < m.first ? m.first - i : i > m.last ? FAR_M : empty;
}

vec2 cut(vec2 span, vec3 origin, vec3 toward) {
    for (int n = 0; n < 6; ++n) span = clip_span(span, origin, toward, u_clip_planes[n]);
    return span;
}

void main() {
    ivec2 pixel = ivec2(u_region_origin_px + (gl_FragCoord.xy - u_region_origin_px) * u_pixels_per_texel);
    vec3 origin = ray_origin_world_m(v_uv), toward = ray_toward(v_uv);
    float stop_m = texelFetch(t_opaque_place, pixel, 0).x * 0.001;
    ivec2 layer_pixel = min(pixel, textureSize(t_layer_0, 0) - 1);  // one texel: there are no layers
    float layer_m = texelFetch(t_layer_0_place, layer_pixel, 0).x * 0.001;
    float layer_next_m = texelFetch(t_layer_1_place, layer_pixel, 0).x * 0.001;
    vec4 layer = texelFetch(t_layer_0, layer_pixel, 0), layer_next = texelFetch(t_layer_1, layer_pixel, 0);
    vec4 sum = vec4(0.0);
    float notable_m = 0.0;
#if VOLUME_COUNT > 0
    vec2 span_0 = volume_span(0, origin, toward);
    float start = span_0.x <= span_0.y ? span_0.x : FAR_M;
#if VOLUME_COUNT > 1
    vec2 span_1 = volume_span(1, origin, toward);
    start = min(start, span_1.x <= span_1.y ? span_1.x : FAR_M);
#endif
    float noise = texelFetch(t_noise, ivec2(gl_FragCoord.xy - u_region_origin_px) & 63, 0).r;
    start += u_step_m * mix(1.0, fract(noise + u_jitter_shift), u_jitter);
    vec2 cut_0 = cut(span_0, origin, toward);
    March m_0 = march_of(0, origin, toward, start, vec2(cut_0.x, min(cut_0.y, stop_m)));
    // The first sample behind a cut shows its value, not a relief: its gradient is not the face's.
    float face_0 = cut_0.x > span_0.x ? m_0.first + FACE_STEPS : -1.0;
    float i = m_0.first, last = m_0.last;
#if VOLUME_COUNT > 1
    vec2 cut_1 = cut(span_1, origin, toward);
    March m_1 = march_of(1, origin, toward, start, vec2(cut_1.x, min(cut_1.y, stop_m)));
    float face_1 = cut_1.x > span_1.x ? m_1.first + FACE_STEPS : -1.0;
    i = m_0.first > m_0.last ? m_1.first : m_1.first > m_1.last ? i : min(i, m_1.first);
    last = max(m_0.first > m_0.last ? -1.0 : last, m_1.first > m_1.last ? -1.0 : m_1.last);
#endif
#if MAXIMUM == 1
    float best = -FAR_M;
#endif
    while (i <= last) {
        float empty;
        do {
#if VOLUME_COUNT > 1
            empty = min(steps_to_matter(m_0, t_leap_0, i), steps_to_matter(m_1, t_leap_1, i));
#else
            empty = empty_steps(m_0, t_leap_0, i);
#endif
            i += empty;
        } while (empty > 0.0 && i <= last);
        if (i > last) break;
#if SHARED_NORMAL
        // Groups stand on a lattice too, so skipping changes no pixel; the half keeps a rough division
        // from falling a whole group back, where the ray would stand for ever.
        i = m_0.first + floor((i - m_0.first + 0.5) / float(GROUP)) * float(GROUP);
        vec4 segment = vec4(0.0);
        vec3 segment_tex = vec3(0.0);    // of the sample that counts most: a mean of places lies behind a surface
        float heaviest = 0.0;
        float relief = step(face_0, i);
#endif
        float at_m;
        for (int turn = 0; turn < GROUP; ++turn) {
            vec3 tex_0 = m_0.tex + m_0.tex_step * i;
#if MAXIMUM == 1
            best = i <= last ? max(best, textureLod(t_values_0, tex_0, 0.0).r) : best;
#else
            at_m = start + i * u_step_m;
#if LAYERS == 1
            if (at_m > layer_m && i <= last) {
                sum += (1.0 - sum.a) * layer;
                layer = layer_next; layer_m = layer_next_m;
                layer_next = vec4(0.0); layer_next_m = FAR_M;
                if (at_m > layer_m) { sum += (1.0 - sum.a) * layer; layer = vec4(0.0); layer_m = FAR_M; }
            }
#endif
#if VOLUME_COUNT > 1
            vec4 c = vec4(0.0);
            if (m_0.first <= i && i <= m_0.last) c = table_colour(t_values_0, t_table_0, 0, tex_0);
            if (c.a > 0.0) c.rgb = c.a * shaded(t_values_0, t_normals_0, t_light_0, 0, c.rgb / c.a, tex_0, toward, step(face_0, i));
            vec3 tex_1 = m_1.tex + m_1.tex_step * i;
            vec4 c_1 = vec4(0.0);
            if (m_1.first <= i && i <= m_1.last) c_1 = table_colour(t_values_1, t_table_1, 1, tex_1);
            if (c_1.a > 0.0) c_1.rgb = c_1.a * shaded(t_values_1, t_normals_1, t_light_1, 1, c_1.rgb / c_1.a, tex_1, toward, step(face_1, i));
            float both = 1.0 - (1.0 - c.a) * (1.0 - c_1.a);
            c = vec4((c.rgb + c_1.rgb) * both / max(c.a + c_1.a, 1.0e-6), both);
            sum += (1.0 - sum.a) * c;
#else
            vec4 c = table_colour(t_values_0, t_table_0, 0, tex_0);
            c *= i <= last && sum.a <= u_stop_opacity ? 1.0 : 0.0;
#if SHARED_NORMAL
            float weight = (1.0 - sum.a) * c.a;
            segment += (1.0 - sum.a) * c;
            if (weight > heaviest) { heaviest = weight; segment_tex = tex_0; }
            sum.a += weight;
#else
            if (c.a > 0.0) c.rgb = c.a * shaded(t_values_0, t_normals_0, t_light_0, 0, c.rgb / c.a, tex_0, toward, step(face_0, i));
            sum += (1.0 - sum.a) * c;
#endif
#endif
#endif
            i += 1.0;
        }
#if SHARED_NORMAL
        if (segment.a > 1.0e-4) {
            sum.rgb += segment.a * shaded(t_values_0, t_normals_0, t_light_0, 0, segment.rgb / segment.a, segment_tex, toward, relief);
        }
#endif
#if MAXIMUM == 0
        if (notable_m == 0.0 && sum.a > NOTABLE_OPACITY) notable_m = at_m;
#endif
        if (sum.a > u_stop_opacity) break;
    }
#if MAXIMUM == 1
    if (best > -FAR_M) sum = textureLod(t_table_0, best * u_table_map[0].x + u_table_map[0].y, 0.0);
#endif
#endif
    if (layer_m < stop_m) sum += (1.0 - sum.a) * layer;
    if (layer_next_m < stop_m) sum += (1.0 - sum.a) * layer_next;
    o_colour = sum;
    o_place = vec4(notable_m > 0.0 ? notable_m * 1000.0 : 1000.0 * min(layer_m, stop_m), 0.0, 0.0, 0.0);
}
