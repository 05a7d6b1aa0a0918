/* Objects behind handles, rules and faults, one call at a time, events, and the script itself. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "runtime.h"

#define OBJECTS 1024
#define CALLS 96
#define QUEUE 64

#define STILL(x, y, z) {{{x, y, z}, {0, 0, 0, 1}}, {0, 0, 0}, {0, 0, 0}, 15}
#define HAND(x)                                                                                    \
    {                                                                                              \
        .grip = STILL(x, 1.2f, -0.4f), .aim = STILL(x, 1.2f, -0.4f), .is_active = 1,               \
        .joints_flags = 15, .pinch_gap = 0.08f                                                     \
    }

static const Script AT_START = {
    .magic = SCRIPT_MAGIC,
    .size = sizeof(Script),
    .eye_width = 256,
    .eye_height = 256,
    .images = 3,
    .eye_distance_m = 0.063f,
    .fov = {{-0.8f, 0.7f, 0.75f, -0.75f}, {-0.7f, 0.8f, 0.75f, -0.75f}},
    .head = STILL(0, 1.6f, 0),
    .hands = {HAND(-0.2f), HAND(0.2f)},
    .period_ns = 11111111,
    .has_headset = 1,
    .may_render = 1,
    .tracks_hands = 1,
    .has_stage = 1,
    .profile = 1,
    .blend_modes = {XR_ENVIRONMENT_BLEND_MODE_OPAQUE},
    .blend_mode_count = 1,
};

static Script own_script;
Script *S = &own_script;

static Object objects[OBJECTS];
static uint32_t generation;
static struct {
    const char *name;
    int uses;
} calls[CALLS];
static XrEventDataBuffer queue[QUEUE];
static int queue_first, queue_end;
static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

/* ---- the script ---- */

__attribute__((constructor)) static void begin_with_the_usual(void) {
    const char *file = getenv("METAVIEWER_XR_SCRIPT");
    int descriptor = file ? open(file, O_RDWR | O_CREAT, 0600) : -1;
    if (descriptor >= 0 && !ftruncate(descriptor, sizeof(Script))) {
        void *shared = mmap(NULL, sizeof(Script), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
        if (shared != MAP_FAILED) S = shared;
    }
    if (descriptor >= 0) close(descriptor);
    if (S->magic != SCRIPT_MAGIC) *S = AT_START;
    forget_recentring();
}

__attribute__((visibility("default"))) Script *script(void) { return S; }

/* For a test that begins: the script as it was, and no call counted. Objects stay what they are. */
__attribute__((visibility("default"))) void script_reset(void) {
    *S = AT_START;
    memset(calls, 0, sizeof calls);
    forget_events();
    forget_recentring();
    forget_pixels();
    for (int k = 1; k < OBJECTS; k++)
        if (objects[k].kind) S->alive[objects[k].kind]++;
}

__attribute__((visibility("default"))) int script_uses(const char *call) {
    for (int k = 0; k < CALLS && calls[k].name; k++)
        if (!strcmp(calls[k].name, call)) return calls[k].uses;
    return 0;
}

/* ---- objects ---- */

uint64_t make_object(Kind kind) {
    for (uint64_t k = 1; k < OBJECTS; k++) {
        if (objects[k].kind) continue;
        objects[k] = (Object){.kind = kind, .generation = ++generation};
        S->alive[kind]++;
        return (uint64_t)generation << 16 | k;
    }
    return 0;
}

Object *find_object(uint64_t handle, Kind kind) {
    uint64_t index = handle & 0xffff;
    if (!index || index >= OBJECTS) return NULL;
    Object *object = &objects[index];
    return object->kind == kind && object->generation == handle >> 16 ? object : NULL;
}

void drop_object(uint64_t handle) {
    Object *object = &objects[handle & 0xffff];
    if (object->kind == SWAPCHAIN) drop_textures(object);
    S->alive[object->kind]--;
    object->kind = 0;
}

void drop_all(Kind kind) {
    for (uint64_t k = 1; k < OBJECTS; k++)
        if (objects[k].kind == kind) drop_object(k);
}

int count_alive(Kind kind) { return S->alive[kind]; }

/* ---- rules and faults ---- */

XrResult violated(XrResult result, const char *call, const char *rule) {
    if (!S->violations++) snprintf(S->first_violation, sizeof S->first_violation, "%s: %s", call, rule);
    return result;
}

static int use_of(const char *call) {
    for (int k = 0; k < CALLS; k++) {
        if (calls[k].name && strcmp(calls[k].name, call)) continue;
        calls[k].name = call;
        return ++calls[k].uses;
    }
    return 0;
}

int begins_to_fail(const char *call, XrResult *result) {
    int use = use_of(call);
    for (int k = 0; k < FAULTS; k++) {
        const ScriptFault *fault = &S->faults[k];
        int count = fault->count ? fault->count : 1;
        if (strcmp(fault->call, call) || use < fault->after || use >= fault->after + count) continue;
        *result = (XrResult)fault->result;
        if (*result == XR_ERROR_SESSION_LOST) is_lost = 1;
        return 1;
    }
    return 0;
}

int enter_call(const char *call) {
    (void)call;
    pthread_mutex_lock(&one_at_a_time);
    return 1;
}

void leave_call(int *held) {
    if (*held) pthread_mutex_unlock(&one_at_a_time);
    *held = 0;
}

/* ---- events and time ---- */

XrTime now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

void push_event(const void *event, size_t size) {
    memset(&queue[queue_end], 0, sizeof queue[queue_end]);
    memcpy(&queue[queue_end], event, size);
    queue_end = (queue_end + 1) % QUEUE;
}

void forget_events(void) { queue_first = queue_end = 0; }

void change_state(XrSessionState state) {
    XrEventDataSessionStateChanged event = {
        .type = XR_TYPE_EVENT_DATA_SESSION_STATE_CHANGED, .session = the_session, .state = state, .time = now_ns()};
    S->state = state;
    push_event(&event, sizeof event);
}

static void tell(ScriptEvent told) {
    if (told.kind == EVENT_STATE && the_session) change_state((XrSessionState)told.value);
    if (told.kind == EVENT_RECENTRE && the_session) {
        const XrReferenceSpaceType moved[] = {XR_REFERENCE_SPACE_TYPE_LOCAL, LOCAL_FLOOR};
        XrTime from = now_ns() + told.value * 1000000LL;
        recentre_local(from);
        for (int k = 0; k < 2; k++) {
            XrEventDataReferenceSpaceChangePending event = {
                .type = XR_TYPE_EVENT_DATA_REFERENCE_SPACE_CHANGE_PENDING,
                .session = the_session,
                .referenceSpaceType = moved[k],
                .changeTime = from,
                .poseValid = S->knows_recentring,
                .poseInPreviousSpace = recentring_of(moved[k]),
            };
            push_event(&event, sizeof event);
        }
    }
    if (told.kind == EVENT_INSTANCE_LOSS) {
        XrEventDataInstanceLossPending event = {
            .type = XR_TYPE_EVENT_DATA_INSTANCE_LOSS_PENDING, .lossTime = now_ns() + told.value * 1000000LL};
        push_event(&event, sizeof event);
    }
    if (told.kind == EVENT_PROFILE && the_session) {
        S->profile = told.value;
        XrEventDataInteractionProfileChanged event = {
            .type = XR_TYPE_EVENT_DATA_INTERACTION_PROFILE_CHANGED, .session = the_session};
        push_event(&event, sizeof event);
    }
    if (told.kind == EVENT_EVENTS_LOST) {
        XrEventDataEventsLost event = {.type = XR_TYPE_EVENT_DATA_EVENTS_LOST, .lostEventCount = 1};
        push_event(&event, sizeof event);
    }
    if (told.kind == EVENT_MASK && the_session) {
        XrEventDataVisibilityMaskChangedKHR event = {
            .type = XR_TYPE_EVENT_DATA_VISIBILITY_MASK_CHANGED_KHR,
            .session = the_session,
            .viewConfigurationType = XR_VIEW_CONFIGURATION_TYPE_PRIMARY_STEREO,
        };
        push_event(&event, sizeof event);
    }
    if (told.kind == EVENT_RATE) {
        XrEventDataDisplayRefreshRateChangedFB event = {
            .type = XR_TYPE_EVENT_DATA_DISPLAY_REFRESH_RATE_CHANGED_FB,
            .fromDisplayRefreshRate = 1e9f / (float)S->period_ns,
            .toDisplayRefreshRate = (float)told.value,
        };
        S->period_ns = 1000000000LL / told.value;
        push_event(&event, sizeof event);
    }
}

ENTRY xrPollEvent(XrInstance instance, XrEventDataBuffer *event) {
    CALL;
    FIND(found, instance, INSTANCE);
    TYPED(event, XR_TYPE_EVENT_DATA_BUFFER);
    while (S->events_taken < S->events_told) tell(S->events[S->events_taken++ % EVENTS]);
    if (queue_first == queue_end) return XR_EVENT_UNAVAILABLE;
    *event = queue[queue_first];
    queue_first = (queue_first + 1) % QUEUE;
    return XR_SUCCESS;
}
