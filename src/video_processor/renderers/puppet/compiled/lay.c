/* Colours laid over pictures, and masks made soft. */
#include "patches.h"
#include "softness.h"

static void lay_row(uint8_t *pixel, Py_ssize_t channels, const float *colour, Py_ssize_t next, const float *share,
                    float strength, Py_ssize_t width)
{
    for (Py_ssize_t x = 0; x < width; x++, pixel += channels, colour += next) {
        float own = clamped(share[x] * strength, 0, 1);
        for (int k = 0; own > 0 && k < 3; k++)
            pixel[k] = (uint8_t)((float)pixel[k] + own * (clamped(colour[k], 0, 255) - (float)pixel[k]) + 0.5f);
    }
}

/* laid(picture (h, w, channels), share (h, w), colours (h, w, 3) or (3,), channels, strength) */
PyObject *laid(PyObject *module, PyObject *arguments)
{
    PyObject *objects[2];
    Py_buffer colours;
    Py_ssize_t channels;
    Patch patches[2];
    float strength;
    (void)module;
    if (!PyArg_ParseTuple(arguments, "OOy*nf", objects, objects + 1, &colours, &channels, &strength))
        return NULL;
    int failed = read_patches(objects, (Py_ssize_t[]){channels, 4}, 2, patches);
    if (!failed && colours.len != 12 && colours.len != 12 * patches->height * patches->width) {
        PyErr_SetString(PyExc_BufferError, "colours are one or as many as pixels");
        release_patches(patches, 2);
        failed = 1;
    }
    if (!failed) {
        Py_ssize_t width = patches->width, next = colours.len > 12 ? 3 : 0;
        Py_BEGIN_ALLOW_THREADS;
        for (Py_ssize_t y = 0; y < patches->height; y++)
            lay_row(row_of(patches, y), channels, (const float *)colours.buf + y * width * next, next,
                    row_of(patches + 1, y), strength, width);
        Py_END_ALLOW_THREADS;
        release_patches(patches, 2);
    }
    PyBuffer_Release(&colours);
    return failed ? NULL : Py_NewRef(Py_None);
}

static void blend_row(uint8_t *pixel, const uint8_t *over, const float *share, Py_ssize_t width)
{
    for (Py_ssize_t x = 0; x < width; x++, pixel += 4, over += 4) {
        float own = clamped(share[x], 0, 1);
        for (int k = 0; own > 0 && k < 4; k++)
            pixel[k] = (uint8_t)(int)((float)pixel[k] + own * (float)(over[k] - pixel[k]) + 0.5f);
    }
}

/* blended(picture (h, w, 4), over (h, w, 4), share (h, w)) */
PyObject *blended(PyObject *module, PyObject *arguments)
{
    PyObject *objects[3];
    Patch patches[3];
    (void)module;
    if (!PyArg_ParseTuple(arguments, "OOO", objects, objects + 1, objects + 2) ||
        read_patches(objects, (Py_ssize_t[]){4, 4, 4}, 3, patches) < 0)
        return NULL;
    Py_BEGIN_ALLOW_THREADS;
    for (Py_ssize_t y = 0; y < patches->height; y++)
        blend_row(row_of(patches, y), row_of(patches + 1, y), row_of(patches + 2, y), patches->width);
    Py_END_ALLOW_THREADS;
    release_patches(patches, 3);
    return Py_NewRef(Py_None);
}

/* softened(mask (h, w), h, w, sigma, soft (h, w)) */
PyObject *softened(PyObject *module, PyObject *arguments)
{
    Py_buffer mask, soft;
    Shape shape;
    float sigma;
    (void)module;
    if (!PyArg_ParseTuple(arguments, "y*nnfw*", &mask, &shape.height, &shape.width, &sigma, &soft))
        return NULL;
    Taps taps = gaussian_taps(sigma);
    float *scratch = PyMem_RawMalloc(scratch_floats(shape) * sizeof(float));
    if (scratch) {
        Py_BEGIN_ALLOW_THREADS;
        blur(mask.buf, shape, &taps, scratch, soft.buf);
        Py_END_ALLOW_THREADS;
        PyMem_RawFree(scratch);
    }
    PyBuffer_Release(&mask), PyBuffer_Release(&soft);
    return scratch ? Py_NewRef(Py_None) : PyErr_NoMemory();
}
