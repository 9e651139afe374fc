/* What moves over what lies behind it, in rows. */
#ifndef PUPPET_COMPOSE_H
#define PUPPET_COMPOSE_H

#include <stddef.h>
#include <stdint.h>

/* RGBA `over` RGBA `under`, into RGB. */
void compose_row(const uint8_t *over, const uint8_t *under, uint8_t *frame, ptrdiff_t width);

/* RGBA to RGB. */
void uncover_row(const uint8_t *pixels, uint8_t *frame, ptrdiff_t width);

#endif
