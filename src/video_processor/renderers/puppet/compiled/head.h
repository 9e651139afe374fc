/* The turned head. */
#ifndef PUPPET_HEAD_H
#define PUPPET_HEAD_H

/* PosedHead's numbers, in its order. */
typedef struct {
    double turn[9], pivot[3], shift[3], camera;
} View;

#endif
