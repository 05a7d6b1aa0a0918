#version 330
// composite.frag - one picture out of the passes of one view, in linear light, then the curve once.
// Needs: the passes' textures; while something moves both volumes and the rest may be coarser.
// Gives: display sRGB.   CPU twin: metaviewer/render/colour.py.   Held together by tests/gl.
#pragma include "common/colour.glsl"
uniform sampler2D t_opaque, t_opaque_place;
uniform sampler2D t_volume, t_volume_place;
uniform sampler2D t_glass, t_glass_sums;
uniform sampler2D t_shade;          // r: light that reaches the point (1 open), g: edge ink (0 none)
uniform vec4 u_scene_px;            // left, bottom, width, height of the view in the passes but volumes
uniform float u_is_coarse;          // 1 where that is fewer pixels than the picture has
uniform vec2 u_volume_scale;        // volume texels per picture pixel; (0, 0): no volume pass
uniform vec2 u_region_origin_px;
uniform vec3 u_backdrop_low, u_backdrop_high;   // linear; display sRGB in the diagnostic look
uniform float u_has_glass, u_has_shade, u_display_space;
in vec2 v_uv;
layout(location = 0) out vec4 o_colour;

vec4 over(vec4 front, vec4 back) {
    return front + (1.0 - front.a) * back;
}

vec4 smooth_opaque() {
    vec2 inside = clamp(v_uv * u_scene_px.zw, vec2(0.5), u_scene_px.zw - 0.5);
    return texture(t_opaque, (u_scene_px.xy + inside) / vec2(textureSize(t_opaque, 0)));
}

vec4 opaque_colour(ivec2 pixel) {
    vec4 solid = u_is_coarse > 0.5 ? smooth_opaque() : texelFetch(t_opaque, pixel, 0);
    if (u_has_shade > 0.5) {
        vec2 shade = texelFetch(t_shade, pixel, 0).rg;
        solid.rgb *= shade.r * (1.0 - shade.g);
    }
    return over(solid, vec4(mix(u_backdrop_low, u_backdrop_high, v_uv.y), 1.0));
}

vec4 glass_colour(ivec2 pixel, out float eye_mm) {
    vec4 sum = texelFetch(t_glass, pixel, 0);
    vec2 sums = texelFetch(t_glass_sums, pixel, 0).xy;
    eye_mm = sums.y / max(sums.x, 1.0e-6);
    float opacity = 1.0 - sum.a;
    return vec4(sum.rgb / max(sums.x, 1.0e-6) * opacity, opacity);
}

void main() {
    ivec2 pixel = ivec2(u_scene_px.xy + v_uv * u_scene_px.zw);
    vec4 picture = opaque_colour(pixel);
    vec4 volume = vec4(0.0);
    float volume_mm = 0.0;
    if (u_volume_scale.x > 0.0) {
        vec2 texel = u_region_origin_px + (gl_FragCoord.xy - u_region_origin_px) * u_volume_scale;
        volume = texture(t_volume, texel / vec2(textureSize(t_volume, 0)));
        volume_mm = texelFetch(t_volume_place, ivec2(texel), 0).x;
    }
    if (u_has_glass > 0.5) {
        float glass_mm;
        vec4 glass = glass_colour(pixel, glass_mm);
        picture = glass_mm < volume_mm ? over(glass, over(volume, picture)) : over(volume, over(glass, picture));
    } else {
        picture = over(volume, picture);
    }
    vec3 shown = u_display_space > 0.5 ? picture.rgb : srgb_from_linear(filmic(picture.rgb));
    o_colour = vec4(shown, 1.0);
}
