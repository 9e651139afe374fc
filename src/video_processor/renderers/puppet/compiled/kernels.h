/* What the puppet's compiled loops share. Each is the twin of a function in Python, which says what it does; both give
 * the same picture. Arrays are C-contiguous; the Python side allocates them and vouches for their shapes,
 * except those of patches.
 */
#ifndef PUPPET_KERNELS_H
#define PUPPET_KERNELS_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#ifdef _MSC_VER
#define restrict __restrict
#endif

static inline void release(Py_buffer *buffers, int count)
{
    for (int i = 0; i < count; i++)
        PyBuffer_Release(&buffers[i]);
}

PyObject *blended(PyObject *module, PyObject *arguments);
PyObject *composed(PyObject *module, PyObject *arguments);
PyObject *extent(PyObject *module, PyObject *arguments);
PyObject *flat_fold(PyObject *module, PyObject *arguments);
PyObject *laid(PyObject *module, PyObject *arguments);
PyObject *mouth_inside(PyObject *module, PyObject *arguments);
PyObject *own_teeth(PyObject *module, PyObject *arguments);
PyObject *round_opening(PyObject *module, PyObject *arguments);
PyObject *seam(PyObject *module, PyObject *arguments);
PyObject *softened(PyObject *module, PyObject *arguments);
PyObject *painted(PyObject *module, PyObject *arguments);
PyObject *shown(PyObject *module, PyObject *arguments);
PyObject *placed(PyObject *module, PyObject *arguments);
PyObject *led(PyObject *module, PyObject *arguments);
PyObject *sought(PyObject *module, PyObject *arguments);
PyObject *inverted(PyObject *module, PyObject *arguments);
PyObject *carried(PyObject *module, PyObject *arguments);
PyObject *sheets_laid(PyObject *module, PyObject *arguments);
PyObject *drawn_eye(PyObject *module, PyObject *arguments);
PyObject *lay_patch(PyObject *module, PyObject *arguments);

#endif
