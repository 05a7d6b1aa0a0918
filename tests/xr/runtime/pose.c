/* Where things are at a time: even motion, reference spaces, eyes. */
#include <math.h>

#include "runtime.h"

static const XrPosef LOCAL_AT_START = {{0, 0, 0, 1}, {0, LOCAL_HEIGHT_M, 0}};
static XrPosef local_in_stage, local_before;
static XrTime recentred_ns;

static XrVector3f turned(XrQuaternionf q, XrVector3f v) {
    XrVector3f u = {q.x, q.y, q.z};
    XrVector3f t = {2 * (u.y * v.z - u.z * v.y), 2 * (u.z * v.x - u.x * v.z), 2 * (u.x * v.y - u.y * v.x)};
    return (XrVector3f){
        v.x + q.w * t.x + u.y * t.z - u.z * t.y,
        v.y + q.w * t.y + u.z * t.x - u.x * t.z,
        v.z + q.w * t.z + u.x * t.y - u.y * t.x,
    };
}

static XrQuaternionf product(XrQuaternionf a, XrQuaternionf b) {
    return (XrQuaternionf){
        a.w * b.x + a.x * b.w + a.y * b.z - a.z * b.y,
        a.w * b.y - a.x * b.z + a.y * b.w + a.z * b.x,
        a.w * b.z + a.x * b.y - a.y * b.x + a.z * b.w,
        a.w * b.w - a.x * b.x - a.y * b.y - a.z * b.z,
    };
}

int is_unit(XrQuaternionf q) {
    float squared = q.x * q.x + q.y * q.y + q.z * q.z + q.w * q.w;
    return squared > 0.98f && squared < 1.02f; /* 1 % in length, OpenXR 2.16 */
}

XrPosef composed(XrPosef a, XrPosef b) {
    XrVector3f moved = turned(a.orientation, b.position);
    XrVector3f at = {a.position.x + moved.x, a.position.y + moved.y, a.position.z + moved.z};
    return (XrPosef){product(a.orientation, b.orientation), at};
}

XrPosef inverted(XrPosef a) {
    XrQuaternionf back = {-a.orientation.x, -a.orientation.y, -a.orientation.z, a.orientation.w};
    XrVector3f at = turned(back, a.position);
    return (XrPosef){back, {-at.x, -at.y, -at.z}};
}

static XrPosef plain(ScriptPose p) {
    return (XrPosef){
        {p.orientation[0], p.orientation[1], p.orientation[2], p.orientation[3]},
        {p.position[0], p.position[1], p.position[2]},
    };
}

XrPosef pose_at(const ScriptBody *body, XrTime time) {
    double seconds = S->motion_start_ns ? (double)(time - S->motion_start_ns) * 1e-9 : 0.0;
    XrPosef pose = plain(body->at_start);
    pose.position.x += (float)(body->velocity[0] * seconds);
    pose.position.y += (float)(body->velocity[1] * seconds);
    pose.position.z += (float)(body->velocity[2] * seconds);
    const float *w = body->angular_velocity;
    double speed = sqrt((double)w[0] * w[0] + (double)w[1] * w[1] + (double)w[2] * w[2]);
    if (speed > 0) {
        double half = 0.5 * fmod(speed * seconds, 4 * M_PI), share = sin(half) / speed;
        XrQuaternionf turn = {(float)(w[0] * share), (float)(w[1] * share), (float)(w[2] * share), (float)cos(half)};
        pose.orientation = product(turn, pose.orientation);
    }
    return pose;
}

XrPosef eye_at(int eye, XrTime time) {
    float side = eye ? 1.0f : -1.0f, half = -0.5f * side * S->eye_cant;
    XrPosef in_head = {{0, sinf(half), 0, cosf(half)}, {0.5f * side * S->eye_distance_m, 0, 0}};
    return composed(pose_at(&S->head, time), in_head);
}

void forget_recentring(void) {
    local_in_stage = local_before = LOCAL_AT_START;
    recentred_ns = 0;
}

static XrPosef as_space(XrPosef local, XrReferenceSpaceType space) {
    if (space == LOCAL_FLOOR) local.position.y = 0;
    return local;
}

/* The new space in the one it follows. */
XrPosef recentring_of(XrReferenceSpaceType space) {
    return composed(inverted(as_space(local_before, space)), as_space(local_in_stage, space));
}

void recentre_local(XrTime from) {
    local_before = local_in_stage;
    recentred_ns = from;
    XrPosef head = pose_at(&S->head, from);
    XrQuaternionf q = head.orientation;
    double yaw = atan2(2.0 * (q.w * q.y + q.x * q.z), 1.0 - 2.0 * (q.x * q.x + q.y * q.y));
    local_in_stage = (XrPosef){{0, (float)sin(yaw / 2), 0, (float)cos(yaw / 2)}, head.position};
}

static int action_pose(const Object *space, XrTime time, XrPosef *pose, XrSpaceLocationFlags *flags) {
    const char *path = bound_path(space->action, space->hand);
    if (!path || !is_focused()) return 0;
    const ScriptHand *hand = &S->hands[strstr(path, "/right/") != NULL];
    if (!hand->is_active) return 0;
    const ScriptBody *body = strstr(path, "/aim/") ? &hand->aim : &hand->grip;
    *flags = body->flags;
    *pose = pose_at(body, time);
    return 1;
}

int space_at(const Object *space, XrTime time, XrPosef *pose, XrSpaceLocationFlags *flags) {
    XrPosef base = {{0, 0, 0, 1}, {0, 0, 0}};
    *flags = 15;
    if (space->action) {
        if (!action_pose(space, time, &base, flags)) return 0;
    } else if (space->reference == XR_REFERENCE_SPACE_TYPE_VIEW) {
        base = pose_at(&S->head, time);
        *flags = S->head.flags;
    } else if (space->reference != XR_REFERENCE_SPACE_TYPE_STAGE) {
        base = as_space(time < recentred_ns ? local_before : local_in_stage, space->reference);
    }
    *pose = composed(base, space->offset);
    return 1;
}
