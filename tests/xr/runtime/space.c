/* Spaces, views, joints of hands, and what of the display is hidden. */
#include <math.h>

#include "runtime.h"

ENTRY xrEnumerateReferenceSpaces(XrSession session, uint32_t capacity, uint32_t *count, XrReferenceSpaceType *types) {
    CALL;
    FIND(found, session, SESSION);
    static const XrReferenceSpaceType ALL[] = {
        XR_REFERENCE_SPACE_TYPE_VIEW, XR_REFERENCE_SPACE_TYPE_LOCAL, LOCAL_FLOOR, XR_REFERENCE_SPACE_TYPE_STAGE};
    LIST(capacity, count, types, ALL, S->has_stage ? 4 : 3);
    return XR_SUCCESS;
}

ENTRY xrCreateReferenceSpace(XrSession session, const XrReferenceSpaceCreateInfo *info, XrSpace *space) {
    CALL;
    FIND(found, session, SESSION);
    TYPED(info, XR_TYPE_REFERENCE_SPACE_CREATE_INFO);
    RULE(is_unit(info->poseInReferenceSpace.orientation), XR_ERROR_POSE_INVALID, "the orientation is no unit quaternion");
    if (info->referenceSpaceType == XR_REFERENCE_SPACE_TYPE_STAGE && !S->has_stage)
        return XR_ERROR_REFERENCE_SPACE_UNSUPPORTED;
    uint64_t made = make_object(SPACE);
    Object *object = find_object(made, SPACE);
    object->reference = info->referenceSpaceType;
    object->offset = info->poseInReferenceSpace;
    *space = HANDLE(XrSpace, made);
    return XR_SUCCESS;
}

ENTRY xrGetReferenceSpaceBoundsRect(XrSession session, XrReferenceSpaceType type, XrExtent2Df *bounds) {
    CALL;
    FIND(found, session, SESSION);
    int is_stage = type == XR_REFERENCE_SPACE_TYPE_STAGE && S->has_stage;
    *bounds = is_stage ? (XrExtent2Df){3, 3} : (XrExtent2Df){0, 0};
    return is_stage ? XR_SUCCESS : XR_SPACE_BOUNDS_UNAVAILABLE;
}

ENTRY xrCreateActionSpace(XrSession session, const XrActionSpaceCreateInfo *info, XrSpace *space) {
    CALL;
    FIND(found, session, SESSION);
    TYPED(info, XR_TYPE_ACTION_SPACE_CREATE_INFO);
    FIND(action, info->action, ACTION);
    RULE(action->action_type == XR_ACTION_TYPE_POSE_INPUT, XR_ERROR_ACTION_TYPE_MISMATCH, "no pose action");
    RULE(is_unit(info->poseInActionSpace.orientation), XR_ERROR_POSE_INVALID, "the orientation is no unit quaternion");
    uint64_t made = make_object(SPACE);
    Object *object = find_object(made, SPACE);
    object->action = NUMBER(info->action);
    object->hand = info->subactionPath;
    object->offset = info->poseInActionSpace;
    *space = HANDLE(XrSpace, made);
    return XR_SUCCESS;
}

ENTRY xrDestroySpace(XrSpace space) {
    CALL;
    FIND(found, space, SPACE);
    drop_object(NUMBER(space));
    return XR_SUCCESS;
}

ENTRY xrLocateSpace(XrSpace space, XrSpace base, XrTime time, XrSpaceLocation *location) {
    CALL;
    FIND(of, space, SPACE);
    FIND(in, base, SPACE);
    TYPED(location, XR_TYPE_SPACE_LOCATION);
    RULE(time > 0, XR_ERROR_TIME_INVALID, "a time of 0");
    XrPosef of_pose, in_pose;
    XrSpaceLocationFlags of_flags, in_flags;
    location->locationFlags = 0;
    location->pose = (XrPosef){{NAN, NAN, NAN, NAN}, {NAN, NAN, NAN}}; /* undefined where no bit is set */
    if (!space_at(of, time, &of_pose, &of_flags) || !space_at(in, time, &in_pose, &in_flags)) return XR_SUCCESS;
    location->locationFlags = of_flags & in_flags;
    if (location->locationFlags) location->pose = composed(inverted(in_pose), of_pose);
    return XR_SUCCESS;
}

ENTRY xrLocateViews(
    XrSession session, const XrViewLocateInfo *info, XrViewState *state, uint32_t capacity, uint32_t *count, XrView *views) {
    CALL;
    FIND(found, session, SESSION);
    TYPED(info, XR_TYPE_VIEW_LOCATE_INFO);
    TYPED(state, XR_TYPE_VIEW_STATE);
    FIND(in, info->space, SPACE);
    RULE(info->displayTime > 0, XR_ERROR_TIME_INVALID, "a time of 0");
    *count = 2;
    if (!capacity) return XR_SUCCESS;
    RULE(capacity >= 2, XR_ERROR_SIZE_INSUFFICIENT, "too small");
    XrPosef base;
    XrSpaceLocationFlags flags;
    state->viewStateFlags = space_at(in, info->displayTime, &base, &flags) ? S->head.flags : 0;
    for (int eye = 0; eye < 2; eye++) {
        TYPED(&views[eye], XR_TYPE_VIEW);
        const float *fov = S->fov[eye];
        views[eye].fov = (XrFovf){fov[0], fov[1], fov[2], fov[3]};
        views[eye].pose = (XrPosef){{NAN, NAN, NAN, NAN}, {NAN, NAN, NAN}};
        if (state->viewStateFlags) views[eye].pose = composed(inverted(base), eye_at(eye, info->displayTime));
    }
    return XR_SUCCESS;
}

/* ---- hands ---- */

ENTRY xrCreateHandTrackerEXT(XrSession session, const XrHandTrackerCreateInfoEXT *info, XrHandTrackerEXT *tracker) {
    CALL;
    FIND(found, session, SESSION);
    TYPED(info, XR_TYPE_HAND_TRACKER_CREATE_INFO_EXT);
    if (!S->tracks_hands) return XR_ERROR_FEATURE_UNSUPPORTED;
    uint64_t made = make_object(TRACKER);
    find_object(made, TRACKER)->is_right = info->hand == XR_HAND_RIGHT_EXT;
    *tracker = HANDLE(XrHandTrackerEXT, made);
    return XR_SUCCESS;
}

ENTRY xrDestroyHandTrackerEXT(XrHandTrackerEXT tracker) {
    CALL;
    FIND(found, tracker, TRACKER);
    drop_object(NUMBER(tracker));
    return XR_SUCCESS;
}

/* An open hand as a grid of fingers; thumb and index finger are `pinch_gap` apart at their tips. */
static XrPosef joint_in_grip(uint32_t joint, float pinch_gap) {
    if (joint == XR_HAND_JOINT_THUMB_TIP_EXT) return (XrPosef){{0, 0, 0, 1}, {-0.5f * pinch_gap, 0.02f, -0.08f}};
    if (joint == XR_HAND_JOINT_INDEX_TIP_EXT) return (XrPosef){{0, 0, 0, 1}, {0.5f * pinch_gap, 0.02f, -0.08f}};
    return (XrPosef){{0, 0, 0, 1}, {0.01f * (float)(joint % 5), 0, -0.02f * (float)(joint / 5)}};
}

ENTRY xrLocateHandJointsEXT(
    XrHandTrackerEXT tracker, const XrHandJointsLocateInfoEXT *info, XrHandJointLocationsEXT *locations) {
    CALL;
    FIND(found, tracker, TRACKER);
    TYPED(info, XR_TYPE_HAND_JOINTS_LOCATE_INFO_EXT);
    TYPED(locations, XR_TYPE_HAND_JOINT_LOCATIONS_EXT);
    FIND(in, info->baseSpace, SPACE);
    RULE(locations->jointCount == JOINTS, XR_ERROR_VALIDATION_FAILURE, "not 26 joints");
    const ScriptHand *hand = &S->hands[found->is_right];
    XrPosef base;
    XrSpaceLocationFlags flags;
    int is_known = space_at(in, info->time, &base, &flags) && hand->is_active;
    locations->isActive = is_known ? XR_TRUE : XR_FALSE;
    XrPosef grip = pose_at(&hand->grip, info->time);
    for (uint32_t joint = 0; joint < locations->jointCount; joint++) {
        XrHandJointLocationEXT *location = &locations->jointLocations[joint];
        location->radius = 0.01f;
        location->locationFlags = is_known ? (XrSpaceLocationFlags)hand->joints_flags : 0;
        location->pose = composed(inverted(base), composed(grip, joint_in_grip(joint, hand->pinch_gap)));
        if (hand->joints_are_nan || !location->locationFlags) location->pose.position.x = NAN;
    }
    return XR_SUCCESS;
}

/* ---- what of the display nobody sees: the upper corner on the outer side ---- */

ENTRY xrGetVisibilityMaskKHR(
    XrSession session, XrViewConfigurationType type, uint32_t view, XrVisibilityMaskTypeKHR kind, XrVisibilityMaskKHR *mask) {
    CALL;
    FIND(found, session, SESSION);
    (void)type;
    TYPED(mask, XR_TYPE_VISIBILITY_MASK_KHR);
    RULE(view < 2, XR_ERROR_VALIDATION_FAILURE, "no such view");
    RULE(kind == XR_VISIBILITY_MASK_TYPE_HIDDEN_TRIANGLE_MESH_KHR, XR_ERROR_VALIDATION_FAILURE, "only the hidden mesh");
    mask->vertexCountOutput = mask->indexCountOutput = 3;
    if (!mask->vertexCapacityInput && !mask->indexCapacityInput) return XR_SUCCESS;
    RULE(mask->vertexCapacityInput >= 3 && mask->indexCapacityInput >= 3, XR_ERROR_SIZE_INSUFFICIENT, "too small");
    const float *fov = S->fov[view];
    float outer = tanf(view ? fov[1] : fov[0]), inward = view ? -0.3f : 0.3f, top = tanf(fov[2]);
    XrVector2f corner[] = {{outer, top}, {outer + inward, top}, {outer, top - 0.3f}};
    uint32_t order[2][3] = {{0, 2, 1}, {0, 1, 2}}; /* counter-clockwise as the eye sees it */
    memcpy(mask->vertices, corner, sizeof corner);
    memcpy(mask->indices, order[view], sizeof order[view]);
    return XR_SUCCESS;
}
