/* What the puppet's compiled loops share. Each is the twin of a function in Python, which says what it does; both give
 * the same picture. Arrays are C-contiguous; the Python side allocates them and vouches for their shapes.
 */
#ifndef PUPPET_KERNELS_H
#define PUPPET_KERNELS_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

PyObject *composed(PyObject *module, PyObject *arguments);
PyObject *painted(PyObject *module, PyObject *arguments);
PyObject *shown(PyObject *module, PyObject *arguments);

#endif
