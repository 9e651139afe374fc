#include "kernels.h"

static PyMethodDef methods[] = {
    {"composed", composed, METH_VARARGS, NULL},
    {"flat_fold", flat_fold, METH_VARARGS, NULL},
    {"laid", laid, METH_VARARGS, NULL},
    {"lower_sheet", lower_sheet, METH_VARARGS, NULL},
    {"mouth_inside", mouth_inside, METH_VARARGS, NULL},
    {"own_teeth", own_teeth, METH_VARARGS, NULL},
    {"round_opening", round_opening, METH_VARARGS, NULL},
    {"softened", softened, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_native", NULL, 0, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__native(void)
{
    return PyModule_Create(&module);
}
