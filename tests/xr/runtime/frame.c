/* Frames: wait, begin, end, in this order, and what was in them. */
#include <time.h>

#include "runtime.h"

static int is_waited, is_begun, frames_of_session;
static XrTime last_wait, waited_for, begun_for;

void forget_frames(void) {
    is_waited = is_begun = frames_of_session = 0;
    last_wait = waited_for = begun_for = 0;
}

static void sleep_until(XrTime time) {
    XrTime left = time - now_ns();
    if (left <= 0) return;
    struct timespec pause = {left / 1000000000, left % 1000000000};
    nanosleep(&pause, NULL);
}

static int may_render(void) {
    return S->may_render && (S->state == XR_SESSION_STATE_VISIBLE || S->state == XR_SESSION_STATE_FOCUSED);
}

#define LIVES(session)                                                                             \
    FIND(found_, session, SESSION);                                                                \
    if (is_lost) return XR_ERROR_SESSION_LOST;                                                     \
    RULE(S->is_running, XR_ERROR_SESSION_NOT_RUNNING, "the session does not run")

ENTRY xrWaitFrame(XrSession session, const XrFrameWaitInfo *info, XrFrameState *state) {
    CALL;
    (void)info;
    LIVES(session);
    TYPED(state, XR_TYPE_FRAME_STATE);
    RULE(!is_waited, XR_ERROR_CALL_ORDER_INVALID, "a second wait before the begin would block for ever");
    S->waits++;
    XrTime next = last_wait + S->period_ns;
    if (S->keeps_time && last_wait) sleep_until(next);
    last_wait = S->keeps_time || !last_wait ? now_ns() : next;
    waited_for = last_wait + S->period_ns;
    if (S->time_runs_back) waited_for -= 2 * S->period_ns;
    is_waited = 1;
    state->predictedDisplayTime = waited_for;
    state->predictedDisplayPeriod = S->period_ns;
    state->shouldRender = may_render() ? XR_TRUE : XR_FALSE;
    return XR_SUCCESS;
}

ENTRY xrBeginFrame(XrSession session, const XrFrameBeginInfo *info) {
    __attribute__((cleanup(leave_call))) int held = enter_call(__func__);
    (void)info;
    XrResult told;
    int is_told = begins_to_fail(__func__, &told);
    if (is_told && told < 0) return told;
    LIVES(session);
    RULE(is_waited, XR_ERROR_CALL_ORDER_INVALID, "a begin without a wait");
    is_waited = 0;
    begun_for = waited_for;
    S->begins++;
    if (is_begun) {
        S->discarded++;
        return XR_FRAME_DISCARDED;
    }
    is_begun = 1;
    return is_told ? told : XR_SUCCESS; /* a success that is none is told of a frame that did begin */
}

static void keep_pose(ScriptPose *kept, XrPosef pose) {
    memcpy(kept->orientation, &pose.orientation, sizeof kept->orientation);
    memcpy(kept->position, &pose.position, sizeof kept->position);
}

static XrResult keep_depth(const XrBaseInStructure *next, ScriptLayer *layer) {
    for (; next; next = next->next) {
        if (next->type != XR_TYPE_COMPOSITION_LAYER_DEPTH_INFO_KHR) continue;
        const XrCompositionLayerDepthInfoKHR *depth = (const void *)next;
        RULE(depth->minDepth >= 0 && depth->maxDepth <= 1 && depth->minDepth < depth->maxDepth,
             XR_ERROR_VALIDATION_FAILURE, "a span of depth beyond 0 to 1");
        RULE(find_object(NUMBER(depth->subImage.swapchain), SWAPCHAIN), XR_ERROR_HANDLE_INVALID, "no such depth chain");
        layer->has_depth++;
    }
    return XR_SUCCESS;
}

static XrResult keep_projection(const XrCompositionLayerProjection *projection, ScriptLayer *layer, int index) {
    RULE(projection->viewCount == 2, XR_ERROR_VALIDATION_FAILURE, "not two views");
    FIND(space, projection->space, SPACE);
    XrPosef base;
    XrSpaceLocationFlags flags;
    int is_known = space_at(space, begun_for, &base, &flags);
    for (int view = 0; view < 2; view++) {
        const XrCompositionLayerProjectionView *shown = &projection->views[view];
        TYPED(shown, XR_TYPE_COMPOSITION_LAYER_PROJECTION_VIEW);
        RULE(is_unit(shown->pose.orientation), XR_ERROR_POSE_INVALID, "an orientation that is no unit quaternion");
        keep_pose(&layer->pose[view], shown->pose);
        if (is_known) keep_pose(&layer->predicted[view], composed(inverted(base), eye_at(view, begun_for)));
        memcpy(layer->fov[view], &shown->fov, sizeof layer->fov[view]);
        XrResult result = keep_depth(shown->next, layer);
        if (result == XR_SUCCESS) result = keep_image(&shown->subImage, layer, index, view);
        if (result != XR_SUCCESS) return result;
    }
    return XR_SUCCESS;
}

static XrResult keep_quad(const XrCompositionLayerQuad *quad, ScriptLayer *layer, int index) {
    RULE(is_unit(quad->pose.orientation), XR_ERROR_POSE_INVALID, "an orientation that is no unit quaternion");
    RULE(quad->size.width > 0 && quad->size.height > 0, XR_ERROR_LAYER_INVALID, "a quad without a size");
    layer->size_m[0] = quad->size.width;
    layer->size_m[1] = quad->size.height;
    keep_pose(&layer->pose[0], quad->pose);
    return keep_image(&quad->subImage, layer, index, 0);
}

static XrResult keep_passthrough(const XrCompositionLayerPassthroughFB *passthrough) {
    RULE(find_object(NUMBER(passthrough->layerHandle), PASSTHROUGH_LAYER), XR_ERROR_HANDLE_INVALID, "no such layer");
    return XR_SUCCESS;
}

static XrResult keep_layer(const XrCompositionLayerBaseHeader *shown, int index) {
    ScriptLayer *layer = &S->layers[index];
    *layer = (ScriptLayer){.type = shown->type, .flags = (uint32_t)shown->layerFlags};
    if (shown->type == XR_TYPE_COMPOSITION_LAYER_PASSTHROUGH_FB) return keep_passthrough((const void *)shown);
    FIND(space, shown->space, SPACE);
    layer->space = (int32_t)space->reference;
    if (shown->type == XR_TYPE_COMPOSITION_LAYER_PROJECTION) return keep_projection((const void *)shown, layer, index);
    if (shown->type == XR_TYPE_COMPOSITION_LAYER_QUAD) return keep_quad((const void *)shown, layer, index);
    return violated(XR_ERROR_LAYER_INVALID, __func__, "a type of layer that was not asked for");
}

static int has_blend_mode(XrEnvironmentBlendMode mode) {
    for (int k = 0; k < S->blend_mode_count; k++)
        if (S->blend_modes[k] == (int)mode) return 1;
    return 0;
}

ENTRY xrEndFrame(XrSession session, const XrFrameEndInfo *info) {
    CALL;
    LIVES(session);
    TYPED(info, XR_TYPE_FRAME_END_INFO);
    RULE(is_begun, XR_ERROR_CALL_ORDER_INVALID, "an end without a begin");
    RULE(info->displayTime == begun_for, XR_ERROR_TIME_INVALID, "not the time of this frame");
    RULE(has_blend_mode(info->environmentBlendMode), XR_ERROR_ENVIRONMENT_BLEND_MODE_UNSUPPORTED, "not listed");
    RULE(info->layerCount <= LAYERS, XR_ERROR_LAYER_LIMIT_EXCEEDED, "too many layers");
    is_begun = 0;
    S->ends++;
    S->layer_count = 0;
    S->display_time = info->displayTime;
    S->blend_mode = (int32_t)info->environmentBlendMode;
    for (uint32_t k = 0; k < info->layerCount; k++) {
        RULE(info->layers[k], XR_ERROR_LAYER_INVALID, "no layer where one was counted");
        XrResult result = keep_layer(info->layers[k], (int)k);
        if (result != XR_SUCCESS) return result;
        S->layer_count++;
    }
    if (info->layerCount) S->frames_with_layers++;
    if (!frames_of_session++) {
        change_state(XR_SESSION_STATE_SYNCHRONIZED);
        change_state(XR_SESSION_STATE_VISIBLE);
        change_state(XR_SESSION_STATE_FOCUSED);
    }
    foul();
    return XR_SUCCESS;
}
