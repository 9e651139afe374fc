#include "kernels.h"

static PyMethodDef methods[] = {
    {"composed", composed, METH_VARARGS, NULL},
    {"painted", painted, METH_VARARGS, NULL},
    {"shown", shown, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_native", NULL, 0, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__native(void)
{
    return PyModule_Create(&module);
}
