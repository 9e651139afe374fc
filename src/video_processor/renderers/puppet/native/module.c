#include "kernels.h"

static PyMethodDef methods[] = {
    {"composed", composed, METH_VARARGS, NULL},
    {"placed", placed, METH_VARARGS, NULL},
    {"led", led, METH_VARARGS, NULL},
    {"sought", sought, METH_VARARGS, NULL},
    {"inverted", inverted, METH_VARARGS, NULL},
    {"carried", carried, METH_VARARGS, NULL},
    {"sheets_laid", sheets_laid, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_native", NULL, 0, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__native(void)
{
    return PyModule_Create(&module);
}
