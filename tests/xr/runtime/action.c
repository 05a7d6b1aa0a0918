/* Paths, actions, the profiles they are bound to, and what hands do. */
#include <stdio.h>

#include "runtime.h"

#define PATHS 512
#define BINDINGS 512

static const char *const PROFILES[] = {
    "/interaction_profiles/khr/simple_controller",
    "/interaction_profiles/oculus/touch_controller",
    "/interaction_profiles/ext/hand_interaction_ext",
    "/interaction_profiles/valve/index_controller",
    "/interaction_profiles/htc/vive_controller",
    "/interaction_profiles/microsoft/motion_controller",
};
#define PROFILE_COUNT ((int)(sizeof PROFILES / sizeof *PROFILES))

static char paths[PATHS][PATH_SIZE];
static XrPath path_count = 1;
static struct {
    uint64_t action;
    XrPath path;
    int profile;
} bindings[BINDINGS];
static int binding_count;

/* ---- paths ---- */

void forget_paths(void) { path_count = 1; }

const char *path_name(XrPath path) { return path > 0 && path < path_count ? paths[path] : NULL; }

XrPath path_of(const char *name) {
    for (XrPath k = 1; k < path_count; k++)
        if (!strcmp(paths[k], name)) return k;
    if (path_count >= PATHS) return XR_NULL_PATH;
    snprintf(paths[path_count], PATH_SIZE, "%s", name);
    return path_count++;
}

ENTRY xrStringToPath(XrInstance instance, const char *name, XrPath *path) {
    CALL;
    FIND(found, instance, INSTANCE);
    RULE(name[0] == '/' && strlen(name) < PATH_SIZE, XR_ERROR_PATH_FORMAT_INVALID, "no path");
    *path = path_of(name);
    RULE(*path, XR_ERROR_PATH_COUNT_EXCEEDED, "too many paths");
    return XR_SUCCESS;
}

ENTRY xrPathToString(XrInstance instance, XrPath path, uint32_t capacity, uint32_t *count, char *name) {
    CALL;
    FIND(found, instance, INSTANCE);
    RULE(path_name(path), XR_ERROR_PATH_INVALID, "no such path");
    LIST(capacity, count, name, path_name(path), strlen(path_name(path)) + 1);
    return XR_SUCCESS;
}

/* ---- actions ---- */

ENTRY xrCreateActionSet(XrInstance instance, const XrActionSetCreateInfo *info, XrActionSet *set) {
    CALL;
    FIND(found, instance, INSTANCE);
    TYPED(info, XR_TYPE_ACTION_SET_CREATE_INFO);
    *set = HANDLE(XrActionSet, make_object(ACTION_SET));
    return XR_SUCCESS;
}

ENTRY xrDestroyActionSet(XrActionSet set) {
    CALL;
    FIND(found, set, ACTION_SET);
    drop_object(NUMBER(set));
    return XR_SUCCESS;
}

ENTRY xrCreateAction(XrActionSet set, const XrActionCreateInfo *info, XrAction *action) {
    CALL;
    FIND(found, set, ACTION_SET);
    TYPED(info, XR_TYPE_ACTION_CREATE_INFO);
    RULE(!found->is_attached, XR_ERROR_ACTIONSETS_ALREADY_ATTACHED, "an action after the set was attached");
    uint64_t made = make_object(ACTION);
    find_object(made, ACTION)->action_type = info->actionType;
    *action = HANDLE(XrAction, made);
    return XR_SUCCESS;
}

ENTRY xrDestroyAction(XrAction action) {
    CALL;
    FIND(found, action, ACTION);
    drop_object(NUMBER(action));
    return XR_SUCCESS;
}

void forget_actions(void) { binding_count = 0; }

static int profile_of(XrPath path) {
    for (int k = 0; k < PROFILE_COUNT; k++)
        if (path_name(path) && !strcmp(path_name(path), PROFILES[k])) return k;
    return -1;
}

ENTRY xrSuggestInteractionProfileBindings(
    XrInstance instance, const XrInteractionProfileSuggestedBinding *suggested) {
    CALL;
    FIND(found, instance, INSTANCE);
    TYPED(suggested, XR_TYPE_INTERACTION_PROFILE_SUGGESTED_BINDING);
    int profile = profile_of(suggested->interactionProfile);
    if (profile < 0) return XR_ERROR_PATH_UNSUPPORTED;
    for (uint32_t k = 0; k < suggested->countSuggestedBindings; k++) {
        const XrActionSuggestedBinding *binding = &suggested->suggestedBindings[k];
        FIND(action, binding->action, ACTION);
        RULE(!action->is_attached, XR_ERROR_ACTIONSETS_ALREADY_ATTACHED, "a binding after the set was attached");
        RULE(path_name(binding->binding), XR_ERROR_PATH_INVALID, "no such path");
        RULE(binding_count < BINDINGS, XR_ERROR_LIMIT_REACHED, "too many bindings");
        bindings[binding_count].action = NUMBER(binding->action);
        bindings[binding_count].path = binding->binding;
        bindings[binding_count++].profile = profile;
    }
    return XR_SUCCESS;
}

ENTRY xrAttachSessionActionSets(XrSession session, const XrSessionActionSetsAttachInfo *info) {
    CALL;
    FIND(found, session, SESSION);
    TYPED(info, XR_TYPE_SESSION_ACTION_SETS_ATTACH_INFO);
    RULE(!found->is_attached, XR_ERROR_ACTIONSETS_ALREADY_ATTACHED, "attached before");
    found->is_attached = 1;
    for (uint32_t k = 0; k < info->countActionSets; k++) {
        FIND(set, info->actionSets[k], ACTION_SET);
        set->is_attached = 1;
    }
    XrEventDataInteractionProfileChanged event = {
        .type = XR_TYPE_EVENT_DATA_INTERACTION_PROFILE_CHANGED, .session = session};
    push_event(&event, sizeof event);
    return XR_SUCCESS;
}

ENTRY xrGetCurrentInteractionProfile(XrSession session, XrPath hand, XrInteractionProfileState *state) {
    CALL;
    FIND(found, session, SESSION);
    TYPED(state, XR_TYPE_INTERACTION_PROFILE_STATE);
    RULE(found->is_attached, XR_ERROR_ACTIONSET_NOT_ATTACHED, "no set is attached");
    RULE(path_name(hand), XR_ERROR_PATH_INVALID, "no such path");
    int has_profile = S->profile >= 0 && S->profile < PROFILE_COUNT;
    state->interactionProfile = has_profile ? path_of(PROFILES[S->profile]) : XR_NULL_PATH;
    return XR_SUCCESS;
}

int is_focused(void) { return S->state == XR_SESSION_STATE_FOCUSED; }

ENTRY xrSyncActions(XrSession session, const XrActionsSyncInfo *info) {
    CALL;
    FIND(found, session, SESSION);
    TYPED(info, XR_TYPE_ACTIONS_SYNC_INFO);
    if (is_lost) return XR_ERROR_SESSION_LOST;
    RULE(found->is_attached, XR_ERROR_ACTIONSET_NOT_ATTACHED, "no set is attached");
    return is_focused() ? XR_SUCCESS : XR_SESSION_NOT_FOCUSED;
}

/* ---- states ---- */

const char *bound_path(uint64_t action, XrPath hand) {
    const char *side = path_name(hand);
    for (int k = 0; k < binding_count; k++) {
        if (bindings[k].action != action || bindings[k].profile != S->profile) continue;
        const char *path = path_name(bindings[k].path);
        if (!side || !strncmp(path, side, strlen(side))) return path;
    }
    return NULL;
}

static float value_of(const XrActionStateGetInfo *info, int axis, XrBool32 *is_active) {
    const char *path = is_focused() ? bound_path(NUMBER(info->action), info->subactionPath) : NULL;
    *is_active = XR_FALSE;
    if (!path) return 0;
    const ScriptHand *hand = &S->hands[strstr(path, "/right/") != NULL];
    if (!hand->is_active) return 0;
    *is_active = XR_TRUE;
    if (strstr(path, "trigger") || strstr(path, "pinch")) return hand->trigger;
    if (strstr(path, "squeeze") || strstr(path, "grasp")) return hand->squeeze;
    if (strstr(path, "thumbstick") || strstr(path, "trackpad")) {
        if (strstr(path, "click")) return (float)hand->button;
        return hand->stick[strstr(path, "/y") ? 1 : axis];
    }
    if (strstr(path, "select")) return (float)hand->select;
    if (strstr(path, "menu") || strstr(path, "/b/") || strstr(path, "/y/")) return (float)hand->menu;
    return (float)hand->button;
}

#define ACTION_OF(info, kind)                                                                      \
    FIND(session_, session, SESSION);                                                              \
    FIND(action_, (info)->action, ACTION);                                                         \
    RULE(action_->action_type == (kind), XR_ERROR_ACTION_TYPE_MISMATCH, "an action of another type")

ENTRY xrGetActionStateBoolean(XrSession session, const XrActionStateGetInfo *info, XrActionStateBoolean *state) {
    CALL;
    ACTION_OF(info, XR_ACTION_TYPE_BOOLEAN_INPUT);
    TYPED(state, XR_TYPE_ACTION_STATE_BOOLEAN);
    state->currentState = value_of(info, 0, &state->isActive) > 0.5f;
    return XR_SUCCESS;
}

ENTRY xrGetActionStateFloat(XrSession session, const XrActionStateGetInfo *info, XrActionStateFloat *state) {
    CALL;
    ACTION_OF(info, XR_ACTION_TYPE_FLOAT_INPUT);
    TYPED(state, XR_TYPE_ACTION_STATE_FLOAT);
    state->currentState = value_of(info, 0, &state->isActive);
    return XR_SUCCESS;
}

ENTRY xrGetActionStateVector2f(XrSession session, const XrActionStateGetInfo *info, XrActionStateVector2f *state) {
    CALL;
    ACTION_OF(info, XR_ACTION_TYPE_VECTOR2F_INPUT);
    TYPED(state, XR_TYPE_ACTION_STATE_VECTOR2F);
    state->currentState.x = value_of(info, 0, &state->isActive);
    state->currentState.y = value_of(info, 1, &state->isActive);
    return XR_SUCCESS;
}

ENTRY xrGetActionStatePose(XrSession session, const XrActionStateGetInfo *info, XrActionStatePose *state) {
    CALL;
    ACTION_OF(info, XR_ACTION_TYPE_POSE_INPUT);
    TYPED(state, XR_TYPE_ACTION_STATE_POSE);
    value_of(info, 0, &state->isActive);
    return XR_SUCCESS;
}

ENTRY xrApplyHapticFeedback(XrSession session, const XrHapticActionInfo *info, const XrHapticBaseHeader *feedback) {
    CALL;
    ACTION_OF(info, XR_ACTION_TYPE_VIBRATION_OUTPUT);
    TYPED(feedback, XR_TYPE_HAPTIC_VIBRATION);
    if (!is_focused()) return XR_SESSION_NOT_FOCUSED;
    S->haptics++;
    return XR_SUCCESS;
}

ENTRY xrStopHapticFeedback(XrSession session, const XrHapticActionInfo *info) {
    CALL;
    ACTION_OF(info, XR_ACTION_TYPE_VIBRATION_OUTPUT);
    return XR_SUCCESS;
}

ENTRY xrEnumerateBoundSourcesForAction(
    XrSession session, const XrBoundSourcesForActionEnumerateInfo *info, uint32_t capacity, uint32_t *count, XrPath *out) {
    CALL;
    FIND(found, session, SESSION);
    FIND(action, info->action, ACTION);
    XrPath bound[BINDINGS];
    size_t bound_count = 0;
    for (int k = 0; k < binding_count; k++)
        if (bindings[k].action == NUMBER(info->action) && bindings[k].profile == S->profile)
            bound[bound_count++] = bindings[k].path;
    LIST(capacity, count, out, bound, bound_count);
    return XR_SUCCESS;
}
