#include "patches.h"

/* Of pixels of so many bytes. */
static int read_patch(PyObject *object, int flags, Py_ssize_t bytes, Patch *patch)
{
    Py_buffer *view = &patch->view;
    if (PyObject_GetBuffer(object, view, PyBUF_STRIDED_RO | flags) < 0)
        return -1;
    Py_ssize_t own = view->ndim == 3 ? view->shape[2] * view->itemsize : view->itemsize;
    int is_dense = view->ndim == 2 || (view->ndim == 3 && view->strides[2] == view->itemsize);
    if (is_dense && view->strides[1] == own && own == bytes) {
        patch->height = view->shape[0], patch->width = view->shape[1];
        return 0;
    }
    PyBuffer_Release(view);
    PyErr_SetString(PyExc_BufferError, "not a patch of a picture of that kind");
    return -1;
}

void release_patches(Patch *patches, int count)
{
    for (int i = 0; i < count; i++)
        PyBuffer_Release(&patches[i].view);
}

int read_patches(PyObject *const *objects, const Py_ssize_t *bytes, int count, Patch *patches)
{
    for (int i = 0; i < count; i++) {
        if (read_patch(objects[i], i ? 0 : PyBUF_WRITABLE, bytes[i], patches + i) < 0) {
            release_patches(patches, i);
            return -1;
        }
        if (patches[i].height != patches->height || patches[i].width != patches->width) {
            release_patches(patches, i + 1);
            PyErr_SetString(PyExc_BufferError, "patches of several sizes");
            return -1;
        }
    }
    return 0;
}
