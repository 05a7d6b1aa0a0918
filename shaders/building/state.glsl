// state.glsl - what a person did to an element: one texel, alpha holds flags.
// Needs: nothing.   Gives: element_state(element) -> rgb paint, a flags as a whole number;
// has_flag(flags, flag), and the flags of `element_state.py`.
// CPU twin: metaviewer/render/element_state.py.   Held together by tests/gl/test_building_glsl.py.
#define VISIBLE 1
#define GHOST 2
#define SELECTED 4
#define PAINTED 8
#define LIVE 16
#define HOLLOW 32
uniform samplerBuffer t_state;

vec4 element_state(int element) {
    vec4 texel = texelFetch(t_state, element);
    return vec4(texel.rgb, floor(texel.a * 255.0 + 0.5));
}

bool has_flag(float flags, int flag) {
    return (int(flags) & flag) != 0;
}
