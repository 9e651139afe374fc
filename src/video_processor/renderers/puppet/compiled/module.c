#include "kernels.h"

static PyMethodDef methods[] = {
    {"blended", blended, METH_VARARGS, NULL},
    {"composed", composed, METH_VARARGS, NULL},
    {"extent", extent, METH_VARARGS, NULL},
    {"flat_fold", flat_fold, METH_VARARGS, NULL},
    {"laid", laid, METH_VARARGS, NULL},
    {"mouth_inside", mouth_inside, METH_VARARGS, NULL},
    {"own_teeth", own_teeth, METH_VARARGS, NULL},
    {"round_opening", round_opening, METH_VARARGS, NULL},
    {"seam", seam, METH_VARARGS, NULL},
    {"softened", softened, METH_VARARGS, NULL},
    {"painted", painted, METH_VARARGS, NULL},
    {"shown", shown, METH_VARARGS, NULL},
    {"placed", placed, METH_VARARGS, NULL},
    {"led", led, METH_VARARGS, NULL},
    {"sought", sought, METH_VARARGS, NULL},
    {"inverted", inverted, METH_VARARGS, NULL},
    {"carried", carried, METH_VARARGS, NULL},
    {"sheets_laid", sheets_laid, METH_VARARGS, NULL},
    {"drawn_eye", drawn_eye, METH_VARARGS, NULL},
    {"lay_patch", lay_patch, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_native", NULL, 0, methods, NULL, NULL, NULL, NULL};

#define AS_TEXT(word) #word
#define TEXT(macro) AS_TEXT(macro)

/* SOURCES is the digest of what this was compiled from. */
PyMODINIT_FUNC PyInit__native(void)
{
    PyObject *made = PyModule_Create(&module);
    if (made != NULL && PyModule_AddStringConstant(made, "SOURCES", TEXT(SOURCES)) < 0)
        Py_CLEAR(made);
    return made;
}
