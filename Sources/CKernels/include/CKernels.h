#ifndef TICKGATE_CKERNELS_H
#define TICKGATE_CKERNELS_H

#include <stddef.h>
#include <stdint.h>

#endif
