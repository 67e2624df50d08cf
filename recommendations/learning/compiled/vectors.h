/* Inner loops that a compiler makes twice: for every processor, and for those with wide registers; chosen when loaded. */

#include <stdint.h>

#if defined(__x86_64__) && defined(__linux__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__)
#define WIDE __attribute__((target_clones("avx2", "default")))
#else
#define WIDE
#endif

/* out[i] = sum over k of matrix[rows[i]][k] * person[k], which must fit 32 bits. */
WIDE static void products(
    const int8_t *matrix, const int32_t *rows, int count, const int16_t *person, int size, int32_t *out)
{
    for (int i = 0; i < count; i++) {
        const int8_t *row = matrix + (int64_t)rows[i] * size;
        int32_t total = 0;
        for (int k = 0; k < size; k++)
            total += (int16_t)row[k] * person[k];
        out[i] = total;
    }
}

WIDE static void add_scaled(double *out, const int8_t *row, double weight, int size)
{
    for (int k = 0; k < size; k++)
        out[k] += weight * row[k];
}
