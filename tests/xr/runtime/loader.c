/* The scripted runtime's door: the loader's hand-shake and the table of calls.
 *
 * A runtime for tests, driven by a script (`script.h`): real negotiation with the real loader, EGL
 * and GLX sessions, plain GL textures as swapchain images, strict call order. What breaks a rule is
 * counted in `violations`. Built by `tests/xr/scripted.py`.
 */
#include "runtime.h"

#define EVERY_CALL(X) \
    /* core.c */ \
    X(xrPollEvent) \
    /* instance.c */ \
    X(xrEnumerateInstanceExtensionProperties) X(xrCreateInstance) X(xrDestroyInstance) \
    X(xrGetInstanceProperties) X(xrResultToString) X(xrStructureTypeToString) X(xrGetSystem) \
    X(xrGetSystemProperties) X(xrEnumerateEnvironmentBlendModes) X(xrEnumerateViewConfigurations) \
    X(xrGetViewConfigurationProperties) X(xrEnumerateViewConfigurationViews) \
    /* session.c */ \
    X(xrGetOpenGLGraphicsRequirementsKHR) X(xrCreateSession) X(xrDestroySession) \
    X(xrBeginSession) X(xrEndSession) X(xrRequestExitSession) \
    /* space.c */ \
    X(xrEnumerateReferenceSpaces) X(xrCreateReferenceSpace) X(xrGetReferenceSpaceBoundsRect) \
    X(xrCreateActionSpace) X(xrDestroySpace) X(xrLocateSpace) X(xrLocateViews) \
    X(xrCreateHandTrackerEXT) X(xrDestroyHandTrackerEXT) X(xrLocateHandJointsEXT) \
    X(xrGetVisibilityMaskKHR) \
    /* swapchain.c */ \
    X(xrEnumerateSwapchainFormats) X(xrCreateSwapchain) X(xrDestroySwapchain) \
    X(xrEnumerateSwapchainImages) X(xrAcquireSwapchainImage) X(xrWaitSwapchainImage) \
    X(xrReleaseSwapchainImage) \
    /* frame.c */ \
    X(xrWaitFrame) X(xrBeginFrame) X(xrEndFrame) \
    /* action.c */ \
    X(xrStringToPath) X(xrPathToString) X(xrCreateActionSet) X(xrDestroyActionSet) \
    X(xrCreateAction) X(xrDestroyAction) X(xrSuggestInteractionProfileBindings) \
    X(xrAttachSessionActionSets) X(xrGetCurrentInteractionProfile) X(xrSyncActions) \
    X(xrGetActionStateBoolean) X(xrGetActionStateFloat) X(xrGetActionStateVector2f) \
    X(xrGetActionStatePose) X(xrApplyHapticFeedback) X(xrStopHapticFeedback) \
    X(xrEnumerateBoundSourcesForAction) \
    /* display.c */ \
    X(xrEnumerateDisplayRefreshRatesFB) X(xrGetDisplayRefreshRateFB) \
    X(xrRequestDisplayRefreshRateFB) X(xrCreatePassthroughFB) X(xrDestroyPassthroughFB) \
    X(xrPassthroughStartFB) X(xrPassthroughPauseFB) X(xrCreatePassthroughLayerFB) \
    X(xrDestroyPassthroughLayerFB) X(xrPassthroughLayerResumeFB) X(xrPassthroughLayerPauseFB) 

#define DECLARED(name) XrResult name();
EVERY_CALL(DECLARED)

typedef struct {
    const char *name;
    PFN_xrVoidFunction call;
} Named;
#define NAMED(name) {#name, (PFN_xrVoidFunction)name},
static const Named CALLS[] = {EVERY_CALL(NAMED)};

XrResult XRAPI_CALL xrGetInstanceProcAddr(XrInstance instance, const char *name, PFN_xrVoidFunction *call) {
    (void)instance;
    *call = NULL;
    if (!strcmp(name, "xrGetInstanceProcAddr")) *call = (PFN_xrVoidFunction)xrGetInstanceProcAddr;
    for (size_t k = 0; k < sizeof CALLS / sizeof *CALLS; k++)
        if (!strcmp(CALLS[k].name, name)) *call = CALLS[k].call;
    return *call ? XR_SUCCESS : XR_ERROR_FUNCTION_UNSUPPORTED;
}

/* The structures of the hand-shake, as the loader's interface document gives them; Debian 12 ships
 * no header with them. */
typedef struct {
    int type;
    uint32_t version;
    size_t size;
    uint32_t interface_min, interface_max;
    XrVersion api_min, api_max;
} LoaderInfo;

typedef struct {
    int type;
    uint32_t version;
    size_t size;
    uint32_t interface;
    XrVersion api;
    PFN_xrGetInstanceProcAddr get_call;
} RuntimeRequest;

__attribute__((visibility("default"))) XrResult XRAPI_CALL
xrNegotiateLoaderRuntimeInterface(const LoaderInfo *loader, RuntimeRequest *request) {
    if (!loader || !request || loader->interface_min > 1 || loader->interface_max < 1)
        return XR_ERROR_INITIALIZATION_FAILED;
    request->interface = 1;
    request->api = XR_MAKE_VERSION(1, 1, 0);
    request->get_call = xrGetInstanceProcAddr;
    return XR_SUCCESS;
}
