/* Parts of pictures that are given as such, with their sizes. */
#ifndef PUPPET_PATCHES_H
#define PUPPET_PATCHES_H

#include "kernels.h"

/* A patch (height, width) or (height, width, channels) of a picture, whose rows may lie apart. */
typedef struct {
    Py_buffer view;
    Py_ssize_t height, width;
} Patch;

/* All of one size, and of pixels of so many bytes; the first is written to. Returns -1 with an exception set. */
int read_patches(PyObject *const *objects, const Py_ssize_t *bytes, int count, Patch *patches);
void release_patches(Patch *patches, int count);

static inline void *row_of(const Patch *patch, Py_ssize_t y)
{
    return (char *)patch->view.buf + y * patch->view.strides[0];
}

static inline float clamped(float value, float low, float high)
{
    float least = value > low ? value : low; /* NaN is low */
    return least < high ? least : high;
}

#endif
