/* What a test tells the scripted runtime, and what the runtime tells the test.
 *
 * One plain struct, mirrored field by field in `tests/xr/scripted.py`. A test in the same process
 * reaches it through `script()`; one in another process maps the file that METAVIEWER_XR_SCRIPT
 * names. Lengths are metres, angles radians, times nanoseconds; poses are in STAGE, floor at y = 0.
 */
#ifndef SCRIPT_H
#define SCRIPT_H

#include <stdint.h>

#define SCRIPT_MAGIC 0x4d565832 /* changes with the struct */
#define FAULTS 8
#define EVENTS 32
#define LAYERS 16
#define NAME_SIZE 48
#define JOINTS 26

typedef struct {
    float position[3];
    float orientation[4]; /* x y z w */
} ScriptPose;

/* A body that moves evenly from `motion_start_ns` on: where it is at any time follows from that. */
typedef struct {
    ScriptPose at_start;
    float velocity[3];         /* metres a second */
    float angular_velocity[3]; /* radians a second, about the axes of STAGE */
    uint32_t flags;            /* XrSpaceLocationFlags that are given out, 15: all valid and tracked */
} ScriptBody;

typedef struct {
    ScriptBody grip;
    ScriptBody aim;
    float trigger, squeeze; /* 0 to 1 */
    float stick[2];
    int32_t select, menu, button; /* pressed or not */
    int32_t is_active;            /* 0: switched off, or the hand is out of sight */
    int32_t joints_flags;         /* XrSpaceLocationFlags of each joint */
    int32_t joints_are_nan;
    float pinch_gap; /* from the thumb's tip to the index finger's, metres */
} ScriptHand;

/* The `after`th use of a call, counted from 1, and the `count - 1` after it give `result`. */
typedef struct {
    char call[NAME_SIZE];
    int32_t result;
    int32_t after, count;
} ScriptFault;

typedef enum {
    EVENT_STATE = 1,       /* value: XrSessionState */
    EVENT_RECENTRE = 2,    /* LOCAL moves to where the head will stand; value: ms until then */
    EVENT_INSTANCE_LOSS = 3,
    EVENT_PROFILE = 4,     /* value: index of the profile that both hands change to */
    EVENT_EVENTS_LOST = 5,
    EVENT_MASK = 6,        /* the visibility mask has changed */
    EVENT_RATE = 7,        /* value: Hz */
} ScriptEventKind;

typedef struct {
    int32_t kind, value;
} ScriptEvent;

typedef struct {
    int32_t type, space;
    int32_t has_depth;
    uint32_t flags;
    int32_t rect[2][4]; /* x y width height */
    uint32_t texture[2];
    ScriptPose pose[2];
    ScriptPose predicted[2]; /* the eyes at the frame's display time, in the layer's space */
    float fov[2][4];         /* left right up down */
    float size_m[2];         /* of a quad */
} ScriptLayer;

typedef struct {
    /* ---- told by the test ---- */
    uint32_t magic, size;
    uint32_t eye_width, eye_height, images;
    float eye_distance_m, eye_cant; /* each eye is turned outward by this angle */
    float fov[2][4];
    ScriptBody head;
    ScriptHand hands[2];
    ScriptFault faults[FAULTS];
    ScriptEvent events[EVENTS];
    uint32_t events_told;
    int64_t motion_start_ns; /* 0: set when the session begins */
    int64_t period_ns;
    int32_t has_headset, may_render, keeps_time;
    int32_t tracks_hands, has_stage, profile;
    int32_t blend_modes[3], blend_mode_count;
    int32_t formats[4], format_count; /* GL names; 0: the usual four */
    int32_t withheld;                 /* bit k: the k-th extension is not offered */
    int32_t captures;                 /* keep the pixels of each submitted image */
    int32_t fouls_context, fouls_error; /* as real runtimes do: another context, a GL error left */
    int32_t time_runs_back;
    int32_t knows_recentring; /* the event tells the new space's pose in the old one */

    /* ---- told by the runtime ---- */
    int32_t state, is_running;
    uint32_t events_taken;
    uint32_t waits, begins, ends, discarded, haptics;
    uint32_t layer_count, frames_with_layers;
    ScriptLayer layers[LAYERS];
    int32_t blend_mode;
    int64_t display_time;
    uint32_t violations;
    char first_violation[160];
    int32_t alive[10]; /* objects of each kind that were made and not destroyed */
} Script;

#endif
