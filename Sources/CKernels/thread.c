#define _GNU_SOURCE
#include "CKernels.h"

#include <pthread.h>
#include <string.h>

void tickgate_name_thread(const char *name) {
  char cut[16] = {0};
  strncpy(cut, name, sizeof cut - 1);
  pthread_setname_np(pthread_self(), cut);
}
