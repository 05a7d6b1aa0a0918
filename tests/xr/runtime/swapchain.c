/* Swapchains as plain GL textures, and the pixels a test may read back. */
#include <stdlib.h>

#include "runtime.h"

#define SRGB8_ALPHA8 0x8C43
#define RGBA8 0x8058
#define DEPTH24_STENCIL8 0x88F0
#define DEPTH32F 0x8CAC
#define DEPTH_COMPONENT_FLOAT_TYPE 0x1406

static const int64_t USUAL[] = {SRGB8_ALPHA8, RGBA8, DEPTH24_STENCIL8, DEPTH32F};

static struct {
    uint8_t *bytes;
    int width, height;
} kept[LAYERS][2];

static int formats(int64_t *list) {
    if (!S->format_count) {
        memcpy(list, USUAL, sizeof USUAL);
        return 4;
    }
    for (int k = 0; k < S->format_count; k++) list[k] = S->formats[k];
    return S->format_count;
}

ENTRY xrEnumerateSwapchainFormats(XrSession session, uint32_t capacity, uint32_t *count, int64_t *out) {
    CALL;
    FIND(found, session, SESSION);
    int64_t list[4];
    int listed = formats(list);
    LIST(capacity, count, out, list, (size_t)listed);
    return XR_SUCCESS;
}

static int is_listed(int64_t format) {
    int64_t list[4];
    int listed = formats(list);
    for (int k = 0; k < listed; k++)
        if (list[k] == format) return 1;
    return 0;
}

static int is_depth(int64_t format) { return format == DEPTH24_STENCIL8 || format == DEPTH32F; }

static void make_textures(Object *chain) {
    void (*store)(GLenum, GLsizei, GLenum, GLsizei, GLsizei) = gl_call("glTexStorage2D");
    GLint bound;
    glGetIntegerv(GL_TEXTURE_BINDING_2D, &bound);
    glGenTextures((GLsizei)chain->image_count, chain->textures);
    for (uint32_t k = 0; k < chain->image_count; k++) {
        glBindTexture(GL_TEXTURE_2D, chain->textures[k]);
        store(GL_TEXTURE_2D, 1, (GLenum)chain->format, (GLsizei)chain->width, (GLsizei)chain->height);
    }
    glBindTexture(GL_TEXTURE_2D, (GLuint)bound);
}

ENTRY xrCreateSwapchain(XrSession session, const XrSwapchainCreateInfo *info, XrSwapchain *chain) {
    CALL;
    FIND(found, session, SESSION);
    TYPED(info, XR_TYPE_SWAPCHAIN_CREATE_INFO);
    RULE(is_listed(info->format), XR_ERROR_SWAPCHAIN_FORMAT_UNSUPPORTED, "a format that is not listed");
    RULE(info->sampleCount == 1 && info->arraySize == 1 && info->faceCount == 1 && info->mipCount == 1,
         XR_ERROR_FEATURE_UNSUPPORTED, "samples, layers, faces or levels beyond one");
    RULE(info->width && info->height && info->width <= 8192 && info->height <= 8192,
         XR_ERROR_SWAPCHAIN_RECT_INVALID, "a size out of range");
    Kept context;
    RULE(take_context(&context), XR_ERROR_GRAPHICS_DEVICE_INVALID, "the context cannot be made current");
    uint64_t made = make_object(SWAPCHAIN);
    Object *object = find_object(made, SWAPCHAIN);
    object->width = info->width;
    object->height = info->height;
    object->format = info->format;
    object->image_count = S->images < IMAGES_MAX ? S->images : IMAGES_MAX;
    make_textures(object);
    give_context(&context);
    foul();
    *chain = HANDLE(XrSwapchain, made);
    return XR_SUCCESS;
}

void drop_textures(Object *chain) {
    Kept context;
    if (!take_context(&context)) return;
    glDeleteTextures((GLsizei)chain->image_count, chain->textures);
    give_context(&context);
}

ENTRY xrDestroySwapchain(XrSwapchain chain) {
    CALL;
    FIND(found, chain, SWAPCHAIN);
    drop_object(NUMBER(chain));
    return XR_SUCCESS;
}

ENTRY xrEnumerateSwapchainImages(
    XrSwapchain chain, uint32_t capacity, uint32_t *count, XrSwapchainImageBaseHeader *images) {
    CALL;
    FIND(found, chain, SWAPCHAIN);
    *count = found->image_count;
    if (!capacity) return XR_SUCCESS;
    RULE(capacity >= *count, XR_ERROR_SIZE_INSUFFICIENT, "too small");
    XrSwapchainImageOpenGLKHR *gl_images = (void *)images;
    for (uint32_t k = 0; k < *count; k++) {
        TYPED(&gl_images[k], XR_TYPE_SWAPCHAIN_IMAGE_OPENGL_KHR);
        gl_images[k].image = found->textures[k];
    }
    return XR_SUCCESS;
}

/* An image is handed out full of magenta: what the application does not draw is seen. */
static void stain(const Object *chain, GLuint texture) {
    void (*clear)(GLuint, GLint, GLenum, GLenum, const void *) = gl_call("glClearTexImage");
    static const uint8_t MAGENTA[] = {255, 0, 255, 255};
    if (clear && !is_depth(chain->format)) clear(texture, 0, GL_RGBA, GL_UNSIGNED_BYTE, MAGENTA);
}

ENTRY xrAcquireSwapchainImage(XrSwapchain chain, const XrSwapchainImageAcquireInfo *info, uint32_t *index) {
    CALL;
    FIND(found, chain, SWAPCHAIN);
    (void)info;
    RULE(found->acquired - found->released < found->image_count, XR_ERROR_CALL_ORDER_INVALID, "every image is out");
    *index = found->acquired++ % found->image_count;
    Kept context;
    if (take_context(&context)) {
        stain(found, found->textures[*index]);
        give_context(&context);
    }
    foul();
    return XR_SUCCESS;
}

ENTRY xrWaitSwapchainImage(XrSwapchain chain, const XrSwapchainImageWaitInfo *info) {
    CALL;
    FIND(found, chain, SWAPCHAIN);
    TYPED(info, XR_TYPE_SWAPCHAIN_IMAGE_WAIT_INFO);
    RULE(found->waited < found->acquired && found->waited == found->released, XR_ERROR_CALL_ORDER_INVALID,
         "a wait without an acquire, or two");
    found->waited++;
    return XR_SUCCESS;
}

ENTRY xrReleaseSwapchainImage(XrSwapchain chain, const XrSwapchainImageReleaseInfo *info) {
    CALL;
    FIND(found, chain, SWAPCHAIN);
    (void)info;
    RULE(found->released < found->waited, XR_ERROR_CALL_ORDER_INVALID, "a release without a wait");
    found->released++;
    foul();
    return XR_SUCCESS;
}

/* ---- what was submitted ---- */

static void read_pixels(const Object *chain, GLuint texture, int layer, int view) {
    Kept context;
    if (!take_context(&context)) return;
    GLint bound, alignment;
    glGetIntegerv(GL_TEXTURE_BINDING_2D, &bound);
    glGetIntegerv(GL_PACK_ALIGNMENT, &alignment);
    kept[layer][view].bytes = realloc(kept[layer][view].bytes, (size_t)chain->width * chain->height * 4);
    kept[layer][view].width = (int)chain->width;
    kept[layer][view].height = (int)chain->height;
    glBindTexture(GL_TEXTURE_2D, texture);
    glPixelStorei(GL_PACK_ALIGNMENT, 1);
    glGetTexImage(GL_TEXTURE_2D, 0, GL_RGBA, GL_UNSIGNED_BYTE, kept[layer][view].bytes);
    glPixelStorei(GL_PACK_ALIGNMENT, alignment);
    glBindTexture(GL_TEXTURE_2D, (GLuint)bound);
    give_context(&context);
}

XrResult keep_image(const XrSwapchainSubImage *image, ScriptLayer *layer, int layer_index, int view) {
    FIND(found, image->swapchain, SWAPCHAIN);
    RULE(found->released, XR_ERROR_LAYER_INVALID, "its image was never released");
    RULE(found->released == found->waited, XR_ERROR_LAYER_INVALID, "its image is still being drawn");
    XrRect2Di rect = image->imageRect;
    RULE(rect.offset.x >= 0 && rect.offset.y >= 0 && rect.extent.width > 0 && rect.extent.height > 0 &&
             rect.offset.x + rect.extent.width <= (int)found->width &&
             rect.offset.y + rect.extent.height <= (int)found->height,
         XR_ERROR_SWAPCHAIN_RECT_INVALID, "a rectangle beyond the image");
    RULE(image->imageArrayIndex == 0, XR_ERROR_VALIDATION_FAILURE, "an array index");
    GLuint texture = found->textures[(found->released - 1) % found->image_count];
    layer->texture[view] = texture;
    memcpy(layer->rect[view], &rect, sizeof rect);
    if (S->captures && !is_depth(found->format)) read_pixels(found, texture, layer_index, view);
    return XR_SUCCESS;
}

/* The whole image that a view of a layer lay in, rows from the bottom, RGBA; NULL where none was kept. */
__attribute__((visibility("default"))) const uint8_t *script_pixels(int layer, int view, int *width, int *height) {
    if (layer < 0 || layer >= LAYERS || view < 0 || view > 1) return NULL;
    *width = kept[layer][view].width;
    *height = kept[layer][view].height;
    return kept[layer][view].bytes;
}

void forget_pixels(void) {
    for (int layer = 0; layer < LAYERS; layer++)
        for (int view = 0; view < 2; view++) {
            free(kept[layer][view].bytes);
            kept[layer][view].bytes = NULL;
        }
}
