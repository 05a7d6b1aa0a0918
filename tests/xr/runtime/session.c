/* A session's life, and the application's GL context. */
#define _GNU_SOURCE
#include <dlfcn.h>

#include "runtime.h"

XrSession the_session;
int is_lost;

static int asked_requirements, is_exiting;
static EGLDisplay egl_display;
static EGLContext egl_context;
static Display *x_display;
static GLXDrawable glx_drawable;
static GLXContext glx_context;

/* ---- the application's context ---- */

void *gl_call(const char *name) {
    static void *library;
    if (!library) library = dlopen("libGL.so.1", RTLD_NOW | RTLD_GLOBAL);
    return dlsym(library, name);
}

static int has_context(void) {
    return egl_context ? eglGetCurrentContext() == egl_context : glXGetCurrentContext() == glx_context;
}

/* A runtime may make the application's context current, if it puts back what was
 * (XR_KHR_opengl_enable, threading behaviour). */
int take_context(Kept *kept) {
    memset(kept, 0, sizeof *kept);
    if (has_context()) return 1;
    kept->changed = 1;
    if (egl_context) {
        kept->egl = eglGetCurrentContext();
        kept->egl_draw = eglGetCurrentSurface(EGL_DRAW);
        kept->egl_read = eglGetCurrentSurface(EGL_READ);
        return (int)eglMakeCurrent(egl_display, EGL_NO_SURFACE, EGL_NO_SURFACE, egl_context);
    }
    kept->glx = glXGetCurrentContext();
    kept->glx_drawable = glXGetCurrentDrawable();
    return glXMakeCurrent(x_display, glx_drawable, glx_context);
}

void give_context(Kept *kept) {
    if (!kept->changed) return;
    if (egl_context) eglMakeCurrent(egl_display, kept->egl_draw, kept->egl_read, kept->egl);
    else glXMakeCurrent(x_display, kept->glx_drawable, kept->glx);
}

/* What runtimes were seen to leave behind: no context current, an error in GL's queue. */
void foul(void) {
    if (S->fouls_error) glEnable(0xffff);
    if (!S->fouls_context) return;
    if (egl_context) eglMakeCurrent(egl_display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
    else glXMakeCurrent(x_display, None, NULL);
}

/* ---- life ---- */

ENTRY xrGetOpenGLGraphicsRequirementsKHR(
    XrInstance instance, XrSystemId system, XrGraphicsRequirementsOpenGLKHR *requirements) {
    CALL;
    FIND(found, instance, INSTANCE);
    RULE(system == 1, XR_ERROR_SYSTEM_INVALID, "no such system");
    TYPED(requirements, XR_TYPE_GRAPHICS_REQUIREMENTS_OPENGL_KHR);
    asked_requirements = 1;
    requirements->minApiVersionSupported = XR_MAKE_VERSION(3, 3, 0);
    requirements->maxApiVersionSupported = XR_MAKE_VERSION(4, 6, 0);
    return XR_SUCCESS;
}

static int bind_graphics(const XrBaseInStructure *next) {
    egl_context = NULL;
    glx_context = NULL;
    for (; next; next = next->next) {
        if (next->type == XR_TYPE_GRAPHICS_BINDING_EGL_MNDX) {
            const XrGraphicsBindingEGLMNDX *egl = (const void *)next;
            if (!egl->getProcAddress || !egl->config) return 0;
            egl_display = egl->display;
            egl_context = egl->context;
        }
        if (next->type == XR_TYPE_GRAPHICS_BINDING_OPENGL_XLIB_KHR) {
            const XrGraphicsBindingOpenGLXlibKHR *glx = (const void *)next;
            x_display = glx->xDisplay;
            glx_drawable = glx->glxDrawable;
            glx_context = glx->glxContext;
        }
    }
    return egl_context || glx_context;
}

ENTRY xrCreateSession(XrInstance instance, const XrSessionCreateInfo *info, XrSession *session) {
    CALL;
    FIND(found, instance, INSTANCE);
    TYPED(info, XR_TYPE_SESSION_CREATE_INFO);
    RULE(info->systemId == 1, XR_ERROR_SYSTEM_INVALID, "no such system");
    RULE(asked_requirements, XR_ERROR_GRAPHICS_REQUIREMENTS_CALL_MISSING, "the requirements were not asked for");
    RULE(!the_session, XR_ERROR_LIMIT_REACHED, "one session at a time");
    RULE(bind_graphics(info->next), XR_ERROR_GRAPHICS_DEVICE_INVALID, "no whole graphics binding");
    the_session = *session = HANDLE(XrSession, make_object(SESSION));
    is_lost = is_exiting = 0;
    forget_frames();
    change_state(XR_SESSION_STATE_IDLE);
    change_state(XR_SESSION_STATE_READY);
    foul();
    return XR_SUCCESS;
}

void forget_session(void) {
    drop_all(TRACKER);
    drop_all(PASSTHROUGH_LAYER);
    drop_all(PASSTHROUGH);
    drop_all(SPACE);
    drop_all(SWAPCHAIN);
    drop_all(SESSION);
    the_session = XR_NULL_HANDLE;
    is_exiting = 0;
    S->is_running = 0;
    S->state = XR_SESSION_STATE_UNKNOWN;
    forget_frames();
}

ENTRY xrDestroySession(XrSession session) {
    CALL;
    FIND(found, session, SESSION);
    forget_session();
    return XR_SUCCESS;
}

ENTRY xrBeginSession(XrSession session, const XrSessionBeginInfo *info) {
    CALL;
    FIND(found, session, SESSION);
    TYPED(info, XR_TYPE_SESSION_BEGIN_INFO);
    RULE(!S->is_running, XR_ERROR_SESSION_RUNNING, "it runs already");
    RULE(S->state == XR_SESSION_STATE_READY, XR_ERROR_SESSION_NOT_READY, "the state is not READY");
    S->is_running = 1;
    if (!S->motion_start_ns) S->motion_start_ns = now_ns();
    forget_frames();
    return XR_SUCCESS;
}

ENTRY xrEndSession(XrSession session) {
    CALL;
    FIND(found, session, SESSION);
    RULE(S->is_running, XR_ERROR_SESSION_NOT_RUNNING, "it does not run");
    RULE(S->state == XR_SESSION_STATE_STOPPING, XR_ERROR_SESSION_NOT_STOPPING, "the state is not STOPPING");
    S->is_running = 0;
    forget_frames();
    change_state(XR_SESSION_STATE_IDLE);
    if (is_exiting) change_state(XR_SESSION_STATE_EXITING);
    return XR_SUCCESS;
}

ENTRY xrRequestExitSession(XrSession session) {
    CALL;
    FIND(found, session, SESSION);
    RULE(S->is_running, XR_ERROR_SESSION_NOT_RUNNING, "it does not run");
    is_exiting = 1;
    change_state(XR_SESSION_STATE_VISIBLE);
    change_state(XR_SESSION_STATE_SYNCHRONIZED);
    change_state(XR_SESSION_STATE_STOPPING);
    return XR_SUCCESS;
}
