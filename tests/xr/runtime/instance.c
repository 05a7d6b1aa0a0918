/* Instance, system, extensions, and what kinds of views there are. */
#include <stdio.h>

#include "runtime.h"

static const char *const EXTENSIONS[] = {
    "XR_KHR_opengl_enable",
    "XR_MNDX_egl_enable",
    "XR_KHR_composition_layer_depth",
    "XR_EXT_hand_tracking",
    "XR_EXT_hand_interaction",
    "XR_EXT_local_floor",
    "XR_KHR_visibility_mask",
    "XR_FB_display_refresh_rate",
    "XR_FB_passthrough",
};
#define EXTENSION_COUNT (sizeof EXTENSIONS / sizeof *EXTENSIONS)

static int is_offered(const char *name) {
    for (size_t k = 0; k < EXTENSION_COUNT; k++)
        if (!strcmp(EXTENSIONS[k], name)) return !(S->withheld >> k & 1);
    return 0;
}

ENTRY xrEnumerateInstanceExtensionProperties(
    const char *layer, uint32_t capacity, uint32_t *count, XrExtensionProperties *properties) {
    CALL;
    (void)layer;
    *count = 0;
    for (size_t k = 0; k < EXTENSION_COUNT; k++) {
        if (!is_offered(EXTENSIONS[k])) continue;
        if (capacity) {
            RULE(*count < capacity, XR_ERROR_SIZE_INSUFFICIENT, "too small");
            snprintf(properties[*count].extensionName, XR_MAX_EXTENSION_NAME_SIZE, "%s", EXTENSIONS[k]);
            properties[*count].extensionVersion = 1;
        }
        ++*count;
    }
    return XR_SUCCESS;
}

ENTRY xrCreateInstance(const XrInstanceCreateInfo *info, XrInstance *instance) {
    CALL;
    TYPED(info, XR_TYPE_INSTANCE_CREATE_INFO);
    RULE(!count_alive(INSTANCE), XR_ERROR_LIMIT_REACHED, "one instance a process");
    if (XR_VERSION_MAJOR(info->applicationInfo.apiVersion) != 1) return XR_ERROR_API_VERSION_UNSUPPORTED;
    for (uint32_t k = 0; k < info->enabledExtensionCount; k++)
        if (!is_offered(info->enabledExtensionNames[k])) return XR_ERROR_EXTENSION_NOT_PRESENT;
    *instance = HANDLE(XrInstance, make_object(INSTANCE));
    return XR_SUCCESS;
}

ENTRY xrDestroyInstance(XrInstance instance) {
    CALL;
    FIND(found, instance, INSTANCE);
    forget_session();
    drop_all(ACTION);
    drop_all(ACTION_SET);
    forget_actions();
    forget_paths();
    forget_events();
    forget_recentring();
    drop_object(NUMBER(instance));
    return XR_SUCCESS;
}

ENTRY xrGetInstanceProperties(XrInstance instance, XrInstanceProperties *properties) {
    CALL;
    FIND(found, instance, INSTANCE);
    properties->runtimeVersion = XR_MAKE_VERSION(0, 1, 0);
    snprintf(properties->runtimeName, XR_MAX_RUNTIME_NAME_SIZE, "scripted runtime");
    return XR_SUCCESS;
}

ENTRY xrResultToString(XrInstance instance, XrResult result, char *text) {
    CALL;
    FIND(found, instance, INSTANCE);
    snprintf(text, XR_MAX_RESULT_STRING_SIZE, "XR_RESULT_%d", result);
    return XR_SUCCESS;
}

ENTRY xrStructureTypeToString(XrInstance instance, XrStructureType type, char *text) {
    CALL;
    FIND(found, instance, INSTANCE);
    snprintf(text, XR_MAX_STRUCTURE_NAME_SIZE, "XR_TYPE_%d", type);
    return XR_SUCCESS;
}

ENTRY xrGetSystem(XrInstance instance, const XrSystemGetInfo *info, XrSystemId *system) {
    CALL;
    FIND(found, instance, INSTANCE);
    TYPED(info, XR_TYPE_SYSTEM_GET_INFO);
    if (info->formFactor != XR_FORM_FACTOR_HEAD_MOUNTED_DISPLAY) return XR_ERROR_FORM_FACTOR_UNSUPPORTED;
    if (!S->has_headset) return XR_ERROR_FORM_FACTOR_UNAVAILABLE;
    *system = 1;
    return XR_SUCCESS;
}

ENTRY xrGetSystemProperties(XrInstance instance, XrSystemId system, XrSystemProperties *properties) {
    CALL;
    FIND(found, instance, INSTANCE);
    RULE(system == 1, XR_ERROR_SYSTEM_INVALID, "no such system");
    properties->systemId = system;
    properties->vendorId = 0x51;
    snprintf(properties->systemName, XR_MAX_SYSTEM_NAME_SIZE, "scripted headset");
    properties->graphicsProperties = (XrSystemGraphicsProperties){4096, 4096, LAYERS};
    properties->trackingProperties = (XrSystemTrackingProperties){XR_TRUE, XR_TRUE};
    for (XrBaseOutStructure *next = properties->next; next; next = next->next)
        if (next->type == XR_TYPE_SYSTEM_HAND_TRACKING_PROPERTIES_EXT)
            ((XrSystemHandTrackingPropertiesEXT *)next)->supportsHandTracking = (XrBool32)S->tracks_hands;
    return XR_SUCCESS;
}

ENTRY xrEnumerateEnvironmentBlendModes(
    XrInstance instance, XrSystemId system, XrViewConfigurationType type, uint32_t capacity, uint32_t *count,
    XrEnvironmentBlendMode *modes) {
    CALL;
    FIND(found, instance, INSTANCE);
    (void)system, (void)type;
    LIST(capacity, count, modes, S->blend_modes, (size_t)S->blend_mode_count);
    return XR_SUCCESS;
}

ENTRY xrEnumerateViewConfigurations(
    XrInstance instance, XrSystemId system, uint32_t capacity, uint32_t *count, XrViewConfigurationType *types) {
    CALL;
    FIND(found, instance, INSTANCE);
    (void)system;
    static const XrViewConfigurationType ONLY[] = {XR_VIEW_CONFIGURATION_TYPE_PRIMARY_STEREO};
    LIST(capacity, count, types, ONLY, 1);
    return XR_SUCCESS;
}

ENTRY xrGetViewConfigurationProperties(
    XrInstance instance, XrSystemId system, XrViewConfigurationType type, XrViewConfigurationProperties *properties) {
    CALL;
    FIND(found, instance, INSTANCE);
    (void)system;
    properties->viewConfigurationType = type;
    properties->fovMutable = XR_FALSE;
    return XR_SUCCESS;
}

ENTRY xrEnumerateViewConfigurationViews(
    XrInstance instance, XrSystemId system, XrViewConfigurationType type, uint32_t capacity, uint32_t *count,
    XrViewConfigurationView *views) {
    CALL;
    FIND(found, instance, INSTANCE);
    (void)system;
    RULE(type == XR_VIEW_CONFIGURATION_TYPE_PRIMARY_STEREO, XR_ERROR_VIEW_CONFIGURATION_TYPE_UNSUPPORTED, "not stereo");
    *count = 2;
    if (!capacity) return XR_SUCCESS;
    RULE(capacity >= 2, XR_ERROR_SIZE_INSUFFICIENT, "too small");
    for (int k = 0; k < 2; k++) {
        TYPED(&views[k], XR_TYPE_VIEW_CONFIGURATION_VIEW);
        views[k].recommendedImageRectWidth = S->eye_width;
        views[k].recommendedImageRectHeight = S->eye_height;
        views[k].maxImageRectWidth = views[k].maxImageRectHeight = 4096;
        views[k].recommendedSwapchainSampleCount = 1;
        views[k].maxSwapchainSampleCount = 1;
    }
    return XR_SUCCESS;
}
