/* Refresh rates, and the world behind the picture. */
#include "runtime.h"

static const float RATES[] = {72, 90, 120};

ENTRY xrEnumerateDisplayRefreshRatesFB(XrSession session, uint32_t capacity, uint32_t *count, float *rates) {
    CALL;
    FIND(found, session, SESSION);
    LIST(capacity, count, rates, RATES, 3);
    return XR_SUCCESS;
}

ENTRY xrGetDisplayRefreshRateFB(XrSession session, float *rate) {
    CALL;
    FIND(found, session, SESSION);
    *rate = 1e9f / (float)S->period_ns;
    return XR_SUCCESS;
}

ENTRY xrRequestDisplayRefreshRateFB(XrSession session, float rate) {
    CALL;
    FIND(found, session, SESSION);
    RULE(rate == 0 || rate == RATES[0] || rate == RATES[1] || rate == RATES[2],
         XR_ERROR_DISPLAY_REFRESH_RATE_UNSUPPORTED_FB, "a rate that is not listed");
    if (rate > 0) S->period_ns = (int64_t)(1e9f / rate);
    return XR_SUCCESS;
}

ENTRY xrCreatePassthroughFB(XrSession session, const XrPassthroughCreateInfoFB *info, XrPassthroughFB *passthrough) {
    CALL;
    FIND(found, session, SESSION);
    TYPED(info, XR_TYPE_PASSTHROUGH_CREATE_INFO_FB);
    *passthrough = HANDLE(XrPassthroughFB, make_object(PASSTHROUGH));
    return XR_SUCCESS;
}

ENTRY xrDestroyPassthroughFB(XrPassthroughFB passthrough) {
    CALL;
    FIND(found, passthrough, PASSTHROUGH);
    drop_object(NUMBER(passthrough));
    return XR_SUCCESS;
}

ENTRY xrPassthroughStartFB(XrPassthroughFB passthrough) {
    CALL;
    FIND(found, passthrough, PASSTHROUGH);
    return XR_SUCCESS;
}

ENTRY xrPassthroughPauseFB(XrPassthroughFB passthrough) {
    CALL;
    FIND(found, passthrough, PASSTHROUGH);
    return XR_SUCCESS;
}

ENTRY xrCreatePassthroughLayerFB(
    XrSession session, const XrPassthroughLayerCreateInfoFB *info, XrPassthroughLayerFB *layer) {
    CALL;
    FIND(found, session, SESSION);
    TYPED(info, XR_TYPE_PASSTHROUGH_LAYER_CREATE_INFO_FB);
    FIND(passthrough, info->passthrough, PASSTHROUGH);
    *layer = HANDLE(XrPassthroughLayerFB, make_object(PASSTHROUGH_LAYER));
    return XR_SUCCESS;
}

ENTRY xrDestroyPassthroughLayerFB(XrPassthroughLayerFB layer) {
    CALL;
    FIND(found, layer, PASSTHROUGH_LAYER);
    drop_object(NUMBER(layer));
    return XR_SUCCESS;
}

ENTRY xrPassthroughLayerResumeFB(XrPassthroughLayerFB layer) {
    CALL;
    FIND(found, layer, PASSTHROUGH_LAYER);
    return XR_SUCCESS;
}

ENTRY xrPassthroughLayerPauseFB(XrPassthroughLayerFB layer) {
    CALL;
    FIND(found, layer, PASSTHROUGH_LAYER);
    return XR_SUCCESS;
}
