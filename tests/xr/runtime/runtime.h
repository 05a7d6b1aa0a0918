/* What the files of the scripted runtime share: its objects, its clock, and how a rule is held. */
#ifndef RUNTIME_H
#define RUNTIME_H

#include <EGL/egl.h>
#include <GL/gl.h>
#include <GL/glx.h>
#include <stddef.h>
#include <string.h>
#define XR_USE_GRAPHICS_API_OPENGL
#define XR_USE_PLATFORM_XLIB
#define XR_USE_PLATFORM_EGL
#define XR_NO_PROTOTYPES
#include <openxr/openxr.h>
#include <openxr/openxr_platform.h>

#include "script.h"

#define HIDDEN __attribute__((visibility("hidden")))
#define LOCAL_FLOOR ((XrReferenceSpaceType)1000426000)
#define LOCAL_HEIGHT_M 1.6f
#define PATH_SIZE 128
#define IMAGES_MAX 4

typedef enum { INSTANCE = 1, SESSION, SPACE, SWAPCHAIN, ACTION_SET, ACTION, TRACKER, PASSTHROUGH, PASSTHROUGH_LAYER } Kind;

/* Everything a handle can name. One pool: the handle is index and generation, so that a handle used
 * after its object was destroyed is found. */
typedef struct {
    Kind kind;
    uint32_t generation;
    /* spaces */
    XrReferenceSpaceType reference;
    uint64_t action;
    XrPath hand;
    XrPosef offset;
    /* swapchains */
    GLuint textures[IMAGES_MAX];
    uint32_t image_count, width, height;
    int64_t format;
    uint32_t acquired, waited, released;
    /* action sets, actions, trackers */
    XrActionType action_type;
    int is_attached;
    int is_right;
} Object;

HIDDEN extern Script *S;

/* ---- handles ---- */
HIDDEN uint64_t make_object(Kind kind);
HIDDEN Object *find_object(uint64_t handle, Kind kind);
HIDDEN void drop_object(uint64_t handle);
HIDDEN void drop_all(Kind kind);
HIDDEN int count_alive(Kind kind);
#define HANDLE(type, id) ((type)(uintptr_t)(id))
#define NUMBER(handle) ((uint64_t)(uintptr_t)(handle))

/* ---- rules ---- */
HIDDEN XrResult violated(XrResult result, const char *call, const char *rule);
HIDDEN int begins_to_fail(const char *call, XrResult *result);
HIDDEN int enter_call(const char *call);
HIDDEN void leave_call(int *held);

/* Each entry point begins with CALL: it is counted, held alone, and fails where the script says. */
#define CALL                                                                                       \
    __attribute__((cleanup(leave_call))) int held_ = enter_call(__func__);                         \
    XrResult fault_;                                                                               \
    if (begins_to_fail(__func__, &fault_)) return fault_
#define RULE(holds, result, words)                                                                 \
    do {                                                                                           \
        if (!(holds)) return violated(result, __func__, words);                                    \
    } while (0)
#define FIND(name, handle, kind)                                                                   \
    Object *name = find_object(NUMBER(handle), kind);                                              \
    RULE(name, XR_ERROR_HANDLE_INVALID, "no such handle")
#define TYPED(pointer, wanted)                                                                     \
    RULE((pointer) && (pointer)->type == (wanted), XR_ERROR_VALIDATION_FAILURE, "wrong structure type")
/* The two-call idiom: how many there are, then the things themselves. */
#define LIST(capacity, count_out, out, items, count)                                               \
    do {                                                                                           \
        *(count_out) = (uint32_t)(count);                                                          \
        if (capacity) {                                                                            \
            RULE((capacity) >= (uint32_t)(count), XR_ERROR_SIZE_INSUFFICIENT, "too small");        \
            memcpy(out, items, (count) * sizeof(*(out)));                                          \
        }                                                                                          \
    } while (0)
#define ENTRY XrResult XRAPI_CALL

/* ---- events and time ---- */
HIDDEN XrTime now_ns(void);
HIDDEN void push_event(const void *event, size_t size);
HIDDEN void forget_events(void);
HIDDEN void change_state(XrSessionState state);

/* ---- the session ---- */
HIDDEN extern XrSession the_session;
HIDDEN extern int is_lost;
HIDDEN void forget_frames(void);
HIDDEN void forget_session(void);
HIDDEN void forget_actions(void);

/* ---- the application's GL context ---- */
typedef struct {
    EGLContext egl;
    EGLSurface egl_draw, egl_read;
    GLXContext glx;
    GLXDrawable glx_drawable;
    int changed;
} Kept;
HIDDEN int take_context(Kept *kept);
HIDDEN void give_context(Kept *kept);
HIDDEN void foul(void);
HIDDEN void *gl_call(const char *name);

/* ---- poses ---- */
HIDDEN int is_unit(XrQuaternionf q);
HIDDEN XrPosef inverted(XrPosef a);
HIDDEN XrPosef composed(XrPosef a, XrPosef b);
HIDDEN XrPosef pose_at(const ScriptBody *body, XrTime time);
HIDDEN XrPosef eye_at(int eye, XrTime time);
HIDDEN int space_at(const Object *space, XrTime time, XrPosef *pose, XrSpaceLocationFlags *flags);
HIDDEN void forget_recentring(void);
HIDDEN void recentre_local(XrTime from);
HIDDEN XrPosef recentring_of(XrReferenceSpaceType space);

/* ---- paths and bindings ---- */
HIDDEN const char *path_name(XrPath path);
HIDDEN XrPath path_of(const char *name);
HIDDEN void forget_paths(void);
HIDDEN const char *bound_path(uint64_t action, XrPath hand);
HIDDEN int is_focused(void);

/* ---- swapchains ---- */
HIDDEN void drop_textures(Object *chain);
HIDDEN XrResult keep_image(const XrSwapchainSubImage *image, ScriptLayer *layer, int layer_index, int view);
HIDDEN void forget_pixels(void);

#endif
