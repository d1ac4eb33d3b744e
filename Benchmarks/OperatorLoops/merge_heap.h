#include "OperatorLoops.h"

// The series of a merge by time, then series: a heap of their next rows.

enum { HEAP_SERIES_MAX = 256 };

struct merge_heap {
    size_t count;
    struct {
        int64_t time;
        size_t series;
    } entries[HEAP_SERIES_MAX];
    size_t next[HEAP_SERIES_MAX];
};

static inline int heap_precedes(const struct merge_heap *heap, size_t a, size_t b) {
    int64_t left = heap->entries[a].time, right = heap->entries[b].time;
    return left != right ? left < right : heap->entries[a].series < heap->entries[b].series;
}

static inline void heap_sink(struct merge_heap *heap, size_t parent) {
    for (size_t child; (child = 2 * parent + 1) < heap->count; parent = child) {
        if (child + 1 < heap->count && heap_precedes(heap, child + 1, child)) child++;
        if (!heap_precedes(heap, child, parent)) return;
        __typeof__(heap->entries[0]) entry = heap->entries[parent];
        heap->entries[parent] = heap->entries[child];
        heap->entries[child] = entry;
    }
}

static inline void heap_start(struct merge_heap *heap, const struct loop_trades *trades) {
    heap->count = trades->rows > 0 ? trades->series : 0;
    for (size_t series = 0; series < heap->count; series++) {
        heap->entries[series].time = trades->time[series * trades->rows];
        heap->entries[series].series = series;
        heap->next[series] = 0;
    }
    for (size_t parent = heap->count / 2; parent-- > 0;) heap_sink(heap, parent);
}

// The place of the next row by time. There must be one.
static inline size_t heap_take(struct merge_heap *heap, const struct loop_trades *trades) {
    size_t series = heap->entries[0].series, row = heap->next[series]++;
    if (row + 1 < trades->rows) heap->entries[0].time = trades->time[series * trades->rows + row + 1];
    else heap->entries[0] = heap->entries[--heap->count];
    heap_sink(heap, 0);
    return series * trades->rows + row;
}
